import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { transactionUrl } from '../../core/networks';
import { explainAnswer } from '../../core/explain/explain';
import { RpcError } from '../../core/rpc/errors';
import { read } from '../../core/rpc/read';
import { changeSentences } from '../../core/sessionKey/describe/changeSentences';
import { readContractInfos } from '../../core/contractInfo';
import { showTag, type KeyEvent } from '../../core/plugin/keyEvents';
import { keyStateReads, toKeyState } from '../../core/plugin/keyState';
import { questionsOf } from '../../core/sessionKey/read/readKeys';
import type { BudgetLow, KeyExpiring } from '../../core/trigger/conditions';
import type { KeyChangeEvent, NotSeenEvent, PaymentEvent } from '../../core/trigger/events';
import type { TriggerEvent, Watch } from '../../core/trigger/watch';
import { pastPaymentsJson } from '../shared/pastPayment';

/** What happened, as items: amounts in whole units, times in ISO 8601, and where to look it up. */
export async function eventsToItems(watch: Watch, events: readonly TriggerEvent[]): Promise<IDataObject[]> {
	const items: IDataObject[] = [];
	for (const event of events) {
		const { kind, id, time } = event;
		const common = { event: kind, id, time: new Date(time * 1000).toISOString(), account: watch.account };
		items.push(plain({ ...common, ...(await detailsOf(watch, event)) }));
	}
	return items;
}

function plain(json: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(json)) as IDataObject;
}

function without(json: IDataObject, names: readonly string[]): IDataObject {
	return Object.fromEntries(Object.entries(json).filter(([name]) => !names.includes(name)));
}

function detailsOf(watch: Watch, event: TriggerEvent): Promise<IDataObject> | IDataObject {
	switch (event.kind) {
		case 'paymentMade':
		case 'paymentFailed':
			return paymentJson(watch, event);
		case 'budgetLow':
			return budgetJson(event);
		case 'keyExpiring':
			return expiringJson(event);
		case 'notSeen':
			return notSeenJson(event);
		default:
			return changeJson(watch, event);
	}
}

const NOT_MOVED = 'The chain carried this out, but the token moved nothing, or less than asked: "moved" says how much.';
const ASK_ITS_MAKERS =
	'The reference is used. Ask the makers of the token, and pay what is missing under a new reference.';

async function paymentJson(watch: Watch, { kind, operation }: PaymentEvent): Promise<IDataObject> {
	const [details] = await pastPaymentsJson(watch, [operation]);
	// The event says these already.
	const json = without(details as IDataObject, ['time', 'from']);
	const payments = (json.payments ?? []) as IDataObject[];
	const single = payments.length === 1 ? payments[0] : {};
	if (kind === 'paymentMade') return { ...single, ...json };
	if (operation.success) return { ...single, ...json, why: NOT_MOVED, remedy: ASK_ITS_MAKERS };
	const { redact } = watch.rpc;
	const { message, remedy } = explainAnswer({ success: false, revertData: operation.revertData }, { redact });
	return { ...single, ...json, why: message, remedy };
}

function budgetJson({ key, budget }: BudgetLow): IDataObject {
	const { kind, ...figures } = budget;
	return { key, budget: kind, ...figures };
}

function expiringJson({ key, validUntil, daysLeft, expired }: KeyExpiring): IDataObject {
	const text = expired ? `The session key ${key} has expired.` : `The session key ${key} ends in ${daysLeft} days.`;
	return { key, validUntil, daysLeft, expired, text };
}

/** What the trigger can't tell, so that nobody takes its silence for nothing. */
function notSeenJson({ what, blockNumber }: NotSeenEvent): IDataObject {
	if ('operation' in what) {
		const { userOperationHash, transactionHash } = what.operation;
		const text = `The provider doesn't show what the account's operation ${userOperationHash} did: look it up in an explorer.`;
		return { userOperationHash, transactionHash, blockNumber: Number(blockNumber), text };
	}
	const subject = what.in === 'payments' ? 'Payments without a reference, and failed ones' : 'Changes of keys';
	const text = `The provider gives no logs of blocks ${what.from} to ${blockNumber}. ${subject} may be missing there.`;
	return { fromBlock: Number(what.from), toBlock: Number(blockNumber), text };
}

async function changeJson(watch: Watch, { change }: KeyChangeEvent): Promise<IDataObject> {
	const { transactionHash, blockNumber } = change;
	const explorerUrl = transactionUrl(watch.network, transactionHash);
	const place = { transactionHash, blockNumber: Number(blockNumber), ...(explorerUrl && { explorerUrl }) };
	switch (change.kind) {
		case 'added':
			return { key: change.key, tag: showTag(change.tag), ...place };
		case 'rotated':
			return { key: change.newKey, oldKey: change.oldKey, newKey: change.newKey, ...place };
		case 'updated':
			return { key: change.key, changes: await changesIn(watch, change), ...place };
		default:
			return { key: change.key, ...place };
	}
}

/** What a change of permissions changed, in sentences; undefined where the endpoint knows the past no more. */
async function changesIn({ rpc, network, account }: Watch, change: KeyEvent & { kind: 'updated' }) {
	const { key, updates, blockNumber } = change;
	const questions = questionsOf({ key, updates, lastChange: change });
	const stateAt = async (block: bigint) =>
		toKeyState(
			account,
			key,
			questions,
			(await read(rpc, { state: keyStateReads(account, key, questions, block) })).state,
		);
	try {
		const contracts = await readContractInfos(
			rpc,
			network,
			questions.map(({ contract }): Address => contract),
		);
		const [before, after] = await Promise.all([stateAt(blockNumber - 1n), stateAt(blockNumber)]);
		const labels = { nativeSymbol: network.nativeSymbol, contracts };
		return changeSentences(before, after, labels, Math.floor(Date.now() / 1000));
	} catch (error) {
		if (error instanceof RpcError) return undefined;
		return Promise.reject(error);
	}
}
