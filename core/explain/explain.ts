import { getAddress, type Abi, type Address, type Hex } from 'viem';
import type { Call } from '../calls';
import { checkCalls, type CheckState, type GasPlan } from '../payment/check/check';
import { RpcError } from '../rpc/errors';
import { refuse, type Refusal, type RefusalCode } from '../refusal/refusal';
import { BASE_UNITS } from '../refusal/refusals';
import { decodeRevert, type Revert } from './reverts';
import { cleaned, plainWords, revertDataOf } from './answerParts';
import { contractWords, matchError, type ErrorMatch } from './errorPatterns';
import { quoted } from '../text/format';

/** What said no: an endpoint, an operation that was mined with success=false, or the bytes a contract reverted with. */
export type Answer = RpcError | { success: false; revertData?: Hex } | Hex;

/** What is known besides. The more, the better the reason. */
export interface ExplainContext {
	/** What was read before; every rule is replayed on it to find which one bites. */
	state?: CheckState;
	calls?: readonly Call[];
	gas?: GasPlan;
	nonceKey?: bigint;
	/** Whether somebody else pays the gas, where `gas` isn't known yet. */
	sponsored?: boolean;
	/** Of the called contracts, for their custom errors. */
	abis?: readonly Abi[];
	/** What `validationRead` answered: tells a broken rule from too little gas and from a bad signature. */
	validation?: { revertData?: Hex } | undefined;
	/** Takes the secrets of the connection out of a text. */
	redact?: (text: string) => string;
}

/**
 * Translates what bundler, EntryPoint, account, plugin, called contract or gas manager said into a refusal, whichever
 * provider's wording it is. What isn't understood comes out as `unknown` with the words as they came, redacted.
 *
 * @example
 * throw new RefusalError([explainAnswer(error, { state, calls, redact: rpc.redact })], { userOperationHash });
 */
export function explainAnswer(answer: Answer, context: ExplainContext = {}): Refusal {
	if (typeof answer === 'string') return explainRevert(answer, context);
	if (!(answer instanceof RpcError)) return explainRevert(answer.revertData ?? '0x', context, true);
	const words = plainWords(answer, context.redact);
	const match = matchError(answer);
	if (match?.code === 'said')
		return callRefused({ said: quoted(cleaned(contractWords(answer), context.redact)) }, context);
	if (match) return explainMatch(match, words, context);
	const revertData = revertDataOf(answer);
	if (revertData !== undefined) return explainRevert(revertData, context);
	return refuse('unknown', { words, method: answer.method, code: answer.code });
}

/** Everything the check has against this payment, on the state that was read. */
function replayed({ state, calls, gas, nonceKey, sponsored }: ExplainContext): Refusal[] {
	return state && calls ? checkCalls(state, calls, { gas, nonceKey, sponsored }).refusals : [];
}

/** The first of the check's reasons that has one of these codes. */
function among(refusals: readonly Refusal[], codes: readonly RefusalCode[]): Refusal | undefined {
	return refusals.find(({ code }) => codes.includes(code));
}

const EXISTENCE: readonly RefusalCode[] = [
	'chainWithoutPlugin',
	'accountNotDeployed',
	'notModularAccount',
	'pluginNotInstalled',
	'keyNotRegistered',
];
/** Rules that the plugin looks at while validating: they end as AA23. */
const VALIDATION: readonly RefusalCode[] = [
	...EXISTENCE,
	'nothingToPay',
	'contractNotAllowed',
	'contractDenied',
	'functionNotAllowed',
	'functionDenied',
	'functionClosedByLimit',
	'amountTooLarge',
	'nativeNotAllowed',
	'nativeLimitExceeded',
	'nativeBudgetUsedUp',
	'nativeLimitBelowUsed',
	'paymasterRequired',
	'paymasterWrong',
	'wrongNonceKey',
	'gasLimitExceeded',
	'gasBudgetUsedUp',
	'gasLimitStuck',
	'refreshIntervalTooLong',
];
/** Moments that don't hold: they end as AA22. */
const TIME: readonly RefusalCode[] = [
	'keyNeverValid',
	'keyExpired',
	'keyNotYetValid',
	'keyExpiresSoon',
	'windowAfterEnd',
	'nativeBudgetUsedUp',
	'nativeLimitBelowUsed',
	'gasBudgetUsedUp',
];
const GAS_MONEY: readonly RefusalCode[] = ['gasBalanceTooLow', 'nativeBalanceTooLow'];
const BALANCES: readonly RefusalCode[] = ['nativeBalanceTooLow', 'tokenBalanceTooLow'];
const TOKEN_BUDGETS: readonly RefusalCode[] = [
	'tokenLimitExceeded',
	'tokenBudgetUsedUp',
	'tokenLimitBelowUsed',
	'windowAfterEnd',
];
const NATIVE_BUDGETS: readonly RefusalCode[] = [
	'nativeNotAllowed',
	'nativeLimitExceeded',
	'nativeBudgetUsedUp',
	'nativeLimitBelowUsed',
];

