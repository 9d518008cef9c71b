import type { Address } from 'viem';
import { formatAmount } from '../amounts';
import type { Call } from '../calls';
import { InputError } from '../errors';
import { parseAmount } from '../input/amount';
import { NATIVE } from '../input/token';
import { NATIVE_DECIMALS, pinnedDecimals, type Network } from '../networks';
import { refuse, RefusalError, type Refusal, type RefusalData } from '../refusal/refusal';
import type { ApprovalRule } from './approvalRule';
import { capOf, type Cap } from './caps';
import { outflowsOf, type Outflow } from './outflows';
import { changedPayees, nameOf, type Payee } from './payees';
import type { Totals } from './runTotals';

/**
 * What a company asks besides the limits of the chain. n8n looks at these before it signs; the chain does not know them, and
 * a stolen key is not bound by them.
 */
export interface PaymentRules {
	payees: readonly Payee[];
	/** Whether nobody else is paid. */
	onlyPayees: boolean;
	/** The most of a token in a single payment: in each call of an operation. */
	mostPerPayment: readonly Cap[];
	/** The most of a token for all payments of one run of a workflow. */
	mostPerRun: readonly Cap[];
	/** Who has to say yes; left out: nobody. */
	approval?: ApprovalRule;
}

/** What the rules are asked about. */
export interface RuledPayment {
	calls: readonly Call[];
	/** Whom each call was said to pay, where somebody said a name and an address. */
	names?: readonly (string | undefined)[];
	network: Network;
	/** By checksummed address, as the chain tells them. */
	tokens: Readonly<Record<Address, { decimals: number; symbol?: string }>>;
	/** What the other payments of the run took. */
	others?: Totals;
}

/**
 * Looks at what is about to be signed, whichever operation made it.
 * @throws {RefusalError} `notAPayee`, `aboveMaximum`, of the first call that a rule forbids; {InputError} when an amount of a
 * rule doesn't fit its token
 */
export function requireAllowedByRules(rules: PaymentRules | undefined, payment: RuledPayment): void {
	const [first, ...others] = ruleRefusals(rules, payment);
	if (first) throw new RefusalError([first, ...others]);
}

/**
 * What the rules have against a payment: of each kind the first call, and how many more there are.
 * @throws {InputError} when an amount of a rule doesn't fit its token
 */
export function ruleRefusals(rules: PaymentRules | undefined, payment: RuledPayment): Refusal[] {
	if (!rules) return [];
	const flows = outflowsOf(payment.calls);
	const against = [
		...firstStranger(strangers(rules, payment, flows)),
		...firstAbove(tooLarge(rules.mostPerPayment, payment, flows)),
		...firstAbove(tooMuchOfRun(rules.mostPerRun, payment, flows)),
	];
	return against.sort((a, b) => a.index - b.index).map(({ refusal }) => refusal);
}

/** A call that a rule forbids. */
type Found<C extends 'notAPayee' | 'aboveMaximum'> = Omit<RefusalData<C>, 'more'>;

interface AtCall {
	index: number;
	refusal: Refusal;
}

function firstStranger([first, ...more]: readonly Found<'notAPayee'>[]): AtCall[] {
	return first ? [{ index: first.index, refusal: refuse('notAPayee', { ...first, more: more.length }) }] : [];
}

function firstAbove([first, ...more]: readonly Found<'aboveMaximum'>[]): AtCall[] {
	return first ? [{ index: first.index, refusal: refuse('aboveMaximum', { ...first, more: more.length }) }] : [];
}

function strangers(
	{ payees, onlyPayees }: PaymentRules,
	{ calls, names = [] }: RuledPayment,
	flows: readonly Outflow[],
): Found<'notAPayee'>[] {
	return flows.flatMap(({ to, kind, index }) => {
		const name = names[index];
		const [changed] = name === undefined ? [] : changedPayees([{ name, address: to }], payees);
		if (!changed && (!onlyPayees || nameOf(payees, to) !== undefined)) return [];
		const about = { recipient: to, kind, index, payments: calls.length };
		return [changed ? { ...about, name: changed.name, listed: changed.before } : about];
	});
}

function tooLarge(caps: readonly Cap[], payment: RuledPayment, flows: readonly Outflow[]): Found<'aboveMaximum'>[] {
	return flows.flatMap((flow) => {
		const untold = untoldAmount(caps, payment, flow);
		if (untold) return [{ rule: 'payment', ...untold }];
		const most = mostOf(caps, 'Most per Payment', payment, flow.token);
		if (!most || flow.amount <= most.units) return [];
		return [{ rule: 'payment', ...told(most, flow, payment) }];
	});
}

function tooMuchOfRun(caps: readonly Cap[], payment: RuledPayment, flows: readonly Outflow[]): Found<'aboveMaximum'>[] {
	const spent: Totals = { ...payment.others };
	return flows.flatMap((flow) => {
		const untold = untoldAmount(caps, payment, flow);
		if (untold) return [{ rule: 'run', ...untold }];
		const most = mostOf(caps, 'Most per Run', payment, flow.token);
		const key = flow.token ?? NATIVE;
		const before = spent[key] ?? 0n;
		spent[key] = before + flow.amount;
		if (!most || flow.amount === 0n || before + flow.amount <= most.units) return [];
		return [{ rule: 'run', ...told(most, flow, payment), before: formatAmount(before, most.decimals) }];
	});
}

/** A call of a token that has a maximum, by a function that isn't known: it may take any amount. */
function untoldAmount(
	caps: readonly Cap[],
	{ calls }: RuledPayment,
	{ to, isUnknown, index }: Outflow,
): Omit<Found<'aboveMaximum'>, 'rule'> | undefined {
	const cap = isUnknown && capOf(caps, to);
	return cap && { unit: cap.unit, recipient: to, most: cap.amount, index, payments: calls.length };
}

interface Most {
	unit: string;
	units: bigint;
	decimals: number;
}

/** The cap of a token in its base units; undefined where it has none. */
function mostOf(
	caps: readonly Cap[],
	field: string,
	{ network, tokens }: RuledPayment,
	token: Address | undefined,
): Most | undefined {
	const cap = capOf(caps, token);
	if (!cap) return undefined;
	const decimals = token ? (pinnedDecimals(network, token) ?? tokens[token]?.decimals) : NATIVE_DECIMALS;
	// Of a token that isn't on our list: what it calls itself is what items show of it.
	const unit = (cap.unit === token && tokens[token]?.symbol) || cap.unit;
	if (decimals !== undefined) return { unit, decimals, units: parseAmount(cap.amount, decimals, field) };
	throw new InputError(
		field,
		`"${field}" has an amount of ${cap.unit}, which does not tell its decimals: it is no ERC-20 token on ${network.name}`,
		'Compare the address in the credential with that of the token. Nothing was sent.',
	);
}

function told({ unit, decimals, units }: Most, { to, amount, index }: Outflow, { calls }: RuledPayment) {
	return {
		unit,
		recipient: to,
		amount: formatAmount(amount, decimals),
		most: formatAmount(units, decimals),
		index,
		payments: calls.length,
	};
}
