import { parseEther, parseUnits, zeroAddress, type Address, type Hex } from 'viem';
import { tokenTransfer } from '../../core/calls';
import { transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import type { Payer } from '../../core/payment/send/payment';
import { accountOf } from '../../devnet/accounts';
import {
	dollars,
	freshAddress,
	KINDS,
	payerWith,
	payingAccount,
	payOptions,
	permissionsFor,
	type Kind,
} from '../support/payer';
import { includeAttempt, rotate } from './support/attempts';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';
import { dollarsOf, refusalOf, weiOf } from './support/onChain';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

describe.each(KINDS)('a key with %s', (kind) => {
	it('pays dollars, and says what it did', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const [to, before] = [freshAddress(), await weiOf(devnet, payer.account)];
		const payment = await pay(payer, dollars(devnet, to, '12.345678'), payOptions('salary/2026-11/anna'));
		expect(payment).toMatchObject({
			status: 'paid',
			reference: 'salary/2026-11/anna',
			account: payer.account,
			key: payer.key,
			lines: [{ to, amount: '12.345678', token: 'dUSD', tokenAddress: devnet.tokens.usd6.address }],
			included: { success: true, sender: payer.account, paymaster: undefined },
		});
		expect(payment.remaining).toContainEqual(
			expect.objectContaining({ budget: 'token', token: 'dUSD', left: '487.654322', used: '12.345678' }),
		);
		expect(await dollarsOf(devnet, to)).toBe(12_345_678n);
		expect(await weiOf(devnet, payer.account)).toBeLessThan(before);

		const receipt = await devnet.request<{ blockNumber: Hex; status: Hex }>('eth_getTransactionReceipt', [
			payment.included!.transactionHash,
		]);
		expect(BigInt(receipt.blockNumber)).toBe(payment.included!.blockNumber);
		const block = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', [receipt.blockNumber, false]);
		expect(payment.time).toBe(Number(block.timestamp));
	});

	it('pays ETH to a recipient on its list, and nobody else', async () => {
		const [to, stranger] = [freshAddress(), freshAddress()];
		const { payer } = await payingAccount(devnet, { kind, recipients: [to] });
		const order = (recipient: Address) => transferRequest([{ to: recipient, amount: '0.05' }]);
		const payment = await pay(payer, order(to), payOptions('invoice/1'));
		expect(payment).toMatchObject({ status: 'paid', lines: [{ to, amount: '0.05', token: 'ETH' }] });
		expect(await weiOf(devnet, to)).toBe(parseEther('0.05'));
		expect(await refusalOf(pay(payer, order(stranger), payOptions('invoice/2')))).toMatchObject({
			refusal: { code: 'contractNotAllowed' },
		});
		expect(await weiOf(devnet, stranger)).toBe(0n);
	});

	it('pays a reference once: the second time it says what the first one did', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const first = await pay(payer, dollars(devnet, to), payOptions('rent/2026-11'));
		for (const again of ['rent/2026-11', 'rent/2026-11']) {
			const second = await pay(payer, dollars(devnet, to), payOptions(again));
			expect(second).toMatchObject({
				status: 'alreadyPaid',
				lines: first.lines,
				key: payer.key,
				userOperationHash: first.userOperationHash,
				time: first.time,
				included: {
					transactionHash: first.included!.transactionHash,
					blockNumber: first.included!.blockNumber,
					gasCost: first.included!.gasCost,
				},
			});
		}
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});

	it('stops when the reference paid something else, and says what', async () => {
		const to = freshAddress();
		const { payer } = await payingAccount(devnet, { kind, recipients: [to] });
		const first = await pay(payer, dollars(devnet, to), payOptions('bonus/anna'));
		const other = freshAddress();
		const different = [
			dollars(devnet, to, '1.500001'),
			dollars(devnet, other),
			transferRequest([{ to, amount: '1.5', token: devnet.tokens.coin18.address }]),
			transferRequest([{ to, amount: '0.01' }]),
			transferRequest([
				{ to, amount: '1.5', token: devnet.tokens.usd6.address },
				{ to, amount: '1.5', token: devnet.tokens.usd6.address },
			]),
		];
		for (const request of different) {
			expect(await refusalOf(pay(payer, request, payOptions('bonus/anna')))).toMatchObject({
				userOperationHash: first.userOperationHash,
				refusal: {
					code: 'referencePaidDifferently',
					message: expect.stringContaining(`1.5 dUSD to ${to}`),
					data: { reference: 'bonus/anna', payments: 1, time: { unix: first.time } },
				},
			});
		}
		expect([await dollarsOf(devnet, to), await dollarsOf(devnet, other), await weiOf(devnet, to)]).toEqual([
			1_500_000n,
			0n,
			0n,
		]);
	});

	it('pays each time without a reference', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		for (let times = 0; times < 2; times++) {
			expect(await pay(payer, dollars(devnet, to), payOptions(undefined))).toMatchObject({ status: 'paid' });
		}
		expect(await dollarsOf(devnet, to)).toBe(3_000_000n);
	});

	it('pays once when the same reference is asked for at the same moment, and each of different ones', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const references = ['a', 'b', 'a', 'c', 'a', 'b'];
		const recipients = { a: freshAddress(), b: freshAddress(), c: freshAddress() };
		const payments = await Promise.all(
			references.map((reference) => {
				const to = recipients[reference as keyof typeof recipients];
				return pay(payer, dollars(devnet, to), payOptions(`at-once/${reference}`));
			}),
		);
		const hashes = new Map<string, Set<unknown>>();
		for (const { reference, userOperationHash } of payments) {
			hashes.set(reference!, (hashes.get(reference!) ?? new Set()).add(userOperationHash));
		}
		expect([...hashes.values()].map(({ size }) => size)).toEqual([1, 1, 1]);
		for (const to of Object.values(recipients)) expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});

	it('refuses what its budget does not hold, before anything is sent', async () => {
		const { payer } = await payingAccount(devnet, { kind, tokenLimit: 2_000_000n });
		const to = freshAddress();
		await devnet.calls.clear();
		expect(await refusalOf(pay(payer, dollars(devnet, to, '2.000001'), payOptions('too-much')))).toMatchObject({
			refusal: { code: 'tokenLimitExceeded' },
		});
		expect((await devnet.calls.list()).flatMap(({ methods }) => methods)).not.toContain('eth_sendUserOperation');
		expect(await pay(payer, dollars(devnet, to, '2'), payOptions('too-much'))).toMatchObject({ status: 'paid' });
		expect(await dollarsOf(devnet, to)).toBe(2_000_000n);
	});

	it('pays nothing above the fee that was set as the maximum', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('cheap', { feeCap: 1n })))).toMatchObject({
			refusal: { code: 'feeAboveCap' },
		});
		const payment = await pay(payer, dollars(devnet, to), payOptions('cheap', { feeCap: parseUnits('1000', 9) }));
		expect(payment.status).toBe('paid');
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});

	it('pays nothing when the endpoint is another chain than the credential says', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const elsewhere = { ...payer, network: { ...payer.network, chainId: 8453 } };
		expect(await refusalOf(pay(elsewhere, dollars(devnet, to), payOptions('elsewhere')))).toMatchObject({
			refusal: { code: 'wrongNetwork', data: { expected: 8453, found: devnet.chainId } },
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	describe('whose gas a policy pays', () => {
		it('costs the account nothing', async () => {
			const { sponsoring: gasPolicyId } = devnet.gasManager.policies;
			const { payer } = await payingAccount(devnet, { kind }, { gasPolicyId });
			const [to, before] = [freshAddress(), await weiOf(devnet, payer.account)];
			const payment = await pay(payer, dollars(devnet, to), payOptions('sponsored'));
			expect(payment).toMatchObject({ status: 'paid', included: { paymaster: devnet.gasManager.paymaster } });
			expect([await dollarsOf(devnet, to), await weiOf(devnet, payer.account)]).toEqual([1_500_000n, before]);
			expect(await pay(payer, dollars(devnet, to), payOptions('sponsored'))).toMatchObject({ status: 'alreadyPaid' });
			expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
		});

		it.each(['exhausted', 'unknown'] as const)(
			'is refused when the policy is %s, and nothing is paid',
			async (name) => {
				const gasPolicyId = devnet.gasManager.policies[name];
				const { payer } = await payingAccount(devnet, { kind }, { gasPolicyId });
				const to = freshAddress();
				expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('not-sponsored')))).toMatchObject({
					refusal: { code: name === 'exhausted' ? 'policyUsedUp' : 'policyUnknown' },
				});
				expect(await dollarsOf(devnet, to)).toBe(0n);
			},
		);
	});
});

