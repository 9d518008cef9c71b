import type { Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import type { Call } from '../calls';
import type { Approval } from '../paymentApproval/approval';
import { checkApproval } from '../paymentApproval/checkApproval';
import { outflowsOf } from '../paymentRules/outflows';
import { ruleRefusals } from '../paymentRules/requireAllowedByRules';
import { entryIn, sum, totalsOf } from '../paymentRules/runTotals';
import { refuse, type Refusal, type RefusalError } from '../refusal/refusal';
import { RpcError } from '../rpc/errors';
import { caught, read, type Read } from '../rpc/read';
import { presentFees } from '../userOperation/fees';
import { estimateRead, paymasterOf, sponsor, type Draft, type GasFields } from '../userOperation/gas';
import { checkCalls, remainingBudgets, type RemainingBudget, type CheckState, type GasPlan } from './check/check';
import { describeCall, type PaymentLine } from './send/paymentLine';
import { toDraft } from './send/estimateAndSimulate';
import type { PaymentRequest } from './check/paymentRequest';
import type { Payer } from './send/payment';
import { readPaymentState, type PaymentState } from './send/readPaymentState';
import { nonceToEstimate } from './send/chooseNonce';
import { explained } from './send/sendPayment';
import { executionRead, executionRefusals } from './send/simulate';

/** Whether one of several payments would be made, after those before it. */
export interface CheckedPayment {
	allowed: boolean;
	refusals: Refusal[];
	lines: PaymentLine[];
	/** What is left of the key's budgets afterwards. */
	remaining: RemainingBudget[];
}

/** One of several payments that are checked. */
export interface PaymentQuestion {
	request: PaymentRequest;
	/** Whether it is paid under a reference, as all are but those with Allow Repeats. */
	claims: boolean;
	/** Its reference and its approval, where it has one. */
	reference?: string;
	approval?: Approval;
}

/** What is paid by one of several payments, and what is claimed with it. */
interface PaymentCalls {
	calls: readonly Call[];
	claim?: Hex;
}

/**
 * Says for each of several payments, in their order, whether it would be made, each seeing what the ones before it used
 * up. Nothing is signed or sent. State is read in one batch for all; gas is asked for once for each kind of payment.
 *
 * @throws {InputError} when an amount doesn't fit its token; {EndpointError}
 */
export async function checkPayments(payer: Payer, questions: readonly PaymentQuestion[]): Promise<CheckedPayment[]> {
	const requests = questions.map(({ request }) => request);
	const found = await readPaymentState(
		payer,
		{ questions: merged(requests), tokens: requests.flatMap(({ tokens }) => tokens) },
		{ claims: questions.some(({ claims }) => claims) },
	);
	// What a claim costs and needs. At random: no payment has it, and whoever holds a key can't have used it up.
	const unusedClaim = generatePrivateKey();
	const all = requests.map((request, index): PaymentCalls => {
		const claim = questions[index]?.claims ? unusedClaim : undefined;
		return { calls: request.toCalls(found.state.tokens), claim };
	});
	const told = await askOthers(payer, found, all);
	const paused = payer.paused ? [refuse('paused', {})] : [];
	let state: CheckState = found.state;
	let paidInRun = entryIn(payer.paidInRun ?? {}, undefined).others();
	const checked: CheckedPayment[] = [];
	for (const [index, asked] of all.entries()) {
		const { calls } = asked;
		const gas = told.gas.get(kindOf(asked));
		const plan = gas && 'maxFeePerGas' in gas ? gas : undefined;
		const verdict = checkCalls(stateFor(state, asked), calls, {
			gas: plan,
			sponsored: payer.gasPolicyId !== undefined,
		});
		const stopped = told.executions[index] ?? [];
		// Bundlers carry the calls out too: what stops them is said once.
		const others = stopped.length > 0 ? stopped : Array.isArray(gas) ? gas : [];
		const ruled = ruleRefusals(payer.rules, {
			calls,
			names: requests[index]?.names,
			network: payer.network,
			tokens: found.state.tokens,
			others: paidInRun,
		});
		const { tokens, clock, now } = found.state;
		const { reference, approval } = questions[index] ?? {};
		const toApprove = { calls, reference, approval, tokens, others: paidInRun, now: clock ?? now };
		const approved = await checkApproval(payer, toApprove);
		const refusals = [...paused, ...ruled, ...approved.refusals, ...(verdict.allowed ? others : verdict.refusals)];
		const allowed = refusals.length === 0;
		if (allowed) paidInRun = sum(paidInRun, totalsOf(outflowsOf(calls)));
		const remaining = allowed ? verdict.remaining : remainingBudgets(state);
		if (allowed) state = { ...verdict.after, claim: found.state.claim };
		const lines = calls.map((call) => describeCall(call, payer.network, found.state.tokens));
		checked.push({ allowed, refusals, lines, remaining });
	}
	return checked;
}

function stateFor(state: CheckState, { claim }: PaymentCalls): CheckState {
	return claim ? state : { ...state, claim: undefined };
}

/** One question for each contract, however many payments ask it. */
function merged(requests: readonly PaymentRequest[]): PaymentRequest['questions'] {
	const selectors = new Map<string, Set<`0x${string}`>>();
	for (const { questions } of requests) {
		for (const question of questions) {
			const known = selectors.get(question.contract) ?? new Set();
			for (const selector of question.selectors) known.add(selector);
			selectors.set(question.contract, known);
		}
	}
	return [...selectors].map(([contract, set]) => ({ contract: contract as `0x${string}`, selectors: [...set] }));
}

/** What others say to payments, were each the only one. */
interface Told {
	/** What the called contracts have against each. */
	executions: Refusal[][];
	/** By kind of payment: its gas, or what bundler or gas manager have against it. */
	gas: Map<string, GasPlan | Refusal[]>;
}

/** Asks contracts and bundler in one batch. */
async function askOthers(payer: Payer, found: PaymentState, all: readonly PaymentCalls[]): Promise<Told> {
	const { state } = found;
	const kinds = await gasToAsk(payer, found, all);
	const answers = await read(payer.rpc, {
		executions: state.account.deployed
			? all.map(({ calls }) => executionRead(payer.account, payer.key, calls))
			: undefined,
		estimates: payer.gasPolicyId ? undefined : kinds.map(({ draft }) => orRpcError(estimateRead(draft))),
	});
	const executions = answers.executions?.map((execution, index) =>
		executionRefusals(execution, { state, calls: (all[index] as PaymentCalls).calls, redact: payer.rpc.redact }),
	);
	const gas = answers.estimates ?? (await Promise.all(kinds.map(({ draft }) => sponsored(payer, draft))));
	const toPlan = ({ draft, calls }: GasQuestion, answer: GasFields | RpcError): GasPlan | Refusal[] =>
		answer instanceof RpcError
			? [...(explained(payer.rpc, answer, state, calls) as RefusalError).refusals]
			: { ...draft, ...answer, paymaster: paymasterOf(answer.paymasterAndData) };
	return {
		executions: executions ?? [],
		gas: new Map(kinds.map((one, index) => [one.kind, toPlan(one, gas[index] as GasFields | RpcError)])),
	};
}

interface GasQuestion {
	kind: string;
	calls: readonly Call[];
	draft: Draft;
}

/**
 * One payment of each kind of which the gas matters: not where the state alone is against it, nor where a gas policy pays
 * and the key doesn't care who does and how much it is.
 */
async function gasToAsk(
	payer: Payer,
	{ state, fee, keyNonce }: PaymentState,
	all: readonly PaymentCalls[],
): Promise<GasQuestion[]> {
	const isSponsored = payer.gasPolicyId !== undefined;
	if (isSponsored && !state.key.gas && !state.key.requiredPaymaster) return [];
	const allowed = all.filter(
		(asked) => checkCalls(stateFor(state, asked), asked.calls, { sponsored: isSponsored }).allowed,
	);
	if (allowed.length === 0) return [];
	const fees = await presentFees(payer.rpc, fee);
	const nonce = nonceToEstimate(payer.key, { state, keyNonce });
	const byKind = new Map(allowed.map((asked) => [kindOf(asked), asked]));
	return [...byKind].map(([kind, { calls, claim }]) => ({
		kind,
		calls,
		draft: toDraft(payer, calls, nonce, fees, claim),
	}));
}

/** Payments of the same form cost about the same gas. */
function kindOf({ calls, claim }: PaymentCalls): string {
	const parts = calls.map(({ target, data }) => (data === '0x' ? 'native' : target + data.slice(0, 10)));
	return [claim !== undefined, ...parts].join();
}

async function sponsored({ rpc, gasPolicyId = '' }: Payer, draft: Draft): Promise<GasFields | RpcError> {
	try {
		return await sponsor(rpc, draft, gasPolicyId);
	} catch (error) {
		if (error instanceof RpcError) return error;
		throw error;
	}
}

/** An error that came as an answer, as the answer. */
function orRpcError<T>(one: Read<T>): Read<T | RpcError> {
	return caught(one, (error) => {
		if (error instanceof RpcError) return error;
		throw error;
	});
}
