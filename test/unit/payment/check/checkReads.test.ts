import { encodeAbiParameters, encodeErrorResult, encodeFunctionResult, numberToHex, parseEther, type Hex } from 'viem';
import { nativeTransfer, tokenTransfer } from '../../../../core/calls';
import {
	ENTRY_POINT,
	erc20Abi,
	MULTI_OWNER_PLUGIN,
	SESSION_KEY_PLUGIN,
	sessionKeyPluginAbi,
} from '../../../../core/contracts';
import { networkBySlug, type Network } from '../../../../core/networks';
import { checkCalls } from '../../../../core/payment/check/check';
import { checkReads, toCheckState, withCode } from '../../../../core/payment/check/checkReads';
import { callRequest } from '../../../../core/payment/check/paymentRequest';
import { executionRead, executionRefusals, validationRead } from '../../../../core/payment/send/simulate';
import { RpcError } from '../../../../core/rpc/errors';
import { read } from '../../../../core/rpc/read';
import type { Rpc, RpcCall, RpcResult } from '../../../../core/rpc/rpc';
import { MULTICALL3 } from '../../../../contracts/multicall3';
import { aggregated, viewsIn } from '../../../support/multicall';
import { ACCOUNT, ANNA, HASH, KEY, NOW, sampleState, TOKEN } from '../../refusal/sampleState';

const network = networkBySlug('base-sepolia') as Network;
const calls = [tokenTransfer(TOKEN, ANNA, 5n), nativeTransfer(ANNA, 1n)];
const request = callRequest(calls);

/** A chain that answers from a list; what isn't on it reverts. */
function chain(
	answer: (to: string, data: Hex) => Hex | RpcError | undefined,
	methods: Record<string, unknown> = {},
): Rpc & { batches: number } {
	const reverted = new RpcError('eth_call', 3, 'execution reverted', '0x');
	const one = ({ method, params }: RpcCall): RpcResult => {
		const views = viewsIn({ method, params });
		if (views) return aggregated(views.map(one));
		if (method in methods) return { result: methods[method] };
		const { to, data } = params[0] as { to: string; data: Hex };
		const given = answer(to, data) ?? reverted;
		return given instanceof RpcError ? { error: given } : { result: given };
	};
	const rpc = {
		batches: 0,
		batch: async (asked: readonly RpcCall[]) => {
			rpc.batches += 1;
			return asked.map(one);
		},
		request: async () => undefined as never,
		redact: (text: string) => text,
		sleep: async () => undefined,
	};
	return rpc;
}

const methods = { eth_getCode: '0x60', eth_getBalance: numberToHex(parseEther('2')) };

function pluginAnswer(data: Hex): Hex | RpcError | undefined {
	const item = sessionKeyPluginAbi.find((one) => one.type === 'function' && data.startsWith(selector(one.name)));
	if (item?.type !== 'function') return undefined;
	if (item.name === 'isSessionKeyOf') return encodeAbiParameters([{ type: 'bool' }], [false]);
	const args = [KEY] as const;
	const revert = encodeErrorResult({ abi: sessionKeyPluginAbi, errorName: 'InvalidSessionKey', args });
	return new RpcError('eth_call', 3, 'execution reverted', revert);
}

/** The selectors of the plugin's view functions (session-key-plugin's ABI). */
const SELECTORS: Record<string, string> = {
	isSessionKeyOf: '0x2237570a',
	getAccessControlType: '0xb7967b71',
	getAccessControlEntry: '0xcfbb14ad',
	isSelectorOnAccessControlList: '0xe8a932df',
	getKeyTimeRange: '0x98e2c27a',
	getNativeTokenSpendLimitInfo: '0xbc3b9246',
	getERC20SpendLimitInfo: '0x2d106419',
	getGasSpendLimit: '0xa1b9d5f4',
	getRequiredPaymaster: '0xe5282cbd',
};
const selector = (name: string) => SELECTORS[name] ?? 'nothing';

const plugins = encodeAbiParameters([{ type: 'address[]' }], [[MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN]]);
const number = (value: bigint) => encodeAbiParameters([{ type: 'uint256' }], [value]);

function answers(to: string, data: Hex): Hex | RpcError | undefined {
	if (to === MULTICALL3) return number(parseEther('2')); // getEthBalance
	if (to === SESSION_KEY_PLUGIN) return pluginAnswer(data);
	if (to === ENTRY_POINT) return number(7n);
	if (to === ACCOUNT) return plugins;
	if (to !== TOKEN) return undefined;
	if (data.startsWith('0x95d89b41'))
		return encodeFunctionResult({ abi: erc20Abi, functionName: 'symbol', result: 'USDC' });
	return number(data.startsWith('0x313ce567') ? 6n : 123n);
}

async function stateOn(rpc: Rpc) {
	const asked = await read(rpc, checkReads(ACCOUNT, KEY, request));
	return withCode(rpc, toCheckState(network, ACCOUNT, KEY, request, asked, NOW));
}

