import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import fc from 'fast-check';
import {
	encodeFunctionData,
	getAddress,
	numberToHex,
	parseAbi,
	slice,
	zeroAddress,
	type Address,
	type Hex,
} from 'viem';
import type { Call } from '../../core/calls';
import { ENTRY_POINT, erc20Abi } from '../../core/contracts';
import { networkBySlug, type Network } from '../../core/networks';
import { RpcError } from '../../core/rpc/errors';
import { encodeSessionKeyCalls } from '../../core/plugin/sessionKeyCalls';
import type { Rpc, RpcResult } from '../../core/rpc/rpc';
import { accessOf, mayCall } from '../../core/permissions/access';
import { applyUpdates, newKeyState } from '../../core/permissions/applyUpdates';
import { describeKey } from '../../core/sessionKey/describe/describeKey';
import type { KeyState, SpendLimit } from '../../core/plugin/keyState';
import { encodePermissionUpdates, type PermissionUpdate } from '../../core/plugin/permissionUpdates';
import { readKeyIndex, readKeys, type KeyReport } from '../../core/sessionKey/read/readKeys';
import { DUMMY_SIGNATURE } from '../../core/userOperation/gas';
import { connectionTo } from '../support/payer';
import { SELECTORS, updateOver } from '../unit/sessionKey/arbitraries';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';

/**
 * Any sequence of updates is read back exactly: what key.get reads = a model = what the chain enforces. The chain is asked
 * for each call that the key may try, just within and just above each of its limits. MANAGER_UPDATES sets how many updates.
 */
const UPDATES = Number(process.env.MANAGER_UPDATES ?? 240);
const MOST_AT_ONCE = 6;
/** What the key spends before the first update, so that updates meet limits that were used: wei, and base units. */
const SPENT = { native: 3n, token: 5n };
const OPEN = 2 ** 48 - 1;

jest.setTimeout(60_000 + UPDATES * 1_000);

const validateAbi = parseAbi([
	'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
	'function validateUserOp(UserOperation userOp, bytes32 userOpHash, uint256 missingAccountFunds) returns (uint256)',
]);
const targetAbi = parseAbi(['function hit() payable']);
const PERMISSIONS_CHECK_FAILED = '0xb4d78304';

let devnet: DevnetClient;
let rpc: Rpc;
let tokens: Address[];
let contracts: Address[];
const network = networkBySlug('sepolia') as Network;

beforeAll(async () => {
	devnet = await connect();
	// With all logs: what is told without them is for keysOnPlans.test.ts.
	await devnet.plan.set('payg');
	rpc = connectionTo(devnet);
	tokens = Object.values(devnet.tokens).map(({ address }) => getAddress(address));
	contracts = [...tokens, getAddress(devnet.testTarget)];
});

it(`reads ${UPDATES} random updates back exactly`, async () => {
	const { account, key, spent } = await keyThatSpent();
	const paymasters = [devnet.gasManager.paymaster, zeroAddress].map((one) => getAddress(one));
	const seed = Number(process.env.MANAGER_SEED ?? Date.now() % 1_000_000);
	const lists = fc.sample(fc.array(updateOver(contracts, paymasters), { minLength: 1, maxLength: MOST_AT_ONCE }), {
		numRuns: UPDATES,
		seed,
	});
	let model = spent;
	let done = 0;
	for (const [round, updates] of lists.entries()) {
		if (done >= UPDATES) break;
		model = await carriedOut(account, key, model, updates);
		done += updates.length;
		const report = await readKey(account.address, key);
		const where = `seed ${seed}, round ${round}`;
		expect([where, plain(report.state)]).toEqual([where, plain(model)]);
		const trials = trialsOf(model);
		const found = await tried(model, trials);
		expect([where, ...told(trials, found)]).toEqual([
			where,
			...told(
				trials,
				trials.map((trial) => expected(model, trial)),
			),
		]);
		// Whatever it is, it can be told.
		expect(() => JSON.stringify(describeKey(report))).not.toThrow();
	}
	expect(done).toBeGreaterThanOrEqual(UPDATES);
});

