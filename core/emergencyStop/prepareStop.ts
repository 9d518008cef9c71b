import { generatePrivateKey } from 'viem/accounts';
import type { AccountState } from '../accountState';
import { formatAmount } from '../amounts';
import { NATIVE_DECIMALS } from '../networks';
import { explained, requireNotStopped, type Manager } from '../ownerOperation/sendOwnerOperation';
import { requireGasMoney } from '../ownerOperation/executePlan';
import { refuse, RefusalError } from '../refusal/refusal';
import { read } from '../rpc/read';
import { raised, type Fees } from '../userOperation/fees';
import { estimateRead } from '../userOperation/gas';
import { readDraft } from '../userOperation/submit';
import type { UserOperation } from '../userOperation/userOperation';
import { stopNonceKey, stopOf } from './stopCode';

/** Times the present fees, which are half as much again as is paid now: the base fee may rise to about twelve times. */
const FEE_TIMES = 8n;
/** Below that much room above the present fees a stop would be out of date within days. */
const LEAST_FEE_TIMES = 2n;

/**
 * Uninstalling, apart from its keys: 348,000 gas measured with two. A key costs about 20,000 (its entries in the list and
 * its event). Whatever keys there are when it is pulled: where the gas ends within the plugin's part, the plugin is
 * uninstalled, but its keys would be there again once it is installed anew.
 */
const GAS_WITHOUT_KEYS = 600_000n;
const GAS_FOR_EACH_KEY = 50_000n;
/** Room for so many keys, or for twice as many as there are. */
const LEAST_ROOM = 50;

/** For how many keys an operation's gas is enough. */
export function roomForKeys({ callGasLimit }: Pick<UserOperation, 'callGasLimit'>): number {
	return Number((callGasLimit - GAS_WITHOUT_KEYS) / GAS_FOR_EACH_KEY);
}

/**
 * Builds the operation of an emergency stop, to be signed now and sent whenever it is needed: no time in it ends.
 * @throws {RefusalError} when the account couldn't pay it, or it would cost more than one operation may cost;
 * {OwnerOperationFailed} when it would not go through; {EndpointError}
 */
export async function prepareStop(manager: Manager, account: AccountState): Promise<UserOperation> {
	const { rpc } = manager;
	requireNotStopped(manager);
	const { callData } = stopOf(account.address);
	const request = { sender: account.address, callData, nonceKey: stopNonceKey(generatePrivateKey()) };
	const draft = await readDraft(rpc, request);
	const { gas } = await read(rpc, { gas: estimateRead(draft) }).catch((error: unknown) => {
		throw explained(error, rpc, account.address);
	});
	const keys = BigInt(Math.max(LEAST_ROOM, account.sessionKeys.length * 2));
	const limits = {
		callGasLimit: GAS_WITHOUT_KEYS + GAS_FOR_EACH_KEY * keys,
		// Bundlers refuse a limit far above what is used; and what isn't used isn't paid.
		verificationGasLimit: raised(gas.verificationGasLimit, 150n),
		// On rollups the part for Ethereum's data, which rises and falls; it is paid in full.
		preVerificationGas: gas.preVerificationGas * 3n,
	};
	const units = limits.callGasLimit + limits.verificationGasLimit + limits.preVerificationGas;
	const op: UserOperation = {
		...draft,
		...stopOf(account.address),
		...limits,
		...stopFees(manager, draft, units),
		signature: '0x',
	};
	requireGasMoney(manager, account, op);
	return op;
}

/** As much above the present fees as the bound on what an operation may cost allows. */
function stopFees({ network, mostGasCost = network.mostOperationCost }: Manager, now: Fees, gas: bigint): Fees {
	const most = mostGasCost / gas;
	if (most < now.maxFeePerGas * LEAST_FEE_TIMES) {
		throw new RefusalError([
			refuse('gasCostAboveMost', {
				cost: formatAmount(now.maxFeePerGas * LEAST_FEE_TIMES * gas, NATIVE_DECIMALS),
				most: formatAmount(mostGasCost, NATIVE_DECIMALS),
				unit: network.nativeSymbol,
				network: network.name,
			}),
		]);
	}
	const atMost = (fee: bigint) => (fee < most ? fee : most);
	return {
		maxFeePerGas: atMost(now.maxFeePerGas * FEE_TIMES),
		maxPriorityFeePerGas: atMost(now.maxPriorityFeePerGas * FEE_TIMES),
	};
}
