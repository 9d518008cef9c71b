import { encodeDeployData, getAddress, numberToHex, type Address, type Hex, type RpcTransactionReceipt } from 'viem';
import type { Request } from '../rpc';
import type { Artifact } from './compile';

/** A transaction of an account whose key the chain does not need. */
export interface Transaction {
	from: Address;
	to?: Address;
	data?: Hex;
	/** In wei. */
	value?: bigint;
	/** Left out: the chain's own estimate, which refuses what would fail. */
	gas?: bigint;
	/** In wei. */
	gasPrice?: bigint;
}

const POLL_MILLISECONDS = 3;
const PATIENCE_MILLISECONDS = 60_000;

/**
 * Deploys a contract and resolves with its address.
 *
 * @example
 * const token = await deployContract(request, artifacts.TestToken, ['Test Dollar', 'TUSD', 6], { from });
 */
export async function deployContract(
	request: Request,
	{ abi, bytecode }: Artifact,
	args: readonly unknown[],
	transaction: Omit<Transaction, 'to' | 'data'>,
): Promise<Address> {
	const data = encodeDeployData({ abi, bytecode, args });
	const { contractAddress } = await transact(request, { ...transaction, data });
	if (!contractAddress) throw new Error('the transaction created no contract');
	return getAddress(contractAddress);
}

/** Sends a transaction, waits until it is in a block, and throws when it failed there. */
export async function transact(request: Request, transaction: Transaction): Promise<RpcTransactionReceipt> {
	const receipt = await sendTransaction(request, transaction);
	if (receipt.status !== '0x1') throw new Error(`transaction ${receipt.transactionHash} failed`);
	return receipt;
}

/** Sends a transaction and waits until it is in a block, whether it succeeded there or failed. */
export async function sendTransaction(request: Request, transaction: Transaction): Promise<RpcTransactionReceipt> {
	const numbers = Object.entries(transaction).map(([k, v]) => [k, typeof v === 'bigint' ? numberToHex(v) : v]);
	const hash = await request<Hex>('eth_sendTransaction', [Object.fromEntries(numbers)]);
	const deadline = Date.now() + PATIENCE_MILLISECONDS;
	while (Date.now() < deadline) {
		const receipt = await request<RpcTransactionReceipt | null>('eth_getTransactionReceipt', [hash]);
		if (receipt) return receipt;
		await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
	}
	throw new Error(`transaction ${hash} was not mined`);
}