/** A key that has used a part of its limits, and the model of it. */
async function keyThatSpent() {
	const limit = 1_000n;
	const start: PermissionUpdate[] = [
		{ kind: 'listType', listType: 'allowAll' },
		{ kind: 'nativeLimit', limit, refreshInterval: 0 },
		...tokens.map((token): PermissionUpdate => ({ kind: 'tokenLimit', token, limit, refreshInterval: 0 })),
	];
	const account = await fundedAccount(devnet, {
		keys: [{ tag: 'property', permissions: encodePermissionUpdates(start) }],
	});
	const key = account.keys[0]?.address as Address;
	const hit = { target: devnet.testTarget, value: SPENT.native, data: encodeFunctionData({ abi: targetAbi }) };
	const { success } = await account.asKey([hit, ...tokens.map((token) => approval(token, SPENT.token))]);
	expect(success).toBe(true);
	const fresh = applyUpdates(newKeyState(getAddress(account.address), getAddress(key)), start, 0);
	const spent: KeyState = {
		...fresh,
		native: { ...fresh.native!, used: SPENT.native },
		contracts: Object.fromEntries(
			Object.entries(fresh.contracts).map(([contract, access]) => [
				contract,
				{ ...access, tokenLimit: { ...access.tokenLimit!, used: SPENT.token } },
			]),
		),
	};
	return { account, key, spent };
}

/** Sends updates as the owner, and gives the model's state after them: limits start their windows at the block's time. */
async function carriedOut(account: SmartAccount, key: Address, before: KeyState, updates: PermissionUpdate[]) {
	const callData = encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'updateKeyPermissions',
		args: [key, encodePermissionUpdates(updates)],
	});
	const { success, blockNumber } = await account.asOwner(callData);
	expect(success).toBe(true);
	const block = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', [numberToHex(blockNumber), false]);
	return applyUpdates(before, updates, Number(block.timestamp));
}

async function readKey(account: Address, key: Address): Promise<KeyReport> {
	const index = await readKeyIndex(rpc, account);
	const [report] = await readKeys(rpc, network, index, [getAddress(key)]);
	return report as KeyReport;
}

/** Without what says nothing: contracts and functions that were named and have no entry any more. */
function plain(state: KeyState) {
	const known = Object.entries(state.contracts)
		.map(([contract, { functions, ...access }]) => ({
			contract,
			...access,
			functions: Object.keys(functions)
				.filter((selector) => functions[selector as Hex])
				.sort(),
		}))
		.filter(
			({ onList, checkSelectors, functions, tokenLimit }) => onList || checkSelectors || functions.length || tokenLimit,
		)
		.sort((a, b) => a.contract.localeCompare(b.contract));
	return { ...state, contracts: known };
}

/** Something that the key may try. */
interface Trial {
	/** Asked of the account's validation, as the EntryPoint does; or carried out, where token limits are counted. */
	step: 'validation' | 'execution';
	what: string;
	call: Call;
	/** The most that its gas could cost, in wei. */
	gasCost: bigint;
	paymaster: Address | undefined;
}

/** `passes` with the time range that the EntryPoint has to keep (0: open), or `refused`. */
type Outcome = { passes: true; validAfter: number; validUntil: number } | 'refused' | 'passes';

/** Every function of every contract, and each limit: what is left of it, one more than that, and one more than all of it. */
function trialsOf(state: KeyState): Trial[] {
	const { native, gas, requiredPaymaster: paymaster } = state;
	const common = { step: 'validation', gasCost: 0n, paymaster } as const;
	const calls = contracts.flatMap((target) =>
		[...SELECTORS, '0x12345678' as Hex].map((data) => ({ target, data, value: 0n })),
	);
	const lists = calls.map((call) => ({ ...common, what: `${call.data} of ${call.target}`, call }));
	// What follows needs a call that the list lets pass.
	const call = calls.find(({ target, data }) => mayCall(accessOf(state, state.contracts[target]), data));
	if (!call) return lists;
	const around = (limit: SpendLimit | undefined, windowMayPass = false) =>
		limit ? amountsAround(limit, windowMayPass) : [2n ** 200n];
	// With a native limit below what was used no operation comes as far as its execution.
	const executed = native && native.used > native.limit ? [] : tokens;
	return [
		...lists,
		...around(native).map((value) => ({ ...common, what: `${value} wei`, call: { ...call, value } })),
		...around(gas).map((gasCost) => ({ ...common, what: `gas for ${gasCost} wei`, call, gasCost })),
		{ ...common, what: 'another paymaster', call, paymaster: paymaster ? undefined : devnet.gasManager.paymaster },
		...executed.flatMap((token) =>
			around(state.contracts[token]?.tokenLimit, true).map((amount) => ({
				...common,
				step: 'execution' as const,
				what: `approval of ${amount} on ${token}`,
				call: approval(token, amount),
			})),
		),
	];
}

