import { encodeFunctionData, type Address, type Hex } from 'viem';
import { InputError } from '../../errors';
import { newKeyState } from '../../permissions/applyUpdates';
import { checkNewKey } from './checkUpdates';
import { showTag } from '../../plugin/keyEvents';
import { unusableLimitSentences } from '../describe/unusableLimits';
import { permissionSentences } from '../describe/permissionSentences';
import { encodePermissionUpdates, type PermissionUpdate } from '../../plugin/permissionUpdates';
import {
	previewUpdates,
	pluginExecutionAbi,
	requirePlugin,
	toPlan,
	type Plan,
	type PlanParts,
	type AccountSnapshot,
} from './plan';
import { deployIfMissing, mayClaim } from '../../permissions/references';

/** A key that is to be added, with all its permissions at once: between two operations it would stand unprotected. */
export interface NewKey {
	key: Address;
	/** 32 bytes. */
	tag: Hex;
	updates: readonly PermissionUpdate[];
}

/**
 * Plans adding keys, and the registry of payment references where it is missing.
 * @throws {InputError}
 */
export function planAddKeys(snapshot: AccountSnapshot, keys: readonly NewKey[]): Plan {
	requirePlugin(snapshot);
	const parts = newKeysParts(snapshot, keys);
	const calls = keys.map(({ key, tag, updates }) =>
		encodeFunctionData({
			abi: pluginExecutionAbi,
			functionName: 'addSessionKey',
			args: [key, tag, encodePermissionUpdates(updates)],
		}),
	);
	return toPlan(snapshot, { ...parts, calls });
}

/**
 * What a plan says of new keys, however they come in.
 * @throws {InputError}
 */
export function newKeysParts(snapshot: AccountSnapshot, keys: readonly NewKey[]): Omit<PlanParts, 'calls'> {
	const { account, labels, now } = snapshot;
	keys.forEach(({ key }, index) => {
		checkNewKey(key, account);
		if (account.sessionKeys.includes(key)) {
			throw new InputError(
				"Session Key's Address",
				`${key} is already a session key of the account ${account.address}`,
				'Use Permission > Update to change what it may do, or remove it first to start afresh.',
			);
		}
		if (keys.findIndex((other) => other.key === key) !== index) {
			throw new InputError("Session Key's Address", `${key} is named twice`, 'Name each key once.');
		}
	});
	const outlooks = keys.map(({ key, tag, updates }) => ({
		...previewUpdates(newKeyState(account.address, key), updates, snapshot),
		added: `The session key ${key} is added${showTag(tag) ? ` with the tag "${showTag(tag)}"` : ''}.`,
	}));
	// Where no key may use references, nothing is brought to the network for them.
	const { others, sentences } = outlooks.some(({ planned: { state } }) => mayClaim(state))
		? deployIfMissing(snapshot.registry)
		: { others: [], sentences: [] };
	return {
		others,
		bringsRegistry: keys.length > 0,
		sentences: [
			...sentences,
			...outlooks.flatMap(({ added, planned: { state } }) => [
				added,
				...permissionSentences(state, labels, now),
				...unusableLimitSentences(state, labels),
			]),
		],
		hazards: outlooks.flatMap(({ hazards }) => hazards),
		keys: outlooks.map(({ planned }) => planned),
	};
}
