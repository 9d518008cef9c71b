import { parseAbi, toFunctionSelector, toFunctionSignature, type Abi, type AbiFunction, type Hex } from 'viem';
import { InputError } from '../errors';
import { functionsOf, parseFunctionSignature } from '../input/abi';
import { notThat } from '../input/shown';
import { declarationsIn, LONGEST_SOURCE } from '../input/solidity';
import { PLAIN_PAYMENT } from '../calls';

/** The word for a payment without data in lists of functions; Solidity's own for what such a payment meets. */
const RECEIVE = 'receive()';

/** Functions whose names are shown without an ABI: those of the common token standards (ERC-20, 721, 1155, 2612, WETH). */
const WELL_KNOWN = parseAbi([
	'function transfer(address,uint256)',
	'function approve(address,uint256)',
	'function transferFrom(address,address,uint256)',
	'function increaseAllowance(address,uint256)',
	'function decreaseAllowance(address,uint256)',
	'function permit(address,address,uint256,uint256,uint8,bytes32,bytes32)',
	'function transferWithAuthorization(address,address,uint256,uint256,uint256,bytes32,uint8,bytes32,bytes32)',
	'function burn(uint256)',
	'function burnFrom(address,uint256)',
	'function mint(address,uint256)',
	'function deposit()',
	'function withdraw(uint256)',
	'function safeTransferFrom(address,address,uint256)',
	'function safeTransferFrom(address,address,uint256,bytes)',
	'function safeTransferFrom(address,address,uint256,uint256,bytes)',
	'function setApprovalForAll(address,bool)',
]);

/** Signatures by selector: names for functions that aren't well known. */
export type FunctionNames = Readonly<Record<Hex, string>>;

/** The names of the functions of an ABI. */
export function namesIn(abi: Abi): FunctionNames {
	return Object.fromEntries(functionsOf(abi).map(({ signature, item }) => [toFunctionSelector(item), signature]));
}

const WELL_KNOWN_NAMES = namesIn(WELL_KNOWN);

/**
 * The name of a function by its selector, such as `transfer(address,uint256)`. A selector is 4 bytes of a hash and can
 * belong to several functions, so the names that
 * somebody gave go first.
 *
 * @returns undefined when nobody knows it
 */
export function functionName(selector: Hex, names: FunctionNames = {}): string | undefined {
	if (selector === PLAIN_PAYMENT) return RECEIVE;
	return names[selector] ?? WELL_KNOWN_NAMES[selector];
}

/** A function as a person named it. */
export interface NamedFunction {
	selector: Hex;
	/** What the selector is computed from, e.g. `transfer(address,uint256)`. */
	signature: string;
}

/** An ABI's function as a NamedFunction. */
export function toNamedFunction(item: AbiFunction): NamedFunction {
	return { selector: toFunctionSelector(item), signature: toFunctionSignature(item) };
}

/**
 * Reads a function as a person types it: `transfer(address,uint256)`, with or without names, `function` and returns;
 * `receive()` stands for a payment without data. A bare selector is refused: nobody can see what it allows.
 *
 * @throws {InputError}
 */
export function parseNamedFunction(text: unknown, field = 'Functions'): NamedFunction {
	const plain = typeof text === 'string' ? text.trim() : '';
	if (/^receive\s*\(\s*\)( external| payable)*$/.test(plain)) return { selector: PLAIN_PAYMENT, signature: RECEIVE };
	if (/^0x[0-9a-fA-F]*$/.test(plain)) {
		throw new InputError(
			field,
			`"${field}" is ${plain}, which doesn't say what function it is`,
			'Type the function with its argument types, e.g. transfer(address,uint256).',
		);
	}
	return toNamedFunction(parseFunctionSignature(text, field));
}

/**
 * Reads several functions: one a line, or separated by semicolons.
 * @throws {InputError} for the first that isn't one, or when there is none
 */
export function parseNamedFunctions(text: unknown, field = 'Functions'): NamedFunction[] {
	const lines = typeof text === 'string' && text.length < LONGEST_SOURCE ? declarationsIn(text) : [];
	if (lines.length > 0) return lines.map((line) => parseNamedFunction(line, field));
	throw notThat(text, field, 'a list of functions', 'Type one function a line, e.g. transfer(address,uint256).');
}
