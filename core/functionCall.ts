import {
	decodeFunctionResult,
	encodeFunctionData,
	parseAbi,
	parseAbiItem,
	toFunctionSignature,
	type Abi,
	type AbiFunction,
	type AbiParameter,
	type Hex,
} from 'viem';
import { InputError } from './amounts';
import { parseAddress } from './calls';

const EXAMPLE = 'e.g. deposit(address receiver, uint256 amount)';

/**
 * Reads a function as a person types it: `deposit(address receiver, uint256 amount)`, with or without `function`, names
 * and `returns (...)`.
 * @throws {InputError}
 */
export function parseFunctionSignature(text: unknown, field = 'Function'): AbiFunction {
	const plain = typeof text === 'string' ? text.trim().replace(/;$/, '') : '';
	try {
		return parseAbiItem(plain.startsWith('function ') ? plain : `function ${plain}`) as unknown as AbiFunction;
	} catch {
		throw new InputError(
			field,
			`"${field}" is ${plain ? `"${plain.slice(0, 100)}"` : 'empty'}, not a function`,
			`Type its name and, in brackets, the types of its arguments, ${EXAMPLE}.`,
		);
	}
}

/**
 * Reads an ABI: the JSON that block explorers and compilers give, or one function a line.
 * @throws {InputError}
 */
export function parseContractAbi(text: unknown, field = 'ABI'): Abi {
	if (Array.isArray(text)) return text as Abi;
	const plain = typeof text === 'string' ? text.trim() : '';
	try {
		const json = JSON.parse(plain) as Abi | { abi: Abi };
		const abi = Array.isArray(json) ? (json as Abi) : (json as { abi: Abi }).abi;
		if (Array.isArray(abi)) return abi;
	} catch {
		const lines = plain.split('\n').filter((line) => line.trim());
		try {
			if (lines.length > 0) return parseAbi(lines) as unknown as Abi;
		} catch {
			// Neither form: told below.
		}
	}
	throw new InputError(
		field,
		`"${field}" is ${plain ? 'not an ABI' : 'empty'}`,
		"Paste the contract's ABI as its block explorer shows it: a JSON list that begins with [.",
	);
}

/** The functions of an ABI, each with a name that tells overloads apart: `transfer(address,uint256)`. */
export function functionsOf(abi: Abi): { signature: string; item: AbiFunction }[] {
	return abi
		.filter((item): item is AbiFunction => item.type === 'function')
		.map((item) => ({ signature: toFunctionSignature(item), item }));
}

/** @throws {InputError} when the ABI has no function of that signature (or, where it is the only one, that name) */
export function functionInAbi(abi: Abi, name: unknown, field = 'Function'): AbiFunction {
	const functions = functionsOf(abi);
	const exact = functions.find(({ signature }) => signature === name);
	const named = functions.filter(({ item }) => item.name === name);
	const found = exact ?? (named.length === 1 ? named[0] : undefined);
	if (found) return found.item;
	throw new InputError(
		field,
		`"${field}" is "${String(name)}", which is not in the ABI`,
		`The ABI has: ${functions.map(({ signature }) => signature).join(', ') || 'no functions'}.`,
	);
}

/** What an argument is called in a form: its name, or its place. */
export function argumentName({ name }: AbiParameter, index: number): string {
	return name || `argument ${index + 1}`;
}

/**
 * The calldata of a function.
 *
 * @param values by argument name. Integers as decimal text, in the contract's own base units; lists and structs as JSON
 * @throws {InputError} naming the argument that doesn't fit
 */
