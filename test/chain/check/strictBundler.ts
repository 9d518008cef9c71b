import type { HttpReply, Rpc } from '../../../core/rpc/rpc';
import { callDataRead, validationRead } from '../../../core/payment/send/simulate';
import { read } from '../../../core/rpc/read';
import { latestBlock } from '../../../core/userOperation/fees';
import type { RpcUserOperation } from '../../../core/userOperation/userOperation';
import { fromRpcUserOperation, hashUserOperation } from '../../../core/userOperation/userOperation';

export const BUNDLER = 'http://bundler.invalid/';

/** What it says of every operation: about what `assumedPlan` takes for one call, so that no assumption is ever too low. */
export const ESTIMATE = { callGasLimit: 320_000n, verificationGasLimit: 440_000n, preVerificationGas: 140_000n };

const NO_GAS = { callGasLimit: '0x0', verificationGasLimit: '0x0', preVerificationGas: '0x0' } as const;

interface Asked {
	id: number;
	method: string;
	params: unknown[];
}

/**
 * Estimates, and says no to everything that the chain would say no to at this moment, its time range too: the strictest that
 * a bundler can be. It takes no operations.
 */
export function strictBundler(chainId: number, rpc: Rpc) {
	const answer = async ({ id, method, params }: Asked) => {
		const error = (code: number, message: string, data?: unknown) => ({
			jsonrpc: '2.0',
			id,
			error: { code, message, data },
		});
		if (method === 'rundler_maxPriorityFeePerGas') return { jsonrpc: '2.0', id, result: '0x5f5e100' };
		if (method !== 'eth_estimateUserOperationGas') return error(-32601, 'the method does not exist');
		const op = { ...fromRpcUserOperation({ ...NO_GAS, ...(params[0] as RpcUserOperation) }), ...ESTIMATE };
		const { validation, execution, block } = await read(rpc, {
			validation: validationRead(op, hashUserOperation(op, chainId)),
			execution: callDataRead(op),
			block: latestBlock(),
		});
		const now = block.timestamp;
		if (!validation || validation.revertData !== undefined) return error(-32500, 'AA23 reverted (or OOG)');
		const { validAfter, validUntil } = validation;
		if (validAfter > now || (validUntil > 0 && validUntil < now)) return error(-32503, 'AA22 expired or not due');
		if (!execution || execution.revertData !== undefined)
			return error(-32521, 'execution reverted', execution?.revertData);
		const result = Object.fromEntries(Object.entries(ESTIMATE).map(([name, gas]) => [name, `0x${gas.toString(16)}`]));
		return { jsonrpc: '2.0', id, result };
	};
	return async (body: Asked | Asked[]): Promise<HttpReply> => {
		const answers = Array.isArray(body) ? await Promise.all(body.map(answer)) : await answer(body);
		return { status: 200, headers: {}, body: answers };
	};
}
