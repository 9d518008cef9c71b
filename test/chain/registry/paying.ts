import { encodeFunctionData, erc20Abi, keccak256, type Address, type Hex } from 'viem';
import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { generatePrivateKey } from 'viem/accounts';
import type { DevnetClient } from '../../../devnet';
import { executeWithSessionKey, type Call, type SmartAccount } from '../../../devnet/accounts';
import type { Account } from '../../../devnet/mnemonic';
import { signOperation, type Operation, type OperationParts } from '../../../devnet/operations';
import { claimData } from './registry';

/** What every payment of these tests pays, in base units. */
export const AMOUNT = 250_000n;

/** A reference that nobody has used. */
export function freshReference(): Hex {
	return keccak256(generatePrivateKey());
}

export function claim(reference: Hex): Call {
	return { target: REFERENCE_REGISTRY, value: 0n, data: claimData(reference) };
}

export function transfer(token: Address, to: Address, amount = AMOUNT): Call {
	return {
		target: token,
		value: 0n,
		data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] }),
	};
}

/** A nonce key that nobody has used. */
function freshNonceKey(): bigint {
	return BigInt(generatePrivateKey()) >> 64n;
}

/** A session key's operation, signed; its nonce key is a new one unless it is given. */
export function byKey(
	devnet: DevnetClient,
	account: SmartAccount,
	key: Account,
	calls: readonly Call[],
	parts: Partial<OperationParts> = {},
): Promise<Operation> {
	return signOperation(devnet, {
		sender: account.address,
		callData: executeWithSessionKey(calls, key.address),
		signerKey: key.privateKey,
		nonceKey: freshNonceKey(),
		...parts,
	});
}

/** The same calls by the owner. */
export function byOwner(devnet: DevnetClient, account: SmartAccount, calls: readonly Call[]): Promise<Operation> {
	return signOperation(devnet, {
		sender: account.address,
		callData: encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'executeBatch', args: [calls] }),
		signerKey: account.owner.privateKey,
		nonceKey: freshNonceKey(),
	});
}
