import { parseAbi, parseAbiItem, toFunctionSignature, type Abi, type AbiFunction } from 'viem';
import { InputError } from '../errors';

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
