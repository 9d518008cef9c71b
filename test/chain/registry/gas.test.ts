import { numberToHex, type Address, type Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../../devnet';
import { includeOperations } from '../../../devnet/operations';
import { freshAddress } from '../../support/payer';
import { connect } from '../support/devnet';
import { dollarsOf } from '../support/onChain';
import { AMOUNT, byKey, claim, freshReference, transfer } from './paying';
import { claimAs, claimData, claimsIn, isClaimed } from './registry';

jest.setTimeout(240_000);

/** Of any transaction. */
const BASE_GAS = 21_000n;
/** Of a claim: what its data costs comes to it. A chain takes no transaction with less. */
const SMALLEST = 23_000n;

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

/** What a transaction costs before it runs anything: 16 for each byte of its data that isn't zero, 4 for one that is. */
function intrinsicGas(data: Hex): bigint {
	const bytes = data.slice(2).match(/../g) ?? [];
	return BASE_GAS + BigInt(bytes.reduce((sum, byte) => sum + (byte === '00' ? 4 : 16), 0));
}

describe('out of gas', () => {
	it('a claim alone is recorded exactly when its transaction succeeded, whatever gas it has', async () => {
		const [account] = devnet.accounts;
		const from = account!.address;
		await claimAs(devnet.request, from, freshReference());
		const seen = { claimed: 0, not: 0 };
		for (let gas = SMALLEST; gas <= 68_000n; gas += 700n) {
			const reference = freshReference();
			const sent = await claimAs(devnet.request, from, reference, gas).catch(() => undefined);
			const claimed = await isClaimed(devnet.request, from, reference);
			expect({ gas, claimed }).toEqual({ gas, claimed: sent?.status === '0x1' });
			const events = sent ? await claimsIn(devnet.request, from, sent.blockNumber, sent.blockNumber) : [];
			expect(events.some((one) => one.reference === reference)).toBe(claimed);
			seen[claimed ? 'claimed' : 'not']++;
		}
		expect(Math.min(seen.claimed, seen.not)).toBeGreaterThan(5);
	});

	describe('of a payment', () => {
		let account: SmartAccount;

		beforeAll(async () => {
			const keys = [{ permissions: tokenBudget(devnet.tokens.usd6, 10n ** 12n) }];
			account = await fundedAccount(devnet, { keys });
		});

		const payment = (reference: Hex, to: Address, callGasLimit: bigint) =>
			byKey(devnet, account, account.keys[0]!, [claim(reference), transfer(devnet.tokens.usd6.address, to)], {
				callGasLimit,
				verificationGasLimit: 200_000n,
			});

		it('never is the reference claimed without the money, nor paid without the claim; and it pays afterwards', async () => {
			const seen = { paid: 0, not: 0 };
			// One recipient who has something already: what a transfer costs stays the same.
			const to = freshAddress();
			const first = freshReference();
			await includeOperations(devnet, [await payment(first, to, 1_000_000n)]);
			let received = AMOUNT;
			let unpaid = first;
			for (let gas = 9_000n; gas <= 260_000n; gas += 2_200n) {
				const reference = freshReference();
				const [included] = await includeOperations(devnet, [await payment(reference, to, gas)]);
				const claimed = await isClaimed(devnet.request, account.address, reference);
				const now = await dollarsOf(devnet, to);
				expect({ gas, claimed, moved: now - received }).toEqual({
					gas,
					claimed: included!.success,
					moved: included!.success ? AMOUNT : 0n,
				});
				received = now;
				if (!claimed) unpaid = reference;
				seen[claimed ? 'paid' : 'not']++;
			}
			expect(Math.min(seen.paid, seen.not)).toBeGreaterThan(20);
			const [again] = await includeOperations(devnet, [await payment(unpaid, to, 1_000_000n)]);
			expect(again!.success).toBe(true);
			expect(await isClaimed(devnet.request, account.address, unpaid)).toBe(true);
			expect(await dollarsOf(devnet, to)).toBe(received + AMOUNT);
		});

		it('nor when the bundler gives the whole transaction too little', async () => {
			const to = freshAddress();
			let paid = 0n;
			const seen = { refused: 0, paid: 0 };
			for (let gas = 60_000n; gas <= 1_000_000n; gas += 25_000n) {
				const reference = freshReference();
				const operation = await payment(reference, to, 300_000n);
				const included = await includeWith(gas, operation);
				const claimed = await isClaimed(devnet.request, account.address, reference);
				if (claimed) paid += AMOUNT;
				expect({ gas, claimed, paid: await dollarsOf(devnet, to) }).toEqual({ gas, claimed: included, paid });
				seen[included ? 'paid' : 'refused']++;
			}
			expect(Math.min(seen.paid, seen.refused)).toBeGreaterThan(5);
		});

		/** Whether the operation was carried out in a bundle of this much gas. */
		async function includeWith(gas: bigint, operation: Awaited<ReturnType<typeof payment>>): Promise<boolean> {
			const request = ((method: string, params: readonly unknown[] = []) => {
				const isBundle = method === 'eth_sendTransaction';
				const [transaction, ...others] = params as [object];
				const limited = isBundle ? [{ ...transaction, gas: numberToHex(gas) }] : params;
				return devnet.request(method, isBundle ? [...limited, ...others] : params);
			}) as DevnetClient['request'];
			try {
				const [included] = await includeOperations({ ...devnet, request }, [operation]);
				return included!.success;
			} catch {
				return false;
			}
		}
	});
});

test('what a claim costs', async () => {
	const from = devnet.accounts[6]!.address;
	const figures: Record<string, number> = {};
	for (const name of ['first of the account', 'later', 'again']) {
		const reference = name === 'again' ? figuresReference : freshReference();
		figuresReference = reference;
		const { gasUsed } = await claimAs(devnet.request, from, reference);
		figures[name] = Number(BigInt(gasUsed) - intrinsicGas(claimData(reference)));
	}
	const operation = await operationGas();
	process.stdout.write(
		`gas of a claim alone: ${JSON.stringify(figures)}; in an operation: ${JSON.stringify(operation)}\n`,
	);
	expect(figures['first of the account']).toBeLessThan(50_000);
	expect(figures.later).toBeLessThan(33_000);
	expect(figures.again).toBeLessThan(5_000);
	expect(operation.later! - operation.without!).toBeLessThan(52_000);
	expect(operation.first! - operation.without!).toBeLessThan(75_000);
});

let figuresReference: Hex;

/** What the whole transaction of a payment uses, to somebody who has the token. */
async function operationGas(): Promise<Record<string, number>> {
	const account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n ** 12n) }] });
	const to = freshAddress();
	const pay = transfer(devnet.tokens.usd6.address, to);
	const used = async (calls: Parameters<typeof byKey>[3]) => {
		const [included] = await includeOperations(devnet, [await byKey(devnet, account, account.keys[0]!, calls)]);
		const { transactionHash } = included!;
		const receipt = await devnet.request<{ gasUsed: Hex }>('eth_getTransactionReceipt', [transactionHash]);
		return Number(receipt.gasUsed);
	};
	await used([pay]);
	return {
		without: await used([pay]),
		first: await used([claim(freshReference()), pay]),
		later: await used([claim(freshReference()), pay]),
	};
}

test('the registry takes no money and knows no other function', async () => {
	const from = devnet.accounts[6]!.address;
	const reference = freshReference();
	const ask = (transaction: object) =>
		devnet.request('eth_call', [{ from, to: REFERENCE_REGISTRY, ...transaction }, 'latest']);
	await expect(ask({ data: claimData(reference) })).resolves.toMatch(/^0x0{60}/);
	await expect(ask({ data: claimData(reference), value: '0x1' })).rejects.toThrow('revert');
	await expect(ask({ value: '0x1' })).rejects.toThrow('revert');
	await expect(ask({ data: '0x' })).rejects.toThrow('revert');
	await expect(ask({ data: '0x12345678' })).rejects.toThrow('revert');
	await expect(ask({ data: claimData(reference).slice(0, -2) })).rejects.toThrow('revert');
});
