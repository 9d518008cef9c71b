import * as fc from 'fast-check';
import {
	encodeFunctionData,
	numberToHex,
	padHex,
	type Abi,
	type Address,
	type Hex,
	type RpcTransactionReceipt,
} from 'viem';
import { join } from 'node:path';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { startAnvil, type Anvil } from '../../../devnet/anvil';
import { compileFolder } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import { ensureRegistries } from '../../../devnet/contracts/registry';
import { defaultAccount } from '../../../devnet/mnemonic';
import { rpcClient, type Request } from '../../../devnet/rpc';
import { claimData, claimsIn, headOf, recordOf, walkBack, type Claimed, type Entry, type Head } from './registry';

const COUNT = Number(process.env.REGISTRY_SEQUENCES ?? 60);
const SEED = Number(process.env.SEED ?? 20_261_128);

jest.setTimeout(60_000 + COUNT * 3_000);

/** The contract's rules in a few lines. */
class Model {
	constructor(
		readonly records = new Map<string, Entry>(),
		readonly heads = new Map<Address, Head>(),
		readonly claims: readonly Claimed[] = [],
	) {}

	copy(): Model {
		return new Model(new Map(this.records), new Map(this.heads), this.claims);
	}

	/** All of these references or none, by one account; undefined when one of them was claimed before. */
	claimAll(account: Address, references: readonly Hex[], blockNumber: bigint, time: bigint): Model | undefined {
		let next: Model | undefined = this.copy();
		for (const reference of references) next = next?.claim(account, reference, blockNumber, time);
		return next;
	}

	claim(account: Address, reference: Hex, blockNumber: bigint, time: bigint): Model | undefined {
		const id = idOf(account, reference);
		if (this.records.has(id)) return undefined;
		const blocks = this.claims.filter((one) => one.account === account).map((one) => one.blockNumber);
		const previousBlock = blocks.filter((one) => one < blockNumber).at(-1) ?? 0n;
		const index = BigInt(blocks.length + 1);
		return new Model(
			new Map(this.records).set(id, { blockNumber, time, previousBlock, index }),
			new Map(this.heads).set(account, { blockNumber, previousBlock, count: index }),
			[...this.claims, { reference, account, index, previousBlock, blockNumber }],
		);
	}
}

const idOf = (account: Address, reference: Hex) => `${account} ${reference}`;
const NO_RECORD: Entry = { blockNumber: 0n, time: 0n, previousBlock: 0n, index: 0n };
const NO_HEAD: Head = { blockNumber: 0n, previousBlock: 0n, count: 0n };

/** One transaction of a block. */
type Act =
	| { kind: 'claim'; by: number; reference: number }
	/** By a contract, all in one transaction: together, undone again, or each for itself. */
	| { kind: 'together' | 'undone' | 'each'; references: number[] };

type Step =
	| { kind: 'block'; acts: Act[] }
	| { kind: 'empty'; blocks: number; seconds: number }
	| { kind: 'snapshot' }
	| { kind: 'reorganise' };

const REFERENCES: Hex[] = [0n, 1n, 2n, 3n, 2n ** 256n - 1n].map((one) => padHex(numberToHex(one)));
const PEOPLE = [0, 1, 2].map((index) => defaultAccount(index).address);

const reference = fc.nat({ max: REFERENCES.length - 1 });
const act: fc.Arbitrary<Act> = fc.oneof(
	{ weight: 4, arbitrary: fc.record({ kind: fc.constant('claim' as const), by: fc.nat({ max: 2 }), reference }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constantFrom('together' as const, 'undone' as const, 'each' as const),
			references: fc.array(reference, { minLength: 1, maxLength: 4 }),
		}),
	},
);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({ kind: fc.constant('block' as const), acts: fc.array(act, { minLength: 1, maxLength: 6 }) }),
	},
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('empty' as const),
			blocks: fc.integer({ min: 1, max: 5 }),
			seconds: fc.integer({ min: 1, max: 10 ** 9 }),
		}),
	},
	{ weight: 3, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
	{ weight: 3, arbitrary: fc.constant({ kind: 'reorganise' as const }) },
);

let anvil: Anvil;
let request: Request;
let claimer: Address;
let claimerAbi: Abi;
/** Before any sequence. */
let untouched: Hex;

beforeAll(async () => {
	anvil = await startAnvil({ args: ['--order', 'fifo'] });
	request = rpcClient(anvil.url);
	await ensureRegistries(request, PEOPLE[0]!);
	const { Claimer } = await compileFolder(join(__dirname));
	claimerAbi = Claimer!.abi;
	claimer = await deployContract(request, Claimer!, [], { from: PEOPLE[0]! });
	await request('evm_setAutomine', [false]);
	untouched = await request<Hex>('evm_snapshot');
}, 60_000);

afterAll(() => anvil.close());

const seen = { claims: 0, refused: 0, sameBlock: 0, reorganised: 0, walks: 0 };

test(`any sequence of claims does what the model says (${COUNT} sequences, seed ${SEED})`, async () => {
	await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), holds), {
		seed: SEED,
		numRuns: COUNT,
		endOnFailure: COUNT > 500,
	});
	// A run that never comes across these shows nothing.
	for (const times of Object.values(seen)) expect(times).toBeGreaterThan(COUNT / 4);
});

