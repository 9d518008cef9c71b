import type { Address, Hex } from 'viem';
import { PLAIN_PAYMENT } from '../../calls';
import { about, grouped, showContract, showMoment, withUnit, type Moment, type Rounding } from '../../text/format';

/** One way in which a payment can be refused. The documentation is generated from this table. */
export interface Reason<D> {
	/** When this happens, for the documentation. */
	cause: string;
	/** What happened, with its figures. */
	message(data: D): string;
	/** What to do about it, and who can. */
	remedy(data: D): string;
}

/** Gives a table entry the type of its data. */
export function reason<D>(one: Reason<D>): Reason<D> {
	return one;
}

export interface KeyOfAccount {
	account: Address;
	key: Address;
}

/** The same, where it may not be known which account and key. */
export type PerhapsKeyOfAccount = Partial<KeyOfAccount>;

export interface OnNetwork {
	account: Address;
	network: string;
}

export interface ContractData {
	contract: Address;
	/** The token's symbol, where the contract is a token. */
	symbol?: string;
}

export interface FunctionData extends ContractData {
	/** 4 bytes; 0x00000000 is a plain payment in native currency. */
	selector: Hex;
	/** The function's name, where it is known. */
	function?: string;
}

/** Which budget of the key, and its unit. */
export interface BudgetName {
	budget: 'native' | 'token' | 'gas';
	/** The token, in a token's budget. */
	contract?: Address;
	unit: string;
}

/** A budget and what this payment asks of it. Amounts are exact decimal text in `unit`. */
export interface BudgetData extends BudgetName {
	limit: string;
	used: string;
	remaining: string;
	needed: string;
	/** When the whole budget is there again; missing where it never is. */
	reopens?: Moment;
}

/** The same, where the figures may not be known: the chain said no after the check had said yes. */
export type PerhapsBudgetData = BudgetName & Partial<BudgetData>;

export interface BalanceData {
	account: Address;
	unit: string;
	balance: string;
	needed: string;
	missing: string;
}

/** Where money is lost, or goes to nowhere. */
export const LOSSES = {
	zero: 'the zero address: nobody owns it',
	system: "an address of the chain's own: nobody owns it, and what is sent there is gone",
	tokenItself: "the token's own contract, which never gives it back",
	token: 'the contract of a token, which never gives it back',
	entryPoint: 'the EntryPoint of ERC-4337: it is not a recipient',
	contract: 'a contract that this node works with: it is not a recipient',
	plugin: 'a plugin of the smart account, which never gives it back',
	account: 'the paying account itself: nothing would change but the gas',
} as const;

export type LossKind = keyof typeof LOSSES;

/** What an endpoint said, redacted. */
export interface Words {
	words: string;
}

/** What a called contract said when it stopped the payment. */
export interface CallData {
	/** Position in the list of calls, from 0; missing where it isn't known. */
	index?: number;
	contract?: Address;
	symbol?: string;
	/** What the contract said, readable: its text, or the name and arguments of its custom error. */
	said?: string;
	/** The bytes it stopped with. */
	revertData?: Hex;
}

/** The credentials, as n8n shows them. */
export const ALCHEMY = 'Alchemy API';
export const AGENT = 'Agent Session Key API';
export const OWNER = 'Smart Account Owner API';
/** Where the owner changes a key. */
export const SET_LIMIT = 'Session Key Manager > Permission > Set Spend Limit';
export const UPDATE = 'Session Key Manager > Permission > Update';
export const ALLOW_REFERENCES = `${UPDATE} > Allow Payment References`;

/** The unit of tokens whose symbol and decimals aren't known. */
export const BASE_UNITS = 'base units';

export function budgetName({ budget, unit, contract }: BudgetName): string {
	if (budget === 'gas') return 'gas budget';
	return unit === BASE_UNITS ? `budget for ${contract}` : `${unit} budget`;
}

/** What a budget is of: a symbol, or the token's address. */
export function tokenName({ unit, contract }: BudgetName): string {
	return unit === BASE_UNITS ? String(contract) : unit;
}

/** An amount of a budget: of gas rounded, of what is paid never. */
function figure({ budget }: BudgetName, decimalText: string, rounding: Rounding): string {
	return budget === 'gas' ? about(decimalText, rounding) : grouped(decimalText);
}

/** Sentences on a budget that holds the amount in general, but not now. */
export function budgetUsedUp(data: PerhapsBudgetData): string {
	const { unit, limit, used, remaining, needed, reopens } = data;
	if (limit === undefined || used === undefined || remaining === undefined || needed === undefined) {
		return `The ${budgetName(data)} of this key does not hold enough for this payment.`;
	}
	const state = remaining === '0' ? 'is used up' : 'is too small for this payment now';
	const needs = data.budget === 'gas' ? 'this payment may need up to' : 'this payment needs';
	const figures = `${figure(data, used, 'up')} of ${withUnit(limit, unit)} spent, ${figure(data, remaining, 'down')} left, ${needs} ${figure(data, needed, 'up')}`;
	const reopening = reopens ? ` It reopens on ${showMoment(reopens)}.` : '';
	return `The ${budgetName(data)} of this key ${state}: ${figures}.${reopening}`;
}

export function budgetExceeded(data: BudgetData): string {
	const needs = data.budget === 'gas' ? 'This payment may need up to' : 'This payment needs';
	const { unit, needed, limit } = data;
	return `${needs} ${figure(data, needed, 'up')} ${unit}, more than the whole ${budgetName(data)} of this key, ${withUnit(limit, unit)}.`;
}

export function mendBudget(data: PerhapsBudgetData): string {
	const wait = data.reopens
		? 'Wait until then (a Wait node can take the time from "reopensAt"), or pay less. '
		: 'Pay less. ';
	return `${wait}${raise(data, 'a higher amount')}`;
}

export const mendExceeded = (data: BudgetData): string =>
	`Split it into payments that fit. ${raise(data, `at least ${grouped(data.needed)}`)}`;

/** Where the owner raises a budget, field by field. */
function raise(data: BudgetName, limit: string): string {
	const what = data.budget === 'gas' ? 'Gas under Limit On' : `${tokenName(data)} under Token`;
	return `The owner can raise the budget with ${SET_LIMIT}: ${what}, and ${limit} under Limit. How often it is renewed stays as it is.`;
}

export function limitBelowUsed(data: BudgetData, consequence: string): string {
	const { unit, limit, used, reopens } = data;
	const until = reopens ? ` until ${showMoment(reopens)}` : '';
	return `The ${budgetName(data)} of this key was lowered to ${withUnit(limit, unit)}, below the ${grouped(used)} already spent: ${consequence}${until}.`;
}

export const mendLimitBelowUsed = ({ used, unit }: BudgetData): string =>
	`The owner can set a limit of at least ${withUnit(used, unit)}, or reset what counts as spent, with ${SET_LIMIT}.`;

export function functionName({ function: name, selector }: FunctionData): string {
	return name ? `the function "${name}"` : `the function ${selector}`;
}

/** A name with its address, where that is known. */
export function named(name: string, address: Address | undefined): string {
	return address ? `${name} ${address}` : name;
}

/** `Call 2`, or `A call` where its place isn't known. */
export function callName(index: number | undefined): string {
	return index === undefined ? 'A call' : `Call ${index + 1}`;
}

export const isPlainPayment = ({ selector }: FunctionData): boolean => selector === PLAIN_PAYMENT;

export function whoSpoke({ index, contract, symbol }: CallData): string {
	const who = contract ? showContract({ contract, symbol }) : 'A contract in this payment';
	return index === undefined ? who : `${who}, in call ${index + 1},`;
}