/** An error that is understood: what the state explains better, the state explains. */
function explainMatch(match: Exclude<ErrorMatch, { code: 'said' }>, words: string, context: ExplainContext): Refusal {
	const refusals = replayed(context);
	switch (match.code) {
		case 'validationReverted':
			return explainValidation(match.revertData, words, refusals, context);
		case 'outOfTimeRange':
			return among(refusals, TIME) ?? refuse('outOfTimeRange', { words });
		case 'payerFundsTooLow':
			return (
				among(refusals, GAS_MONEY) ?? refuse('payerFundsTooLow', { words, account: context.state?.account.address })
			);
		case 'accountNotDeployed':
		case 'accountNotCreated':
			return among(refusals, EXISTENCE) ?? notThere(match.code, words, context);
		case 'wrongSigner':
			return withKey('wrongSigner', words, context);
		default:
			return refuse(match.code, { words });
	}
}

function notThere(code: 'accountNotDeployed' | 'accountNotCreated', words: string, { state }: ExplainContext): Refusal {
	if (code === 'accountNotCreated' || !state) return refuse('accountNotCreated', { words });
	return refuse('accountNotDeployed', { account: state.account.address, network: state.network.name });
}

/** The codes that name the key; without a state its address isn't known. */
function withKey(
	code: 'wrongSigner' | 'badSignature' | 'refusedByRules',
	words: string,
	{ state }: ExplainContext,
): Refusal {
	return refuse(code, { account: state?.key.account, key: state?.key.key, words });
}

/**
 * AA23: the account's validation reverted, or ran out of gas. The bytes tell, where somebody gives them; else the
 * replayed rules; and where no rule is broken, it was the gas.
 */
function explainValidation(
	inner: Hex | undefined,
	words: string,
	refusals: readonly Refusal[],
	context: ExplainContext,
): Refusal {
	const data = context.validation ? context.validation.revertData : inner;
	const revert = data === undefined || data === '0x' ? undefined : decodeRevert(data);
	if (revert?.kind === 'own' && revert.name !== 'PermissionsCheckFailed') {
		const own = explainOwn(revert, refusals, context);
		if (own) return own;
	}
	const broken = among(refusals, VALIDATION);
	if (broken) return broken;
	const passes = context.validation && context.validation.revertData === undefined;
	const paymaster = context.state?.key.requiredPaymaster;
	// The check can't see a paymaster that was not planned with.
	if (paymaster && !context.gas && !passes) return refuse('paymasterNotAccepted', { paymaster });
	const noRuleBroken = context.state !== undefined && context.calls !== undefined && !revert;
	return passes || noRuleBroken
		? refuse('verificationGasTooLow', { words })
		: withKey('refusedByRules', words, context);
}

/** Bytes with which the calls were stopped, at execution or in a simulation of it. */
function explainRevert(data: Hex, context: ExplainContext, isMined = false): Refusal {
	const refusals = replayed(context);
	const revert = decodeRevert(data, context.abis);
	switch (revert.kind) {
		case 'own':
			return explainOwn(revert, refusals, context) ?? callRefused({ said: revert.name, revertData: data }, context);
		case 'empty':
			return among(refusals, BALANCES) ?? stoppedSilently(context, isMined);
		case 'said':
			return explainSaid(revert, data, refusals, context);
		case 'unknown':
			return callRefused({ said: `it gave a reason of its own, ${revert.selector}`, revertData: data }, context);
	}
}

/**
 * Empty bytes: wallets take native currency in silence, so where nothing else was called and the money is there, it is a contract
 * that doesn't. Of what was mined the gas may have run out as well.
 */
