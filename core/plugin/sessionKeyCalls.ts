import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, encodeFunctionData, pad, type Address, type Hex } from 'viem';
import type { Call } from '../calls';
import { claimCall, parseClaim } from '../registry/referenceRegistry';

/** What a session key had the account do. */
export interface SessionKeyCalls {
	key: Address;
	/** Without the claims. */
	calls: readonly Call[];
	/** The hashes of the references that were claimed in the same operation. */
	claims: readonly Hex[];
	/** The first of these references, where its text stands on the chain. */
	reference?: string;
}

/**
 * The calldata of an operation of a session key: the plugin's executeWithSessionKey. A reference is claimed before
 * anything else is done, so that a second payment of it stops before it costs much gas.
 *
 * @param claim see `claimCall`
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
		const claims = calls.map((call) => parseClaim(call));
		const claimed = claims.filter((claim) => claim !== undefined);
		return {
			key,
			calls: calls.filter((_, index) => !claims[index]),
			claims: claimed.map(({ hash }) => hash),
			reference: claimed[0]?.reference,
		};
	} catch {
		return undefined;
	}
}

/** Whether two lists of calls are the same payment, to the last byte. */
export function sameCalls(a: readonly Call[], b: readonly Call[]): boolean {
	return encodeSessionKeyCalls(a, ANY_KEY) === encodeSessionKeyCalls(b, ANY_KEY);
}

const ANY_KEY = pad('0x', { size: 20 });
