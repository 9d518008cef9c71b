import { SessionKeyPluginAbi, UpgradeableModularAccountAbi } from '@alchemy/aa-accounts';
import { decodeErrorResult, encodeFunctionData, parseAbi, type Address, type Hex } from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';
import type { DevnetClient } from '../../../devnet/client';
import { userOperationHash, type Operation } from '../../../devnet/operations';
import { RpcError } from '../../../devnet/rpc';

/** What the chain itself says about an operation, without including it. */
export interface ChainOutcome {
	entryPointHandleOps: unknown;
	entryPointSimulateValidation: unknown;
	accountValidateUserOp: unknown;
	accountExecution: unknown;
}

const errorsAbi = [
	...SessionKeyPluginAbi,
	...UpgradeableModularAccountAbi,
	...parseAbi(['error Error(string reason)', 'error Nope(uint256 code)', 'error PermissionsCheckFailed()']),
];

interface Call {
	to: Address;
	data: Hex;
	from?: Address;
}

/** Asks the EntryPoint and the account. */
export async function askChain(devnet: DevnetClient, operation: Operation): Promise<ChainOutcome> {
	const { EntryPoint } = devnet.contracts;
	const full = { initCode: '0x' as const, paymasterAndData: '0x' as const, ...operation };
	const abi = entryPoint06Abi;
	const handleOps = encodeFunctionData({ abi, functionName: 'handleOps', args: [[full], devnet.operator] });
	const simulate = encodeFunctionData({ abi, functionName: 'simulateValidation', args: [full] });
	const validate = encodeFunctionData({
		abi: UpgradeableModularAccountAbi,
		functionName: 'validateUserOp',
		args: [full, userOperationHash(devnet, operation), 0n],
	});
	const asEntryPoint = { to: operation.sender, from: EntryPoint };
	const [handled, simulated, validated, executed] = await Promise.all([
		call(devnet, { to: EntryPoint, from: devnet.operator, data: handleOps }),
		call(devnet, { to: EntryPoint, data: simulate }),
		call(devnet, { ...asEntryPoint, data: validate }),
		call(devnet, { ...asEntryPoint, data: operation.callData }),
	]);
	return {
		entryPointHandleOps: handled.ok ? 'ok (would be included)' : entryPointRefusal(handled.data),
		entryPointSimulateValidation: entryPointRefusal(simulated.data),
		accountValidateUserOp: validated.ok ? { returns: validated.data } : accountError(validated.data),
		accountExecution: executed.ok ? 'ok' : revert(executed.data),
	};
}

async function call({ request }: DevnetClient, transaction: Call): Promise<{ ok: boolean; data: Hex }> {
	try {
		return { ok: true, data: await request<Hex>('eth_call', [transaction, 'latest']) };
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		return { ok: false, data: (error.data as Hex | undefined) ?? '0x' };
	}
}

/** The EntryPoint answers a simulation by reverting too. */
function entryPointRefusal(data: Hex): unknown {
	if (data === '0x') return { code: 3, message: 'execution reverted', data };
	const error = decodeErrorResult({ abi: entryPoint06Abi, data });
	if (error.errorName === 'FailedOp') return { FailedOp: error.args[1] };
	if (error.errorName !== 'ValidationResult') throw new Error(`the EntryPoint says ${error.errorName}`);
	const { sigFailed, validAfter, validUntil } = error.args[0];
	return { ok: true, sigFailed, validAfter, validUntil };
}

function accountError(data: Hex): unknown {
	const { errorName, args = [] } = decodeErrorResult({ abi: errorsAbi, data });
	return { name: errorName, selector: data.slice(0, 10), args, data };
}

function revert(data: Hex): unknown {
	return data === '0x' ? { reverts: errorName(data) } : { reverts: errorName(data), selector: data.slice(0, 10) };
}

/** The name of the error in revert data. */
export function errorName(data: Hex): string {
	return data === '0x' ? '(empty revert data)' : decodeErrorResult({ abi: errorsAbi, data }).errorName;
}
