import type { Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { decodeTransfer, tokenTransfer, type Call } from '../calls';
import type { Approval } from '../paymentApproval/approval';
import { checkApproval } from '../paymentApproval/checkApproval';
import { outflowsOf } from '../paymentRules/outflows';
import { ruleRefusals } from '../paymentRules/requireAllowedByRules';
import { entryIn, sum, totalsOf } from '../paymentRules/runTotals';
import { refuse, type Refusal, type RefusalError } from '../refusal/refusal';
import { RpcError } from '../rpc/errors';
import { caught, read, type Read } from '../rpc/read';
import { presentFees, type Fees } from '../userOperation/fees';
import { estimateRead, paymasterOf, sponsor, type Draft, type GasFields } from '../userOperation/gas';
import { checkCalls, remainingBudgets, type RemainingBudget, type CheckState, type GasPlan } from './check/check';
import { describeCall, type PaymentLine } from './send/paymentLine';
import { toDraft } from './send/estimateAndSimulate';
import type { PaymentRequest } from './check/paymentRequest';
import type { Payer } from './send/payment';
import { readPaymentState, type PaymentState } from './send/readPaymentState';
import { nonceToEstimate } from './send/chooseNonce';
import { explained } from './send/sendPayment';
import { executionRead, executionRefusals, ownCallRead, together } from './send/simulate';

/** Whether one of several payments would be made, after those before it. */
export interface CheckedPayment {
	allowed: boolean;
	refusals: Refusal[];
	lines: PaymentLine[];
	/** What is left of the key's budgets afterwards. */
	remaining: RemainingBudget[];
	/** Unix seconds: the moment that it was rehearsed for. */
	asOf?: number;
	/** Its gas couldn't be estimated, as it would be refused today: a figure of this package was taken. */
	isGasAssumed?: boolean;
}

/** One of several payments that are checked. */
export interface PaymentQuestion {
	request: PaymentRequest;
	/** Whether it is paid under a reference, as all are but those with Allow Repeats. */
	claims: boolean;
	/** Its reference and its approval, where it has one. */
	reference?: string;
	approval?: Approval;
	/** Unix seconds: when it is going to be made; left out: now. */
	asOf?: number;
}

/** What is paid by one of several payments, and what is claimed with it. */
interface PaymentCalls {
	calls: readonly Call[];
	claim?: Hex;
	asOf?: number;
}

/**
 * Says for each of several payments, in their order, whether it would be made, each seeing what the ones before it used
 * up. Nothing is signed or sent. State is read in one batch for all; gas is asked for once for each kind of payment.
 *
 * Those with a moment of their own are rehearsed: in the order of time, on the key's time range and budgets as they will be
 * then, with the balances, the other permissions and the price of gas of today.
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
		const { claims, asOf } = questions[index] as PaymentQuestion;
		return { calls: request.toCalls(found.state.tokens), claim: claims ? unusedClaim : undefined, asOf };
	});
	const told = await askOthers(payer, found, all);
	const paused = payer.paused ? [refuse('paused', {})] : [];
	let state: CheckState = found.state;
	let paidInRun = entryIn(payer.paidInRun ?? {}, undefined).others();
	const checkOne = async (asked: PaymentCalls, index: number): Promise<CheckedPayment> => {
		const { calls, asOf } = asked;
		state = stateAt(state, asOf);
		const known = told.gas.get(kindOf(asked));
		const isGasAssumed = asOf !== undefined && !known && told.assumed !== undefined;
		const gas = isGasAssumed ? assumedPlan(calls, told.assumed as Fees) : known;
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
		const { tokens, clock, now } = state;
		const { reference, approval } = questions[index] ?? {};
		const toApprove = { calls, reference, approval, tokens, others: paidInRun, now: clock ?? now };
		const approved = await checkApproval(payer, toApprove);
		const refusals = [...paused, ...ruled, ...approved.refusals, ...(verdict.allowed ? others : verdict.refusals)];
		const allowed = refusals.length === 0;
		if (allowed) paidInRun = sum(paidInRun, totalsOf(outflowsOf(calls)));
		const remaining = allowed ? verdict.remaining : remainingBudgets(state);
		if (allowed) state = { ...verdict.after, claim: found.state.claim };
		const lines = calls.map((call) => describeCall(call, payer.network, found.state.tokens));
		return { allowed, refusals, lines, remaining, ...(asOf !== undefined && { asOf, isGasAssumed }) };
	};
	const inTime = [...all.entries()].sort(([, a], [, b]) => (a.asOf ?? 0) - (b.asOf ?? 0));
	const checked = new Map<number, CheckedPayment>();
	for (const [index, asked] of inTime) checked.set(index, await checkOne(asked, index));
	return all.map((_, index) => checked.get(index) as CheckedPayment);
}

/** The same state at a later moment: windows, and the key's time range, are looked at by its clock. */
function stateAt(state: CheckState, asOf: number | undefined): CheckState {
	if (asOf === undefined) return state;
	const now = Math.max(asOf, state.now);
	return { ...state, now, clock: now };
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
	/** Present fees, for payments whose gas nobody can be asked for yet; missing where it doesn't matter. */
	assumed?: Fees;
}

/** Asks contracts and bundler in one batch. */
async function askOthers(payer: Payer, found: PaymentState, all: readonly PaymentCalls[]): Promise<Told> {
	const { state } = found;
	const { kinds, assumed } = await gasToAsk(payer, found, all);
	const answers = await read(payer.rpc, {
		executions: state.account.deployed ? all.map((asked) => executionsOf(payer, asked)) : undefined,
		estimates: payer.gasPolicyId ? undefined : kinds.map(({ draft }) => orRpcError(estimateRead(draft))),
	});
	const executions = answers.executions?.map((executed, index) =>
		executionRefusals(together(executed), {
			state,
			calls: (all[index] as PaymentCalls).calls,
			redact: payer.rpc.redact,
		}),
	);
	const gas = answers.estimates ?? (await Promise.all(kinds.map(({ draft }) => sponsored(payer, draft))));
	const fitsToday = (calls: readonly Call[], fees: Fees) =>
		checkCalls({ ...state, claim: undefined }, calls, { gas: assumedPlan(calls, fees) }).allowed;
	const toPlans = (question: GasQuestion, answer: GasFields | RpcError): [string, GasPlan | Refusal[]][] => {
		const { kind, draft, calls, asOf, isOfNothing } = question;
		if (!(answer instanceof RpcError)) {
			const room = isOfNothing ? ROOM_FOR_MONEY * BigInt(calls.length) : 0n;
			const fields = { ...answer, callGasLimit: answer.callGasLimit + room };
			return [[kind, { ...draft, ...fields, paymaster: paymasterOf(answer.paymasterAndData) }]];
		}
		const { refusal, refusals } = explained(payer.rpc, answer, state, calls) as RefusalError;
		// What stands against a payment today needn't do so then; a gas policy that says no means it.
		const isOfToday =
			isOfNothing || refusal.code === 'outOfTimeRange' || (assumed !== undefined && !fitsToday(calls, assumed));
		return asOf !== undefined && isOfToday && !payer.gasPolicyId ? [] : [[kind, [...refusals]]];
	};
	return {
		executions: executions ?? [],
		gas: new Map(kinds.flatMap((one, index) => toPlans(one, gas[index] as GasFields | RpcError))),
		assumed,
	};
}

/** A payment to come is not the key's to make yet: there each call is tried as the account's own. */
function executionsOf({ account, key }: Payer, { calls, asOf }: PaymentCalls) {
	return asOf === undefined ? [executionRead(account, key, calls)] : calls.map((call) => ownCallRead(account, call));
}

interface GasQuestion {
	kind: string;
	calls: readonly Call[];
	asOf?: number;
	draft: Draft;
	/** The same payment with no money in it, which can be asked today. */
	isOfNothing: boolean;
}

/**
 * One payment of each kind of which the gas matters: not where the state alone is against it, nor where a gas policy pays
 * and the key doesn't care who does and how much it is. What would be refused today, and is to be made later, is asked for
 * with no money in it.
 */
async function gasToAsk(
	payer: Payer,
	{ state, fee, keyNonce }: PaymentState,
	all: readonly PaymentCalls[],
): Promise<{ kinds: GasQuestion[]; assumed?: Fees }> {
	const isSponsored = payer.gasPolicyId !== undefined;
	if (isSponsored && !state.key.gas && !state.key.requiredPaymaster) return { kinds: [] };
	const isAllowed = (asked: PaymentCalls) =>
		checkCalls(stateFor(state, asked), asked.calls, { sponsored: isSponsored }).allowed;
	const allowed = all.filter(isAllowed);
	const later = all
		.filter(({ asOf }) => asOf !== undefined)
		.map((asked) => ({ ...asked, calls: asked.calls.map(withoutMoney), isOfNothing: true }))
		.filter((asked) => isSponsored || isAllowed(asked));
	const isRehearsal = all.some(({ asOf }) => asOf !== undefined);
	if (allowed.length === 0 && !isRehearsal) return { kinds: [] };
	const fees = await presentFees(payer.rpc, fee);
	const nonce = nonceToEstimate(payer.key, { state, keyNonce });
	// The last of a kind counts: one that can be asked for as it is.
	const byKind = new Map(
		[...later, ...allowed].map((asked: PaymentCalls & { isOfNothing?: true }) => [kindOf(asked), asked]),
	);
	const kinds = [...byKind].map(([kind, { calls, claim, asOf, isOfNothing = false }]) => ({
		kind,
		calls,
		asOf,
		draft: toDraft(payer, calls, nonce, fees, claim),
		isOfNothing,
	}));
	return { kinds, ...(isRehearsal && !isSponsored && { assumed: fees }) };
}

/** The same transfer of nothing. */
function withoutMoney(call: Call): Call {
	const transfer = decodeTransfer(call);
	return transfer ? { ...tokenTransfer(call.target, transfer.to, 0n), value: 0n } : { ...call, value: 0n };
}

/** What money adds to the gas of a call: value to a new account (34,000), storage that was empty (22,100), the limits' own. */
const ROOM_FOR_MONEY = 80_000n;

/**
 * The gas of a payment that nobody can be asked for, because today its key may not act: twice what payments take on chains
 * whose data costs nothing extra.
 */
function assumedPlan(calls: readonly Call[], { maxFeePerGas }: Fees): GasPlan {
	return {
		maxFeePerGas,
		callGasLimit: 250_000n + 120_000n * BigInt(calls.length),
		verificationGasLimit: 500_000n,
		preVerificationGas: 150_000n,
	};
}

/** Payments of the same form cost about the same gas. Of one that is to come a bundler's no may mean something else. */
function kindOf({ calls, claim, asOf }: PaymentCalls): string {
	const parts = calls.map(({ target, data }) => (data === '0x' ? 'native' : target + data.slice(0, 10)));
	return [claim !== undefined, asOf !== undefined, ...parts].join();
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
