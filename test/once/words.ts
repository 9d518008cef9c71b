import type { OnChain } from './chain';
import type { Finished } from './pool';

/**
 * What a run said, against what the chain shows at the end. Judged is every word of every run but those over an endpoint
 * that lies: what that one says of its own lie may be untrue by nature (an operation "mined and failed" that was paid).
 * The money is judged always, whoever lied.
 *
 * @returns what is untrue about it; undefined when all is true
 */
export function untruthOf(word: Finished, { operations, claims }: OnChain): string | undefined {
	const { said, userOperationHash: hash, signed, minedAndFailed, unclaimedAt, payment } = word;
	const claim = claims.get(payment.reference);
	const named = hash && operations.get(hash);
	const landed = signed.filter((one) => operations.has(one));
	const paid = landed.filter((one) => operations.get(one)?.success);
	if (said === 'referenceClaimed' && !claim) return 'nobody has claimed it';
	if (unclaimedAt !== undefined && claim && claim.blockNumber <= BigInt(unclaimedAt)) return 'it was claimed by then';
	switch (said) {
		case 'paid':
			if (!hash || !signed.includes(hash)) return 'the run did not sign the operation that it names';
		// falls through
		case 'alreadyPaid':
			if (!named?.success) return 'the operation that it names did not succeed';
			return named.transactionHash === claim?.transactionHash ? undefined : 'that operation claimed something else';
		case 'pending':
			return hash ? undefined : 'it names no operation';
		case 'notTransferred':
		case 'transferredLess':
			return 'this token always moves what it is told to';
		case 'notSent':
			return landed.length > 0 ? 'an operation of this run is in a block' : undefined;
		default:
			if (paid.length > 0) return 'this run has paid';
			if (minedAndFailed) return named && !named.success ? undefined : 'its operation is in no block, or succeeded';
			return landed.length > 0 ? 'an operation of this run is in a block' : undefined;
	}
}
