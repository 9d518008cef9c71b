import type { AbiFunction, AbiParameter } from 'viem';
import { InputError } from '../errors';
import { shown } from './shown';

/** Where files and replies keep the ABI: artifacts, a compiler's metadata and output, a block explorer's API. */
const PLACES = ['abi', 'ABI', 'result', 'output', 'contractAbi', 'data', 'contracts'] as const;

const MOST_LEVELS = 6;

/**
 * The functions of an ABI in JSON, whatever is around it.
 *
 * @param inText reads the lines of a list of human-readable ones, or JSON as text
 * @param field what the ABI is called, for what a block explorer says in its place
 * @returns undefined when it is none
 * @throws {InputError} when a function in it can't be called as it stands there
 */
export function functionsInJson(
	given: unknown,
	inText: (text: string) => AbiFunction[] | undefined,
	field = 'Function',
	level = 0,
): AbiFunction[] | undefined {
	if (level > MOST_LEVELS) return undefined;
	if (typeof given === 'string') {
		const json = /^\s*[[{]/.test(given) ? jsonIn(given) : undefined;
		return json === undefined ? inText(given) : functionsInJson(json, inText, field, level + 1);
	}
	if (Array.isArray(given)) {
		const [only] = given.length === 1 ? (given as unknown[]) : [];
		return isContainer(only) ? functionsInJson(only, inText, field, level + 1) : functionsInList(given, inText, field);
	}
	if (!given || typeof given !== 'object') return undefined;
	if (isFragment(given)) return functionsInList([given], inText, field);
	for (const place of PLACES) {
		if (!Object.hasOwn(given, place)) continue;
		const inside = (given as Record<string, unknown>)[place];
		const found = functionsInJson(inside, inText, field, level + 1);
		if (found) return found;
		if (place === 'result' && typeof inside === 'string') throw notVerified(inside, field);
	}
	// A compiler's output: by file and contract, where there is only one of them.
	const [only, ...others] = Object.values(given);
	return level > 0 && others.length === 0 && isContainer(only)
		? functionsInJson(only, inText, field, level + 1)
		: undefined;
}

/** What holds an ABI, perhaps, and is none itself. */
function isContainer(given: unknown): boolean {
	return typeof given === 'object' && given !== null && !Array.isArray(given) && !isFragment(given);
}

function jsonIn(text: string): unknown {
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}

function notVerified(words: string, field: string): InputError {
	return new InputError(
		field,
		`"${field}" is a reply without an ABI: ${shown(words)}`,
		'Type the function by its signature, or get the ABI from whoever made the contract.',
	);
}

interface Fragment {
	type?: unknown;
	name?: unknown;
	inputs?: unknown;
	outputs?: unknown;
	stateMutability?: unknown;
	constant?: unknown;
	payable?: unknown;
}

function isFragment(given: object): given is Fragment {
	const { type, name, inputs } = given as Fragment;
	return typeof type === 'string' ? KINDS.has(type) : typeof name === 'string' && Array.isArray(inputs);
}

const KINDS = new Set(['function', 'event', 'error', 'constructor', 'fallback', 'receive']);

function functionsInList(
	list: readonly unknown[],
	inText: (text: string) => AbiFunction[] | undefined,
	field: string,
): AbiFunction[] | undefined {
	const entries = list.filter((one) => one !== null && one !== undefined);
	// Together: a line may name a struct that another line declares.
	const lines = entries.filter((one) => typeof one === 'string');
	const inLines = lines.length > 0 ? inText(lines.join(';\n')) : [];
	const fragments = entries.filter((one) => typeof one !== 'string');
	if (
		!inLines ||
		!fragments.every((one): one is Fragment => typeof one === 'object' && one !== null && isFragment(one))
	)
		return undefined;
	return [
		...inLines,
		// Without a type it is a function, says the specification of the ABI.
		...fragments.filter(({ type = 'function' }) => type === 'function').map((one) => toFunction(one, field)),
	];
}

function toFunction(fragment: Fragment, field: string): AbiFunction {
	const { name, inputs, outputs, stateMutability, constant, payable } = fragment;
	if (typeof name !== 'string' || !/^[A-Za-z_$][\w$]*$/.test(name)) {
		throw new InputError(field, `"${field}" has a function without a name`, 'Copy the ABI again from its source.');
	}
	const known = ['pure', 'view', 'payable', 'nonpayable'].find((one) => one === stateMutability);
	return {
		type: 'function',
		name,
		inputs: toParameters(inputs, `${name}()`, field),
		outputs: toParameters(outputs, `${name}()`, field),
		stateMutability: (known ?? (constant === true ? 'view' : payable === true ? 'payable' : 'nonpayable')) as 'view',
	};
}

function toParameters(given: unknown, of: string, field: string): AbiParameter[] {
	if (given === undefined || given === null) return [];
	const list = Array.isArray(given) ? (given as unknown[]) : undefined;
	const types = list?.map((one) => toParameter(one, of, field));
	if (types?.every((one) => one !== undefined)) return types;
	const wrong = list?.[types?.indexOf(undefined) ?? 0] as { type?: unknown } | undefined;
	throw new InputError(
		field,
		`"${field}" has the function ${of} with an argument of a type that is not known: ${shown(wrong?.type)}`,
		'Copy the ABI again from its source: types are such as address, uint256, bytes32[] or tuple.',
	);
}

const TYPE = /^(address|bool|string|bytes\d{0,2}|u?int\d{0,3}|tuple)((?:\[(?:[1-9]\d{0,5})?\]){0,8})$/;
/** Solidity's other names; a selector is made of the first of them. */
const ALIASES: Readonly<Record<string, string>> = {
	uint: 'uint256',
	int: 'int256',
	byte: 'bytes1',
	'address payable': 'address',
};

function toParameter(given: unknown, of: string, field: string): AbiParameter | undefined {
	if (!given || typeof given !== 'object') return undefined;
	const { type, name, components } = given as Record<string, unknown>;
	if (typeof type !== 'string') return undefined;
	const [, base = '', rest = ''] = /^([^[]*)(.*)$/.exec(type.trim()) ?? [];
	const plain = `${Object.hasOwn(ALIASES, base) ? ALIASES[base] : base}${rest}`;
	if (!TYPE.test(plain) || !isOfSize(plain)) return undefined;
	const named = typeof name === 'string' ? name : '';
	if (!plain.startsWith('tuple')) return { type: plain, name: named };
	if (!Array.isArray(components) || components.length === 0) return undefined;
	return { type: plain, name: named, components: toParameters(components, of, field) } as AbiParameter;
}

function isOfSize(type: string): boolean {
	const [, kind, size] = /^(u?int|bytes)(\d+)/.exec(type) ?? [];
	if (!kind) return true;
	const number = Number(size);
	return kind === 'bytes' ? number >= 1 && number <= 32 : number >= 8 && number <= 256 && number % 8 === 0;
}
