import { SessionKeyAccessListType, SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import fc from 'fast-check';
import { encodeFunctionData, erc20Abi, getAddress, parseEther, type Address, type Hex } from 'viem';
import { nativeTransfer, tokenTransfer, type Call } from '../../core/calls';
import { callRequest } from '../../core/payment/check/paymentRequest';
import { checkPayments } from '../../core/payment/checkPayments';
import { pay } from '../../core/payment/pay';
import { payBatch } from '../../core/payment/payBatch';
import type { Payer } from '../../core/payment/send/payment';
import { parseCaps } from '../../core/paymentRules/caps';
import type { PaymentRules } from '../../core/paymentRules/requireAllowedByRules';
import { RefusalError } from '../../core/refusal/refusal';
import { fundedAccount, type DevnetClient, type SmartAccount } from '../../devnet';
import { dollars, freshAddress, payerWith, payOptions } from '../support/payer';
import { connect } from './support/devnet';
import { dollarsOf, refusalOf, weiOf } from './support/onChain';

jest.setTimeout(600_000);

/** Runs of a workflow that are tried. */
const CASES = Number(process.env.RULE_CASES ?? 12);

let devnet: DevnetClient;
let account: SmartAccount;
let payer: Payer;
let usd: Address;

beforeAll(async () => {
	devnet = await connect();
	usd = getAddress(devnet.tokens.usd6.address);
	// The chain itself forbids it nothing.
	const permissions = new SessionKeyPermissionsBuilder()
		.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
		.setNativeTokenSpendLimit({ spendLimit: parseEther('4') });
	account = await fundedAccount(devnet, { eth: parseEther('5'), keys: [{ permissions }] });
	payer = payerWith(devnet, account.address, account.keys[0]!.privateKey);
});

let references = 0;
const nextReference = () => `rules/${++references}`;
const rules = (more: Partial<PaymentRules>): PaymentRules => ({
	payees: [],
	onlyPayees: false,
	mostPerPayment: [],
	mostPerRun: [],
	...more,
});
const caps = (text: string) => parseCaps(text, 'Most per Run', payer.network);

interface Line {
	/** Which of the people. */
	who: 0 | 1 | 2;
	by: 'dollars' | 'ether' | 'approval';
	/** Base units, or wei. */
	amount: number;
}
const line = fc.record<Line>({
	who: fc.constantFrom(0, 1, 2),
	by: fc.constantFrom('dollars', 'ether', 'approval'),
	amount: fc.integer({ min: 1, max: 9 }),
});
// About half of what comes out is paid.
const most = fc.option(fc.integer({ min: 3, max: 9 }), { nil: undefined, freq: 2 });
const ofRun = fc.option(fc.integer({ min: 5, max: 40 }), { nil: undefined, freq: 2 });
const theCase = fc.record({
	batches: fc.array(fc.array(line, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }),
	onlyPayees: fc.boolean(),
	listed: fc.subarray([0, 1, 2] as const, { minLength: 2 }),
	perPayment: fc.record({ dollars: most, ether: most }),
	perRun: fc.record({ dollars: ofRun, ether: ofRun }),
});

/** What somebody has, and may take: in base units. */
async function holdings(who: Address): Promise<bigint[]> {
	const data = encodeFunctionData({ abi: erc20Abi, functionName: 'allowance', args: [account.address, who] });
	const allowance = await devnet.request<Hex>('eth_call', [{ to: usd, data }, 'latest']);
	return [await dollarsOf(devnet, who), await weiOf(devnet, who), BigInt(allowance)];
}

function toCall({ by, amount }: Line, to: Address): Call {
	if (by === 'dollars') return tokenTransfer(usd, to, BigInt(amount));
	if (by === 'ether') return nativeTransfer(to, BigInt(amount));
	const data = encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [to, BigInt(amount)] });
	return { target: usd, value: 0n, data };
}

const unitOf = ({ by }: Line) => (by === 'ether' ? 'ether' : 'dollars');
const text = ({ dollars: usdMost, ether }: { dollars?: number; ether?: number }) =>
	[
		...(usdMost === undefined ? [] : [`0.${String(usdMost).padStart(6, '0')} ${usd}`]),
		...(ether === undefined ? [] : [`0.${String(ether).padStart(18, '0')} ETH`]),
	].join('\n');

/** The first line of a batch that a rule forbids, told from the rules' own words; -1 where none does. */
function firstForbidden(
	batch: readonly Line[],
	{ onlyPayees, listed, perPayment, perRun }: Omit<typeof theCase extends fc.Arbitrary<infer T> ? T : never, 'batches'>,
	paidBefore: Record<string, number>,
): number {
	return batch.findIndex((one, index) => {
		const unit = unitOf(one);
		const until = batch.slice(0, index + 1).filter((other) => unitOf(other) === unit);
		const sum = until.reduce((total, { amount }) => total + amount, paidBefore[unit] ?? 0);
		return (
			(onlyPayees && !listed.includes(one.who)) ||
			one.amount > (perPayment[unit] ?? Infinity) ||
			sum > (perRun[unit] ?? Infinity)
		);
	});
}

