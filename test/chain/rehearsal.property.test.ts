import * as fc from 'fast-check';
import { callRequest } from '../../core/payment/check/paymentRequest';
import { checkPayments, type CheckedPayment } from '../../core/payment/checkPayments';
import { read } from '../../core/rpc/read';
import { feeReads, presentFees, raised } from '../../core/userOperation/fees';
import type { RefusalCode } from '../../core/refusal/refusal';
import { ESTIMATE } from './check/strictBundler';
import { moment, payment, triples, type Payment, type Triple } from './check/triple';
import { startWorld } from './check/startWorld';
import type { Run, World } from './check/world';

/** `npm run test:check` is the long run. */
const MANY = process.env.npm_lifecycle_event === 'test:check' ? 500 : 40;
const COUNT = Number(process.env.REHEARSALS ?? MANY);
const SEED = Number(process.env.SEED ?? 20_261_201);

jest.setTimeout(60_000 + COUNT * 5_000);

let world: World;
let close: () => Promise<void>;

beforeAll(async () => {
	({ world, close } = await startWorld());
});

afterAll(() => close?.());

/** Where a rehearsal says no and the chain may say yes: gas is counted at the most, and a bundler wants time to spare. */
const CAREFUL: RefusalCode[] = [
	'gasLimitExceeded',
	'gasBudgetUsedUp',
	'gasLimitStuck',
	'gasBalanceTooLow',
	'nativeBalanceTooLow',
	'keyExpiresSoon',
];

interface Planned {
	payment: Payment;
	/** Seconds after the key was added. */
	at: number;
}

/** Most keys may pay, with money at hand: what is rehearsed above all are budgets and times. */
const usual = fc
	.record({ triple: triples, isUsual: fc.nat({ max: 3 }).map((n) => n > 0) })
	.map(({ triple, isUsual }) => {
		if (!isUsual) return triple;
		const permissions = [...triple.permissions, { set: 'listType', type: 2 } as const];
		return { ...triple, permissions, money: { balance: 'plenty', deposit: 'none' } as const };
	});

const cases = fc.record({
	triple: usual,
	plans: fc.array(fc.record({ at: moment, payment }), { minLength: 1, maxLength: 4 }),
});

const seen = { cases: 0, paid: 0, laterOnly: 0, reasons: new Map<string, number>() };

test(`what is rehearsed for a moment is what the chain does then (${COUNT} cases, seed ${SEED})`, async () => {
	await fc.assert(
		fc.asyncProperty(cases, ({ triple, plans }) => holds({ ...triple, account: 'ready', keyAdded: true }, plans)),
		{ seed: SEED, numRuns: COUNT, endOnFailure: COUNT > 100 },
	);
	const reasons = [...seen.reasons].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${times}`);
	console.log(
		`${seen.cases} cases; ${seen.paid} payments rehearsed and made, ${seen.laterOnly} of them not possible at the time of the rehearsal; refused: ${reasons.join(', ')}`,
	);
	expect(seen.paid).toBeGreaterThan(COUNT / 4);
	expect(seen.laterOnly).toBeGreaterThan(0);
});

async function holds(triple: Triple, given: readonly Planned[]): Promise<void> {
	const run = await prepare(triple);
	const plans = given.map((one) => ({ ...one, payment: plainPayment(one.payment) }));
	// Everybody's moment is their own, and still to come; they are asked about in any order.
	const times = distinct(plans.map(({ at }) => run.timeFor(at)));
	const ask = (asOf?: number) => (one: Planned, index: number) => ({
		request: callRequest(run.toCalls(one.payment)),
		claims: false,
		asOf: asOf ?? times[index],
	});
	const checked = await checkPayments(run.payer(), plans.map(ask()));
	const nowOrNever = await checkPayments(run.payer(), plans.map(ask(0)));
	const { maxFeePerGas } = await feesNow(run);
	const gas = {
		maxFeePerGas,
		callGasLimit: raised(ESTIMATE.callGasLimit, 110n) + 10_000n,
		verificationGasLimit: raised(ESTIMATE.verificationGasLimit, 110n),
		preVerificationGas: raised(ESTIMATE.preVerificationGas, 105n),
	};
	seen.cases += 1;
	for (const index of [...plans.keys()].sort((a, b) => times[a]! - times[b]!)) {
		const [verdict, time, plan] = [checked[index] as CheckedPayment, times[index]!, plans[index]!.payment];
		expect(verdict.asOf).toBe(time);
		if (verdict.allowed) {
			expect(await run.send(plan, time, gas)).toEqual({ paid: true, phase: 'paid' });
			seen.paid += 1;
			if (!nowOrNever[index]?.allowed) seen.laterOnly += 1;
			continue;
		}
		const code = verdict.refusals[0]!.code;
		seen.reasons.set(code, (seen.reasons.get(code) ?? 0) + 1);
		if (CAREFUL.includes(code)) continue;
		expect({ code, ...(await run.tryOut(plan, time, gas)) }).toMatchObject({ code, paid: false });
	}
}

async function prepare(triple: Triple): Promise<Run> {
	const run = await world.begin(triple, `rehearsed ${seen.cases}`);
	await run.addKey(triple.permissions, run.timeFor(0));
	for (const { at, payment: before } of [...triple.history].sort((a, b) => a.at - b.at)) {
		await run.send(before, run.timeFor(at));
	}
	if (triple.changes.length > 0) await run.update(triple.changes);
	await run.provide(triple.money, triple.payment);
	return run;
}

/** As this package sends it: paid by the account, and in the nonce key that every key may have. */
function plainPayment({ calls }: Payment): Payment {
	return { calls, paymaster: null, ownLane: true };
}

function distinct(times: readonly number[]): number[] {
	const taken = new Set<number>();
	return times.map((time) => {
		let free = time;
		while (taken.has(free)) free += 1;
		taken.add(free);
		return free;
	});
}

async function feesNow(run: Run) {
	const { rpc } = run.payer();
	return presentFees(rpc, (await read(rpc, { fee: feeReads() })).fee);
}
