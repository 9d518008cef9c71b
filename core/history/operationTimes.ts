import { claimRecordRead, NO_REGISTRY, orNoRegistry } from '../registry/referenceRegistry';
import { blockTimes } from '../rpc/blockTimes';
import { read } from '../rpc/read';
import type { Chain, PastOperation } from './pastOperations';

/** A payment that was made, or mined and failed, or another operation of the account. */
export interface TimedOperation extends PastOperation {
	/** Unix seconds of its block; missing where the endpoint doesn't show that block. */
	time?: number;
}

/** The registry keeps the times of claims, all of them for one call; those of other blocks are asked for one by one. */
export async function withTimes(
	{ rpc, account }: Pick<Chain, 'rpc' | 'account'>,
	operations: readonly PastOperation[],
): Promise<TimedOperation[]> {
	const records = await read(
		rpc,
		operations.map(({ claims: [hash] = [] }) => (hash ? orNoRegistry(claimRecordRead(account, hash)) : undefined)),
	);
	const times = operations.map(({ blockNumber }, index) => {
		const record = records[index];
		return record && record !== NO_REGISTRY && record.blockNumber === blockNumber ? record.time : undefined;
	});
	const others = operations.filter((_, index) => times[index] === undefined).map(({ blockNumber }) => blockNumber);
	const ofBlocks = await blockTimes(rpc, others);
	return operations.map((one, index) => ({ ...one, time: times[index] ?? ofBlocks.get(one.blockNumber) }));
}
