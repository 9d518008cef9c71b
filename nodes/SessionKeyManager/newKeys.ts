import { parseAddress } from '../../core/input/address';
import type { IDataObject } from 'n8n-workflow';
import { newKeyState } from '../../core/sessionKey/applyUpdates';
import { parseTag } from '../../core/input/tag';
import { addressesIn, functionNamesIn, toUpdates } from '../../core/sessionKey/permissionInput';
import type { Situation } from '../../core/sessionKey/plan';
import type { NewKey } from '../../core/sessionKey/planAddKeys';
import { accountOf, readingOf, situationOf, type Run } from './manager';
import { newKeyPermissions } from './permissionParameters';

/** Reads keys that are to be added from their forms, and the chain as it is now. */
export async function newKeysFrom(
	run: Run,
	forms: readonly IDataObject[],
): Promise<{ situation: Situation; keys: NewKey[] }> {
	const reading = readingOf(run, () => accountOf(run));
	const typed = [];
	for (const form of forms) {
		typed.push({
			key: parseAddress(form.newSessionKey, 'Session Key'),
			tag: parseTag(form.tag),
			input: await newKeyPermissions(form, reading),
		});
	}
	const { words: plain, ...seen } = await situationOf(
		run,
		typed.flatMap(({ input }) => [
			...addressesIn(input),
			...(input.requiredPaymaster ? [input.requiredPaymaster] : []),
		]),
	);
	const functions = Object.assign({}, ...typed.map(({ input }) => functionNamesIn(input)));
	const situation = { ...seen, words: { ...plain, functions } };
	const { account, words } = situation;
	const keys = typed.map(({ key, tag, input }) => ({
		key,
		tag,
		updates: toUpdates(input, newKeyState(account.address, key), words.contracts),
	}));
	return { situation, keys };
}
