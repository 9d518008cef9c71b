import {
	AbiDecodingZeroDataError,
	concatHex,
	encodeAbiParameters,
	encodeFunctionData,
	keccak256,
	stringToHex,
	zeroHash,
	type Address,
	type Hex,
} from 'viem';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
	REGISTRY_SALTS,
	referenceRegistryAbi,
} from '../../contracts/referenceRegistry';
import type { Call } from '../calls';
import { contractRead, orElse, rpcRead, type Read } from '../rpc/read';

/** Separates these hashes from all others that anybody makes of the same text. */
const DOMAIN = keccak256(stringToHex('n8n-nodes-session-keys/payment-reference/v1'));

/** What stands on the chain for a reference: keccak256(domain, reference). Account and chain are the registry's own part. */
export function hashReference(reference: string): Hex {
	return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'string' }], [DOMAIN, reference]));
}

/** `claim` of a reference's hash: the first call of every payment that has one. */
export function claimCall(hash: Hex, registry = REFERENCE_REGISTRY): Call {
	const data = encodeFunctionData({ abi: referenceRegistryAbi, functionName: 'claim', args: [hash] });
	return { target: registry, value: 0n, data };
}

/** Selector of `claim`, for lists of permissions. */
export const CLAIM_SELECTOR: Hex = claimCall(zeroHash).data.slice(0, 10) as Hex;

/**
 * The call that deploys the registry, for anybody: the deployer takes the salt and the init code. It reverts where the
 * registry stands already, so look first (`isRegistryDeployedRead`).
 */
export function deployRegistryCall(registry = REFERENCE_REGISTRY): Call {
	const data = concatHex([REGISTRY_SALTS[registry] as Hex, REFERENCE_REGISTRY_INIT_CODE]);
	return { target: DETERMINISTIC_DEPLOYER, value: 0n, data };
}

/** Whether the registry, and nothing else, stands at its address: compared with the pinned code. */
export function isRegistryDeployedRead(registry = REFERENCE_REGISTRY): Read<boolean> {
	return rpcRead('eth_getCode', [registry, 'latest'], (code: Hex) => keccak256(code) === REFERENCE_REGISTRY_CODE_HASH);
}

/** Whether the deployer stands on this chain. Where it doesn't, the registry can't be brought there. */
export function isDeployerThereRead(): Read<boolean> {
	return rpcRead('eth_getCode', [DETERMINISTIC_DEPLOYER, 'latest'], (code: Hex) => code.length > 2);
}

/** When and where an account claimed a reference. */
export interface ClaimRecord {
	blockNumber: bigint;
	/** Unix seconds. */
	time: number;
	/** The newest block before with a claim of the account; 0n when there is none. */
	previousBlock: bigint;
	/** 1 for the account's first claim, then on without a gap. */
	index: number;
}

/** The record of a claimed reference; undefined while it isn't claimed. Means nothing where the registry doesn't stand. */
export function claimRecordRead(
	account: Address,
	hash: Hex,
	registry = REFERENCE_REGISTRY,
): Read<ClaimRecord | undefined> {
	const asked = contractRead(referenceRegistryAbi, registry, 'recordOf', [account, hash]);
	return {
		...asked,
		decode(result) {
			const [blockNumber, time, previousBlock, index] = asked.decode(result);
			return index === 0n ? undefined : { blockNumber, time: Number(time), previousBlock, index: Number(index) };
		},
	};
}

/** In place of an answer, where no registry stands. */
export const NO_REGISTRY = 'no registry';

/** The same read for a chain that may not have the registry. Any other answer that can't be read is no answer at all. */
export function orNoRegistry<T>(one: Read<T>): Read<T | typeof NO_REGISTRY> {
	return orElse(one, (error) => {
		if (error instanceof AbiDecodingZeroDataError) return NO_REGISTRY; // a call to where nothing stands answers nothing
		throw error;
	});
}

/** Where the walk back over an account's claims begins. */
export interface ClaimHead {
	blockNumber: bigint;
	previousBlock: bigint;
	/** How many hashes the account has claimed in all. */
	count: number;
}

/** The newest claim of an account; count 0 when there is none. Means nothing where the registry doesn't stand. */
export function claimHeadRead(account: Address, registry = REFERENCE_REGISTRY): Read<ClaimHead> {
	const asked = contractRead(referenceRegistryAbi, registry, 'headOf', [account]);
	return {
		...asked,
		decode(result) {
			const [blockNumber, previousBlock, count] = asked.decode(result);
			return { blockNumber, previousBlock, count: Number(count) };
		},
	};
}

export { REFERENCE_REGISTRY, DETERMINISTIC_DEPLOYER };
