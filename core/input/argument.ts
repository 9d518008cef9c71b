import type { AbiParameter, Hex } from 'viem';
import { parseAddress } from './address';
import { parseBoolean } from './boolean';
import { isNobodysText } from './noValue';
import { notThat, plainText } from './shown';

/** What an argument is called in a form: its name, or its place. */
export function argumentName({ name }: AbiParameter, index: number): string {
	return name || `argument ${index + 1}`;
}

/**
 * Reads the arguments of a function.
 *
 * @param values by argument name. Integers as decimal text, in the contract's own base units; lists and structs as JSON
 * @returns for viem: structs as lists, as their members may be called whatever they like
 * @throws {InputError} naming the argument that doesn't fit, or that wasn't given
 */
export function parseArguments(inputs: readonly AbiParameter[], values: Readonly<Record<string, unknown>>): unknown[] {
	return inputs.map((input, index) => {
		const name = argumentName(input, index);
		return toArgument(input, Object.hasOwn(values, name) ? values[name] : undefined, name);
	});
}

function toArgument(parameter: AbiParameter, value: unknown, field: string, isInside = false): unknown {
	const { type } = parameter;
	const list = /^(.*)\[(\d*)\]$/.exec(type);
	if (list) return toList(parameter, list, value, field);
	if (type === 'tuple') return toStruct(parameter, value, field);
	if (type === 'address') return parseAddress(value, field);
	if (type === 'bool') return parseBoolean(value, field);
	if (type === 'string') return toText(value, field, isInside);
	if (type.startsWith('bytes')) return toBytes(type, value, field);
	return toInteger(type, value, field);
}

/** An empty field of a form is an argument that nobody gave; an empty text in JSON is one that somebody wrote. */
function toText(value: unknown, field: string, isInside: boolean): string {
	if (value === '""' && !isInside) return '';
	if (typeof value === 'string' && isNobodysText(value)) {
		throw notThat(
			value,
			field,
			'text that somebody wrote',
			'Look at its expression: it was not worked out, or gave an object.',
		);
	}
	if (typeof value === 'string' && (value !== '' || isInside) && !/\p{Cs}/u.test(value)) return value;
	if (Number.isSafeInteger(value)) return String(value);
	throw notThat(value, field, 'text', 'Type the text. If an empty text is meant, type two quotation marks: "".');
}

/** 2 to the power of 256 has 78 digits. */
const MOST_DIGITS = 78;

function toInteger(type: string, value: unknown, field: string): bigint {
	const plain = typeof value === 'bigint' ? value.toString() : (plainText(value) ?? '');
	const isExact = typeof value !== 'number' || Number.isSafeInteger(value);
	if (!isExact || !/^-?\d+$/.test(plain)) {
		throw notThat(
			value,
			field,
			'a whole number',
			isExact
				? 'Type digits only, in base units: an integer of a contract has no decimal point.'
				: 'Type digits only, in base units, and as text: in JSON put large numbers in quotes.',
		);
	}
	const bits = BigInt(type.replace(/\D/g, '') || 256);
	const signed = type.startsWith('int');
	const [least, most] = signed ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
	const number = plain.replace(/^(-?)0+(?=\d)/, '$1').length > MOST_DIGITS + 1 ? most + 1n : BigInt(plain);
	if (number < least || number > most)
		throw notThat(value, field, `within ${type}`, `Type a number from ${least} to ${most}.`);
	return number;
}

function toBytes(type: string, value: unknown, field: string): Hex {
	const plain = typeof value === 'string' ? value.trim().replace(/^0X/, '0x') : '';
	const size = Number(type.slice('bytes'.length));
	const fits = /^0x(?:[0-9a-fA-F]{2})*$/.test(plain) && (size === 0 || plain.length === 2 + 2 * size);
	if (fits) return plain.toLowerCase() as Hex; // as it comes back from the chain, to be compared
	throw notThat(
		value,
		field,
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
			value,
			field,
			`a list${length ? ` of ${length}` : ''}`,
			'Type a JSON list, e.g. ["first", "second"]. Put large numbers in quotes.',
		);
	}
	// Not map: it would leave out what is missing in the middle.
	return Array.from(parsed, (one: unknown, index) =>
		toArgument({ ...parameter, type: inner } as AbiParameter, one, `${field}[${index}]`, true),
	);
}

function toStruct(parameter: AbiParameter, value: unknown, field: string): unknown[] {
	const parsed = fromJson(value);
	const parts = (parameter as { components?: readonly AbiParameter[] }).components ?? [];
	const names = parts.map(argumentName);
	const shape = `{${names.map((name) => `"${name}": …`).join(', ')}}`;
	const remedy = `Type it as JSON: ${shape}. Put large numbers in quotes.`;
	if (!parsed || typeof parsed !== 'object') throw notThat(value, field, 'a struct', remedy);
	if (Array.isArray(parsed) ? parsed.length !== parts.length : new Set(names).size !== names.length) {
		throw notThat(value, field, `a struct of ${parts.length} members`, remedy);
	}
	const members = Array.isArray(parsed)
		? Object.fromEntries(parsed.map((one, index) => [index, one as unknown]))
		: parsed;
	const keyOf = (index: number) => (Array.isArray(parsed) ? String(index) : (names[index] as string));
	const unknown = Object.keys(members).find((key) => !names.some((_, index) => keyOf(index) === key));
	if (unknown !== undefined) {
		throw notThat(
			value,
			field,
			`a struct with a member "${unknown.slice(0, 40)}"`,
			`Its members are: ${names.join(', ')}.`,
		);
	}
	return parts.map((part, index) => {
		const key = keyOf(index);
		const given = Object.hasOwn(members, key) ? (members as Record<string, unknown>)[key] : undefined;
		return toArgument(part, given, `${field}.${names[index]}`, true);
	});
}

function fromJson(value: unknown): unknown {
	if (typeof value !== 'string') return value;
	try {
		return JSON.parse(value) as unknown;
	} catch {
		return undefined;
	}
}
