import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { transactionUrl } from '../../core/networks';
import { explainAnswer } from '../../core/explain/explain';
import { runwayWords } from '../../core/payment/check/runway';
import { RpcError } from '../../core/rpc/errors';
import { read } from '../../core/rpc/read';
import { changeSentences } from '../../core/sessionKey/describe/changeSentences';
import { readContractInfos } from '../../core/contractInfo';
import { showTag, type KeyEvent } from '../../core/plugin/keyEvents';
import { keyStateReads, toKeyState } from '../../core/plugin/keyState';
import { questionsOf } from '../../core/sessionKey/read/readKeys';
import type { BudgetLow, KeyExpiring } from '../../core/trigger/conditions';
import type { KeyChangeEvent, NotSeenEvent, PaymentEvent } from '../../core/trigger/events';
import type { StopNotReady } from '../../core/trigger/watchStop';
import type { TriggerEvent, Watch } from '../../core/trigger/watch';
import { columns, pastPaymentRows, timesOf, type PastTelling } from '../shared/pastPayment';

/** How events are told. */
export interface EventTelling extends PastTelling {
	/** Payments as rows of a few columns, which go straight into a sheet. */
	isSimple: boolean;
}

const SIMPLE_PAYMENT = [
	'event',
	'status',
	'time',
	'reference',
	'amount',
	'token',
	'to',
	'moved',
	'summary',
	'gas',
	'transaction',
	'link',
	'keyAddress',
	'id',
];

/** What happened, as items: amounts in whole units, times in ISO 8601 and by the workflow's clock, and where to look it up. */
export async function eventsToItems(
	watch: Watch,
	events: readonly TriggerEvent[],
	telling: EventTelling,
): Promise<IDataObject[]> {
	const items: IDataObject[] = [];
	for (const happened of events) items.push(...(await itemsOf(watch, happened, telling)).map(plain));
	return items;
}

function plain(json: IDataObject): IDataObject {
	return JSON.parse(JSON.stringify(json)) as IDataObject;
}

async function itemsOf(watch: Watch, happened: TriggerEvent, telling: EventTelling): Promise<IDataObject[]> {
	const { kind: event, id, time } = happened;
	const around = (details: IDataObject): IDataObject[] => [
		{ event, ...timesOf(time, telling.timeZone), ...details, account: watch.account, id },
	];
	switch (happened.kind) {
		case 'paymentMade':
		case 'paymentFailed':
			return paymentJson(watch, happened, telling);
		case 'budgetLow':
			return around(budgetJson(happened, telling.timeZone));
		case 'keyExpiring':
			return around(expiringJson(happened));
		case 'stopNotReady':
			return around(stopJson(happened));
		case 'notSeen':
			return around(notSeenJson(happened));
		default:
			return around(await changeJson(watch, happened));
	}
}

/** A row for each recipient of the operation. Of several rows each has an id of its own. */
async function paymentJson(
	watch: Watch,
	{ kind: event, id, operation, time }: PaymentEvent & { time: number },
	telling: EventTelling,
): Promise<IDataObject[]> {
	const [rows = []] = await pastPaymentRows(watch, [{ ...operation, time }], telling);
	return rows.map((row, index) => {
		const json = { event, ...row, ...whyOf(watch, operation), id: rows.length > 1 ? `${id}:${index + 1}` : id };
		const names = telling.isSimple ? SIMPLE_PAYMENT : [...new Set([...SIMPLE_PAYMENT, ...Object.keys(json)])];
		return columns(json, names);
	});
}

/** Of one that failed in its block: what stopped it. */
function whyOf({ rpc: { redact } }: Watch, { success, revertData }: PaymentEvent['operation']): IDataObject {
	if (success) return {};
	const { message, remedy } = explainAnswer({ success: false, revertData }, { redact });
	return { summary: `Not paid: ${message} ${remedy}` };
}

function budgetJson({ key, budget, runway }: BudgetLow, timeZone: string): IDataObject {
	const { kind, text, ...figures } = budget;
	const lasts = runway?.lasts === 'until' && {
		lastsUntil: new Date(runway.until * 1000).toISOString(),
		daysLeft: runway.days,
	};
	const summary = runway ? `${text} ${runwayWords(runway, timeZone)}` : text;
	return { summary, keyAddress: key, budget: kind, ...figures, ...lasts };
}

function expiringJson({ key, validUntil, daysLeft, expired }: KeyExpiring): IDataObject {
	const summary = expired
		? `The session key ${key} has expired.`
		: `The session key ${key} expires in ${daysLeft} days.`;
	return { summary, keyAddress: key, validUntil, daysLeft, expired };
}

function stopJson({ status, problems }: StopNotReady): IDataObject {
	const what =
		status === 'sendMoney'
			? 'The emergency stop could not be paid for now: send the account money.'
			: 'The emergency stop must be prepared and signed again.';
	return { summary: [what, ...problems].join(' '), status, problems };
}

/** What the trigger can't tell, so that nobody takes its silence for nothing. */
function notSeenJson({ what, blockNumber }: NotSeenEvent): IDataObject {
	if ('operation' in what) {
		const { userOperationHash, transactionHash } = what.operation;
		const summary = `The provider doesn't show what the account's operation ${userOperationHash} did: look it up in an explorer.`;
		return { summary, transaction: transactionHash, userOperationHash, blockNumber: Number(blockNumber) };
	}
	const subject = what.in === 'payments' ? 'Payments without a reference, and failed ones' : 'Changes of keys';
	const summary = `The provider gives no logs of blocks ${what.from} to ${blockNumber}. ${subject} may be missing there.`;
	return { summary, fromBlock: Number(what.from), toBlock: Number(blockNumber) };
}

async function changeJson(watch: Watch, { change }: KeyChangeEvent): Promise<IDataObject> {
	const { transactionHash, blockNumber } = change;
	const link = transactionUrl(watch.network, transactionHash);
	const place = { transaction: transactionHash, ...(link && { link }), blockNumber: Number(blockNumber) };
	switch (change.kind) {
		case 'added': {
			const tag = showTag(change.tag);
			const summary = `The session key ${change.key}${tag ? ` ("${tag}")` : ''} was added.`;
			return { summary, keyAddress: change.key, tag, ...place };
		}
		case 'rotated': {
			const summary = `The session key ${change.oldKey} was replaced by ${change.newKey}.`;
			return { summary, keyAddress: change.newKey, oldKeyAddress: change.oldKey, ...place };
		}
		case 'updated': {
			const changes = await changesIn(watch, change);
			const summary =
				`The permissions of the session key ${change.key} were changed. ${changes?.join(' ') ?? ''}`.trim();
			return { summary, keyAddress: change.key, changes, ...place };
		}
		default:
			return { summary: `The session key ${change.key} was removed.`, keyAddress: change.key, ...place };
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
