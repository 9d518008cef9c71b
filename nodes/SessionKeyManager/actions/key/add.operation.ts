import type { IDataObject } from 'n8n-workflow';
import { questionsFor } from '../../../../core/sessionKey/plan/asPlanned';
import { applyUpdates, newKeyState } from '../../../../core/permissions/applyUpdates';
import { requireSameKey, sameKeySentence } from '../../../../core/sessionKey/plan/compareKey';
import { describeKey } from '../../../../core/sessionKey/describe/describeKey';
import type { AccountSnapshot } from '../../../../core/sessionKey/plan/plan';
import type { NewKey } from '../../../../core/sessionKey/plan/planAddKeys';
import { readKeyIndex, readKeys, type KeyReport } from '../../../../core/sessionKey/read/readKeys';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { newKeyFields } from '../../fields/newKey';
import { formIn } from '../../../shared/operation';
import { runPlan } from '../../plan';
import { plannedKeysNow } from '../../planItems';
import type { OwnerRun } from '../../run';
import { keyJson } from '../../keyJson';
import { newKeysFrom, planNewKeys } from '../../newKeys';

export const signs = true;
export const description = showFor('key', 'add', [...newKeyFields, ...changeFields(acceptedRisks)]);

/** Does whatever is missing: creates the account, installs the plugin, adds the key. Run again it changes nothing. */
export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { snapshot, keys } = await newKeysFrom(run, [formIn(run)]);
	const [asked] = keys as [NewKey];
	if (snapshot.account.sessionKeys.includes(asked.key)) return alreadyThere(run, snapshot, asked);
	const plan = await planNewKeys(run, snapshot, keys);
	const json = await runPlan(run, snapshot, plan, () => plannedKeysNow(run, snapshot, plan.keys));
	return { ...json, keyAddress: asked.key };
}

/** @throws {InputError} with the differences, where the key has other permissions than are asked for */
async function alreadyThere({ session }: OwnerRun, snapshot: AccountSnapshot, asked: NewKey): Promise<IDataObject> {
	const { rpc, network } = session;
	const { account, labels } = snapshot;
	const wanted = applyUpdates(newKeyState(account.address, asked.key), asked.updates, snapshot.now);
	const index = await readKeyIndex(rpc, account.address, [asked.key]);
	const [read] = await readKeys(rpc, network, index, [asked.key], questionsFor(wanted));
	const found = read as KeyReport;
	const contracts = { ...found.labels.contracts, ...labels.contracts };
	const report = { ...found, labels: { ...labels, contracts } };
	requireSameKey(report, asked);
	return {
		status: 'unchanged',
		account: account.address,
		changes: [sameKeySentence(report)],
		key: keyJson(describeKey(report)),
		keyAddress: asked.key,
		...(report.gap && { historyGap: report.gap }),
	};
}
