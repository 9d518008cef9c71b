import type { Address, Hex } from 'viem';
import { grouped, seconds, showContract, showMoment, withUnit, type Moment } from './words';

/** One way in which a payment can be refused. The documentation is generated from this table. */
interface Reason<D> {
	/** When this happens, for the documentation. */
	cause: string;
	/** What happened, with its figures. */
	message(data: D): string;
	/** What to do about it, and who can. */
	remedy(data: D): string;
}

/** Gives a table entry the type of its data. */
function reason<D>(one: Reason<D>): Reason<D> {
	return one;
}

interface KeyOfAccount {
	account: Address;
	key: Address;
}

/** The same, where it may not be known which account and key. */
type PerhapsKeyOfAccount = Partial<KeyOfAccount>;

interface OnNetwork {
	account: Address;
	network: string;
}

interface ContractData {
	contract: Address;
	/** The token's symbol, where the contract is a token. */
	symbol?: string;
}

interface FunctionData extends ContractData {
	/** 4 bytes; 0x00000000 is a plain payment in native currency. */
	selector: Hex;
	/** The function's name, where it is known. */
	function?: string;
}

/** Which budget of the key, and its unit. */
interface BudgetName {
	budget: 'native' | 'token' | 'gas';
	/** The token, in a token's budget. */
	contract?: Address;
	unit: string;
}

/** A budget and what this payment asks of it. Amounts are exact decimal text in `unit`. */
interface BudgetData extends BudgetName {
	limit: string;
	used: string;
	remaining: string;
	needed: string;
	/** When the whole budget is there again; missing where it never is. */
	reopens?: Moment;
}

/** The same, where the figures may not be known: the chain said no after the check had said yes. */
type PerhapsBudgetData = BudgetName & Partial<BudgetData>;

interface BalanceData {
	account: Address;
	unit: string;
	balance: string;
	needed: string;
	missing: string;
}

/** Where money is lost, or goes to nowhere. */
const LOSSES = {
	zero: 'the zero address: nobody owns it',
	system: "an address of the chain's own: nobody owns it, and what is sent there is gone",
	tokenItself: "the token's own contract, which never gives it back",
	token: 'the contract of a token, which never gives it back',
	entryPoint: 'the EntryPoint of ERC-4337: it is no recipient',
	contract: 'a contract that this node works with: it is no recipient',
	plugin: 'a plugin of the smart account, which never gives it back',
	account: 'the paying account itself: nothing would change but the gas',
} as const;

export type LossKind = keyof typeof LOSSES;

/** What an endpoint said, redacted. */
interface Words {
	words: string;
}

