import * as fc from 'fast-check';
import { checkCalls, type CheckState } from '../../core/payment/check/check';
import { executionRefusals } from '../../core/payment/send/simulate';
import type { Refusal, RefusalCode } from '../../core/refusal/refusal';
import { mend, type Attempt } from './check/mend';
import { triples, type Payment, type Triple } from './check/triple';
import { startWorld } from './check/startWorld';
import type { Run, World } from './check/world';

/** `npm run test:check` is the long run. */
const MANY = process.env.npm_lifecycle_event === 'test:check' ? 5_000 : 250;
/** How many triples, and which: the same seed gives the same ones. */
const COUNT = Number(process.env.CHECK_TRIPLES ?? MANY);
const SEED = Number(process.env.SEED ?? 20_261_128);
/** So many reasons can stand behind each other. */
const MOST_MENDS = 25;

jest.setTimeout(60_000 + COUNT * 2_000);

let world: World;
let close: () => Promise<void>;

beforeAll(async () => {
	({ world, close } = await startWorld());
});

afterAll(() => close?.());

/** Every reason that the check can give on such a chain; a long run has to come across each. */
const REASONS: RefusalCode[] = [
	'accountNotDeployed',
	'pluginNotInstalled',
	'keyNotRegistered',
	'keyNotYetValid',
	'keyExpired',
	'keyNeverValid',
	'windowAfterEnd',
	'nothingToPay',
	'contractNotAllowed',
	'contractDenied',
	'functionNotAllowed',
	'functionDenied',
	'functionClosedByLimit',
	'accountIsTarget',
	'pluginIsTarget',
	'amountTooLarge',
	'nativeNotAllowed',
	'nativeLimitExceeded',
	'nativeBudgetUsedUp',
	'nativeLimitBelowUsed',
	'tokenLimitExceeded',
	'tokenBudgetUsedUp',
	'tokenLimitBelowUsed',
	'gasLimitExceeded',
	'gasBudgetUsedUp',
	'gasLimitStuck',
	'refreshIntervalTooLong',
	'wrongNonceKey',
	'paymasterRequired',
	'paymasterWrong',
	'nativeBalanceTooLow',
	'gasBalanceTooLow',
	'tokenBalanceTooLow',
	'callRefused',
	'stoppedWithoutReason',
];

/** What the run was made of, told at its end. */
const seen = { triples: 0, paid: 0, checks: 0, reasons: new Map<string, number>() };

test(`the check says yes exactly when the chain pays (${COUNT} triples, seed ${SEED})`, async () => {
	await fc.assert(fc.asyncProperty(triples, holds), { seed: SEED, numRuns: COUNT, endOnFailure: COUNT > 1_000 });
	if (COUNT >= 5_000) expect([...seen.reasons.keys()]).toEqual(expect.arrayContaining(REASONS));
	const reasons = [...seen.reasons].sort(([, a], [, b]) => b - a).map(([code, times]) => `${code} ${times}`);
	console.log(
		`${seen.triples} triples, ${seen.paid} of them paid at once, ${seen.checks} checks; first reasons: ${reasons.join(', ')}`,
	);
});

async function holds(triple: Triple): Promise<void> {
	const run = await prepare(triple);
	seen.triples += 1;
	let attempt: Attempt = { payment: triple.payment, at: triple.at };
	let before: string | undefined;
	for (let mends = 0; mends <= MOST_MENDS; mends++) {
		const { state, refusals, paid } = await attemptPayment(run, attempt);
		const [reason] = refusals;
		if (!reason) {
			expect(paid).toBe(true);
			if (mends === 0) seen.paid += 1;
			return;
		}
		expect({ reason: reason.code, paid }).toEqual({ reason: reason.code, paid: false });
		seen.reasons.set(reason.code, (seen.reasons.get(reason.code) ?? 0) + 1);
		// A reason that was mended is gone: it never stands first twice in a row, figures and all.
		const now = JSON.stringify([reason.code, reason.data, reason.reopensAt]);
		expect(now).not.toBe(before);
		before = now;
		attempt = await mend(run, triple, state, reason, attempt);
	}
	throw new Error('one reason after the other, without end');
}

/** Lets everything happen that stands before the payment. */
async function prepare(triple: Triple): Promise<Run> {
	const run = await world.begin(triple, `key ${seen.triples}`);
	if (triple.keyAdded && triple.account === 'ready') {
		await run.addKey(triple.permissions, run.timeFor(0));
		for (const { at, payment } of [...triple.history].sort((a, b) => a.at - b.at)) {
			await run.send(payment, run.timeFor(at));
		}
		if (triple.changes.length > 0) await run.update(triple.changes);
	}
	await run.provide(triple.money, triple.payment);
	return run;
}

/** Asks the check, then the chain, at the same second. */
async function attemptPayment(run: Run, { payment, at }: Attempt) {
	const time = run.timeFor(at);
	const state = await run.state(payment, time);
	const options = { gas: run.gasFor(payment), nonceKey: run.nonceKeyFor(payment), secondsNeeded: 0 };
	const calls = run.toCalls(payment);
	const verdict = checkCalls(state, calls, options);
	const refusals = verdict.allowed ? await targetRefusals(run, payment, state) : verdict.refusals;
	const { paid } = await run.send(payment, time);
	seen.checks += 1;
	if (paid && verdict.allowed) expect(spending(await run.state(payment, time))).toEqual(spending(verdict.after));
	return { state, refusals, paid };
}

/** What the called contracts themselves refuse is known only by asking them. */
async function targetRefusals(run: Run, payment: Payment, state: CheckState): Promise<Refusal[]> {
	if (!payment.calls.some(({ call }) => call === 'refused')) return [];
	return executionRefusals(await run.simulate(payment, state.now), { state, calls: run.toCalls(payment) });
}

/** The parts of a state that a payment changes and that can be foretold: everything but what the gas costs in the end. */
function spending({ key, tokens }: CheckState) {
	const limits = Object.entries(key.contracts).map(([address, { tokenLimit }]) => [address, tokenLimit] as const);
	return {
		native: key.native,
		gas: key.gas,
		gasShouldReset: key.gasShouldReset,
		limits: Object.fromEntries(limits),
		balances: Object.fromEntries(Object.entries(tokens).map(([address, { balance }]) => [address, balance])),
	};
}
