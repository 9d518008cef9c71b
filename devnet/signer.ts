import { setTimeout as sleep } from 'node:timers/promises';
import { hexToBigInt, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { Handler } from './backends';
import type { Account } from './mnemonic';
import { RpcError, type Request } from './rpc';

const NONCE_ATTEMPTS = 20;
const NONCE_MILLISECONDS = 250;

interface TransactionRequest {
	from: Address;
	to?: Address;
	data?: Hex;
	/** In wei. */
	value?: Hex;
	gas?: Hex;
}

type Send = (transaction: TransactionRequest) => Promise<Hex>;

/** Answers eth_sendTransaction on a chain that knows the sender's key, as anvil does. */
export function unlockedSender(chain: Request): Handler {
	return oneByOne((transaction) => chain<Hex>('eth_sendTransaction', [transaction]));
}

/** Answers eth_sendTransaction for accounts whose keys are known here, where the chain does not know them. */
export function signingSender(chain: Request, accounts: readonly Account[]): Handler {
	const keys = new Map(accounts.map(({ address, privateKey }) => [address.toLowerCase(), privateKey]));
	return oneByOne((transaction) => {
		const key = keys.get(transaction.from.toLowerCase());
		if (!key) throw new RpcError(-32602, `no key for ${transaction.from}`);
		return untilNonceFits(() => signAndSend(chain, key, transaction));
	});
}

/** A provider's count may lag behind, and somebody else may send for the same account: both end by themselves. */
async function untilNonceFits<T>(send: () => Promise<T>): Promise<T> {
	for (let attempt = 1; ; attempt++) {
		try {
			return await send();
		} catch (error) {
			const mayPass = error instanceof RpcError && /nonce too low|underpriced/i.test(error.message);
			if (!mayPass || attempt === NONCE_ATTEMPTS) throw error;
			await sleep(NONCE_MILLISECONDS);
		}
	}
}

/** Two transactions of one account sent at the same time would get the same nonce. */
function oneByOne(send: Send): Handler {
	const lasts = new Map<string, Promise<unknown>>();
	return async ([transaction]) => {
		const { from } = transaction as TransactionRequest;
		const sent = (lasts.get(from) ?? Promise.resolve()).then(() => send(transaction as TransactionRequest));
		lasts.set(
			from,
			sent.catch(() => undefined),
		);
		return sent;
	};
}

async function signAndSend(chain: Request, key: Hex, transaction: TransactionRequest): Promise<Hex> {
	const { from, to, data, value = '0x0', gas } = transaction;
	const [chainId, nonce, block, priority, estimated] = await Promise.all([
		chain<Hex>('eth_chainId'),
		chain<Hex>('eth_getTransactionCount', [from, 'pending']),
		chain<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['latest', false]),
		chain<Hex>('eth_maxPriorityFeePerGas'),
		gas ?? chain<Hex>('eth_estimateGas', [{ from, to, data, value }]),
	]);
	const maxPriorityFeePerGas = hexToBigInt(priority);
	const signed = await privateKeyToAccount(key).signTransaction({
		type: 'eip1559',
		chainId: Number(chainId),
		nonce: Number(nonce),
		to,
		data,
		value: hexToBigInt(value),
		// Estimates are tight where a call keeps back a 64th of its gas.
		gas: gas ? hexToBigInt(gas) : (hexToBigInt(estimated) * 5n) / 4n,
		maxPriorityFeePerGas,
		maxFeePerGas: hexToBigInt(block.baseFeePerGas) * 2n + maxPriorityFeePerGas,
	});
	return chain<Hex>('eth_sendRawTransaction', [signed]);
}
