import {
	BaseError,
	decodeFunctionResult,
	encodeFunctionData,
	numberToHex,
	type Abi,
	type Address,
	type ContractFunctionArgs,
	type ContractFunctionName,
	type ContractFunctionReturnType,
	type Hex,
} from 'viem';
import { canPass, EndpointError, type RpcError } from './errors';
import type { Rpc, RpcResult } from './rpc';
import { askTogether } from './snapshot';

/** One thing to read: the call that asks for it, and how its answer is understood. */
export interface Read<T> {
	method: string;
	params: readonly unknown[];
	/** Whoever asks can do without: see `optional`. */
	optional?: boolean;
	/** See `blockNow`. */
	onlyHeightAndTime?: boolean;
	decode(result: RpcResult): T;
}

/** Things to read together, in any shape; undefined is nothing to read. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- a Read of anything
export type Reads = undefined | Read<any> | readonly Reads[] | { readonly [name: string]: Reads };

/** The same shape with the answers in place of the reads. */
export type Answers<R> = R extends undefined
	? undefined
	: R extends Read<infer T>
		? T
		: { -readonly [K in keyof R]: Answers<R[K]> };

/**
 * Reads everything in ONE JSON-RPC batch, all views of contracts in one call of it and so of one block, and gives the answers
 * in the shape of the question.
 *
 * @example
 * const { nonce, block } = await read(rpc, { nonce: nonceRead(account, key), block: latestBlock() });
 * @throws {EndpointError} when no valid answer came; {RpcError} when a call failed whose read doesn't allow for it
 */
export async function read<const R extends object>(rpc: Rpc, shape: R): Promise<Answers<R>> {
	const reads = shape as unknown as Reads;
	const calls: Read<unknown>[] = [];
	collect(reads, calls);
	if (calls.length === 0) return reads as never;
	const results = await askTogether(rpc, calls);
	let next = 0;
	return place(reads, (one) => {
		const result = results[next++] as RpcResult;
		// viem's for what a contract answered: whoever allows for that has caught it by now.
		return understood(one.method, [...NATIVE_ERRORS, BaseError], () => one.decode(result));
	}) as never;
}

function isRead(reads: NonNullable<Reads>): reads is Read<unknown> {
	return typeof (reads as Read<unknown>).decode === 'function';
}

function collect(reads: Reads, into: Read<unknown>[]): void {
	if (reads === undefined) return;
	if (isRead(reads)) into.push(reads);
	else for (const part of Object.values(reads) as Reads[]) collect(part, into);
}

function place(reads: Reads, answer: (one: Read<unknown>) => unknown): unknown {
	if (reads === undefined) return undefined;
	if (isRead(reads)) return answer(reads);
	if (Array.isArray(reads)) return reads.map((part: Reads) => place(part, answer));
	return Object.fromEntries(Object.entries(reads).map(([name, part]) => [name, place(part as Reads, answer)]));
}

/**
 * The plain answer of a method, handed through `convert`. What isn't of the method's form, or what `convert` can't make
 * anything of (null where a value belongs), is no answer: decoding throws an EndpointError `unintelligible`.
 */
export function rpcRead<T>(method: string, params: readonly unknown[], convert: (result: never) => T): Read<T> {
	return {
		method,
		params,
		decode({ result, error }) {
			if (error) throw error;
			if (!(FORMS[method]?.test(String(result)) ?? true)) throw new EndpointError('unintelligible', method);
			return understood(method, NATIVE_ERRORS, () => convert(result as never));
		},
	};
}

const QUANTITY = /^(?:0x[0-9a-f]{1,64}|\d{1,15})$/i;
const BYTES = /^0x(?:[0-9a-f]{2})*$/i;
/** What these answer, of whom `Number` and `BigInt` would make something of nothing. */
const FORMS: Record<string, RegExp> = {
	eth_chainId: QUANTITY,
	eth_blockNumber: QUANTITY,
	eth_getBalance: QUANTITY,
	eth_gasPrice: QUANTITY,
	eth_estimateGas: QUANTITY,
	eth_maxPriorityFeePerGas: QUANTITY,
	rundler_maxPriorityFeePerGas: QUANTITY,
	eth_getCode: BYTES,
	eth_call: BYTES,
};

type ErrorClass = abstract new (...args: never[]) => Error;
/** What JavaScript itself throws at null, or at text that is no number. */
const NATIVE_ERRORS: readonly ErrorClass[] = [TypeError, SyntaxError, RangeError];

/** Errors of these classes are not for people: an answer that they come of is not understood. */
function understood<T>(method: string, classes: readonly ErrorClass[], decode: () => T): T {
	try {
		return decode();
	} catch (error) {
		const isForeign = classes.some((one) => error instanceof one);
		throw isForeign ? new EndpointError('unintelligible', method) : error;
	}
}

/** Which state is read: the newest, or that of a block height. */
export type BlockTag = 'latest' | bigint;

/** A view function of a contract, by eth_call. A contract that isn't there throws like one that reverts. */
export function contractRead<const A extends Abi, N extends ContractFunctionName<A, 'view' | 'pure'>>(
	abi: A,
	address: Address,
	functionName: N,
	args: ContractFunctionArgs<A, 'view' | 'pure', N>,
	block: BlockTag = 'latest',
): Read<ContractFunctionReturnType<A, 'view' | 'pure', N>> {
	const data = encodeFunctionData({ abi, functionName, args } as never);
	return rpcRead('eth_call', [{ to: address, data }, blockParam(block)], (result: Hex) =>
		decodeFunctionResult({ abi, functionName, data: result } as never),
	) as Read<ContractFunctionReturnType<A, 'view' | 'pure', N>>;
}

/** The JSON-RPC form of a block tag. */
export function blockParam(block: BlockTag): string {
	return typeof block === 'bigint' ? numberToHex(block) : block;
}

/** The same read; of an error that it ends with, `handle` makes an answer or throws it. */
export function caught<T, F>(one: Read<T>, handle: (error: unknown) => F): Read<T | F> {
	return {
		...one,
		decode(result) {
			try {
				return one.decode(result);
			} catch (error) {
				return handle(error);
			}
		},
	};
}

/**
 * The same read, with `fallback` where the question is answered by an error, or by what can't be understood: the error may
 * decide which. Where no answer came at all (too many requests, a node that is behind) that is thrown: it is neither.
 */
export function orElse<T, F>(one: Read<T>, fallback: (error: RpcError | Error) => F): Read<T | F> {
	return caught(one, (error) => {
		if (error instanceof EndpointError || canPass(error)) throw error;
		return fallback(error as Error);
	});
}

/**
 * The same read for what can be done without: undefined where no answer came, for whatever reason. It takes no other read of
 * the batch along when the endpoint can't carry it.
 */
export function optional<T>(one: Read<T>): Read<T | undefined> {
	return { ...caught(one, () => undefined), optional: true };
}

/** The same read, its answer handed through `convert`. */
export function mapRead<T, U>(one: Read<T>, convert: (answer: T) => U): Read<U> {
	return { ...one, decode: (result) => convert(one.decode(result)) };
}