async function holds(steps: Step[]): Promise<void> {
	await goBackTo(untouched);
	untouched = await request<Hex>('evm_snapshot');
	let model = new Model();
	const snapshots: { id: Hex; model: Model }[] = [];
	for (const one of steps) {
		if (one.kind === 'block') model = await mineBlock(one.acts, model);
		else if (one.kind === 'empty') await pass(one.blocks, one.seconds);
		else if (one.kind === 'snapshot') snapshots.push({ id: await request<Hex>('evm_snapshot'), model });
		else {
			const last = snapshots.pop();
			if (!last) continue;
			seen.reorganised++;
			await goBackTo(last.id);
			model = last.model;
		}
		await compare(model);
	}
}

async function goBackTo(id: Hex): Promise<void> {
	await request('evm_revert', [id]);
	await request('anvil_dropAllTransactions');
}

async function pass(blocks: number, seconds: number): Promise<void> {
	await request('evm_increaseTime', [numberToHex(seconds)]);
	await request('anvil_mine', [numberToHex(blocks)]);
}

/** Hands all transactions in, mines one block, and tells the model in the order in which the chain took them. */
async function mineBlock(acts: Act[], before: Model): Promise<Model> {
	const sent: { act: Act; hash: Hex }[] = [];
	for (const one of acts)
		sent.push({ act: one, hash: await request<Hex>('eth_sendTransaction', [transactionOf(one)]) });
	await request('evm_mine');
	const mined = await Promise.all(
		sent.map(async ({ act: one, hash }) => ({ act: one, receipt: await receiptOf(hash) })),
	);
	mined.sort((a, b) => Number(a.receipt.transactionIndex) - Number(b.receipt.transactionIndex));
	const blockNumbers = new Set(mined.map(({ receipt }) => receipt.blockNumber));
	expect(blockNumbers.size).toBe(1);
	const { number, timestamp } = await request<{ number: Hex; timestamp: Hex }>('eth_getBlockByNumber', [
		'latest',
		false,
	]);
	let model = before;
	for (const { act: one, receipt } of mined) {
		const next = applied(one, model, BigInt(number), BigInt(timestamp));
		expect({ act: one, status: receipt.status }).toEqual({ act: one, status: next ? '0x1' : '0x0' });
		if (!next) seen.refused++;
		model = next ?? model;
	}
	if (model.claims.length - before.claims.length > 1) seen.sameBlock++;
	seen.claims += model.claims.length - before.claims.length;
	return model;
}

async function receiptOf(hash: Hex): Promise<RpcTransactionReceipt> {
	const receipt = await request<RpcTransactionReceipt | null>('eth_getTransactionReceipt', [hash]);
	if (!receipt) throw new Error(`${hash} is not in the block`);
	return receipt;
}

function transactionOf(one: Act) {
	const gas = numberToHex(1_000_000);
	if (one.kind === 'claim') {
		return { from: PEOPLE[one.by], to: REFERENCE_REGISTRY, data: claimData(REFERENCES[one.reference]!), gas };
	}
	const references = one.references.map((index) => REFERENCES[index]!);
	const data =
		one.kind === 'each'
			? encodeFunctionData({ abi: claimerAbi, functionName: 'claimEach', args: [REFERENCE_REGISTRY, references] })
			: encodeFunctionData({
					abi: claimerAbi,
					functionName: 'claimAll',
					args: [REFERENCE_REGISTRY, references, one.kind === 'undone'],
				});
	return { from: PEOPLE[0], to: claimer, data, gas };
}

/** undefined where the transaction must fail. */
function applied(one: Act, model: Model, blockNumber: bigint, time: bigint): Model | undefined {
	if (one.kind === 'claim') return model.claim(PEOPLE[one.by]!, REFERENCES[one.reference]!, blockNumber, time);
	if (one.kind === 'undone') return undefined;
	const references = one.references.map((index) => REFERENCES[index]!);
	if (one.kind === 'together') return model.claimAll(claimer, references, blockNumber, time);
	return references.reduce((now, each) => now.claim(claimer, each, blockNumber, time) ?? now, model);
}

/** Every record, every head, every event, and the walk back over each account. */
async function compare(model: Model): Promise<void> {
	await Promise.all(
		[...PEOPLE, claimer].map(async (account) => {
			expect(await headOf(request, account)).toEqual(model.heads.get(account) ?? NO_HEAD);
			for (const one of REFERENCES) {
				expect(await recordOf(request, account, one)).toEqual(model.records.get(idOf(account, one)) ?? NO_RECORD);
			}
			const claims = model.claims.filter((one) => one.account === account);
			expect(await claimsIn(request, account, '0x0', numberToHex(2 ** 40))).toEqual(claims);
			const walked = await walkBack(request, account);
			expect(walked.reverse()).toEqual(claims);
			expect(claims.map(({ index }) => Number(index))).toEqual(claims.map((_, position) => position + 1));
			if (claims.length > 0) seen.walks++;
		}),
	);
}