function stoppedSilently(context: ExplainContext, isMined: boolean): Refusal {
	const { state, calls = [] } = context;
	const onlyNative = calls.length > 0 && calls.every(({ value }) => value > 0n);
	const code = state && onlyNative && !isMined ? 'nativeNotTaken' : 'stoppedWithoutReason';
	return refuse(code, { ...soleTarget(context) });
}

function explainSaid(
	{ said, text, panic }: Extract<Revert, { kind: 'said' }>,
	revertData: Hex,
	refusals: readonly Refusal[],
	context: ExplainContext,
): Refusal {
	const overflow = panic === 17n ? among(refusals, ['amountTooLarge', 'refreshIntervalTooLong']) : undefined;
	const aboutBalance = text !== undefined || said.startsWith('ERC20InsufficientBalance');
	const short = aboutBalance && /balance|insufficient|exceed/i.test(said) ? among(refusals, BALANCES) : undefined;
	return overflow ?? short ?? callRefused({ said: cleaned(said, context.redact), revertData }, context);
}

/** Errors of the plugin, the account and the EntryPoint; undefined for those that don't come up in payments. */
function explainOwn(
	{ name, args }: Extract<Revert, { kind: 'own' }>,
	refusals: readonly Refusal[],
	context: ExplainContext,
): Refusal | undefined {
	const { state } = context;
	switch (name) {
		case 'ERC20SpendLimitExceeded': {
			const [account, key, token] = args as [Address, Address, Address];
			return tokenBudget(refusals, { account, key, token }, context);
		}
		case 'NativeTokenSpendLimitExceeded':
			return among(refusals, EXISTENCE) ?? among(refusals, NATIVE_BUDGETS) ?? nativeBudget(context);
		case 'PermissionsCheckFailed':
			return among(refusals, VALIDATION) ?? withKey('refusedByRules', name, context);
		case 'InvalidSessionKey':
			return refuse('keyNotRegistered', { account: state?.key.account, key: args[0] as Address });
		case 'InvalidSignature':
			return withKey('badSignature', name, context);
		case 'UserOpValidationFunctionMissing':
		case 'RuntimeValidationFunctionMissing':
		case 'UnrecognizedFunction':
			return among(refusals, EXISTENCE) ?? refuse('pluginNotInstalled', { account: state?.key.account });
		case 'ExecFromPluginExternalNotPermitted': {
			const target = getAddress(args[1] as Address);
			return refuse('accountIsTarget', { account: target, index: indexOfTarget(target, context) });
		}
		case 'PluginCallDenied': {
			const contract = getAddress(args[0] as Address);
			return refuse('pluginIsTarget', { contract, index: indexOfTarget(contract, context) });
		}
		case 'AlreadyClaimed': {
			const [paymentReference, blockNumber] = args as [Hex, bigint];
			return refuse('referenceClaimed', { paymentReference, blockNumber: String(blockNumber) });
		}
		case 'FailedOp': {
			const error = new RpcError('handleOps', -32500, String(args[1]));
			return explainAnswer(error, context);
		}
		default:
			return undefined;
	}
}

function tokenBudget(
	refusals: readonly Refusal[],
	{ token }: { account: Address; key: Address; token: Address },
	{ state }: ExplainContext,
): Refusal {
	const contract = getAddress(token);
	const ofToken = refusals.filter((one) => 'contract' in one.data && one.data.contract === contract);
	const replayedReason = among(ofToken, TOKEN_BUDGETS);
	if (replayedReason) return replayedReason;
	const unit = state?.tokens[contract]?.symbol ?? BASE_UNITS;
	return refuse('tokenBudgetUsedUp', { budget: 'token', contract, unit });
}

function nativeBudget({ state }: ExplainContext): Refusal {
	return refuse('nativeBudgetUsedUp', { budget: 'native', unit: state?.network.nativeSymbol ?? 'native' });
}

function indexOfTarget(target: Address, { calls = [] }: ExplainContext): number | undefined {
	const index = calls.findIndex((call) => getAddress(call.target) === target);
	return index < 0 ? undefined : index;
}

/** Whose words they are is certain only where one contract is called. */
function soleTarget({ calls = [], state }: ExplainContext) {
	const [contract, another] = new Set(calls.map(({ target }) => getAddress(target)));
	if (!contract || another) return {};
	return { contract, symbol: state?.tokens[contract]?.symbol };
}

function callRefused(data: { said: string; revertData?: Hex }, context: ExplainContext): Refusal {
	return refuse('callRefused', { ...soleTarget(context), ...data });
}
