import {
	AbiDecodingZeroDataError,
	concatHex,
	encodeAbiParameters,
	getAbiItem,
	getAddress,
	hexToBytes,
	keccak256,
	size,
	slice,
	stringToHex,
	toFunctionSelector,
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
import { selectorOf, type Call } from '../calls';
import { MOST_REFERENCE_BYTES, parseReference } from '../input/reference';
import { contractRead, orElse, rpcRead, type BlockTag, type Read } from '../rpc/read';

/** Separates these hashes from all others that anybody makes of the same text. */
const DOMAIN = keccak256(stringToHex('n8n-nodes-session-keys/payment-reference/v1'));

/** What stands on the chain for a reference: keccak256(domain, reference). Account and chain are the registry's own part. */
export function hashReference(reference: string): Hex {
	return keccak256(encodeAbiParameters([{ type: 'bytes32' }, { type: 'string' }], [DOMAIN, reference]));
}

/** What is claimed for a reference that everybody may read on the chain: its hash, and behind it the text in UTF-8. */
export function readableClaim(reference: string): Hex {
	return concatHex([hashReference(reference), stringToHex(reference)]);
}

/** Selector of `claim`, for lists of permissions. */
export const CLAIM_SELECTOR: Hex = toFunctionSelector(getAbiItem({ abi: referenceRegistryAbi, name: 'claim' }));

/**
 * `claim` of a reference: the first call of every payment that has one.
 *
 * @param claim the reference's hash, or `readableClaim`: the registry takes no notice of what follows the hash
 */
export function claimCall(claim: Hex, registry = REFERENCE_REGISTRY): Call {
	return { target: registry, value: 0n, data: concatHex([CLAIM_SELECTOR, claim]) };
}

/** A claim as its calldata tells it. */
export interface ReferenceClaim {
	hash: Hex;
	/** The reference, where its text follows and has that very hash: anybody can write anything there. */
	reference?: string;
}

/** Reads a call of `claimCall`; undefined when it is another call. */
export function parseClaim({ target, data }: Call, registry = REFERENCE_REGISTRY): ReferenceClaim | undefined {
	if (getAddress(target) !== registry || selectorOf(data) !== CLAIM_SELECTOR || size(data) < 36) return undefined;
	const hash = slice(data, 4, 36);
	return { hash, reference: textBehind(data, hash) };
}

function textBehind(data: Hex, hash: Hex): string | undefined {
	if (size(data) === 36 || size(data) > 36 + MOST_REFERENCE_BYTES) return undefined;
	try {
		const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(hexToBytes(slice(data, 36)));
		// Whoever holds the key could write what no reference may hold, such as signs that turn the writing.
		return hashReference(text) === hash && parseReference(text) === text ? text : undefined;
	} catch {
		return undefined;
	}
}

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

/**
 * The newest claim of an account; count 0 when there is none. Means nothing where the registry doesn't stand.
 *
 * @param block as it was at this height
 */
export function claimHeadRead(
	account: Address,
	registry = REFERENCE_REGISTRY,
	block: BlockTag = 'latest',
): Read<ClaimHead> {
	const asked = contractRead(referenceRegistryAbi, registry, 'headOf', [account], block);
	return {
		...asked,
		decode(result) {
			const [blockNumber, previousBlock, count] = asked.decode(result);
			return { blockNumber, previousBlock, count: Number(count) };
		},
	};
}

export { REFERENCE_REGISTRY, DETERMINISTIC_DEPLOYER };
