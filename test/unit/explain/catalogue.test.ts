import { encodeAbiParameters, encodeErrorResult, parseAbi, parseEther, type Hex } from 'viem';
import { nativeTransfer, tokenTransfer, type Call } from '../../../core/calls';
import type { CheckState, GasPlan } from '../../../core/payment/check/check';
import { explainAnswer, type ExplainContext } from '../../../core/explain/explain';
import { RpcError } from '../../../core/rpc/errors';
import catalogue from '../../chain/failures/failure-catalogue.json';
import { CATALOGUE_CODES, numberOf } from './catalogueCodes';
import {
	ACCOUNT,
	ANNA,
	GAS,
	limitOf,
	NOW,
	open,
	PAYMASTER,
	sampleAccount,
	sampleState,
	TARGET,
	TOKEN,
} from '../refusal/sampleState';

/** What happened and what was read beforehand, for one case of the catalogue. */
interface Expectation {
	/** What is said of it. */
	message?: RegExp;
	state?: CheckState;
	calls?: Call[];
	gas?: GasPlan;
	nonceKey?: bigint;
}

const someEth = [nativeTransfer(ANNA, 1_000n)];
const tooMuchEth = [nativeTransfer(ANNA, parseEther('2'))];
const tokens = (amount: bigint) => [tokenTransfer(TOKEN, ANNA, amount)];
const approve: Call = { ...(tokens(5n)[0] as Call), data: `0x095ea7b3${'00'.repeat(64)}` };
const onTarget: Call[] = [{ target: TARGET, value: 0n, data: '0x12345678' }];
const limited = sampleState({ key: { contracts: { [TOKEN]: open({ tokenLimit: limitOf(100n) }) } } });
const gasLimited = (limit: bigint, interval = 0) => sampleState({ key: { gas: limitOf(limit, 0n, interval, NOW) } });

const EXPECTED: Record<string, Expectation> = {
	F00: {},
	F01: { calls: tooMuchEth },
	F02: {
		calls: [nativeTransfer(ANNA, parseEther('0.6')), nativeTransfer(ANNA, parseEther('0.6'))],
	},
	F03: { state: limited, calls: tokens(101n) },
	F04: {
		state: sampleState({ key: { contracts: { [TARGET]: open({ onList: false }) } } }),
		calls: onTarget,
	},
	F05: {
		state: sampleState({
			key: { contracts: { [TOKEN]: open({ checkSelectors: true, functions: { '0x095ea7b3': false } }) } },
		}),
		calls: [approve],
		message: /not the function "approve\(address,uint256\)"/,
	},
	F05b: { state: sampleState({ key: { listType: 'denylist' } }), calls: onTarget },
	F06: { state: sampleState({ key: { validUntil: NOW - 60 } }), calls: someEth },
	F06b: { state: sampleState({ key: { validUntil: NOW + 4 } }), calls: someEth },
	F07: { state: sampleState({ key: { validAfter: NOW + 3600 } }), calls: someEth },
	F08: { state: sampleState({ key: { registered: false } }) },
	F09: { state: sampleState({ key: { registered: false } }) },
	F10a: { state: sampleState({ key: { requiredPaymaster: PAYMASTER } }) },
	F10b: {
		state: sampleState({ key: { requiredPaymaster: PAYMASTER } }),
		gas: { ...GAS, paymaster: TARGET },
	},
	F10c: {},
	F11a: { state: gasLimited(1_000n) },
	F11b: { state: gasLimited(parseEther('1')), nonceKey: 7n },
	F11c: { state: gasLimited(1_000n, 3600) },
	F12: { state: sampleState({ account: sampleAccount({ plugins: [] }) }) },
	F13a: {
		state: sampleState({ account: sampleAccount({ deployed: false, plugins: undefined }) }),
	},
	F13b: {
		state: sampleState({ account: sampleAccount({ deployed: false, plugins: undefined }) }),
	},
	F14: {
		state: sampleState({ account: sampleAccount({ balance: parseEther('0.5') }) }),
		calls: [nativeTransfer(ANNA, parseEther('0.9'))],
	},
	F14b: { calls: tokens(6_000_000_000n) },
	F15: { state: sampleState({ account: sampleAccount({ balance: 1_000_000n }) }) },
	F16: {},
	F16b: {},
	F16c: {},
	F16d: {},
	F17: { state: sampleState({ key: { registered: false } }) },
	F18: { calls: [] },
	F19: {
		state: sampleState({ key: { listType: 'allowAll' } }),
		calls: [{ target: ACCOUNT, value: 0n, data: '0x' }],
	},
	F20: { calls: onTarget, message: /did not accept this: Nope\(42\)\.$/ },
	F21: { calls: onTarget, message: /did not accept this: "lab says no"\.$/ },
	F22: { calls: [{ target: TARGET, value: 1n, data: '0x' }], message: /"no plain eth"/ },
	F23: { calls: [...someEth, ...onTarget, ...someEth], message: /Nope\(42\)/ },
	F26: { calls: onTarget },
	F27: {},
	F28: { state: limited, calls: [{ ...approve, data: `0x095ea7b3${'00'.repeat(63)}ff` }] },
	j: {
		state: sampleState({ account: sampleAccount({ deployed: false, plugins: undefined }) }),
	},
};

