import { SessionKeyPermissionsBuilder, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import type { Call } from '../../../core/calls';
import { encodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import type { Payer } from '../../../core/payment/send/payment';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from '../../../core/payment/send/nonceKeys';
import { hashReference } from '../../../core/registry/referenceRegistry';
import type { FaultRule } from '../../../devnet';
import { accountOf } from '../../../devnet/accounts';
import { minedReceipt, type Inclusion } from '../../../devnet/operations';
import { freshAddress, payerWith, type Kind } from '../../support/payer';
import { includeOperations, signOperation, type DevnetClient, type SmartAccount } from './devnet';

/** An attempt of the account's first key under a reference, included without asking anybody whether it would pay. */
export async function includeAttempt(
	devnet: DevnetClient,
	account: SmartAccount,
	kind: Kind,
	reference: string,
	calls: readonly Call[],
): Promise<Inclusion> {
	const { address: key, privateKey: signerKey } = account.keys[0]!;
	const freeLane = nonceKeyOfReference(devnet.chainId, account.address, reference);
	const [included] = await includeOperations(devnet, [
		await signOperation(devnet, {
			sender: account.address,
			callData: encodeSessionKeyCalls(calls, key, hashReference(reference)),
			nonceKey: kind === 'free lanes' ? freeLane : nonceKeyOfSessionKey(key),
			signerKey,
			...(kind === 'gas limit' && { callGasLimit: 500_000n, verificationGasLimit: 500_000n }),
		}),
	]);
	return included!;
}

async function asOwner(account: SmartAccount, functionName: string, args: readonly unknown[]): Promise<void> {
	const abi = SessionKeyPluginExecutionFunctionAbi;
	const { success } = await account.asOwner(encodeFunctionData({ abi, functionName, args } as never));
	if (!success) throw new Error(`the owner's ${functionName} failed`);
}

/** The account's only key is replaced by a new one: whoever pays from then on. */
export async function rotate(devnet: DevnetClient, account: SmartAccount, oldKey: Address): Promise<Payer> {
	const { address, privateKey } = accountOf();
	const first = `0x${'1'.padStart(64, '0')}` as const;
	await asOwner(account, 'rotateSessionKey', [oldKey, first, address]);
	return payerWith(devnet, account.address, privateKey);
}

/** In wei; 2^256-1 takes the limit away. */
export async function setGasLimit(account: SmartAccount, key: Address, spendLimit: bigint): Promise<void> {
	const updates = new SessionKeyPermissionsBuilder().setGasSpendLimit({ spendLimit }).encode();
	await asOwner(account, 'updateKeyPermissions', [key, updates]);
}

/** In base units; 0 is a prohibition. */
export async function setTokenLimit(
	account: SmartAccount,
	key: Address,
	{ token: tokenAddress, spendLimit }: { token: Address; spendLimit: bigint },
): Promise<void> {
	const updates = new SessionKeyPermissionsBuilder().addErc20TokenSpendLimit({ tokenAddress, spendLimit }).encode();
	await asOwner(account, 'updateKeyPermissions', [key, updates]);
}

/** An endpoint that doesn't give what an earlier operation did: neither its transaction, nor the operation. */
export const NO_TRANSACTIONS: FaultRule = { kind: 'answer', result: null, match: ['eth_getTransactionByHash'] };
export const NO_OPERATIONS: FaultRule = { kind: 'answer', result: null, match: ['eth_getUserOperationByHash'] };

/** Blocks that stand on top of what a test did before, so that it is the past. */
export async function laterBlocks(devnet: DevnetClient, count = 5): Promise<void> {
	for (let mined = 0; mined < count; mined++) {
		const transaction = { from: devnet.operator, to: freshAddress(), value: '0x1' };
		await minedReceipt(devnet, await devnet.request<Hex>('eth_sendTransaction', [transaction]));
	}
}
