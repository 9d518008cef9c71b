import type { AbiFunction, Address, Hex } from 'viem';
import { InputError } from './errors';
import { decodeAnswer, encodeCall } from './functionCall';
import type { Payer } from './payment/send/payment';
import { decodeRevert } from './explain/reverts';
import { isRevert, RpcError } from './rpc/errors';

/**
 * Asks a contract's function that only reads, as the account.
 *
 * @param values the arguments by name
 * @returns what it answered, safe for JSON: integers as decimal text
 * @throws {InputError} when the function doesn't say what it returns, no contract stands there, the contract refuses, or it
 * answers something else than the function says; {EndpointError}
 */
export async function readContract(
	{ rpc, account }: Pick<Payer, 'rpc' | 'account'>,
	contract: Address,
	item: AbiFunction,
	values: Readonly<Record<string, unknown>>,
): Promise<unknown> {
	if (item.outputs.length === 0) {
		throw new InputError(
			'Function',
			`"Function" does not say what ${item.name} returns, so that its answer cannot be read`,
			`Type it behind the arguments, e.g. ${item.name}(…) view returns (uint256), or paste the ABI.`,
		);
	}
	const answer = await callContract(
		{ rpc },
		{ from: account, to: contract, data: encodeCall(item, values) },
		item.name,
	);
	if (answer === '0x' && (await rpc.request<Hex>('eth_getCode', [contract, 'latest'])) === '0x') {
		throw new InputError(
			'Contract',
			`There is no contract at ${contract} on this network`,
			'Compare the address with its source, and the network with your credential.',
		);
	}
	try {
		return decodeAnswer(item, answer);
	} catch {
		const what = answer === '0x' ? 'nothing' : `${(answer.length - 2) / 2} bytes that are something else`;
		throw new InputError(
			'Function',
			`"Function" says what ${item.name} returns, but the contract answered ${what}`,
			"Compare the function's name, arguments and returns with the contract's ABI.",
		);
	}
}

async function callContract({ rpc }: Pick<Payer, 'rpc'>, call: object, name: string): Promise<Hex> {
	try {
		return await rpc.request<Hex>('eth_call', [call, 'latest']);
	} catch (error) {
		if (!(error instanceof RpcError) || !isRevert(error)) throw error;
		const why = error.revertData === undefined ? undefined : decodeRevert(error.revertData);
		const words = why?.kind === 'said' ? `: ${why.said}` : why?.kind === 'own' ? `: ${why.name}` : ' without a reason';
		throw new InputError(
			'Function',
			`The contract refused to answer ${name}${words}`,
			'Compare the arguments with what the contract takes, and the function with its ABI.',
		);
	}
}
