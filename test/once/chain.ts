import { numberToHex, pad, parseAbiItem, parseEther, parseUnits, toEventSelector, type Address, type Hex } from 'viem';
import { fundedAccount, type DevnetClient } from '../../devnet';
import { freshAddress, KINDS, permissionsFor } from '../support/payer';
import type { Payment, WorkerSetup } from './messages';

/** What every reference pays: an amount that shows at once when it was paid twice. */
export const AMOUNT = '0.25';

const operationEvent = parseAbiItem(
	'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
);
const transferEvent = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');

/** The accounts that pay, one for each kind of key, and what they are to pay. */
export interface Scene {
	setup: WorkerSetup;
	payments: Payment[];
	/** Nothing of this scene is in an earlier block. */
	fromBlock: Hex;
}

/** An account for each kind of key, and payments that alternate between them, each to an address of its own. */
export async function prepare(devnet: DevnetClient, count: number): Promise<Scene> {
	const tokenLimit = parseUnits(AMOUNT, 6) * BigInt(count * 3);
	const payers = [];
	for (const kind of KINDS) {
		const permissions = permissionsFor(devnet, { kind, tokenLimit, gasLimit: parseEther('1000') });
		const { address, keys } = await fundedAccount(devnet, {
			eth: parseEther('1000'),
			tokens: { usd6: tokenLimit },
			keys: [{ permissions }],
		});
		payers.push({ account: address, privateKey: keys[0]!.privateKey });
	}
	const payments = Array.from({ length: count }, (_, index) => ({
		reference: `once/${index + 1}`,
		to: freshAddress(),
		amount: AMOUNT,
		payer: index % payers.length,
	}));
	const { url, chainId, tokens } = devnet;
	const fromBlock = numberToHex(BigInt(await devnet.request<Hex>('eth_blockNumber')) + 1n);
	return { setup: { url, chainId, token: tokens.usd6.address, payers }, payments, fromBlock };
}

interface Log {
	topics: Hex[];
	data: Hex;
}

/** What the chain says, by its events and by its balances. */
export interface OnChain {
	/** References whose recipient didn't get one transfer of exactly the amount, by events. */
	wrongByEvents: string[];
	/** The same by balances. */
	wrongByBalances: string[];
	/** Operations of the accounts that made their calls, and that failed. */
	succeeded: number;
	failed: number;
}

/** Reads what the accounts of a scene have paid, to whom and how often. */
export async function readChain({ request, contracts }: DevnetClient, scene: Scene): Promise<OnChain> {
	const { setup, payments, fromBlock } = scene;
	const accounts = setup.payers.map(({ account }) => pad(account).toLowerCase() as Hex);
	const logsOf = (address: Address, topics: unknown[]) =>
		request<Log[]>('eth_getLogs', [{ address, topics, fromBlock, toBlock: 'latest' }]);
	const transfers = await logsOf(setup.token, [toEventSelector(transferEvent), accounts]);
	const operations = await logsOf(contracts.EntryPoint, [toEventSelector(operationEvent), null, accounts]);
	const units = parseUnits(AMOUNT, 6);
	const received = new Map<string, bigint[]>();
	for (const { topics, data } of transfers) {
		const to = topics[2]!.slice(26);
		received.set(to, [...(received.get(to) ?? []), BigInt(data)]);
	}
	const gotOnce = ({ to }: Payment) => {
		const [amount, ...more] = received.get(to.slice(2).toLowerCase()) ?? [];
		return amount === units && more.length === 0;
	};
	const balances = await balancesOf(request, scene);
	// nonce, success, actualGasCost, actualGasUsed
	const succeeded = operations.filter(({ data }) => BigInt(`0x${data.slice(66, 130)}`) === 1n).length;
	return {
		wrongByEvents: payments.filter((payment) => !gotOnce(payment)).map(({ reference }) => reference),
		wrongByBalances: payments.filter((_, index) => balances[index] !== units).map(({ reference }) => reference),
		succeeded,
		failed: operations.length - succeeded,
	};
}

async function balancesOf(request: DevnetClient['request'], { setup, payments }: Scene): Promise<bigint[]> {
	const balances: bigint[] = [];
	for (const { to } of payments) {
		const call = { to: setup.token, data: `0x70a08231${pad(to).slice(2)}` };
		balances.push(BigInt(await request<Hex>('eth_call', [call, 'latest'])));
	}
	return balances;
}

/** Moves the chain's clock, and some blocks. */
export async function passTime({ request }: DevnetClient, seconds: number): Promise<void> {
	await request('evm_increaseTime', [numberToHex(seconds)]);
	await request('anvil_mine', [numberToHex(300)]);
}