describe('attempts that were mined and failed', () => {
	it('are at most three under a reference, with a key whose nonces tell of them', async () => {
		const { account, payer } = await payingAccount(devnet, { kind: 'free lanes' });
		const to = freshAddress();
		for (let failed = 0; failed < 3; failed++) await failedAttempt(account, 'retried', 'free lanes');
		expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('retried')))).toMatchObject({
			refusal: { code: 'tooManyAttempts', data: { attempts: 3, most: 3 } },
		});
		expect(await dollarsOf(devnet, to)).toBe(0n);
		const payment = await pay(payer, dollars(devnet, to), payOptions('retried', { attempts: 4 }));
		expect(payment).toMatchObject({ status: 'paid' });
		const again = await pay(payer, dollars(devnet, to), payOptions('retried', { attempts: 4 }));
		expect(again).toMatchObject({ status: 'alreadyPaid', userOperationHash: payment.userOperationHash });
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});

	it.each(KINDS)('use up nothing: the reference is paid afterwards (a key with %s)', async (kind) => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		for (const reference of ['other', 'mine']) await failedAttempt(account, reference, kind);
		const payment = await pay(payer, dollars(devnet, to), payOptions('mine', { attempts: 2 }));
		expect(payment.status).toBe('paid');
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});
});

