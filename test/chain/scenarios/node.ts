import { numberToHex, type Address, type Hex, type RpcTransactionReceipt } from 'viem';
import { sendTransaction, type Transaction } from '../../../devnet/contracts/deploy';
import { rpcClient, RpcError, type Request } from '../../../devnet/rpc';

/** Generous: gas must never decide an outcome by itself. */
const TRANSACTION_GAS = 16_000_000n;
const GAS_PRICE = 100_000_000_000n;

/** The result of a call, or its revert data. */
export interface CallResult {
	ok: boolean;
	data: Hex;
}

/** An anvil that nobody else uses: the clock is the scenario's. */
export class Node {
	readonly request: Request;

	constructor(url: string) {
		this.request = rpcClient(url);
	}

	async call(to: Address, data: Hex, from?: Address): Promise<CallResult> {
		try {
			const call = { to, data, from, gas: numberToHex(TRANSACTION_GAS) };
			return { ok: true, data: await this.request<Hex>('eth_call', [call, 'latest']) };
		} catch (error) {
			if (!(error instanceof RpcError) || !/revert/i.test(error.message)) throw error;
			return { ok: false, data: typeof error.data === 'string' ? (error.data as Hex) : '0x' };
		}
	}

	/** Puts a transaction into a block of its own, at this time. */
	async transactAt(time: number, transaction: Transaction): Promise<RpcTransactionReceipt> {
		await this.request('evm_setNextBlockTimestamp', [numberToHex(time)]);
		return this.send(transaction);
	}

	async send(transaction: Transaction): Promise<RpcTransactionReceipt> {
		return sendTransaction(this.request, { ...transaction, gas: TRANSACTION_GAS, gasPrice: GAS_PRICE });
	}

	async mineAt(time: number): Promise<void> {
		await this.request('evm_setNextBlockTimestamp', [numberToHex(time)]);
		await this.request('evm_mine', []);
	}

	async now(): Promise<number> {
		const { timestamp } = await this.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]);
		return Number(timestamp);
	}

	async setBalance(address: Address, wei: bigint): Promise<void> {
		await this.request('anvil_setBalance', [address, numberToHex(wei)]);
	}

	async impersonate(address: Address): Promise<void> {
		await this.request('anvil_impersonateAccount', [address]);
	}
}