it('whatever is paid in a run obeys the rules, and where one line does not, nothing moves', async () => {
	const seen = { paid: 0, refused: 0 };
	await fc.assert(
		fc.asyncProperty(theCase, async ({ batches, ...given }) => {
			const people = [freshAddress(), freshAddress(), freshAddress()];
			const ruled: Payer = {
				...payer,
				paidInRun: {},
				rules: {
					payees: given.listed.map((who) => ({ name: `Person ${who}`, address: people[who]! })),
					onlyPayees: given.onlyPayees,
					mostPerPayment: caps(text(given.perPayment)),
					mostPerRun: caps(text(given.perRun)),
				},
			};
			const paid: Record<string, number> = {};
			const expected = people.map(() => [0n, 0n, 0n]);
			for (const batch of batches) {
				const calls = batch.map((one) => toCall(one, people[one.who]!));
				const forbidden = firstForbidden(batch, given, paid);
				const [checked] = await checkPayments(ruled, [{ request: callRequest(calls), claims: true }]);
				const told = await payBatch(ruled, callRequest(calls), payOptions(nextReference())).catch(
					(error: unknown) => error,
				);
				if (forbidden < 0) {
					expect(told).toMatchObject({ status: 'paid' });
					expect(checked).toMatchObject({ allowed: true });
					seen.paid++;
					for (const one of batch) {
						paid[unitOf(one)] = (paid[unitOf(one)] ?? 0) + one.amount;
						const held = expected[one.who]!;
						if (one.by === 'approval') held[2] = BigInt(one.amount);
						else held[one.by === 'dollars' ? 0 : 1]! += BigInt(one.amount);
					}
				} else {
					expect(told).toBeInstanceOf(RefusalError);
					const { refusal, refusals, userOperationHash } = told as RefusalError;
					expect(['notAPayee', 'aboveMaximum']).toContain(refusal.code);
					expect(refusal.data).toMatchObject({ index: forbidden, payments: batch.length });
					expect(userOperationHash).toBeUndefined();
					expect(checked).toMatchObject({ allowed: false, refusals });
					seen.refused++;
				}
				expect(await Promise.all(people.map(holdings))).toEqual(expected);
			}
		}),
		{ numRuns: CASES },
	);
	expect(Math.min(seen.paid, seen.refused)).toBeGreaterThan(0);
	if (process.env.RULE_CASES) console.info('runs obeying rules', { CASES, ...seen });
});

it('payments of one run that are made side by side never take more than its maximum together', async () => {
	const people = Array.from({ length: 8 }, freshAddress);
	const ruled = { ...payer, rules: rules({ mostPerRun: caps(`3 ${usd}`) }), paidInRun: {} };
	const told = await Promise.all(
		people.map((to) =>
			pay(ruled, dollars(devnet, to, '1'), payOptions(nextReference())).then(
				({ status }) => status,
				(error: RefusalError) => error.refusal.code,
			),
		),
	);
	expect(told.sort()).toEqual([...Array<string>(5).fill('aboveMaximum'), ...Array<string>(3).fill('paid')]);
	const moved = await Promise.all(people.map((to) => dollarsOf(devnet, to)));
	expect(moved.reduce((sum, one) => sum + one)).toBe(3_000_000n);
});

it('one reference that is tried side by side counts once', async () => {
	const [to, other] = [freshAddress(), freshAddress()];
	const ruled = { ...payer, rules: rules({ mostPerRun: caps(`2 ${usd}`) }), paidInRun: {} };
	const reference = nextReference();
	const told = await Promise.all(
		Array.from({ length: 4 }, () => pay(ruled, dollars(devnet, to, '1'), payOptions(reference))),
	);
	expect(told.map(({ status }) => status)).toContain('paid');
	expect(await pay(ruled, dollars(devnet, other, '1'), payOptions(nextReference()))).toMatchObject({ status: 'paid' });
	const { refusal } = await refusalOf(pay(ruled, dollars(devnet, other, '0.000001'), payOptions(nextReference())));
	expect(refusal).toMatchObject({ code: 'aboveMaximum', data: { before: '2', amount: '0.000001' } });
	expect([await dollarsOf(devnet, to), await dollarsOf(devnet, other)]).toEqual([1_000_000n, 1_000_000n]);
});

it('a payment that another run made already takes nothing of the maximum', async () => {
	const to = freshAddress();
	const reference = nextReference();
	await pay(payer, dollars(devnet, to, '1'), payOptions(reference));
	const ruled = { ...payer, rules: rules({ mostPerRun: caps(`1 ${usd}`) }), paidInRun: {} };
	expect(await pay(ruled, dollars(devnet, to, '1'), payOptions(reference))).toMatchObject({ status: 'alreadyPaid' });
	expect(await pay(ruled, dollars(devnet, to, '1'), payOptions(nextReference()))).toMatchObject({ status: 'paid' });
	expect(await dollarsOf(devnet, to)).toBe(2_000_000n);
});
