import { encodeDeployData, getAddress, numberToHex, type Address, type Hex } from 'viem';
import type { Artifact } from './compile';

/** Sends one JSON-RPC request and resolves with its result. */
export type Request = (method: string, params: unknown[]) => Promise<unknown>;

/** A transaction of an account whose key the chain does not need. */
export interface Transaction {
	from: Address;
	to?: Address;
	data?: Hex;
	/** In wei. */
	value?: bigint;
}

interface Receipt {
	status: Hex;
	contractAddress: Address | null;
}

const POLL_MILLISECONDS = 10;

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
export async function transact(request: Request, { value = 0n, ...transaction }: Transaction): Promise<Receipt> {
	const hash = await request('eth_sendTransaction', [{ ...transaction, value: numberToHex(value) }]);
	for (;;) {
		const receipt = (await request('eth_getTransactionReceipt', [hash])) as Receipt | null;
		if (receipt?.status === '0x1') return receipt;
		if (receipt) throw new Error(`transaction ${String(hash)} failed`);
		await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
	}
}
