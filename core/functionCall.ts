import { decodeFunctionResult, encodeFunctionData, type AbiFunction, type Hex } from 'viem';
import { parseArguments } from './input/argument';

/**
 * The calldata of a function.
 *
 * @param values by argument name. Integers as decimal text, in the contract's own base units; lists and structs as JSON
 * @throws {InputError} naming the argument that doesn't fit
 */
export function encodeCall(item: AbiFunction, values: Readonly<Record<string, unknown>>): Hex {
	const args = parseArguments(item.inputs, values);
	return encodeFunctionData({ abi: [item], functionName: item.name, args });
}

/** What a view function answered, safe for JSON: integers as decimal text. */
export function decodeAnswer(item: AbiFunction, data: Hex): unknown {
	return toJson(decodeFunctionResult({ abi: [item], functionName: item.name, data }));
}

/** The same value with integers as decimal text, as JSON can't hold them. */
export function toJson(value: unknown): unknown {
	if (typeof value === 'bigint') return value.toString();
	if (Array.isArray(value)) return value.map(toJson);
	if (value && typeof value === 'object') {
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, toJson(inner)]));
	}
	return value;
}