interface Failure {
	method?: string;
	code?: number;
	message?: string;
	included?: boolean;
	success?: boolean;
	revert?: string | null;
}

interface Case {
	case: string;
	viaEstimate: Failure | null;
	viaSendWithFixedGas: Failure | null;
	accountValidateUserOp: { returns?: string; data?: string };
}

const cases = (catalogue.cases as unknown as Case[]).map((one) => ({ ...one, id: numberOf(one.case) }));
const labAbi = parseAbi(['error Nope(uint256 code)']);

function contextOf({ accountValidateUserOp: validate }: Case, expected: Expectation): ExplainContext {
	const { state = sampleState(), calls = someEth, gas = GAS, nonceKey } = expected;
	const revertData = validate.data as Hex | undefined;
	return { state, calls, gas, nonceKey, abis: [labAbi], validation: { revertData } };
}

/** The recorded bytes name the token and the account of the recording: here they have other addresses. */
function withOurToken(bytes: string): string {
	return bytes.replace(/(0x58081344.*)[0-9a-f]{40}$/, `$1${TOKEN.slice(2).toLowerCase()}`);
}

function answerOf({ method = 'eth_sendUserOperation', code = 0, message = '' }: Failure) {
	return new RpcError(method, code, withOurToken(message));
}

/** The bytes of an operation that was mined and failed: the estimate of the same operation shows them. */
function revertOf({ viaEstimate, viaSendWithFixedGas: sent }: Case): Hex | undefined {
	const shown = /reason: (0x[0-9a-f]*)$/.exec(viaEstimate?.message ?? '')?.[1];
	if (shown) return withOurToken(shown) as Hex;
	return sent?.revert === 'Nope' ? encodeErrorResult({ abi: labAbi, args: [42n] }) : '0x';
}

describe('the failure catalogue', () => {
	test('has every case', () => {
		expect(cases.map(({ id }) => id).sort()).toEqual(Object.keys(EXPECTED).sort());
	});

	test.each(cases)('$case', (one) => {
		const expected = EXPECTED[one.id] as Expectation;
		const context = contextOf(one, expected);
		const { viaEstimate, viaSendWithFixedGas: sent } = one;
		const refusals = [
			...(viaEstimate?.code === undefined ? [] : [explainAnswer(answerOf(viaEstimate), context)]),
			...(sent?.code === undefined ? [] : [explainAnswer(answerOf(sent), context)]),
			...(sent?.included && !sent.success
				? [explainAnswer({ success: false, revertData: revertOf(one) }, context)]
				: []),
		];
		const code = CATALOGUE_CODES[one.id];
		expect(refusals.length > 0).toBe(code !== undefined);
		for (const refusal of refusals) {
			expect(refusal.code).toBe(code);
			if (expected.message) expect(refusal.message).toMatch(expected.message);
			expect(refusal.message).not.toMatch(/undefined|AA\d\d|0x08c379a0/);
		}
	});
});

describe('what stands behind an AA23', () => {
	const aa23 = answerOf({ code: -32500, message: 'AA23 reverted (or OOG)' });

	test('nothing read: the chain is quoted', () => {
		expect(explainAnswer(aa23)).toMatchObject({ data: { words: 'AA23 reverted (or OOG)' } });
	});

	test('the account passes when asked: it was the gas', () => {
		expect(explainAnswer(aa23, { validation: {} }).code).toBe('verificationGasTooLow');
	});

	test('the bundler passes the bytes on, as rundler does', () => {
		const data = { reason: 'AA23 reverted (or OOG)', inner_reason: null, revert_data: '0xb4d78304' };
		const refusal = explainAnswer(new RpcError('eth_sendUserOperation', -32500, 'validation reverted: AA23', data), {
			state: sampleState(),
			calls: someEth,
		});
		// No rule was broken when it was read: something changed since.
		expect(refusal.code).toBe('refusedByRules');
	});

	test('the EntryPoint speaks in bytes', () => {
		const abi = parseAbi(['error FailedOp(uint256 opIndex, string reason)']);
		const data = encodeErrorResult({ abi, args: [0n, "AA21 didn't pay prefund"] });
		expect(explainAnswer(data).code).toBe('payerFundsTooLow');
		expect(explainAnswer(new RpcError('eth_call', 3, 'execution reverted', data)).code).toBe('payerFundsTooLow');
	});
});

test('revert data that only looks like a text is quoted as bytes', () => {
	expect(explainAnswer('0x08c379a0ff')).toMatchObject({ data: { revertData: '0x08c379a0ff' } });
	expect(explainAnswer(`0x4e487b71${encodeAbiParameters([{ type: 'uint256' }], [18n]).slice(2)}`).message).toContain(
		'divide by zero',
	);
});
