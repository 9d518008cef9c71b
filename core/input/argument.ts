import type { AbiParameter, Hex } from 'viem';
import { InputError } from '../errors';
import { parseAddress } from './address';

/** What an argument is called in a form: its name, or its place. */
export function argumentName({ name }: AbiParameter, index: number): string {
	return name || `argument ${index + 1}`;
}

/** Reads an argument of a function. @throws {InputError} */
export function toArgument(parameter: AbiParameter, value: unknown, field: string): unknown {
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
