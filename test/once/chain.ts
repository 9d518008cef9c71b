import { numberToHex, pad, parseAbiItem, parseEther, parseUnits, toEventSelector, type Address, type Hex } from 'viem';
import { REFERENCE_REGISTRY, referenceRegistryAbi } from '../../contracts/referenceRegistry';
import { hashReference } from '../../core/registry/referenceRegistry';
import { fundedAccount, type DevnetClient } from '../../devnet';
import { freshAddress, KINDS, permissionsFor } from '../support/payer';
import { CHAINS, type ChainName, type Payment, type WorkerSetup } from './messages';

/** What every reference pays: an amount that shows at once when it was paid twice. */
export const AMOUNT = '0.25';

const ACCOUNTS = 2;
/** Of so many references one is paid on the fork too. */
const ON_FORK_EVERY = 5;

const operationEvent = parseAbiItem(
	'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
);
const transferEvent = parseAbiItem('event Transfer(address indexed from, address indexed to, uint256 value)');
const claimedEvent = referenceRegistryAbi.find((item) => item.type === 'event')!;

/** The accounts that pay, and what they are to pay. */
export interface Scene {
	payers: WorkerSetup['payers'];
	token: Address;
	payments: Payment[];
	/** Nothing of this scene is in an earlier block. */
	fromBlock: Hex;
}

/** Accounts with one key of each kind, and payments that alternate between them, each to an address of its own. */
export async function prepare(devnet: DevnetClient, count: number): Promise<Scene> {
	const tokenLimit = parseUnits(AMOUNT, 6) * BigInt(count * 3);
	const payers: WorkerSetup['payers'] = [];
	for (let made = 0; made < ACCOUNTS; made++) {
		const { address, keys } = await fundedAccount(devnet, {
			eth: parseEther('1000'),
			tokens: { usd6: tokenLimit },
			keys: KINDS.map((kind) => ({
				permissions: permissionsFor(devnet, { kind, tokenLimit, gasLimit: parseEther('1000') }),
			})),
		});
		payers.push({ account: address, privateKeys: keys.map(({ privateKey }) => privateKey) });
	}
	const payments = Array.from({ length: count }, (_, index) => {
		const [reference, payer, to] = [`once/${index + 1}`, index % ACCOUNTS, freshAddress()];
		const chains = index % ON_FORK_EVERY === 0 ? CHAINS : (['main'] as const);
		return chains.map((chain): Payment => ({ reference, to, amount: AMOUNT, payer, chain }));
	});
	const fromBlock = numberToHex(BigInt(await devnet.request<Hex>('eth_blockNumber')) + 1n);
	return { payers, token: devnet.tokens.usd6.address, payments: payments.flat(), fromBlock };
}

interface Log {
	topics: Hex[];
	data: Hex;
	blockNumber: Hex;
	transactionHash: Hex;
}

/** What the chain says, by its events and by its balances. */
export interface OnChain {
	/** Every operation of the accounts in a block. */
	operations: ReadonlyMap<Hex, { success: boolean; transactionHash: Hex; cost: bigint }>;
	/** Where each reference was claimed. */
	claims: ReadonlyMap<string, { blockNumber: bigint; transactionHash: Hex }>;
	/** References whose recipient didn't get one transfer of exactly the amount, by events. */
	wrongByEvents: string[];
	/** The same by balances. */
	wrongByBalances: string[];
}

/** Reads what the accounts of a scene have paid on one chain, to whom and how often. */
export async function readChain(
	{ request, contracts }: DevnetClient,
	scene: Scene,
	chain: ChainName,
): Promise<OnChain> {
	const { payers, token, fromBlock } = scene;
	const payments = scene.payments.filter((payment) => payment.chain === chain);
	const accounts = payers.map(({ account }) => pad(account).toLowerCase() as Hex);
	const logsOf = (address: Address, topics: unknown[]) =>
		request<Log[]>('eth_getLogs', [{ address, topics, fromBlock, toBlock: 'latest' }]);
	const transfers = await logsOf(token, [toEventSelector(transferEvent), accounts]);
	const operations = await logsOf(contracts.EntryPoint, [toEventSelector(operationEvent), null, accounts]);
	const claims = await logsOf(REFERENCE_REGISTRY, [toEventSelector(claimedEvent), null, accounts]);
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
	const balances = await balancesOf(request, token, payments);
	const referenceOf = new Map(payments.map(({ reference }) => [hashReference(reference), reference]));
	return {
		operations: new Map(operations.map((log) => [log.topics[1]!, outcomeOf(log)])),
		claims: new Map(
			claims.map(({ topics, blockNumber, transactionHash }) => [
				referenceOf.get(topics[1]!) ?? topics[1]!,
				{ blockNumber: BigInt(blockNumber), transactionHash },
			]),
		),
		wrongByEvents: payments.filter((payment) => !gotOnce(payment)).map(({ reference }) => reference),
		wrongByBalances: payments.filter((_, index) => balances[index] !== units).map(({ reference }) => reference),
	};
}

/** nonce, success, actualGasCost, actualGasUsed. */
function outcomeOf({ data, transactionHash }: Log) {
	const word = (index: number) => BigInt(`0x${data.slice(2 + index * 64, 66 + index * 64)}`);
	return { success: word(1) === 1n, transactionHash, cost: word(2) };
}

async function balancesOf(request: DevnetClient['request'], token: Address, payments: Payment[]): Promise<bigint[]> {
	const balances: bigint[] = [];
	for (const { to } of payments) {
		balances.push(
			BigInt(await request<Hex>('eth_call', [{ to: token, data: `0x70a08231${pad(to).slice(2)}` }, 'latest'])),
		);
	}
	return balances;
}

/** Moves the chain's clock, and some blocks. */
export async function passTime({ request }: DevnetClient, seconds: number): Promise<void> {
	await request('evm_increaseTime', [numberToHex(seconds)]);
	await request('anvil_mine', [numberToHex(300)]);
}