test('everything comes in one batch', async () => {
	const rpc = chain(answers, methods);
	const state = await stateOn(rpc);
	expect(rpc.batches).toBe(1);
	expect(state.account).toEqual({
		address: ACCOUNT,
		deployed: true,
		pluginDeployed: true,
		plugins: [MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN],
		balance: parseEther('2'),
		deposit: 7n,
	});
	expect(state.tokens).toEqual({ [TOKEN]: { symbol: 'USDC', decimals: 6, balance: 123n } });
	expect(state.withoutCode).toEqual([]);
	expect(checkCalls(state, calls).refusals.map(({ code }) => code)).toEqual(['keyNotRegistered']);
});

test('a chain without the plugin is told from a key that is unknown', async () => {
	const state = await stateOn(chain((to, data) => (to === SESSION_KEY_PLUGIN ? '0x' : answers(to, data)), methods));
	expect(checkCalls(state, calls).refusals.map(({ code }) => code)).toEqual(['chainWithoutPlugin']);
});

test('an address without code', async () => {
	const state = await stateOn(
		chain((to, data) => (to === ACCOUNT || to === TOKEN ? '0x' : answers(to, data)), { ...methods, eth_getCode: '0x' }),
	);
	expect(state.withoutCode).toEqual([TOKEN]);
	expect(checkCalls(state, calls).refusals.map(({ code }) => code)).toEqual(['accountNotDeployed']);
});

test('a contract that is silent is not taken for none', async () => {
	const silent = (to: string, data: Hex) => (to === ACCOUNT || to === TOKEN ? '0x' : answers(to, data));
	const state = await stateOn(chain(silent, methods));
	expect(state.withoutCode).toEqual([]);
	expect(checkCalls(state, calls).refusals.map(({ code }) => code)).toEqual(['notModularAccount']);
});

test('a contract that is no modular account', async () => {
	const state = await stateOn(chain((to, data) => (to === ACCOUNT ? undefined : answers(to, data)), methods));
	expect(checkCalls(state, calls).refusals.map(({ code }) => code)).toEqual(['notModularAccount']);
});

test('an endpoint that gives no answer is not taken for a contract that refuses', async () => {
	const busy = new RpcError('eth_call', -32005, 'too many requests');
	await expect(stateOn(chain((to, data) => (to === ACCOUNT ? busy : answers(to, data)), methods))).rejects.toBe(busy);
});

describe('the simulation', () => {
	const context = { state: sampleState(), calls };
	const simulate = async (answer: Hex | RpcError) => {
		const { execution } = await read(
			chain(() => answer),
			{ execution: executionRead(ACCOUNT, KEY, calls) },
		);
		return executionRefusals(execution, context);
	};
	const results = (first: Hex) =>
		encodeFunctionResult({ abi: sessionKeyPluginAbi, functionName: 'executeWithSessionKey', result: [first, '0x'] });

	test('goes through', async () => {
		expect(await simulate(results(number(1n)))).toEqual([]);
	});

	test('a token of old that answers nothing', async () => {
		expect(await simulate(results('0x'))).toEqual([]);
	});

	test('a token that answers false: the chain would call that done', async () => {
		expect(await simulate(results(number(0n)))).toMatchObject([
			{ code: 'transferNotMade', data: { contract: TOKEN, symbol: 'USDC', index: 0 } },
		]);
	});

	test('a contract that refuses', async () => {
		const said = `0x08c379a0${encodeAbiParameters([{ type: 'string' }], ['Blacklistable: account is blacklisted']).slice(2)}`;
		const [refusal] = await simulate(new RpcError('eth_call', 3, 'execution reverted', said));
		expect(refusal).toMatchObject({ code: 'callRefused', data: { said: '"Blacklistable: account is blacklisted"' } });
	});

	test('no answer is no yes: an endpoint that cannot simulate is a reason against it', async () => {
		const answer = await simulate(new RpcError('eth_call', -32601, 'the method is not available'));
		expect(answer).toMatchObject([{ code: 'notSimulated' }]);
	});
});

describe('the validation', () => {
	const op = {
		sender: ACCOUNT,
		nonce: 0n,
		initCode: '0x',
		callData: '0x',
		callGasLimit: 1n,
		verificationGasLimit: 1n,
		preVerificationGas: 1n,
		maxFeePerGas: 1n,
		maxPriorityFeePerGas: 1n,
		paymasterAndData: '0x',
		signature: '0x',
	} as const;
	const validate = async (answer: Hex | RpcError) =>
		(
			await read(
				chain(() => answer),
				{ validation: validationRead(op, HASH) },
			)
		).validation;

	test('a signature that fits, between two moments', async () => {
		const packed = ((100n << 48n) | 200n) << 160n;
		expect(await validate(number(packed))).toEqual({ signatureMatches: true, validAfter: 100, validUntil: 200 });
		expect(await validate(number(1n))).toMatchObject({ signatureMatches: false });
	});

	test('the reason that the EntryPoint keeps to itself', async () => {
		expect(await validate(new RpcError('eth_call', 3, 'execution reverted', '0xb4d78304'))).toEqual({
			revertData: '0xb4d78304',
		});
		expect(await validate('0x')).toBeUndefined();
	});
});
