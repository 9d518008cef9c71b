import type { IDataObject } from 'n8n-workflow';
import { getAddress } from 'viem';
import { transactionUrl } from '../../core/networks';
import { describeCall } from '../../core/payment/send/paymentLine';
import { pastStatus } from '../../core/history/pastOperations';
import type { ListedPayment } from '../../core/payment/listPayments';
import { gasPaid, type Payer } from '../../core/payment/send/payment';
import { readContractInfos } from '../../core/contractInfo';
import { blockTimes } from '../../core/rpc/blockTimes';

/** Payments that are in blocks as items, with times, and token names from the chain. */
export async function pastPaymentsJson(
	{ rpc, network, account }: Pick<Payer, 'rpc' | 'network' | 'account'>,
	operations: readonly ListedPayment[],
): Promise<IDataObject[]> {
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
	return operations.map((operation) => {
		const { time = times.get(operation.blockNumber) } = operation;
		const explorerUrl = transactionUrl(network, operation.transactionHash);
		return {
			status: pastStatus(operation),
			time: time === undefined ? undefined : new Date(time * 1000).toISOString(),
			referenceHash: operation.claims?.[0],
			from: account,
			key: operation.key,
			payments: operation.calls?.map((call, index) => describeCall(call, network, names, operation.moved?.[index])),
			userOperationHash: operation.userOperationHash,
			transactionHash: operation.transactionHash,
			blockNumber: Number(operation.blockNumber),
			...(explorerUrl && { explorerUrl }),
			gasPaid: gasPaid(operation),
			gasPaidBy: operation.paymaster ?? account,
		} as unknown as IDataObject;
	});
}
