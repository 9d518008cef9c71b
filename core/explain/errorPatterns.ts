import { decodeErrorResult, parseAbi, type Hex } from 'viem';
import {
	ALREADY_KNOWN,
	BUNDLER_FULL,
	ENTRY_POINT_REFUSED,
	isRateLimit,
	METHOD_UNKNOWN,
	type RpcError,
} from '../rpc/errors';
import { cut } from '../text/cut';

/** What an endpoint's answer comes down to. */
export type ErrorMatch =
	| {
			code:
				| 'outOfTimeRange'
				| 'payerFundsTooLow'
				| 'accountNotDeployed'
				| 'accountNotCreated'
				| 'wrongSigner'
				| PlainMeaning;
	  }
	/** A called contract's words, in plain text. */
	| { code: 'said' }
	| { code: 'validationReverted'; revertData?: Hex };

/** Meanings that need no more than the words themselves. */
type PlainMeaning =
	| 'accountExists'
	| 'gasTooLow'
	| 'verificationGasTooLow'
	| 'paymasterDepositTooLow'
	| 'paymasterExpired'
	| 'paymasterRefused'
	| 'policyUnknown'
	| 'policyUsedUp'
	| 'policyRefused'
	| 'feeTooLow'
	| 'paymasterExpected'
	| 'rateLimited'
	| 'tooLarge'
	| 'nonceUsed'
	| 'replacementUnderpriced'
	| 'alreadyKnown'
	| 'bundlerBusy'
	| 'bundlerRules'
	| 'entryPointNotSupported'
	| 'notSupported';

/** EntryPoint v0.6's codes (EntryPoint.sol). AA23 is told apart by what stands behind it. */
const ENTRY_POINT_CODES: Record<string, ErrorMatch['code']> = {
	AA10: 'accountExists',
	AA13: 'accountNotCreated',
	AA14: 'accountNotCreated',
	AA15: 'accountNotCreated',
	AA20: 'accountNotDeployed',
	AA21: 'payerFundsTooLow',
	AA22: 'outOfTimeRange',
	AA23: 'validationReverted',
	AA24: 'wrongSigner',
	AA25: 'nonceUsed',
	AA26: 'verificationGasTooLow',
	AA30: 'paymasterRefused',
	AA31: 'paymasterDepositTooLow',
	AA32: 'paymasterExpired',
	AA33: 'paymasterRefused',
	AA34: 'paymasterRefused',
	AA36: 'gasTooLow',
	AA40: 'verificationGasTooLow',
	AA41: 'gasTooLow',
	AA50: 'paymasterRefused',
	AA51: 'gasTooLow',
	AA95: 'gasTooLow',
};

/**
 * Words of bundlers and gas managers, the more particular first: alto (Pimlico), rundler (Alchemy), skandha (Etherspot),
 * voltaire (Candide), the reference bundler, stackup, Biconomy's, ZeroDev's; Alchemy's gas manager (its page "Gas Manager
 * Errors"), Coinbase's. Words of nodes and load balancers, and what decides whether a request is made again: rpc/errors.ts.
 */
