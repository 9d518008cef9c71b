import { parseAbi, toFunctionSignature, type Abi, type AbiFunction } from 'viem';
import { InputError } from '../errors';
import { functionsInJson } from './jsonAbi';
import { notThat, shown } from './shown';
import { declarationsIn, isOther, LONGEST_SOURCE, plainFunction } from './solidity';

const EXAMPLE = 'e.g. deposit(address receiver, uint256 amount)';

/** Longer than any signature, and short enough to be read at once. */
const LONGEST_SIGNATURE = 4000;

/**
 * Reads a function as a person types or copies it: `deposit(address receiver, uint256 amount)`, with or without
 * `function`, names, `returns (...)`, and what else Solidity lets stand there; or its fragment of a JSON ABI.
 * @throws {InputError}
 */
export function parseFunctionSignature(given: unknown, field = 'Function'): AbiFunction {
	const found = given !== '' ? functionsIn(given, LONGEST_SIGNATURE, field) : undefined;
	if (found?.length === 1) return withOwnNames(found[0] as AbiFunction, field);
	if (found && found.length > 1) {
		const names = found.slice(0, 3).map((item) => toFunctionSignature(item));
		throw new InputError(
			field,
			`"${field}" holds ${found.length} functions: ${names.join(', ')}`,
			'Leave one of them.',
		);
	}
	throw notThat(given, field, 'a function', `Type its name and, in brackets, the types of its arguments, ${EXAMPLE}.`);
}

/**
 * Reads the functions of an ABI in any form that it is copied in: the JSON of block explorers and compilers (a list, a
 * file around it, an API's reply, one fragment), or Solidity, one function a line.
 * @throws {InputError}
 */
export function parseContractAbi(given: unknown, field = 'ABI'): AbiFunction[] {
	const found = functionsIn(given, LONGEST_SOURCE, field);
	if (found) return found;
	throw notThat(
		given,
		field,
		'an ABI',
		"Paste the contract's ABI as its block explorer shows it: a JSON list that begins with [.",
	);
}

/** undefined when it is none */
function functionsIn(given: unknown, longest: number, field?: string): AbiFunction[] | undefined {
	if (typeof given !== 'string') return functionsInJson(given, functionsInText, field);
	const text = given.trim();
	if (text.length > 10 * longest) return undefined;
	if (/^[[{"]/.test(text)) {
		try {
			return functionsInJson(JSON.parse(text) as unknown, functionsInText, field);
		} catch (error) {
			if (error instanceof InputError) throw error;
			return undefined;
		}
	}
	return text.length > longest ? undefined : functionsInText(text);
}

function functionsInText(text: string): AbiFunction[] | undefined {
	const declarations = declarationsIn(text).filter((one) => !isOther(one));
	const lines = declarations.map((one) => (one.startsWith('struct ') ? one : plainFunction(one)));
	if (lines.length === 0 || lines.some((line) => line === undefined)) return undefined;
	try {
		const abi = parseAbi(lines as string[]) as unknown as Abi;
		// By the same rules as JSON: viem takes types that no selector is right for, such as `function`.
		return functionsInJson(abi, () => undefined);
	} catch {
		return undefined;
	}
}

/**
 * Two arguments of one name would get one value, so that one is sent that nobody gave.
 * @throws {InputError}
 */
function withOwnNames(item: AbiFunction, field: string): AbiFunction {
	const names = item.inputs.flatMap(({ name }) => name || []);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice === undefined) return item;
	throw new InputError(
		field,
		`"${field}" has two arguments that are called ${twice}`,
		'Give each argument a name of its own, or none: the types alone decide which function it is.',
	);
}

/** The functions of an ABI, each with a name that tells overloads apart: `transfer(address,uint256)`. */
export function functionsOf(abi: Abi): { signature: string; item: AbiFunction }[] {
	return abi
		.filter((item): item is AbiFunction => item.type === 'function')
		.map((item) => ({ signature: toFunctionSignature(item), item }));
}

/** @throws {InputError} when the ABI has no function of that signature (or, where it is the only one, that name) */
export function functionInAbi(abi: Abi, given: unknown, field = 'Function'): AbiFunction {
	const name = typeof given === 'string' ? given.trim() : undefined;
	const functions = functionsOf(abi);
	const signature = name && /\(/.test(name) ? signatureIn(name) : undefined;
	const exact = functions.find((one) => one.signature === (signature ?? name));
	const named = functions.filter(({ item }) => item.name === name);
	const found = exact ?? (named.length === 1 ? named[0] : undefined);
	if (found) return withOwnNames(found.item, field);
	throw new InputError(
		field,
		`"${field}" is ${shown(given)}, which is not in the ABI`,
		`The ABI has: ${functions.map((one) => one.signature).join(', ') || 'no functions'}.`,
	);
}

function signatureIn(text: string): string | undefined {
	const found = text.length > LONGEST_SIGNATURE ? undefined : functionsInText(text);
	return found?.length === 1 ? toFunctionSignature(found[0] as AbiFunction) : undefined;
}
