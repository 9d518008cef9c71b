import type { IDataObject } from 'n8n-workflow';
import { getAddress } from 'viem';
import type { TimedOperation } from '../../core/history/operationTimes';
import { pastStatus } from '../../core/history/pastOperations';
import { transactionUrl } from '../../core/networks';
import { describeCall, withName, type PaymentLine } from '../../core/payment/send/paymentLine';
import { gasPaid, type Payer } from '../../core/payment/send/payment';
import { paymentSummary } from '../../core/payment/send/paymentSummary';
import { hashReference } from '../../core/registry/referenceRegistry';
import { readContractInfos } from '../../core/contractInfo';
import { blockTimes } from '../../core/rpc/blockTimes';
import { showLocalTime } from '../../core/text/localTime';

/** How past payments are told. */
export interface PastTelling {
	/** The workflow's. */
	timeZone: string;
	/** References whose hashes are recognised, where the chain has no readable text of them. */
	references?: readonly string[];
}

/** A moment as data and as text. */
export function timesOf(unix: number, timeZone: string): { time: string; localTime: string } {
	return { time: new Date(unix * 1000).toISOString(), localTime: `${showLocalTime(unix, timeZone)} (${timeZone})` };
}

/**
 * Payments that are in blocks as flat rows, one for each recipient, with times, and token names from the chain. What isn't
 * known is empty text, so that every row has the same columns.
 *
 * @returns for each operation its rows
 */
export async function pastPaymentRows(
	{ rpc, network, account, rules }: Pick<Payer, 'rpc' | 'network' | 'account' | 'rules'>,
	operations: readonly TimedOperation[],
	{ timeZone, references = [] }: PastTelling,
): Promise<IDataObject[][]> {
	const contracts = new Set(operations.flatMap(({ calls = [] }) => calls.map(({ target }) => getAddress(target))));
	const [infos, times] = await Promise.all([
		readContractInfos(rpc, network, [...contracts]),
		blockTimes(
			rpc,
			operations.flatMap((one) => (one.time === undefined ? [one.blockNumber] : [])),
		),
	]);
	const names = Object.fromEntries(
		Object.entries(infos).flatMap(([address, { token }]) => (token ? [[address, token]] : [])),
	);
	const texts = new Map(references.map((text) => [hashReference(text), text]));
	return operations.map((operation) => {
		const time = operation.time ?? times.get(operation.blockNumber);
		const lines = (operation.calls ?? []).map((call, index) =>
			withName(describeCall(call, network, names, operation.moved?.[index]), rules),
		);
		const [referenceHash] = operation.claims ?? [];
		const link = transactionUrl(network, operation.transactionHash);
		// One without a payment in it has a row all the same: it is in a block, and cost gas.
		return (lines.length > 0 ? lines : [undefined]).map((line: PaymentLine | undefined, index) => {
			const { to = '', toName, amount = '', token = '', ...details } = line ?? {};
			const status = pastStatus(operation);
			const told = { status, line, time, hasReference: referenceHash !== undefined, wasSent: true };
			return {
				status,
				...(time === undefined ? { time: '', localTime: '' } : timesOf(time, timeZone)),
				reference:
					referenceHash === undefined ? '' : (texts.get(referenceHash) ?? operation.reference ?? referenceHash),
				amount,
				token,
				to,
				...(toName !== undefined && { toName }),
				summary: paymentSummary(told, { timeZone, now: Date.now() / 1000 }),
				// Of the operation: the sum of a column must be what was paid.
				gas: index === 0 ? gasPaid(operation) : '0',
				transaction: operation.transactionHash,
				...(link && { link }),
				keyAddress: operation.key ?? '',
				gasPaidBy: operation.paymaster ?? account,
				account,
				blockNumber: Number(operation.blockNumber),
				referenceHash: referenceHash ?? '',
				userOperationHash: operation.userOperationHash,
				payment: index + 1,
				payments: Math.max(lines.length, 1),
				...details,
			};
		});
	});
}

/** The columns of a row, in this order. */
export function columns(row: IDataObject, names: readonly string[]): IDataObject {
	return Object.fromEntries(names.flatMap((name) => (name in row ? [[name, row[name]]] : [])));
}