export function encodeCall(item: AbiFunction, values: Readonly<Record<string, unknown>>): Hex {
	const args = item.inputs.map((input, index) => {
		const name = argumentName(input, index);
		return toArgument(input, values[name], name);
	});
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

function toArgument(parameter: AbiParameter, value: unknown, field: string): unknown {
	const { type } = parameter;
	const list = /^(.*)\[(\d*)\]$/.exec(type);
	if (list) return toList(parameter, list, value, field);
	if (type === 'tuple') return toStruct(parameter, value, field);
	if (type === 'address') return parseAddress(value, field);
	if (type === 'bool') return toBoolean(value, field);
	if (type === 'string') return String(value ?? '');
	if (type.startsWith('bytes')) return toBytes(type, value, field);
	return toInteger(type, value, field);
}

function toInteger(type: string, value: unknown, field: string): bigint {
	const plain = typeof value === 'bigint' ? value.toString() : String(value ?? '').trim();
	const isText = typeof value === 'string' || typeof value === 'bigint' || Number.isSafeInteger(value);
	if (!isText || !/^-?\d+$/.test(plain)) {
		throw notThat(
			field,
			value,
			'a whole number',
			'Type digits only, in base units: an integer of a contract has no decimal point.',
		);
	}
	const bits = BigInt(type.replace(/\D/g, '') || 256);
	const signed = type.startsWith('int');
	const number = BigInt(plain);
	const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
	if (number < least || number > most)
		throw notThat(field, value, `within ${type}`, `Type a number from ${least} to ${most}.`);
	return number;
}

function toBoolean(value: unknown, field: string): boolean {
	if (typeof value === 'boolean') return value;
	if (value === 'true' || value === 'false') return value === 'true';
	throw notThat(field, value, 'true or false', 'Type true or false.');
}

function toBytes(type: string, value: unknown, field: string): Hex {
	const plain = String(value ?? '').trim();
	const size = Number(type.slice('bytes'.length));
	const fits = /^0x([0-9a-fA-F]{2})*$/.test(plain) && (size === 0 || plain.length === 2 + 2 * size);
	if (fits) return plain as Hex;
	throw notThat(
		field,
		value,
		type,
		`Type 0x and ${size ? `${2 * size} hexadecimal digits` : 'an even number of hexadecimal digits'}.`,
	);
}

function toList(
	parameter: AbiParameter,
	[, inner = '', length]: RegExpExecArray,
	value: unknown,
	field: string,
): unknown[] {
	const parsed = fromJson(value);
	if (!Array.isArray(parsed) || (length && parsed.length !== Number(length))) {
		throw notThat(
			field,
			value,
			`a list${length ? ` of ${length}` : ''}`,
			'Type a JSON list, e.g. ["first", "second"]. Put large numbers in quotes.',
		);
	}
	return parsed.map((one, index) =>
		toArgument({ ...parameter, type: inner } as AbiParameter, one, `${field}[${index}]`),
	);
}

function toStruct(parameter: AbiParameter, value: unknown, field: string): unknown {
	const parsed = fromJson(value);
	const parts = (parameter as { components?: readonly AbiParameter[] }).components ?? [];
	if (!parsed || typeof parsed !== 'object') {
		const shape = parts.map((part, index) => `"${argumentName(part, index)}": …`).join(', ');
		throw notThat(field, value, 'a struct', `Type it as JSON: {${shape}}. Put large numbers in quotes.`);
	}
	const values = Array.isArray(parsed)
		? parsed
		: parts.map((part, index) => (parsed as Record<string, unknown>)[argumentName(part, index)]);
	const args = parts.map((part, index) => toArgument(part, values[index], `${field}.${argumentName(part, index)}`));
	return parts.every(({ name }) => name)
		? Object.fromEntries(parts.map(({ name }, index) => [name, args[index]]))
		: args;
}

function fromJson(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value);
	} catch {
		return undefined;
	}
}

function notThat(field: string, value: unknown, expected: string, remedy: string): InputError {
	const shown =
		value === undefined || value === null || value === ''
			? 'empty'
			: `"${String(typeof value === 'object' ? JSON.stringify(value) : value).slice(0, 80)}"`;
	return new InputError(field, `"${field}" is ${shown}, not ${expected}`, remedy);
}