describe('a reference that was paid with another key', () => {
	const kinds = KINDS.flatMap((before) => KINDS.map((now) => [before, now] as const));

	it.each(kinds)('of the same account (%s) is not paid again with one of %s', async (before, now) => {
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: [before, now].map((kind) => ({ permissions: permissionsFor(devnet, { kind }) })),
		});
		const [first, second] = account.keys.map(({ privateKey }) => payerWith(devnet, account.address, privateKey));
		await expectOnePayment(first!, second!);
	});

	it.each(KINDS)('is not paid again after the key (%s) was rotated', async (kind) => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const paid = await pay(payer, dollars(devnet, freshAddress()), payOptions('before-rotation'));
		const after = await rotate(devnet, account, payer.key);
		expect(await refusalOf(pay(after, dollars(devnet, freshAddress()), payOptions('before-rotation')))).toMatchObject({
			refusal: { code: 'referencePaidDifferently' },
			userOperationHash: paid.userOperationHash,
		});
		await expectOnePayment(after, after);
	});

	async function expectOnePayment(first: Payer, second: Payer): Promise<void> {
		const to = freshAddress();
		const paid = await pay(first, dollars(devnet, to), payOptions('two-keys'));
		expect(await pay(second, dollars(devnet, to), payOptions('two-keys'))).toMatchObject({
			status: 'alreadyPaid',
			key: first.key,
			userOperationHash: paid.userOperationHash,
		});
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	}
});

describe('a payment that no key may make', () => {
	it('is refused when the key is not on the account', async () => {
		const { account } = await payingAccount(devnet, { kind: 'free lanes' });
		const stranger = payerWith(devnet, account.address, accountOf().privateKey);
		expect(await refusalOf(pay(stranger, dollars(devnet, freshAddress()), payOptions('x')))).toMatchObject({
			refusal: { code: 'keyNotRegistered' },
		});
	});

	it('is refused when there is no account', async () => {
		const nobody = payerWith(devnet, freshAddress(), accountOf().privateKey);
		expect(await refusalOf(pay(nobody, dollars(devnet, freshAddress()), payOptions('x')))).toMatchObject({
			refusal: { code: 'accountNotDeployed' },
		});
	});
});

/** An operation under the reference that is mined without paying: it wants more than the budget holds. */
async function failedAttempt(account: SmartAccount, reference: string, kind: Kind): Promise<Hex> {
	const calls = [tokenTransfer(devnet.tokens.usd6.address, zeroAddress, parseUnits('501', 6))];
	const included = await includeAttempt(devnet, account, kind, reference, calls);
	expect(included).toMatchObject({ success: false });
	return included.transactionHash;
}
