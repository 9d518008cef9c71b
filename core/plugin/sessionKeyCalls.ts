import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, encodeFunctionData, getAddress, pad, size, slice, type Address, type Hex } from 'viem';
import { selectorOf, type Call } from '../calls';
import { CLAIM_SELECTOR, claimCall, REFERENCE_REGISTRY } from '../registry/referenceRegistry';

/** What a session key had the account do. */
export interface SessionKeyCalls {
	key: Address;
	/** Without the claims. */
	calls: readonly Call[];
	/** The hashes of the references that were claimed in the same operation. */
	claims: readonly Hex[];
}

/**
 * The calldata of an operation of a session key: the plugin's executeWithSessionKey. A reference is claimed before
 * anything else is done, so that a second payment of it stops before it costs much gas.
 */
export function encodeSessionKeyCalls(calls: readonly Call[], key: Address, claim?: Hex): Hex {
	return encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'executeWithSessionKey',
		args: [claim ? [claimCall(claim), ...calls] : [...calls], key],
	});
}

/** Reads the calldata of a session key's operation; undefined when it is something else (an owner's operation). */
export function decodeSessionKeyCalls(callData: Hex): SessionKeyCalls | undefined {
	try {
		const decoded = decodeFunctionData({ abi: SessionKeyPluginExecutionFunctionAbi, data: callData });
		if (decoded.functionName !== 'executeWithSessionKey') return undefined;
		const [calls, key] = decoded.args;
		return {
			key,
			calls: calls.filter((call) => !isClaim(call)),
			claims: calls.filter(isClaim).map(({ data }) => slice(data, 4, 36)),
		};
	} catch {
		return undefined;
	}
}

function isClaim({ target, data }: Call): boolean {
	return getAddress(target) === REFERENCE_REGISTRY && selectorOf(data) === CLAIM_SELECTOR && size(data) >= 36;
}

/** Whether two lists of calls are the same payment, to the last byte. */
export function sameCalls(a: readonly Call[], b: readonly Call[]): boolean {
	return encodeSessionKeyCalls(a, ANY_KEY) === encodeSessionKeyCalls(b, ANY_KEY);
}

const ANY_KEY = pad('0x', { size: 20 });
