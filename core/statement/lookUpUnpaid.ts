import type { Chain } from '../history/pastOperations';
import { claimRecordRead, hashReference, NO_REGISTRY, orNoRegistry } from '../registry/referenceRegistry';
import { optional, read, rpcRead } from '../rpc/read';
import { showLocalTime } from '../text/localTime';
import type { Period } from './period';
import type { JudgedLine } from './reconcile';

/**
 * Says of lines that no payment of the period settles what is known besides: that they were paid at another time, or that
 * their operation waits at the bundler. Only of an operation whose hash the register gives can that be known.
 *
 * @throws {EndpointError}, {RpcError}
 */
export async function lookUpUnpaid(
	{ rpc, account }: Chain,
	lines: readonly JudgedLine[],
	{ from, to, timeZone }: Period,
): Promise<JudgedLine[]> {
	const answers = await read(
		rpc,
		lines.map((one) => {
			if (one.entry) return undefined;
			const { reference, userOperationHash: hash } = one.line;
			return {
				record: orNoRegistry(claimRecordRead(account, hashReference(reference))),
				waiting: hash && waitingRead(hash),
			};
		}),
	);
	return lines.map((one, index) => {
		const { record, waiting } = answers[index] ?? {};
		if (record && record !== NO_REGISTRY) {
			const when = showLocalTime(record.time, timeZone);
			const isInside = record.time >= from && record.time <= to;
			// Its own words say more: it is another line's, or the reference was used up without a payment.
			if (isInside)
				return one.how ? one : { ...one, how: `The reference was used up on ${when}, by no payment of it alone.` };
			return { line: one.line, status: 'paidDifferently', how: `Paid on ${when}, which is outside of this period.` };
		}
		if (waiting)
			return { line: one.line, status: 'pending', how: 'Its operation was sent and waits to be put into a block.' };
		return one;
	});
}

/** Whether the bundler has the operation and no block does. */
function waitingRead(hash: string) {
	type Answer = { blockNumber?: unknown; transactionHash?: unknown } | null;
	return optional(
		rpcRead('eth_getUserOperationByHash', [hash], (answer: Answer) => answer !== null && !answer.transactionHash),
	);
}