/** What a called contract said when it stopped the payment. */
interface CallData {
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
const ALCHEMY = 'Alchemy API';
const AGENT = 'Agent Session Key API';
const OWNER = 'Smart Account Owner API';
/** Where the owner changes a key. */
const SET_LIMIT = 'Session Key Manager > Permission > Set Spend Limit';
const UPDATE = 'Session Key Manager > Permission > Update';
const ALLOW_REFERENCES = `${UPDATE} > Allow Payment References`;

/** The unit of tokens whose symbol and decimals aren't known. */
export const BASE_UNITS = 'base units';

function budgetName({ budget, unit, contract }: BudgetName): string {
	if (budget === 'gas') return 'gas budget';
	return unit === BASE_UNITS ? `budget for ${contract}` : `${unit} budget`;
}

/** What a budget is of: a symbol, or the token's address. */
function tokenName({ unit, contract }: BudgetName): string {
	return unit === BASE_UNITS ? String(contract) : unit;
}

/** Sentences on a budget that holds the amount in general, but not now. */
function budgetUsedUp(data: PerhapsBudgetData): string {
	const { unit, limit, used, remaining, needed, reopens } = data;
	if (limit === undefined || used === undefined || remaining === undefined || needed === undefined) {
		return `The ${budgetName(data)} of this key does not hold enough for this payment.`;
	}
	const state = remaining === '0' ? 'is used up' : 'is too small for this payment now';
	const needs = data.budget === 'gas' ? 'this payment may need up to' : 'this payment needs';
	const figures = `${grouped(used)} of ${withUnit(limit, unit)} spent, ${grouped(remaining)} left, ${needs} ${grouped(needed)}`;
	const reopening = reopens ? ` It reopens on ${showMoment(reopens)}.` : '';
	return `The ${budgetName(data)} of this key ${state}: ${figures}.${reopening}`;
}

function budgetExceeded(data: BudgetData): string {
	const needs = data.budget === 'gas' ? 'This payment may need up to' : 'This payment needs';
	const { unit, needed, limit } = data;
	return `${needs} ${withUnit(needed, unit)}, more than the whole ${budgetName(data)} of this key, ${withUnit(limit, unit)}.`;
}

function mendBudget({ reopens }: PerhapsBudgetData): string {
	const wait = reopens
		? 'Wait until then (a Wait node can take the time from "reopensAt"), or pay less. '
		: 'Pay less. ';
	return `${wait}The owner can raise the budget with ${SET_LIMIT}.`;
}

const mendExceeded = (): string => `Split it into payments that fit. The owner can raise the budget with ${SET_LIMIT}.`;

function limitBelowUsed(data: BudgetData, consequence: string): string {
	const { unit, limit, used, reopens } = data;
	const until = reopens ? ` until ${showMoment(reopens)}` : '';
	return `The ${budgetName(data)} of this key was lowered to ${withUnit(limit, unit)}, below the ${grouped(used)} already spent: ${consequence}${until}.`;
}

const mendLimitBelowUsed = ({ used, unit }: BudgetData): string =>
	`The owner can set a limit of at least ${withUnit(used, unit)}, or reset what counts as spent, with ${SET_LIMIT}.`;

function functionName({ function: name, selector }: FunctionData): string {
	return name ? `the function "${name}"` : `the function ${selector}`;
}

/** A name with its address, where that is known. */
function named(name: string, address: Address | undefined): string {
	return address ? `${name} ${address}` : name;
}

/** `Call 2`, or `A call` where its place isn't known. */
function callName(index: number | undefined): string {
	return index === undefined ? 'A call' : `Call ${index + 1}`;
}

const isPlainPayment = ({ selector }: FunctionData): boolean => selector === '0x00000000';

function whoSpoke({ index, contract, symbol }: CallData): string {
	const who = contract ? showContract({ contract, symbol }) : 'A contract in this payment';
	return index === undefined ? who : `${who}, in call ${index + 1},`;
}

/** Every refusal: its code, when it happens, what is said, and how it is mended. */
export const REFUSALS = {
	// ——— the account and the key ———
	chainWithoutPlugin: reason<{ network: string }>({
		cause: 'The session key plugin does not stand on this network.',
		message: ({ network }) => `${network} has no session key plugin, so no session key can work there.`,
		remedy: () => 'Choose a network that has the plugin, and check the chain URL in the credential.',
	}),
	accountNotDeployed: reason<OnNetwork>({
		cause: 'There is no contract at the address of the smart account.',
		message: ({ account, network }) => `The smart account ${account} does not exist on ${network} yet.`,
		remedy: () =>
			'Compare address and network with the credential. If both are right: the owner brings the account into being with Session Key Manager > Plugin > Install.',
	}),
	notModularAccount: reason<OnNetwork>({
		cause: 'The address belongs to another kind of contract.',
		message: ({ account, network }) =>
			`${account} on ${network} is not a smart account of the kind used here (Alchemy Modular Account v1).`,
		remedy: () => 'Check the smart account address in the credential.',
	}),
	pluginNotInstalled: reason<Partial<OnNetwork>>({
		cause: 'The owner has not installed the session key plugin on the account, or has removed it.',
		message: ({ account }) =>
			`${named('The smart account', account)} has no session key plugin, so no session key can use it.`,
		remedy: () => 'The owner can install it with Session Key Manager > Plugin > Install, and then add the key.',
	}),
	pluginTooOld: reason<OnNetwork>({
		cause: 'The account has version 1.0.0 of the session key plugin, an earlier contract that is not used here.',
		message: ({ account }) =>
			`The smart account ${account} has version 1.0.0 of the session key plugin. Only version 1.0.1 is used here, so no session key can use it.`,
		remedy: () =>
			'The owner has to uninstall version 1.0.0 with the tool that installed it, then install the plugin with Session Key Manager > Plugin > Install, and add the key.',
	}),
	keyNotRegistered: reason<Partial<KeyOfAccount> & { key: Address }>({
		cause: 'The key was never added to the account, or it was removed or replaced.',
		message: ({ account, key }) =>
			`${key} is not a session key of ${named('the smart account', account)}: it was never added, or it was removed or replaced.`,
		remedy: () =>
			`Check key and account in the credential "${AGENT}". The owner can add the key with Session Key Manager > Key > Add.`,
	}),
	keyNotYetValid: reason<{ validAfter: Moment }>({
		cause: "The key's time range has not begun.",
		message: ({ validAfter }) => `This key may pay from ${showMoment(validAfter)} on, and not before.`,
		remedy: () =>
			`Wait until then (a Wait node can take the time from "reopensAt"). The owner can set an earlier start with ${UPDATE}.`,
	}),
	keyExpired: reason<{ validUntil: Moment }>({
		cause: "The key's time range is over.",
		message: ({ validUntil }) => `This key ended on ${showMoment(validUntil)}.`,
		remedy: () =>
			`The owner can set a later end with ${UPDATE}, or add a new key with Session Key Manager > Key > Add.`,
	}),
	keyExpiresSoon: reason<{ validUntil: Moment; secondsLeft: number; secondsNeeded: number }>({
		cause: "The key's time range ends within seconds; bundlers take nothing that may come too late.",
		message: ({ validUntil, secondsLeft, secondsNeeded }) =>
			`This key ends on ${showMoment(validUntil)}, in ${seconds(secondsLeft)}. A payment needs ${seconds(secondsNeeded)} to arrive safely.`,
		remedy: () => `The owner can set a later end with ${UPDATE}.`,
	}),
	keyNeverValid: reason<{ validAfter: Moment; validUntil: Moment }>({
		cause: "The key's time range ends before it begins.",
		message: ({ validAfter, validUntil }) =>
			`This key may pay from ${showMoment(validAfter)} on, but it ends before that, on ${showMoment(validUntil)}: it can never pay.`,
		remedy: () => `The owner can set a time range that ends after it begins with ${UPDATE}.`,
	}),

	// ——— what is called ———
	nothingToPay: reason<KeyOfAccount>({
		cause: 'The list of payments is empty.',
		message: () => 'There is nothing to pay: the list of payments is empty.',
		remedy: () => 'Give at least one payment.',
	}),
	contractNotAllowed: reason<FunctionData>({
		cause: "The address paid or called is not on the key's allowlist.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may not pay ${showContract(data)}: the address is not on the key's allowlist.`
				: `This key may not use ${showContract(data)}: the contract is not on the key's allowlist.`,
		remedy: () => `The owner can add it to the list with ${UPDATE}.`,
	}),
	contractDenied: reason<FunctionData>({
		cause: "The address paid or called is on the key's denylist.",
		message: (data) => `This key may not use ${showContract(data)}: it is on the key's denylist.`,
		remedy: () => `Only the owner can change that, with ${UPDATE}.`,
	}),
	functionNotAllowed: reason<FunctionData>({
		cause: "The contract is on the key's allowlist with only some of its functions, and this one is not among them.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may use ${showContract(data)}, but not pay it plainly: only chosen functions are open.`
				: `This key may use ${showContract(data)}, but not ${functionName(data)}.`,
		remedy: () => `The owner can open the function with ${UPDATE}.`,
	}),
	functionDenied: reason<FunctionData>({
		cause: "The function of this contract is on the key's denylist.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may use ${showContract(data)}, but not pay it plainly: that is on the key's denylist.`
				: `This key may use ${showContract(data)}, but not ${functionName(data)}: that is on the key's denylist.`,
		remedy: () => `Only the owner can change that, with ${UPDATE}.`,
	}),
	functionClosedByLimit: reason<FunctionData>({
		cause: 'The token has a spend limit on this key, under which only "transfer" and "approve" are open.',
		message: (data) =>
			`${showContract(data)} has a spend limit on this key, and under it only "transfer" and "approve" are open, not ${functionName(data)}.`,
		remedy: () =>
			`Use "transfer" or "approve". The owner could take the limit away with ${SET_LIMIT}, and with it the protection.`,
	}),
	accountIsTarget: reason<{ account: Address; index?: number }>({
		cause: 'A session key pays or calls the smart account that it belongs to.',
		message: ({ index }) =>
			`${callName(index)} goes to the smart account itself, and a session key may not pay or call its own account.`,
		remedy: () => 'Choose another recipient. What the account itself must do, its owner does with Session Key Manager.',
	}),
	pluginIsTarget: reason<{ contract: Address; index?: number }>({
		cause: 'A session key pays or calls one of the plugins of its smart account.',
		message: ({ contract, index }) =>
			`${callName(index)} goes to ${contract}, a plugin of the smart account, and a session key may not pay or call a plugin.`,
		remedy: () => 'Choose another recipient. Keys and plugins are managed by the owner with Session Key Manager.',
	}),
	moneyLost: reason<{ recipient: Address; kind: LossKind; index?: number }>({
		cause: 'Money would go where nobody can ever get it back from, or to nowhere.',
		message: ({ recipient, kind, index }) => `${callName(index)} would send money to ${recipient}, ${LOSSES[kind]}.`,
		remedy: () => 'Compare the recipient with its source: another address was put in its place.',
	}),
	noContract: reason<{ contract: Address; network: string; index: number }>({
		cause:
			'A function is called at an address where there is no contract: the chain would do nothing and call it done.',
		message: ({ contract, network, index }) =>
			`There is no contract at ${contract} on ${network}, so call ${index + 1} would do nothing.`,
		remedy: () => 'Check the address of the token or contract, and the network.',
	}),

	// ——— budgets ———
	decimalsDiffer: reason<{ contract: Address; symbol?: string; said: number; expected: number; network: string }>({
		cause: 'The endpoint says other decimals of a token than are known: every amount would be multiplied or divided.',
		message: (data) =>
			`${showContract(data)} has ${data.expected} decimals, but the endpoint says ${data.said}: every amount would be wrong. Nothing was signed.`,
		remedy: ({ network }) =>
			`Check that the credential "${ALCHEMY}" leads to ${network} itself. If you typed the decimals, compare them with the token's own site.`,
	}),
	amountTooLarge: reason<{ unit: string }>({
		cause: 'The amounts add up to more than the chain can count (2^256).',
		message: ({ unit }) => `The ${unit} amounts of this payment add up to more than the chain can count.`,
		remedy: () => 'Check the amounts.',
	}),
	nativeNotAllowed: reason<BudgetData>({
		cause: 'The key has a native limit of 0, as every new key has, and the payment carries native currency.',
		message: ({ unit, needed }) =>
			`This key may not spend any ${unit}: its limit is 0, and this payment needs ${withUnit(needed, unit)}.`,
		remedy: ({ unit }) => `The owner can give the key a limit for ${unit} with ${SET_LIMIT}.`,
	}),
	nativeLimitExceeded: reason<BudgetData>({
		cause: 'The payment alone is larger than the whole native limit.',
		message: budgetExceeded,
		remedy: mendExceeded,
	}),
	nativeBudgetUsedUp: reason<PerhapsBudgetData>({
		cause: 'What is left of the native limit is less than the payment.',
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	nativeLimitBelowUsed: reason<BudgetData>({
		cause: 'The native limit was lowered below what was already spent, which stops every payment of the key.',
		message: (data) => limitBelowUsed(data, 'this key may do nothing at all, token payments included'),
		remedy: mendLimitBelowUsed,
	}),
	tokenLimitExceeded: reason<BudgetData>({
		cause: 'The payment alone is larger than the whole limit of the token.',
		message: budgetExceeded,
		remedy: mendExceeded,
	}),
	tokenBudgetUsedUp: reason<PerhapsBudgetData>({
		cause: "What is left of the token's limit is less than the payment.",
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	tokenLimitBelowUsed: reason<BudgetData>({
		cause: "The token's limit was lowered below what was already spent, which stops every payment with the token.",
		message: (data) => limitBelowUsed(data, `this key may not use ${tokenName(data)} at all`),
		remedy: mendLimitBelowUsed,
	}),
	gasLimitExceeded: reason<BudgetData>({
		cause: 'The most that the payment may cost in gas is larger than the whole gas limit of the key.',
		message: budgetExceeded,
		remedy: () =>
			`Pay when gas is cheaper, or fewer payments at once. The owner can raise the gas limit with ${SET_LIMIT}.`,
	}),
	gasBudgetUsedUp: reason<BudgetData>({
		cause: 'What is left of the gas limit of the key is less than the most that the payment may cost in gas.',
		message: budgetUsedUp,
		remedy: mendBudget,
	}),
	gasLimitStuck: reason<BudgetData & KeyOfAccount & { plugin: Address }>({
		cause:
			'The first operation of a new gas window did not go through, and what is left of the gas limit is too little.',
		message: ({ unit, limit, used, needed }) =>
			`The gas budget of this key is stuck: the first operation of a new window did not go through, ${grouped(used)} of ${withUnit(limit, unit)} count as spent, this payment may need up to ${grouped(needed)}, and waiting alone does not mend it.`,
		remedy: ({ account, key, plugin }) =>
			`The owner can set the gas limit again, higher, with ${SET_LIMIT}. Or anyone calls resetSessionKeyGasLimitTimestamp(${account}, ${key}) on ${plugin}, which starts a new window.`,
	}),
	windowAfterEnd: reason<BudgetName & { reopens: Moment; validUntil: Moment }>({
		cause: 'The budget that the payment needs opens again only after the key has ended.',
		message: (data) =>
			`The ${budgetName(data)} of this key reopens on ${showMoment(data.reopens)}, but the key ends before that, on ${showMoment(data.validUntil)}: this payment can't be made any more.`,
		remedy: () => `The owner can set a later end with ${UPDATE}, or raise the budget with ${SET_LIMIT}.`,
	}),
	refreshIntervalTooLong: reason<BudgetName & { refreshInterval: number }>({
		cause: 'A limit has a refresh interval so long that the chain cannot add it to a date.',
		message: (data) =>
			`The ${budgetName(data)} of this key refreshes every ${seconds(data.refreshInterval)}, a time so long that the chain can't count with it and refuses the payment.`,
		remedy: () => `The owner can choose a shorter time under Renewed, or Never, with ${SET_LIMIT}.`,
	}),

	// ——— gas and who pays it ———
	wrongLane: reason<{ key: Address; nonceKey: Hex; nonceKeyNeeded: Hex }>({
		cause: 'A key with a gas limit must use its own address as the nonce key, and another one was used.',
		message: ({ nonceKeyNeeded }) =>
			`This key has a gas limit, so its payments go one after the other under the nonce key ${nonceKeyNeeded}; another nonce key was given.`,
		remedy: () => 'Leave the choice of the nonce key to the node.',
	}),
	paymasterRequired: reason<{ paymaster: Address }>({
		cause: 'The key may pay only when a certain paymaster pays the gas, and none was used.',
		message: ({ paymaster }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas, and none was used.`,
		remedy: () =>
			`Enter the Gas Manager policy ID in the credential "${ALCHEMY}". The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterWrong: reason<{ paymaster: Address; given: Address }>({
		cause: 'The key may pay only when a certain paymaster pays the gas, and another one was used.',
		message: ({ paymaster, given }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas; ${given} was used instead.`,
		remedy: () => `Use the gas policy that belongs to that paymaster. The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterMissing: reason<Record<string, never>>({
		cause: 'A gas policy is set, and the gas manager answered without a paymaster: the account would pay the gas.',
		message: () =>
			'A gas policy is to pay the gas, but the answer of the gas manager names no paymaster: the smart account would have paid. Nothing was signed.',
		remedy: () =>
			`Run it again. If it stays like this, check the policy in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	gasCostAboveMost: reason<{ cost: string; most: string; unit: string; network: string }>({
		cause: 'The operation could cost more gas than one operation may cost on this network.',
		message: ({ cost, most, unit, network }) =>
			`This could cost up to ${withUnit(cost, unit)} in gas. On ${network} one operation may cost at most ${withUnit(most, unit)}, so nothing was signed.`,
		remedy: ({ cost }) =>
			`Fees are unusually high, or the endpoint asks for too much: wait, or split a large batch. If you want to pay that, set "Maximum Gas Cost" under Options to at least ${cost}.`,
	}),
	paymasterNotAccepted: reason<{ paymaster: Address }>({
		cause:
			"The key may pay only when a certain paymaster pays the gas, and the account's checks refused an operation without it.",
		message: ({ paymaster }) =>
			`This key may pay only when the paymaster ${paymaster} pays the gas. The operation was refused: none was used, or another one.`,
		remedy: () =>
			`Enter the ID of the gas policy that belongs to that paymaster in the credential "${ALCHEMY}". The owner can change the rule with ${UPDATE}.`,
	}),
	paymasterExpected: reason<Words>({
		cause: 'The bundler takes only operations whose gas a paymaster pays.',
		message: ({ words }) => `The bundler wants a paymaster to pay the gas, and none was used. It said: ${words}`,
		remedy: () =>
			`Enter a "Gas Policy ID" in the credential "${ALCHEMY}", or use a bundler URL that takes operations for which the account pays.`,
	}),
	nativeBalanceTooLow: reason<BalanceData & { gas: string }>({
		cause: 'The account does not hold the native currency that is paid, with the gas that it pays itself.',
		message: ({ unit, balance, needed, gas, missing }) =>
			`The smart account holds ${withUnit(balance, unit)}, and this payment needs ${grouped(needed)}${gas === '0' ? '' : ` and up to ${grouped(gas)} more for gas`}: ${withUnit(missing, unit)} too little.`,
		remedy: ({ account, missing, unit }) => `Send at least ${withUnit(missing, unit)} to the smart account ${account}.`,
	}),
	gasBalanceTooLow: reason<BalanceData & { deposit: string }>({
		cause: 'The account does not hold what the gas may cost; its deposit at the EntryPoint is counted.',
		message: ({ unit, balance, deposit, needed, missing }) =>
			`The gas of this payment may cost up to ${withUnit(needed, unit)}; the smart account holds ${grouped(balance)} and has a gas deposit of ${grouped(deposit)}: ${withUnit(missing, unit)} too little.`,
		remedy: ({ account, missing, unit }) =>
			`Send at least ${withUnit(missing, unit)} to the smart account ${account}, or let a Gas Manager policy pay the gas.`,
	}),
	tokenBalanceTooLow: reason<BalanceData & { contract: Address }>({
		cause: 'The account does not hold enough of the token.',
		message: ({ unit, balance, needed, missing }) =>
			`The smart account holds ${withUnit(balance, unit)}, and this payment needs ${grouped(needed)}: ${withUnit(missing, unit)} too little.`,
		remedy: ({ account, missing, unit }) => `Send at least ${withUnit(missing, unit)} to the smart account ${account}.`,
	}),
	payerFundsTooLow: reason<Words & { account?: Address }>({
		cause: 'Bundler or EntryPoint say that the account can not pay the gas (AA21, AA51); the figures are not known.',
		message: ({ account }) =>
			`${named('The smart account', account)} does not hold enough for the gas of this payment.`,
		remedy: ({ account }) =>
			`Send native currency to ${named('the smart account', account)}, or let a Gas Manager policy pay the gas.`,
	}),
	paymasterDepositTooLow: reason<Words>({
		cause: "The paymaster's deposit at the EntryPoint does not cover the gas (AA31).",
		message: () => "The paymaster's deposit does not cover the gas of this payment.",
		remedy: () =>
			`Whoever runs the paymaster must add to its deposit. Until then the account can pay the gas itself: leave the policy ID empty in the credential "${ALCHEMY}".`,
	}),
	paymasterExpired: reason<Words>({
		cause: "The paymaster's promise to pay has run out, or has not begun (AA32).",
		message: () => "The paymaster's promise to pay for this gas has run out.",
		remedy: () => 'Run it again: a new promise is asked for each time.',
	}),
	paymasterRefused: reason<Words>({
		cause: 'The paymaster does not pay for this operation (AA30, AA33, AA34, -32501).',
		message: ({ words }) => `The paymaster does not pay for this gas. It said: ${words}`,
		remedy: () =>
			`Check the gas policy. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	policyUnknown: reason<Words>({
		cause:
			'The gas manager does not know the policy, or the policy belongs to another app or network, or is not active.',
		message: () =>
			'The gas manager does not know this policy ID, or the policy does not belong to this API key and network, or it is not active.',
		remedy: () =>
			`Compare policy ID, API key and network of the credential "${ALCHEMY}" with the Gas Manager dashboard.`,
	}),
	policyUsedUp: reason<Words>({
		cause: 'A limit of the gas policy is reached.',
		message: ({ words }) => `The gas policy has reached one of its own limits. The gas manager said: ${words}`,
		remedy: () =>
			`Raise the limit in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	policyRefused: reason<Words>({
		cause: 'The gas policy does not pay for this account, or not at this time.',
		message: ({ words }) => `The gas policy does not pay for this payment. The gas manager said: ${words}`,
		remedy: () =>
			`Check the policy's lists and dates in the Gas Manager dashboard. The account can pay the gas itself when the policy ID in the credential "${ALCHEMY}" is empty.`,
	}),
	feeTooLow: reason<Words>({
		cause: 'The fee offered is below what the bundler takes at the moment.',
		message: ({ words }) => `The gas price offered is below what the bundler takes now. It said: ${words}`,
		remedy: () => 'Run it again: the price is read anew each time. Raise the highest gas price if one is set.',
	}),
	gasTooLow: reason<Words>({
		cause: 'A gas limit of the operation is below what it needs (AA26, AA40, AA41, AA51, AA95).',
		message: () => 'The gas set aside for this payment is too little, so the chain stopped it.',
		remedy: () => 'Run it again: gas is estimated anew each time. A large batch may have to be split.',
	}),
	verificationGasTooLow: reason<Words>({
		cause: "The account's own checks ran out of gas (AA23 although no rule of the key is broken).",
		message: () => 'The gas set aside for the checks of the smart account is too little; no rule of the key is broken.',
		remedy: () => 'Run it again: gas is estimated anew each time.',
	}),
	tooLarge: reason<Words>({
		cause: 'The operation is larger than the bundler takes.',
		message: ({ words }) => `This payment is larger than the bundler takes at once. It said: ${words}`,
		remedy: () => 'Split it into smaller batches.',
	}),

	// ——— signature, nonce, mempool ———
	wrongSigner: reason<PerhapsKeyOfAccount & Words>({
		cause: 'The operation names one key and is signed by another (AA24).',
		message: ({ key }) => `The signature does not belong to ${named('the session key', key)}.`,
		remedy: () => `Check the private key in the credential "${AGENT}".`,
	}),
	badSignature: reason<PerhapsKeyOfAccount & Words>({
		cause: 'The signature is malformed (InvalidSignature).',
		message: ({ key }) => `The signature for ${named('the session key', key)} can't be read.`,
		remedy: () => `Check the private key in the credential "${AGENT}".`,
	}),
	nonceUsed: reason<Words>({
		cause: 'Another operation has already used this nonce (AA25).',
		message: () => 'Another operation was there first: its place in the order (the nonce) is already used.',
		remedy: () => 'Run it again: with the same reference, what was paid is found and not paid a second time.',
	}),
	replacementUnderpriced: reason<Words>({
		cause: 'An operation with this nonce waits at the bundler, and the new one does not raise both fees by 10 %.',
		message: () =>
			'Another operation in the same place is still waiting, and this one does not offer enough more to take over.',
		remedy: () => 'Wait until the first one is included, then run it again with the same reference.',
	}),
	alreadyKnown: reason<Words>({
		cause: 'The bundler already has this very operation.',
		message: () => 'This very operation is already on its way.',
		remedy: () => 'Wait, then look it up with Session Key > Payment > Get. Nothing needs to be sent again.',
	}),

	// ——— the reference ———
	registryMissing: reason<{ registry: Address; network: string }>({
		cause: 'The contract that remembers payment references does not stand on this network.',
		message: ({ registry, network }) =>
			`The registry that makes every payment reference be paid only once is not on ${network} (${registry}), so nothing is paid under a reference there.`,
		remedy: () =>
			`The owner brings it there with ${ALLOW_REFERENCES}, or with the next Session Key Manager > Key > Add.`,
	}),
	referencesNotAllowed: reason<{ registry: Address; key: Address; listType: string }>({
		cause: 'The key may not claim payment references: its list does not have the registry, or denies it.',
		message: ({ registry, listType }) =>
			listType === 'denylist'
				? `This key may not use payment references: the registry ${registry} is on its denylist.`
				: `This key may not use payment references yet: the registry ${registry} is not on its list.`,
		remedy: ({ listType }) =>
			listType === 'denylist'
				? `The owner can take the entry off the list with ${UPDATE}.`
				: `The owner can change that with ${ALLOW_REFERENCES}.`,
	}),
	referenceClaimed: reason<{ paymentReference: Hex; blockNumber: string }>({
		cause:
			'While the payment was tried out, something said that the reference was claimed before, and the registry does not show it (yet).',
		message: ({ blockNumber }) =>
			`What the payment calls says that its reference was claimed in block ${grouped(blockNumber)}, and the registry does not show that yet. Nothing was paid now.`,
		remedy: () =>
			'Run it again in a moment: then it tells what was paid. If it stays like this, the words come from a contract that you call: ask its makers.',
	}),
	referenceClaimedOtherwise: reason<{ reference: string; blockNumber: number; time: Moment }>({
		cause:
			'The reference was claimed by something that is no payment under it alone: an operation of the owner, a claim without a payment, or one payment under several references.',
		message: ({ reference, blockNumber, time }) =>
			`The reference "${reference}" was used up on ${showMoment(time)}, in block ${blockNumber}, by something that was no payment under it alone.`,
		remedy: () =>
			'Look at that block in the explorer. A used reference is never free again: if this still has to be paid, choose another reference.',
	}),
	referencePaidDifferently: reason<{
		reference: string;
		/** The first of what was paid. */
		paid: readonly { to: Address; amount: string; token: string }[];
		/** How many payments it was in all. */
		payments: number;
		time: Moment;
		userOperationHash: Hex;
		transactionHash: Hex;
	}>({
		cause: 'The reference was paid before, to somebody else or with another amount or token.',
		message: ({ reference, paid, payments, time }) => {
			const lines = paid.map(({ to, amount, token }) => `${withUnit(amount, token)} to ${to}`).join(', ');
			const more = payments > paid.length ? ` and ${payments - paid.length} more` : '';
			return `The reference "${reference}" already paid something else: ${lines || 'other calls'}${more}, on ${showMoment(time)}. Nothing was paid now.`;
		},
		remedy: () =>
			'If this is another payment, give it a reference of its own. If the first one was wrong, correct it with a payment under a new reference.',
	}),
	tooManyAttempts: reason<{ reference: string; attempts: number; most: number }>({
		cause: 'The attempts under this reference were mined and failed, as often as the setting allows.',
		message: ({ reference, attempts }) =>
			`The reference "${reference}" was tried ${attempts} ${attempts === 1 ? 'time' : 'times'}, and each attempt was mined without paying.`,
		remedy: ({ most }) =>
			`Look at the account's last transactions to see why. Then raise "Maximum Attempts" above ${most}, or use a new reference.`,
	}),
	historyUnavailable: reason<{ reference: string; blockNumber: number } & Words>({
		cause: 'The reference was claimed, and the endpoint does not show what was paid under it.',
		message: ({ reference, blockNumber, words }) =>
			`The reference "${reference}" was claimed in block ${blockNumber}, but what was paid then can't be read, so nothing is paid now. ${words}.`,
		remedy: () =>
			`Run it again in a moment. If it stays like this, use an endpoint that shows logs and transactions of a single old block, in the credential "${ALCHEMY}".`,
	}),
	notSimulated: reason<Record<string, never>>({
		cause: 'The endpoint did not say what carrying out the payment would do.',
		message: () =>
			"Whether the payment would go through can't be told: the endpoint did not answer that question. Nothing was sent.",
		remedy: () => `Run it again. If it stays like this, check the chain URL in the credential "${ALCHEMY}".`,
	}),
	cancelled: reason<Record<string, never>>({
		cause: 'The execution was stopped before anything was sent.',
		message: () => 'The execution was stopped before this payment was sent.',
		remedy: () => 'Nothing was sent. Run it again if it shall be paid.',
	}),
	batchTooLarge: reason<{ payments: number; fits: number }>({
		cause: 'The bundler takes no operation as large as this batch.',
		message: ({ payments, fits }) =>
			`A batch of ${payments} payments is too large for one operation here; at most the first ${fits} fit. Nothing was paid.`,
		remedy: ({ fits }) =>
			`Put a Loop Over Items node before it with a batch size of ${Math.max(1, Math.floor(fits * 0.9))}, and end the reference with the number of the round, e.g. salaries/2026-11/1.`,
	}),
	wrongNetwork: reason<{ expected: number; found: number; network: string }>({
		cause: 'The endpoint is another chain than the credential says.',
		message: ({ expected, found, network }) =>
			`The endpoint is chain ${found}, but the credential says ${network} (chain ${expected}). Nothing was sent.`,
		remedy: () => `Correct network, RPC URL or chain ID in the credential "${ALCHEMY}".`,
	}),
	feeAboveCap: reason<{ fee: string; cap: string; network: string }>({
		cause: 'The network asks for more per unit of gas than the payment\'s "Maximum Gas Fee" allows.',
		message: ({ fee, cap, network }) =>
			`Gas on ${network} may cost ${withUnit(fee, 'gwei')} per unit now, more than the maximum of ${withUnit(cap, 'gwei')}.`,
		remedy: () => 'Run it again later, or raise "Maximum Gas Fee". With the same reference nothing is paid twice.',
	}),

	// ——— what the chain and the bundler say ———
	callRefused: reason<CallData>({
		cause: 'A contract that was called or paid did not accept it; what it said is decoded as far as possible.',
		message: (data) => `${whoSpoke(data)} did not accept this: ${data.said ?? 'it gave no reason'}.`,
		remedy: () =>
			'Check recipient, amount and parameters with whoever runs that contract. Nothing of the payment was carried out.',
	}),
	transferNotMade: reason<ContractData & { index: number }>({
		cause: 'A token answers false to a transfer instead of stopping it: the chain would call that done.',
		message: (data) => `${showContract(data)} answers that it would not make the transfer in call ${data.index + 1}.`,
		remedy: () => 'Check balance and recipient, and whether the token can be sent at all.',
	}),
	nativeNotTaken: reason<CallData>({
		cause: 'A contract that is paid native currency stops the payment and gives no reason; the account holds enough.',
		message: (data) =>
			`${whoSpoke(data)} stopped the payment and gave no reason: it may not take native currency. The smart account holds enough for it.`,
		remedy: () =>
			'Ask the recipient for an address that takes it: many contracts, such as those of tokens and some wallets, do not.',
	}),
	stoppedWithoutReason: reason<CallData>({
		cause:
			'The calls stopped and gave no reason: not enough native currency, not enough gas, or a contract that is silent, such as one that takes no native currency.',
		message: () =>
			'The payment stopped and the chain gave no reason. Most often the smart account holds too little for it, a contract that is paid takes no native currency, or the gas set aside ran out.',
		remedy: () =>
			"Check the smart account's balance with Session Key > Payment > Check. Nothing of the payment was carried out.",
	}),
	outOfTimeRange: reason<Words>({
		cause: 'The operation is not valid now (AA22), and why is not known.',
		message: () => "The key's time range, or the next window of one of its budgets, does not hold now.",
		remedy: () => 'Session Key > Payment > Check tells which, and from when on.',
	}),
	refusedByRules: reason<PerhapsKeyOfAccount & Words>({
		cause: "The account's own checks refused the operation (AA23), and which rule is not known.",
		message: ({ key, words }) =>
			`The rules of ${named('the session key', key)} do not allow this. The chain said: ${words}`,
		remedy: () => 'Session Key > Payment > Check tells which rule.',
	}),
	accountExists: reason<Words>({
		cause: 'The operation would create an account that exists already (AA10).',
		message: () => 'The smart account exists already, so it can not be brought into being again.',
		remedy: () => 'Run it again: it is noticed then.',
	}),
	accountNotCreated: reason<Words>({
		cause: 'The factory did not create the account (AA13, AA14, AA15).',
		message: () => 'The smart account could not be brought into being.',
		remedy: () =>
			`Check owner, salt and account address in the credential "${OWNER}", and that the network has the account factory.`,
	}),
	rateLimited: reason<Words>({
		cause: 'The provider had too many requests, or what its plan includes is used up.',
		message: ({ words }) => `The provider turned a request away because there were too many. It said: ${words}`,
		remedy: () =>
			"Wait a little and run it again: with the same payment reference nothing is paid twice. If it stays so, look at your usage in the provider's dashboard.",
	}),
	bundlerBusy: reason<Words>({
		cause: 'The bundler takes no more from this account for now (-32504, too many operations).',
		message: ({ words }) => `The bundler takes no more from this account for now. It said: ${words}`,
		remedy: () => 'Wait until earlier payments are included, then run it again.',
	}),
	bundlerRules: reason<Words>({
		cause: "The operation breaks one of the bundler's own rules (-32502, -32505, -32506).",
		message: ({ words }) => `The bundler does not take operations of this kind. It said: ${words}`,
		remedy: () => 'Try another bundler URL in the credential.',
	}),
	notSupported: reason<Words>({
		cause: 'The endpoint does not know the method or the EntryPoint.',
		message: ({ words }) => `The endpoint does not offer what is needed here. It said: ${words}`,
		remedy: () => 'Check chain URL and bundler URL: the bundler must serve ERC-4337 with EntryPoint v0.6.',
	}),
	unknown: reason<Words & { method?: string; code?: number; revertData?: Hex }>({
		cause: 'An answer that is not understood; it is shown as it came, without secrets.',
		message: ({ words }) => `The payment was not accepted. The answer was: ${words}`,
		remedy: () =>
			'Nothing is known to be wrong with the key. Session Key > Payment > Check shows its rules and budgets.',
	}),
};

export type RefusalCode = keyof typeof REFUSALS;

/** The figures that belong to a code. */
export type RefusalData<C extends RefusalCode> = (typeof REFUSALS)[C] extends Reason<infer D> ? D : never;

export type { BudgetData };
