import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { formatAmount } from '../../core/amounts';
import { NATIVE_DECIMALS, transactionUrl } from '../../core/networks';
import type { OwnerOutcome } from '../../core/ownerOperation/sendOwnerOperation';
import { describeKey } from '../../core/sessionKey/describe/describeKey';
import { isAsPlanned, questionsFor } from '../../core/sessionKey/plan/asPlanned';
import type { AccountSnapshot, PlannedKey } from '../../core/sessionKey/plan/plan';
import { readKeyIndex, readKeys, type KeyReport } from '../../core/sessionKey/read/readKeys';
import { keyJson } from './keyJson';
import type { OwnerSession } from './owner';
import type { OwnerRun } from './run';

/** Where a sent operation is, and what it cost. */
export function outcomeJson(
	{ network }: OwnerSession,
	account: Address,
	{ userOperationHash, included }: OwnerOutcome,
): IDataObject {
	if (!included) {
		return {
			userOperationHash,
			note: 'Not in a block within the time limit. Look at the account before you run it again: it may still go through.',
		};
	}
	const link = transactionUrl(network, included.transactionHash);
	return {
		userOperationHash,
		transaction: included.transactionHash,
		...(link && { link }),
		blockNumber: Number(included.blockNumber),
		gas: formatAmount(included.gasCost, NATIVE_DECIMALS),
		gasPaidBy: included.paymaster ?? account,
	};
}

/** The keys of a plan as they are on the chain once it is done, in full, and whether they are as planned. */
export async function plannedKeysNow(
	{ session }: OwnerRun,
	{ labels: { functions } }: AccountSnapshot,
	keys: readonly PlannedKey[],
): Promise<IDataObject> {
	if (keys.length === 0) return {};
	const { rpc, network } = session;
	const index = await readKeyIndex(
		rpc,
		(keys[0] as PlannedKey).state.account,
		keys.map(({ key }) => key),
	);
	const described = await Promise.all(
		keys.map(async ({ key, state }) => {
			const [report] = await readKeys(rpc, network, index, [key], questionsFor(state));
			const { labels, ...rest } = report as KeyReport;
			const json = keyJson(describeKey({ ...rest, labels: { ...labels, functions } }));
			return { ...json, asPlanned: isAsPlanned(state, rest.state) };
		}),
	);
	return described.length === 1 ? { key: described[0] } : { keys: described };
}
