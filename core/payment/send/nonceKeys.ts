import { encodeAbiParameters, keccak256, slice, stringToHex, type Address } from 'viem';

/** Separates these hashes from all others that anybody makes of the same data. */
const DOMAIN = keccak256(stringToHex('n8n-nodes-session-keys/nonce-key/v1'));

/**
 * The nonce key of a reference: the first 192 bits of keccak256(domain, chain id, account, reference). The reference
 * registry is what makes a payment once; of two payments of a reference under one nonce the second costs no gas either.
 */
export function nonceKeyOfReference(chainId: number, account: Address, reference: string): bigint {
	const hash = keccak256(
		encodeAbiParameters(
			[{ type: 'bytes32' }, { type: 'uint256' }, { type: 'address' }, { type: 'string' }],
			[DOMAIN, BigInt(chainId), account, reference],
		),
	);
	return BigInt(slice(hash, 0, 24));
}

/** The nonce key of a session key that has a gas limit: the plugin allows it no other. */
export function nonceKeyOfSessionKey(key: Address): bigint {
	return BigInt(key);
}