const ERROR_PATTERNS: readonly (readonly [RegExp, ErrorMatch['code']])[] = [
	// mempool
	[ALREADY_KNOWN, 'alreadyKnown'],
	[/replacement|already present in (?:the )?mempool|must increase maxFeePerGas/i, 'replacementUnderpriced'],
	[/underpriced/i, 'feeTooLow'],
	[BUNDLER_FULL, 'bundlerBusy'],
	[/throttled|banned from|is banned/i, 'bundlerBusy'],
	// gas manager
	[
		/must (?:include|have|use|specify) (?:a |valid )?paymaster|paymaster ?(?:AndData)? (?:is )?(?:required|missing)|requires? a paymaster|only sponsored/i,
		'paymasterExpected',
	],
	[/invalid policy id|policy (?:id )?not found|unknown policy|no policy/i, 'policyUnknown'],
	[
		/polic(?:y|y's|y’s) (?:max|limit)|max (?:spend|count)[^.]{0,80} exceeded|max token limit|exceeds specified spend limit|(?:spend|transaction|org|per user op)[a-z ]{0,40}limit (?:is )?(?:exceeded|reached)|max monthly org spend|sponsorship limit|policy[^.]{0,80}(?:exhausted|exceeded|used up)/i,
		'policyUsedUp',
	],
	[
		/in policy.?s (?:allowlist|blocklist)|policy ha(?:s|sn.t) (?:ended|started)|policy[^.]{0,80}not active|not (?:be )?sponsored|(?:sponsorship|request) (?:was )?denied|called (?:function|address) not allowlisted|attempting to sponsor|did not match any gas sponsoring/i,
		'policyRefused',
	],
	// signature: where either may be meant, it is the account's, since the gas manager signs for itself
	[/signature or paymaster signature/i, 'wrongSigner'],
	[/paymaster ?data|paymaster signature/i, 'paymasterRefused'],
	// funds
	[
		/sender balance and deposit together|insufficient funds for gas|doesn.t have enough funds|didn.t pay prefund/i,
		'payerFundsTooLow',
	],
	[/paymaster (?:deposit|balance) (?:is|too low)|paymaster: not enough deposit/i, 'paymasterDepositTooLow'],
	// time
	[
		/expires? too soon|expires shortly|not valid yet|out of time.?range|expired or (?:not due|has an invalid)|will expire/i,
		'outOfTimeRange',
	],
	// gas and fees
	[
		/max(?:Priority)?FeePerGas(?::| in userOp: \d{1,80})? (?:is|must|too|below|should)|(?:fees?|tip|gas price)[a-z ]{0,30}(?:too low|below|less than|lower than|not enough)|below (?:the )?minimum (?:fee|gas price)|less than (?:the )?(?:block |current )?base ?fee|fee ?too ?low/i,
		'feeTooLow',
	],
	[
		/must be at most|too large|gas[a-z ]{0,40}too high|exceeds? (?:the )?(?:max(?:imum)?|block|bundle) (?:gas|size)|exceeds maxVerificationGas|gas limits? exceeds?|oversized/i,
		'tooLarge',
	],
	[
		/verification ?gas ?limit.{0,120}(?:buffer|too low|at least)|ran out of gas during (?:account|sender) validation/i,
		'verificationGasTooLow',
	],
	[
		/(?:preVerificationGas|callGasLimit|call ?gas).{0,120}(?:at least|too low|not enough|below|lower than)|ran out of gas|out of gas|efficiency too low/i,
		'gasTooLow',
	],
	// account
	[/not a contract and initCode is empty|sender:? (?:is )?not deployed/i, 'accountNotDeployed'],
	[/existing contract, but initCode|already deployed, initCode/i, 'accountExists'],
	// endpoint
	[ENTRY_POINT_REFUSED, 'entryPointNotSupported'],
	[METHOD_UNKNOWN, 'notSupported'],
	[
		/banned opcode|forbidden (?:opcode|storage)|inaccessible storage|needs? to be staked|stake (?:is )?too low|enough stake|aggregator|different entity|sender entity/i,
		'bundlerRules',
	],
	[/invalid (?:user ?op(?:eration)? )?(?:account )?signature|invalid account signature/i, 'wrongSigner'],
];

/** JSON-RPC codes of ERC-4337 bundlers (ERC-7769), for words that say nothing. */
const RPC_CODES: Record<string, ErrorMatch['code']> = {
	'-32501': 'paymasterRefused',
	'-32502': 'bundlerRules',
	'-32503': 'outOfTimeRange',
	'-32504': 'bundlerBusy',
	'-32505': 'bundlerRules',
	'-32506': 'bundlerRules',
	'-32507': 'wrongSigner',
	'-32508': 'paymasterDepositTooLow',
	'-32601': 'notSupported',
};

/** What an answer comes down to; undefined when neither words nor code are known, or bytes alone carry the reason. */
export function matchError(error: RpcError): ErrorMatch | undefined {
	if (isRateLimit(error)) return { code: 'rateLimited' };
	if (error.code === EXECUTION_REVERTED) return matchExecutionError(error);
	const text = textOf(error);
	const particular = particularOf(text);
	if (particular) return particular;
	const code = entryPointCode(/\bAA\d\d\b/, text);
	if (code === 'validationReverted') return { code, revertData: innerRevertOf(error) };
	if (code) return { code } as ErrorMatch;
	if (/validation reverted|account validation/i.test(text)) {
		return { code: 'validationReverted', revertData: innerRevertOf(error) };
	}
	const byWords = ERROR_PATTERNS.find(([pattern]) => pattern.test(text))?.[1];
	if (byWords) return { code: byWords } as ErrorMatch;
	const byCode = RPC_CODES[String(error.code)];
	return byCode ? ({ code: byCode } as ErrorMatch) : undefined;
}

/** What the EntryPoint's own code in a text says. */
function entryPointCode(pattern: RegExp, text: string): ErrorMatch['code'] | undefined {
	return ENTRY_POINT_CODES[pattern.exec(text)?.[0] ?? ''];
}

/** ERC-7769: the calls themselves were stopped. */
const EXECUTION_REVERTED = -32521;

/**
 * What a bundler says of calls that were stopped are a contract's words, whatever they sound like: rundler gives them as the
 * message itself, alto behind its own. Only the EntryPoint's code at their beginning is not a contract's (ZeroDev passes it on).
 */
function matchExecutionError(error: RpcError): ErrorMatch | undefined {
	const words = contractWords(error);
	const code = entryPointCode(/^AA\d\d\b/, words);
	if (code) return { code } as ErrorMatch;
	return /^$|0x|execution reverted$/i.test(words) ? undefined : { code: 'said' };
}

/** The part of a bundler's message that is a contract's. */
export function contractWords({ message }: RpcError): string {
	const [, behind = message] =
		/^(?:UserOperation reverted|execution reverted)[a-z ]{0,60}: ?([^]*)$/i.exec(message) ?? [];
	return behind.trim();
}

/** Alto says AA25 also where the other operation still waits. */
function particularOf(text: string): ErrorMatch | undefined {
	return /AA25.{0,80}already present in mempool/i.test(text) ? { code: 'replacementUnderpriced' } : undefined;
}

const failedOpAbi = parseAbi([
	'error FailedOp(uint256 opIndex, string reason)',
	'error FailedOpWithRevert(uint256 opIndex, string reason, bytes inner)',
]);

/** Everything that stands in an answer as words: message, reasons in the data, and the EntryPoint's own in its bytes. */
function textOf({ message, data, revertData }: RpcError): string {
	const { reason, inner_reason: inner, message: more } = (data ?? {}) as Record<string, unknown>;
	const inData = typeof data === 'string' && !data.includes('0x') ? data : undefined;
	const parts = [message, reason, inner, more, inData, failedOpIn(revertData) ?? failedOpIn(bytesIn(message))];
	return parts.map((part) => cut(part)).join(' ');
}

function bytesIn(message: string): Hex | undefined {
	return /0x(?:220266b6|65c8fd4d)[0-9a-f]{1,4096}/i.exec(message)?.[0] as Hex | undefined;
}

function failedOpIn(data: Hex | undefined): string | undefined {
	if (!data || !/^0x(?:220266b6|65c8fd4d)/i.test(data)) return undefined;
	try {
		return decodeErrorResult({ abi: failedOpAbi, data }).args[1];
	} catch {
		return undefined;
	}
}

/** The account's own error behind an AA23, where a bundler passes it on (rundler: data.revert_data, or data.data). */
function innerRevertOf({ data, revertData }: RpcError): Hex | undefined {
	const given = (data ?? {}) as Record<string, unknown>;
	for (const candidate of [given.revert_data, given.revertData, given.inner, revertData]) {
		if (typeof candidate !== 'string' || !/^0x[0-9a-f]{8}/i.test(candidate)) continue;
		if (!failedOpIn(candidate as Hex)) return candidate as Hex;
	}
	return undefined;
}
