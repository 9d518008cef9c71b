import type { Address } from 'viem';
import { InputError } from '../errors';
import { parseAddress } from '../input/address';
import { notThat, shown, unseenCharacter, nameOfCharacter } from '../input/shown';
import { lossOfAny } from '../payment/check/checkDestinations';

/** Somebody who is paid, by the name that the list gives. */
export interface Payee {
	name: string;
	address: Address;
}

/** A list holds as many as a company pays; a name fits on one line of a form. */
const MOST_PAYEES = 5_000;
const LONGEST_NAME = 100;

const LINE = 'Type one payee a line: name, address. For example: Anna Berg, 0x and 40 hexadecimal digits.';

/**
 * Reads a list of payees: one a line, a name and then an address, with a comma, a semicolon, a colon or a tab between them,
 * as sheets and address books give it, or a space; quotation marks around either are no part of it. Empty lines don't count.
 *
 * @throws {InputError} for the first line that can't be read, an address that nobody owns, a name that has two addresses,
 * and an address that has two names
 */
export function parsePayees(given: unknown, field: string): Payee[] {
	if (typeof given !== 'string') throw notThat(given, field, 'a list of payees', LINE);
	const byName = new Map<string, Payee>();
	const byAddress = new Map<Address, Payee>();
	for (const [index, line] of given.split(/\r\n|[\r\n]/).entries()) {
		if (line.trim() === '') continue;
		const payee = parsePayee(line, field, index + 1);
		const sameName = byName.get(nameKey(payee.name));
		const sameAddress = byAddress.get(payee.address);
		if (sameName && sameName.address !== payee.address) throw twoAddresses(payee, sameName, field, index + 1);
		if (sameAddress && nameKey(sameAddress.name) !== nameKey(payee.name)) {
			throw twoNames(payee, sameAddress, field, index + 1);
		}
		byName.set(nameKey(payee.name), sameName ?? payee);
		byAddress.set(payee.address, sameAddress ?? payee);
	}
	if (byName.size <= MOST_PAYEES) return [...byName.values()];
	throw new InputError(field, `"${field}" has ${byName.size} payees, more than ${MOST_PAYEES}`, LINE);
}

/** Longer than a name and an address are together. */
const LONGEST_LINE = 300;

/**
 * A name and an address in one text, as a line of the list has them; undefined where it ends with no such thing. Neither is
 * looked at any closer.
 */
export function splitPayee(text: string): { name: string; address: string } | undefined {
	if (text.length > LONGEST_LINE) return undefined;
	const line = text.trim().replace(/[,;\s]+$/, '');
	const [, address = ''] = /[\s,;:]([^\s,;:]+)$/.exec(line) ?? [];
	if (!/^["']?(0x|[0-9a-f]{30})/i.test(address)) return undefined;
	return { name: unquoted(line.slice(0, -address.length).replace(/[\s,;:]+$/, '')), address: unquoted(address) };
}

function parsePayee(line: string, field: string, place: number): Payee {
	const where = `Line ${place} of "${field}"`;
	const parts = splitPayee(line);
	if (!parts) throw new InputError(field, `${where} is ${shown(line)}, not a name and an address`, LINE);
	const address = atLine(place, () => parseAddress(parts.address, field));
	const name = plainName(parts.name);
	const unseen = unseenCharacter(name);
	if (!name) throw new InputError(field, `${where} has an address and no name`, LINE);
	if (unseen) {
		throw new InputError(
			field,
			`${where} has the name ${shown(name)}, which holds ${nameOfCharacter(unseen)}: it is not what it looks like`,
			'Type the name anew.',
		);
	}
	if (looksLikeAddress(name)) {
		throw new InputError(field, `${where} has an address where its name should be`, LINE);
	}
	if ([...name].length > LONGEST_NAME) {
		throw new InputError(field, `${where} has a name of more than ${LONGEST_NAME} characters`, LINE);
	}
	if (!lossOfAny(address)) return { name, address };
	throw new InputError(
		field,
		`${where} is ${name}, ${address}, an address that nobody owns: what is sent there is gone`,
		'Ask for the address again. Nobody can be paid there.',
	);
}

function atLine<T>(place: number, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof InputError)) throw error;
		throw new InputError(error.field, `Line ${place}: ${error.message}`, error.remedy);
	}
}

