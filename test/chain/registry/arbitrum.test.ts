import { numberToHex, padHex, type Address, type Hex } from 'viem';
import { startAnvil, type Anvil } from '../../../devnet/anvil';
import { ensureRegistries } from '../../../devnet/contracts/registry';
import { defaultAccount } from '../../../devnet/mnemonic';
import { rpcClient, type Request } from '../../../devnet/rpc';
import { freshReference } from './paying';
import { claimAs, claimsIn, headOf, isClaimed, recordOf } from './registry';

jest.setTimeout(60_000);

const ARB_SYS = '0x0000000000000000000000000000000000000064';
/** Answers whatever it is asked with what stands in its first slot. */
const ANSWERS_ITS_SLOT = '0x60005460005260206000f3';
/** What stands there in a chain's state; Arbitrum's nodes answer the calls themselves, a local fork can't. */
const INVALID = '0xfe';

let anvil: Anvil;
let request: Request;
const account: Address = defaultAccount(0).address;

async function startAs(chainId: number): Promise<void> {
	anvil = await startAnvil({ chainId });
	request = rpcClient(anvil.url);
	await ensureRegistries(request, defaultAccount(9).address);
}

afterEach(() => anvil.close());

async function setHeight(height: bigint): Promise<void> {
	await request('anvil_setCode', [ARB_SYS, ANSWERS_ITS_SLOT]);
	await request('anvil_setStorageAt', [ARB_SYS, padHex('0x0'), padHex(numberToHex(height))]);
}

async function claimed(reference: Hex) {
	const { status, blockNumber } = await claimAs(request, account, reference);
	expect(status).toBe('0x1');
	const [event] = await claimsIn(request, account, blockNumber, blockNumber);
	return { event, mined: BigInt(blockNumber), record: await recordOf(request, account, reference) };
}

describe.each([42161, 421614])('on Arbitrum, chain %s', (chainId) => {
	beforeEach(() => startAs(chainId));

	it('record, head and event have the chain’s own block, not that of Ethereum', async () => {
		const [first, second, third, fourth] = [1, 2, 3, 4].map(freshReference) as [Hex, Hex, Hex, Hex];
		await setHeight(300_000_000n);
		const one = await claimed(first);
		expect(one.mined).toBeLessThan(1_000n);
		expect(one.record).toMatchObject({ blockNumber: 300_000_000n, previousBlock: 0n, index: 1n });
		expect(one.event).toMatchObject({ index: 1n, previousBlock: 0n });
		// Another of Ethereum's blocks, the same of the chain's own: still one block.
		const two = await claimed(second);
		expect(two.mined).toBeGreaterThan(one.mined);
		expect(two.record).toMatchObject({ blockNumber: 300_000_000n, previousBlock: 0n, index: 2n });
		await setHeight(300_000_007n);
		const three = await claimed(third);
		expect(three.record).toMatchObject({ blockNumber: 300_000_007n, previousBlock: 300_000_000n, index: 3n });
		expect(three.event).toMatchObject({ index: 3n, previousBlock: 300_000_000n });
		const four = await claimed(fourth);
		expect(four.record).toMatchObject({ blockNumber: 300_000_007n, previousBlock: 300_000_000n, index: 4n });
		expect(await headOf(request, account)).toEqual({
			blockNumber: 300_000_007n,
			previousBlock: 300_000_000n,
			count: 4n,
		});
		expect(await claimAs(request, account, first)).toMatchObject({ status: '0x0' });
	});

	it.each([
		['nothing stands at ArbSys', '0x'],
		['a local fork can’t answer for ArbSys', INVALID],
	])('nothing can be claimed where %s', async (_, code) => {
		await request('anvil_setCode', [ARB_SYS, code]);
		const reference = freshReference();
		expect(await claimAs(request, account, reference)).toMatchObject({ status: '0x0' });
		expect(await isClaimed(request, account, reference)).toBe(false);
	});
});

it.each([1, 8453, 31337])('on chain %s the block is its own, whatever stands at ArbSys’ address', async (chainId) => {
	await startAs(chainId);
	await setHeight(300_000_000n);
	const reference = freshReference();
	const { mined, record } = await claimed(reference);
	expect(record).toMatchObject({ blockNumber: mined, index: 1n });
	const { timestamp } = await request<{ timestamp: Hex }>('eth_getBlockByNumber', [numberToHex(mined), false]);
	expect(record.time).toBe(BigInt(timestamp));
});
