import type { Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { Call } from '../calls';
import type { Refusal, RefusalError } from '../refusal/refusal';
import { RpcError } from '../rpc/errors';
import { read } from '../rpc/read';
import { type Draft, paymasterOf, requestGas } from '../userOperation/gas';
import { checkCalls, remainingBudgets, type Budget, type CheckState, type GasPlan } from './check';
import { describeCall, type PaymentLine } from './describe';
import { toDraft } from './estimateAndSimulate';
import type { Order } from './order';
import type { Payer } from './payment';
import { readPaymentState, type PaymentState } from './readPaymentState';
import { nonceKeyOfSessionKey } from './reference';
import { explained } from './sendPayment';
import { executionRead, executionRefusals } from './simulate';

/** Whether one of several payments would be made, after those before it. */
export interface CheckedPayment {
	allowed: boolean;
	refusals: Refusal[];
	lines: PaymentLine[];
	/** What is left of the key's budgets afterwards. */
	remaining: Budget[];
}

/** One of several payments that are checked. */
export interface PaymentQuestion {
	order: Order;
	/** Whether it is paid under a reference, as all are but those with Allow Repeats. */
	claims: boolean;
}

/**
 * Says for each of several payments, in their order, whether it would be made, each seeing what the ones before it used
 * up. Nothing is signed or sent. State is read in one batch for all; gas is asked for once for each kind of payment.
 *
 * @throws {InputError} when an amount doesn't fit its token; {EndpointError}
 */
export async function checkPayments(payer: Payer, questions: readonly PaymentQuestion[]): Promise<CheckedPayment[]> {
	const orders = questions.map(({ order }) => order);
	const found = await readPaymentState(
		payer,
		{ questions: merged(orders), tokens: orders.flatMap(({ tokens }) => tokens) },
		{ claims: questions.some(({ claims }) => claims) },
	);
	const all = orders.map((order) => order.toCalls(found.state.tokens));
	const gasOf = gasByKind(payer, found);
	let { state } = found;
	// What a claim costs and needs. At random: no payment has it, and whoever holds a key can't have used it up.
	const unusedClaim = generatePrivateKey();
	const simulated = await simulate(payer, state, all);
	const checked: CheckedPayment[] = [];
	for (const [index, calls] of all.entries()) {
		const claim = questions[index]?.claims ? unusedClaim : undefined;
		const asked = claim ? state : { ...state, claim: undefined };
		const first = checkCalls(asked, calls);
		const gas = first.allowed && !simulated[index]?.length ? await gasOf(calls, claim) : undefined;
		const verdict = gas && 'maxFeePerGas' in gas ? checkCalls(asked, calls, { gas }) : first;
		const refusals = [...verdict.refusals, ...(verdict.allowed ? (simulated[index] ?? []) : [])];
		if (Array.isArray(gas)) refusals.push(...gas);
		const allowed = refusals.length === 0;
		checked.push({
			allowed,
			refusals,
			lines: calls.map((call) => describeCall(call, payer.network, found.state.tokens)),
			remaining: allowed ? verdict.remaining : remainingBudgets(state),
		});
		if (allowed) state = { ...verdict.after, claim: found.state.claim };
	}
	return checked;
}

/** One question for each contract, however many payments ask it. */
function merged(orders: readonly Order[]): Order['questions'] {
	const selectors = new Map<string, Set<`0x${string}`>>();
	for (const { questions } of orders) {
		for (const question of questions) {
			const known = selectors.get(question.contract) ?? new Set();
			for (const selector of question.selectors) known.add(selector);
			selectors.set(question.contract, known);
		}
	}
	return [...selectors].map(([contract, set]) => ({ contract: contract as `0x${string}`, selectors: [...set] }));
}

/** What the called contracts themselves say to each payment, were it the only one. */
async function simulate(payer: Payer, state: CheckState, all: readonly Call[][]): Promise<Refusal[][]> {
	if (!state.account.deployed) return [];
	const executions = await read(
		payer.rpc,
		all.map((calls) => executionRead(payer.account, payer.key, calls)),
	);
	return executions.map((execution, index) =>
		executionRefusals(execution, { state, calls: all[index] as Call[], redact: payer.rpc.redact }),
	);
}

/** Payments of the same form cost about the same gas: one of each is estimated. */
function gasByKind(payer: Payer, { state, fees, keyNonce }: PaymentState) {
	const known = new Map<string, Promise<GasPlan | Refusal[]>>();
	const nonce = state.key.gas ? keyNonce : nonceKeyOfSessionKey(payer.key) << 72n;
	return (calls: readonly Call[], claim: Hex | undefined): Promise<GasPlan | Refusal[]> => {
		const parts = calls.map(({ target, data }) => (data === '0x' ? 'native' : target + data.slice(0, 10)));
		const kind = [claim !== undefined, ...parts].join();
		const plan = known.get(kind) ?? gasPlan(payer, state, calls, toDraft(payer, calls, nonce, fees, claim));
		known.set(kind, plan);
		return plan;
	};
}

async function gasPlan(
	{ rpc, gasPolicyId }: Payer,
	state: CheckState,
	calls: readonly Call[],
	draft: Draft,
): Promise<GasPlan | Refusal[]> {
	try {
		const gas = await requestGas(rpc, draft, gasPolicyId);
		return { ...draft, ...gas, paymaster: paymasterOf(gas.paymasterAndData) };
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		return [...(explained(rpc, error, state, calls) as RefusalError).refusals];
	}
}
