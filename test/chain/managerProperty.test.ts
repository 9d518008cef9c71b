import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import fc from 'fast-check';
import { encodeFunctionData, getAddress, numberToHex, parseAbi, zeroAddress, type Address, type Hex } from 'viem';
import { networkBySlug, type Network } from '../../core/networks';
import { ENTRY_POINT } from '../../core/contracts';
import type { Rpc } from '../../core/rpc/rpc';
import { accessOf, mayCall } from '../../core/sessionKey/access';
import { applyUpdates, newKeyState } from '../../core/sessionKey/applyUpdates';
import { describeKey } from '../../core/sessionKey/describeKey';
import type { KeyState } from '../../core/sessionKey/keyState';
import { encodePermissionUpdates, type PermissionUpdate } from '../../core/sessionKey/permissionUpdates';
import { readKeyIndex, readKeys, type KeyReport } from '../../core/sessionKey/readKeys';
import { DUMMY_SIGNATURE } from '../../core/userOperation/gas';
import { encodeSessionKeyCalls } from '../../core/payment/operations';
import { SELECTORS, updateOver } from '../unit/sessionKey/arbitraries';
import { connectionTo } from '../support/payer';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';

/**
 * Any sequence of updates is read back exactly: what key.get reads = a model = what the chain holds, and what the key may
 * call by it = what the chain lets pass. MANAGER_UPDATES sets how many updates.
 */
const UPDATES = Number(process.env.MANAGER_UPDATES ?? 240);
const MOST_AT_ONCE = 6;

jest.setTimeout(30_000 + UPDATES * 300);

const validateAbi = parseAbi([
	'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
	'function validateUserOp(UserOperation userOp, bytes32 userOpHash, uint256 missingAccountFunds) returns (uint256)',
]);
const PERMISSIONS_CHECK_FAILED = '0xb4d78304';

let devnet: DevnetClient;
let rpc: Rpc;
const network = networkBySlug('sepolia') as Network;

beforeAll(async () => {
	devnet = await connect();
	rpc = connectionTo(devnet);
});

it(`reads ${UPDATES} random updates back exactly`, async () => {
	const account = await fundedAccount(devnet, { keys: [{ tag: 'property' }] });
	const key = account.keys[0]?.address as Address;
	const contracts = [...Object.values(devnet.tokens).map(({ address }) => address), devnet.testTarget].map((one) =>
		getAddress(one),
	);
	const paymasters = [devnet.gasManager.paymaster, zeroAddress].map((one) => getAddress(one));
	const seed = Number(process.env.MANAGER_SEED ?? Date.now() % 1_000_000);
	const lists = fc.sample(fc.array(updateOver(contracts, paymasters), { minLength: 1, maxLength: MOST_AT_ONCE }), {
		numRuns: UPDATES,
		seed,
	});
	let model = newKeyState(getAddress(account.address), getAddress(key));
	let done = 0;
	for (const [round, updates] of lists.entries()) {
		if (done >= UPDATES) break;
		const state = await carriedOut(account, key, model, updates);
		done += updates.length;
		const report = await readKey(account.address, key);
		const where = `seed ${seed}, round ${round}`;
		expect([where, plain(report.state)]).toEqual([where, plain(state)]);
		expect([where, await passing(report.state, contracts)]).toEqual([where, expectedToPass(state, contracts)]);
		// Whatever it is, it can be told.
		expect(() => JSON.stringify(describeKey(report))).not.toThrow();
		model = state;
	}
	expect(done).toBeGreaterThanOrEqual(UPDATES);
});

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
	const contracts = Object.entries(state.contracts)
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
	return { ...state, contracts };
}

function calls(contracts: readonly Address[]) {
	return contracts.flatMap((target) =>
		[...SELECTORS, '0x12345678' as Hex].map((data) => ({ target, data, value: 0n })),
	);
}

function expectedToPass(state: KeyState, contracts: readonly Address[]): boolean[] {
	return calls(contracts).map(({ target, data }) => mayCall(accessOf(state, state.contracts[target]), data));
}

/** Asks the account itself, as the EntryPoint would, whether it lets each call pass. Gas costs nothing in these. */
async function passing(
	{ account, key, requiredPaymaster }: KeyState,
	contracts: readonly Address[],
): Promise<boolean[]> {
	const answers = await rpc.batch(
		calls(contracts).map((call) => {
			const userOp = {
				sender: account,
				nonce: BigInt(key) << 64n,
				initCode: '0x',
				callData: encodeSessionKeyCalls([call], key),
				callGasLimit: 0n,
				verificationGasLimit: 0n,
				preVerificationGas: 0n,
				maxFeePerGas: 0n,
				maxPriorityFeePerGas: 0n,
				paymasterAndData: requiredPaymaster ?? '0x',
				signature: DUMMY_SIGNATURE,
			} as const;
			const args = [userOp, numberToHex(1, { size: 32 }), 0n] as const;
			const data = encodeFunctionData({ abi: validateAbi, functionName: 'validateUserOp', args });
			return { method: 'eth_call', params: [{ from: ENTRY_POINT, to: account, data }, 'latest'] };
		}),
	);
	return answers.map(({ error }) => {
		if (error && !error.revertData?.startsWith(PERMISSIONS_CHECK_FAILED)) throw error;
		return !error;
	});
}