function twoAddresses({ name, address }: Payee, other: Payee, field: string, place: number): InputError {
	return new InputError(
		field,
		`Line ${place} of "${field}" gives "${name}" the address ${address}, and a line before it ${other.address}`,
		'Keep the line that is right, and ask whoever changed the list. Two people of one name need two names here.',
	);
}

function twoNames({ name, address }: Payee, other: Payee, field: string, place: number): InputError {
	return new InputError(
		field,
		`Line ${place} of "${field}" gives "${name}" the address ${address}, which a line before it gives "${other.name}"`,
		'Two payees with one address are most often a slip, or worse. Where both are right, give the address one name that says so.',
	);
}

/** Names are compared without case, kinds of spaces, and ways of composing letters. */
function nameKey(name: string): string {
	// Up first: in capitals ß is SS.
	return plainName(name).toUpperCase().toLowerCase();
}

function plainName(text: string): string {
	return text
		.normalize('NFC')
		.replace(/\p{Zs}+/gu, ' ')
		.trim();
}

function unquoted(text: string): string {
	return /^(["'])(.*)\1$/s.exec(text.trim())?.[2]?.trim() ?? text.trim();
}

function looksLikeAddress(text: string): boolean {
	return /^(0x)?[0-9a-f]{40}$/i.test(text);
}

/** The name of an address; undefined for one that isn't on the list. */
export function nameOf(payees: readonly Payee[], address: string): string | undefined {
	return payees.find((one) => one.address.toLowerCase() === address.toLowerCase())?.name;
}

/**
 * The payee of that name. A name is never guessed: one that isn't on the list is refused, with those that are close.
 * @throws {InputError}
 */
export function payeeNamed(payees: readonly Payee[], name: string, field: string): Payee {
	const key = name.length <= LONGEST_LINE ? nameKey(name) : undefined;
	const found = payees.find((one) => nameKey(one.name) === key);
	if (found) return found;
	if (payees.length === 0) {
		throw new InputError(
			field,
			`"${field}" is ${shown(name)}, not an address, and the Agent Session Key API credential has no Payees`,
			'Give an address: 0x and 40 hexadecimal digits. To pay by name, add lines "name, address" under Payees in the credential; names of ENS are not looked up.',
		);
	}
	const close = closest(payees, key ?? '');
	throw new InputError(
		field,
		`"${field}" is ${shown(name)}, which is not the name of a payee in the Agent Session Key API credential`,
		`${close.length > 0 ? `Payees with such a name: ${close.join(', ')}. ` : ''}Give the name as it stands under Payees in the credential. Names are never guessed.`,
	);
}

const MOST_CLOSE = 5;

/** Names that hold what was typed or a word of it, or are a slip of the finger away; the nearest first. */
function closest(payees: readonly Payee[], key: string): string[] {
	const ranked = payees.map(({ name }) => ({ name, rank: distance(key, nameKey(name)) }));
	return ranked
		.filter(({ rank }) => rank !== undefined)
		.sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
		.slice(0, MOST_CLOSE)
		.map(({ name }) => name);
}

/** How far a name is from what was typed; undefined where it is another name. */
function distance(typed: string, name: string): number | undefined {
	const edits = editDistance(typed, name);
	if (edits <= Math.max(1, Math.floor(name.length / 4))) return edits;
	const words = new Set(name.split(' '));
	const shares = typed.split(' ').some((word) => word.length > 1 && words.has(word));
	return shares || (typed.length > 2 && name.includes(typed)) ? LONGEST_NAME + edits : undefined;
}

/** Levenshtein's. */
function editDistance(a: string, b: string): number {
	let row = Array.from({ length: b.length + 1 }, (_, index) => index);
	for (let i = 1; i <= a.length; i++) {
		const next = [i];
		for (let j = 1; j <= b.length; j++) {
			const replaced = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[j] as number) + 1, (next[j - 1] as number) + 1));
		}
		row = next;
	}
	return row[b.length] as number;
}

/** A payee whose address is another one than before. */
export interface ChangedPayee extends Payee {
	/** The address of that name before. */
	before: Address;
}

/**
 * Who of the list had another address before: by name, the way in which a swindler's "our account has changed" looks.
 * @param earlier names and addresses as they were paid, the latest last
 */
export function changedPayees(payees: readonly Payee[], earlier: readonly Payee[]): ChangedPayee[] {
	const before = new Map(earlier.map(({ name, address }) => [nameKey(name), address]));
	return payees.flatMap((payee) => {
		const known = before.get(nameKey(payee.name));
		return known && known !== payee.address ? [{ ...payee, before: known }] : [];
	});
}
