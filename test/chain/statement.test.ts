import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { tokenTransfer } from '../../core/calls';
import { NATIVE } from '../../core/input/token';
import { customNetwork } from '../../core/networks';
import { pay } from '../../core/payment/pay';
import { readStatement, type Statement } from '../../core/statement/readStatement';
import type { Devnet, FaultRule, PlanName } from '../../devnet';
import { mint } from '../../devnet/tokens';
import { connectionTo, dollars, freshAddress, payingAccount, payOptions, sleep } from '../support/payer';
import { includeAttempt, laterBlocks, rotate } from './support/attempts';
import { connect, startOwnDevnet, type DevnetClient } from './support/devnet';

jest.setTimeout(120_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});
afterEach(() => devnet.faults.clear());

const DAY = 86_400;

/** A second in which no block of the past was made: periods are counted in whole ones. */
async function freshSecond(): Promise<number> {
	const { timestamp } = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]);
	const second = Number(timestamp) + 1;
	while (Date.now() / 1000 < second) await sleep(50);
	return second;
}

async function statementFrom(from: number, account: Address, tokens: Address[] = []): Promise<Statement> {
	const on = { rpc: connectionTo(devnet), network: customNetwork(devnet.chainId, 'ETH'), account };
	return readStatement(on, { period: { from, to: from + DAY, timeZone: 'UTC' }, tokens });
}

const shortOf = ({ entries }: Statement) =>
	entries.map(({ kind, asset, in: received, out }) => [
		kind,
		asset && (asset === NATIVE ? 'ETH' : 'dUSD'),
		received - out,
	]);

/** Sends 5 dollars and 123 wei to an account, without any operation of it. */
async function comesIn(account: Address): Promise<void> {
	const { operator, tokens, request } = devnet;
	for (const transaction of [{ to: account, value: '0x7b' }, mint(tokens.usd6, account, 5_000_000n)]) {
		await request('eth_sendTransaction', [{ from: operator, ...transaction }]);
	}
}

/** Two payments, money that comes in between, one that fails, and an owner who pays and replaces the key. */
async function busyTime() {
	const { account, payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const { usd6 } = devnet.tokens;
	const from = await freshSecond();
	const to = freshAddress();
	await pay(payer, dollars(devnet, to), payOptions('salary/anna'));
	await comesIn(account.address);
	const tooMuch = tokenTransfer(usd6.address, to, 10n ** 15n);
	await includeAttempt(devnet, account, 'free lanes', 'salary/carl', [tooMuch]);
	await pay(payer, dollars(devnet, freshAddress(), '2.25'), payOptions('salary/bert'));
	const callData = encodeFunctionData({
		abi: IStandardExecutorAbi,
		functionName: 'executeBatch',
		args: [[{ target: to, value: 7n, data: '0x' }, tokenTransfer(usd6.address, to, 1_000_000n)]],
	});
	await account.asOwner(callData);
	await rotate(devnet, account, payer.key);
	// Further than any plan's logs reach.
	await laterBlocks(devnet);
	return { account, from, usd6: usd6.address };
}

const EVERYTHING = [
	['payment', 'dUSD', -1_500_000n],
	['otherIn', 'ETH', 123n],
	['received', 'dUSD', 5_000_000n],
	['failed', 'dUSD', 0n],
	['payment', 'dUSD', -2_250_000n],
	['owner', undefined, 0n],
	['sent', 'ETH', -7n],
	['sent', 'dUSD', -1_000_000n],
	['owner', undefined, 0n],
];

it.each<PlanName>(['alchemy-free-quick', 'payg'])(
	'closes to the last unit, each movement by itself: %s',
	async (plan) => {
		await devnet.plan.set(plan);
		const { account, from, usd6 } = await busyTime();
		const statement = await statementFrom(from, account.address, [usd6]);
		expect(shortOf(statement)).toEqual(EVERYTHING);
		expect(statement.sums).toMatchObject([
			{ asset: NATIVE, left: 0n, unlistedIn: 123n, unlistedOut: 0n },
			{ asset: usd6, opening: 1_000_000_000n, closing: 1_000_250_000n, left: 0n, unlistedIn: 0n, unlistedOut: 0n },
		]);
		expect(statement.entries.at(-1)?.changes).toMatchObject([{ kind: 'rotated' }]);
	},
);

describe('where the endpoint shows less', () => {
	const FEW_LOGS: FaultRule = { kind: 'logRange', blocks: 1 };

	let own: Devnet;

	// A chain of one's own: where others make blocks, the end of the period too is past state before it is read.
	beforeAll(async () => {
		devnet = own = await startOwnDevnet();
		await devnet.plan.set('payg');
	});

	afterAll(() => own.close());

	it('with logs of one block at a time the same is found', async () => {
		const { account, from, usd6 } = await busyTime();
		await devnet.faults.set(FEW_LOGS);
		const statement = await statementFrom(from, account.address, [usd6]);
		expect(statement.sums.map(({ left }) => left)).toEqual([0n, 0n]);
		expect(statement.entries.filter(({ kind }) => kind === 'payment')).toHaveLength(2);
		expect(statement.entries.filter(({ kind }) => kind === 'received')).toMatchObject([{ in: 5_000_000n }]);
	});

	it('without past state nothing is claimed of what it began with, and payments are told all the same', async () => {
		const { account, from, usd6 } = await busyTime();
		await devnet.faults.set(FEW_LOGS, { kind: 'noArchive', blocks: 2 });
		const statement = await statementFrom(from, account.address, [usd6]);
		expect(statement.sums).toMatchObject([{ asset: NATIVE }, { asset: usd6, closing: 1_000_250_000n }]);
		for (const { opening, left } of statement.sums) expect([opening, left]).toEqual([undefined, undefined]);
		expect(statement.entries.filter(({ kind }) => kind === 'payment')).toHaveLength(2);
	});
});
