import { encodeAbiParameters, keccak256, stringToHex, type Address, type Hex } from 'viem';
import { CHANGE_REGISTRY } from '../../contracts/referenceRegistry';
import type { Call } from '../calls';
import type { Read } from '../rpc/read';
import {
	claimCall,
	claimHeadRead,
	claimRecordRead,
	deployRegistryCall,
	type ClaimHead,
	type ClaimRecord,
} from './referenceRegistry';

/** Separates these hashes from all others that anybody makes of the same number. */
const DOMAIN = keccak256(stringToHex('n8n-nodes-session-keys/key-change/v1'));

/**
 * What the n-th change of an account's keys claims. Numbers follow each other without a gap, so all records of an account
 * are found by one read, and of two changes planned from the same state only one can be made.
 *
 * @param n 1 for the account's first
 */
export function hashChange(n: number): Hex {
	return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'uint256' }], [DOMAIN, BigInt(n)]));
}

/** `claim` of a change's number: goes into the owner's operation that makes the change. */
export function changeClaimCall(n: number): Call {
	return claimCall(hashChange(n), CHANGE_REGISTRY);
}

/** The call that deploys the change registry. It reverts where that stands already, so look first. */
export function deployChangeRegistryCall(): Call {
	return deployRegistryCall(CHANGE_REGISTRY);
}

/** The newest recorded change of an account's keys; count 0 when there is none. Means nothing where the registry doesn't stand. */
export function changeHeadRead(account: Address): Read<ClaimHead> {
	return claimHeadRead(account, CHANGE_REGISTRY);
}

/** When and where an account's n-th change was made; undefined while it wasn't. Means nothing where the registry doesn't stand. */
export function changeRecordRead(account: Address, n: number): Read<ClaimRecord | undefined> {
	return claimRecordRead(account, hashChange(n), CHANGE_REGISTRY);
}

export { CHANGE_REGISTRY };