/** @param windowMayPass by the clock, while this runs: then what is left is no firm number, and the whole limit is */
function amountsAround({ limit, used, refreshInterval }: SpendLimit, windowMayPass: boolean): bigint[] {
	const left = limit > used ? limit - used : 0n;
	if (windowMayPass && refreshInterval > 0) return used > limit ? [limit + 1n] : [left, limit + 1n];
	return [...new Set([left, left + 1n, limit + 1n])];
}

function approval(token: Address, amount: bigint): Call {
	const args = [devnet.operator, amount] as const;
	return { target: token, value: 0n, data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args }) };
}

/** What the model says. A window is looked at by the EntryPoint, not in validation: that tells from when on it is open. */
function expected(state: KeyState, { step, call, gasCost, paymaster }: Trial): Outcome {
	if (step === 'execution') {
		const limit = state.contracts[call.target]?.tokenLimit;
		const amount = BigInt(slice(call.data, 36, 68));
		return !limit || amount + limit.used <= limit.limit ? 'passes' : 'refused';
	}
	const { native, gas, requiredPaymaster, validAfter, validUntil } = state;
	if (!mayCall(accessOf(state, state.contracts[call.target]), slice(call.data, 0, 4))) return 'refused';
	if (requiredPaymaster && paymaster !== requiredPaymaster) return 'refused';
	if (gas && gasCost > gas.limit) return 'refused';
	if (!native || native.used + call.value <= native.limit) return { passes: true, validAfter, validUntil };
	if (native.refreshInterval === 0 || call.value > native.limit) return 'refused';
	const reopens = native.lastUsed + native.refreshInterval;
	return { passes: true, validAfter: Math.max(validAfter, reopens), validUntil };
}

/** What the chain says. */
async function tried(state: KeyState, trials: readonly Trial[]): Promise<Outcome[]> {
	const answers = await rpc.batch(
		trials.map((trial) => ({ method: 'eth_call', params: [asked(state, trial), 'latest'] })),
	);
	return trials.map(({ step }, index) => outcomeOf(step, answers[index] as RpcResult));
}

function asked({ account, key }: KeyState, { step, call, gasCost, paymaster }: Trial) {
	const callData = encodeSessionKeyCalls([call], key);
	if (step === 'execution') return { from: ENTRY_POINT, to: account, data: callData };
	const userOp = {
		sender: account,
		nonce: BigInt(key) << 64n,
		initCode: '0x',
		callData,
		callGasLimit: 0n,
		verificationGasLimit: 0n,
		preVerificationGas: gasCost,
		maxFeePerGas: 1n,
		maxPriorityFeePerGas: 1n,
		paymasterAndData: paymaster ?? '0x',
		signature: DUMMY_SIGNATURE,
	} as const;
	const args = [userOp, numberToHex(1, { size: 32 }), 0n] as const;
	return {
		from: ENTRY_POINT,
		to: account,
		data: encodeFunctionData({ abi: validateAbi, functionName: 'validateUserOp', args }),
	};
}

function outcomeOf(step: Trial['step'], { result, error }: RpcResult): Outcome {
	if (error) {
		if (!(error instanceof RpcError)) throw error;
		// Any other revert would be a call that went wrong by itself.
		if (step === 'validation' && !error.revertData?.startsWith(PERMISSIONS_CHECK_FAILED)) throw error;
		if (error.revertData === undefined) throw error;
		return 'refused';
	}
	if (step === 'execution') return 'passes';
	const [validAfter, validUntil] = [0, 6].map((at) => Number(slice(result as Hex, at, at + 6))) as [number, number];
	return { passes: true, validAfter, validUntil: validUntil === OPEN ? 0 : validUntil };
}

function told(trials: readonly Trial[], outcomes: readonly Outcome[]): string[] {
	return trials.map(({ what }, index) => `${what}: ${JSON.stringify(outcomes[index])}`);
}
