import { checkCalls, type CheckState } from '../../../../core/payment/check/check';
import type { KeyState } from '../../../../core/plugin/keyState';
import {
	readScenarios,
	recorded,
	type Observation,
	type Scenario,
	type State,
	type Step,
} from '../../../chain/scenarios/format';
import { START, toCall, toCheckState, toGas, toKeyState, toNonceKey } from './scenarioState';

/** What a called contract decides; only a simulation can know it. */
const SAID_BY_TARGETS = [
	'Nope(42)',
	'Error(lab says no)',
	'Error(no plain eth)',
	'Error(ERC20: insufficient allowance)',
	'empty',
];
/** What the operation's signature, nonce or paymaster decide, whatever is paid. */
const NOT_ABOUT_THE_PAYMENT = ['AA24', 'AA25', 'AA31', 'AA13'];

interface Attempt {
	step: Step;
	before: State;
	outcome: Observation;
	installed: boolean;
}

/** Every step in which a session key pays, with the state that it met. */
function attempts(scenario: Scenario): Attempt[] {
	let before: State = {};
	let installed = false;
	const found: Attempt[] = [];
	recorded(scenario).forEach((outcome, index) => {
		const step = scenario.steps[index] as Step;
		const isPayment = step.do === 'executeWithSessionKey' && !step.from && !step.initCode;
		if (isPayment && !step.calls?.some((call) => call.step)) found.push({ step, before, outcome, installed });
		before = outcome.state;
		if (outcome.events?.includes('PluginInstalled(plugin)')) installed = true;
		if (outcome.events?.some((event) => event.startsWith('PluginUninstalled(plugin'))) installed = false;
	});
	return found;
}

function isAboutThePayment({ outcome, step }: Attempt): boolean {
	if (NOT_ABOUT_THE_PAYMENT.includes(outcome.aa ?? '')) return false;
	// Out of verification gas.
	if (outcome.aa === 'AA23' && !outcome.inner) return false;
	// A malformed signature is refused before the rules are looked at.
	return !(outcome.inner?.startsWith('InvalidSignature') || step.signer?.startsWith('0x'));
}

function check({ step, before, installed }: Attempt) {
	const state = toCheckState(before, step, step.at, installed);
	const calls = (step.calls ?? []).map(toCall);
	const verdict = checkCalls(state, calls, { gas: toGas(step), nonceKey: toNonceKey(step), secondsNeeded: 0 });
	return { verdict, calls };
}

/** The parts of a key that paying changes. */
function spending({ native, gas, gasShouldReset, contracts }: KeyState) {
	const tokens = Object.entries(contracts).map(([address, { tokenLimit }]) => [address, tokenLimit] as const);
	return { native, gas, gasShouldReset, tokens: Object.fromEntries(tokens) };
}

describe('the check says what the deployed contracts did', () => {
	const scenarios = readScenarios();

	test.each(scenarios)('$id $title', (scenario) => {
		for (const attempt of attempts(scenario).filter(isAboutThePayment)) {
			const { step, outcome } = attempt;
			const { verdict, calls } = check(attempt);
			const seen = { at: step.at, codes: verdict.refusals.map(({ code }) => code), outcome: outcome.phase };
			// A rule of this package's own: the contracts would send money to the zero address.
			if (seen.codes.length > 0 && seen.codes.every((code) => code === 'moneyLost')) continue;
			if (outcome.phase === 'ok') {
				expect(seen).toEqual({ ...seen, codes: [] });
				expect(spending(verdict.after.key)).toEqual(spending(toKeyState(outcome.state, step.key as string, calls)));
			} else if (verdict.allowed) {
				expect(seen).toEqual({ ...seen, outcome: 'execution' });
				expect(SAID_BY_TARGETS).toContain(outcome.error);
			}
			if (outcome.window) expectSameWindow(verdict.refusals, outcome.window, verdict.after);
		}
	});

	test('counts enough payments to mean something', () => {
		const all = scenarios.flatMap(attempts).filter(isAboutThePayment);
		const paid = all.filter(({ outcome }) => outcome.phase === 'ok').length;
		expect(all.length).toBeGreaterThan(1_500);
		expect(paid).toBeGreaterThan(700);
		expect(all.length - paid).toBeGreaterThan(700);
	});
});

/** When the plugin names a window that begins later, the check names the same moment. */
function expectSameWindow(
	refusals: ReturnType<typeof checkCalls>['refusals'],
	[after]: NonNullable<Observation['window']>,
	{ now }: CheckState,
) {
	if (typeof after !== 'number' || START + after <= now) return;
	const iso = new Date((START + after) * 1000).toISOString().replace('.000Z', 'Z');
	expect(refusals.flatMap(({ reopensAt, data }) => [reopensAt, ...momentsIn(data)])).toContain(iso);
}

function momentsIn(data: object): unknown[] {
	return Object.values(data).map((value) => (value as { iso?: string } | undefined)?.iso);
}
