import { getAddress, isAddressEqual, type Address } from 'viem';
import { InputError } from '../errors';
import { parseAddress } from '../input/address';
import { parseAmount, parseDecimal } from '../input/amount';
import { notThat, shown } from '../input/shown';
import { NATIVE } from '../input/token';
import { NATIVE_DECIMALS, type Network } from '../networks';

/** The most of one token. */
export interface Cap {
	/** The ERC-20 contract, checksummed; left out: the chain's own money. */
	token?: Address;
	/** What the list calls it: a symbol, or the address. */
	unit: string;
	/** Decimal text in whole units, as it was typed. */
	amount: string;
}

const LINE = 'Type one a line: an amount and a token, e.g. 500 USDC.';

/**
 * Reads amounts by token: one a line, such as `500 USDC`. The token is one that is known on the network by its symbol, the
 * chain's own money, or the address of its contract. Empty lines don't count; a token may stand there once.
 *
 * @throws {InputError} for the first line that can't be read
 */
export function parseCaps(given: unknown, field: string, network: Network): Cap[] {
	if (typeof given !== 'string') throw notThat(given, field, 'a list of amounts', LINE);
	const caps: Cap[] = [];
	for (const line of given.split(/\r\n|[\r\n]/)) {
		if (line.trim() === '') continue;
		const cap = parseCap(line, field, network);
		if (!caps.some(({ token }) => token === cap.token)) caps.push(cap);
		else throw new InputError(field, `"${field}" has two amounts of ${cap.unit}`, 'Keep one line for each token.');
	}
	return caps;
}

function parseCap(line: string, field: string, network: Network): Cap {
	const [, amount, name, more] = /^(\S+)\s+(\S+)(.*)$/s.exec(line.trim()) ?? [];
	if (!amount || !name || more) {
		throw new InputError(field, `A line of "${field}" is ${shown(line)}, not an amount and a token`, LINE);
	}
	const { token, unit, decimals } = tokenNamed(name, field, network);
	// Whether it fits a token that isn't known is seen when the token was asked.
	if (decimals === undefined) parseDecimal(amount, field);
	else parseAmount(amount, decimals, field);
	return { ...(token && { token }), unit, amount };
}

function tokenNamed(
	name: string,
	field: string,
	network: Network,
): Pick<Cap, 'token' | 'unit'> & { decimals?: number } {
	const { nativeSymbol, tokens } = network;
	const is = (symbol: string) => symbol.toLowerCase() === name.toLowerCase();
	if (is(nativeSymbol) || is(NATIVE)) return { unit: nativeSymbol, decimals: NATIVE_DECIMALS };
	if (/^(0x)?[0-9a-f]{40,}$/i.test(name)) {
		const token = getAddress(parseAddress(name, field));
		const known = tokens.find(({ address }) => isAddressEqual(address, token));
		return known ? { token, unit: known.symbol, decimals: known.decimals } : { token, unit: token };
	}
	const known = tokens.find(({ symbol }) => is(symbol));
	if (known) return { token: getAddress(known.address), unit: known.symbol, decimals: known.decimals };
	const names = [...tokens.map(({ symbol }) => symbol), nativeSymbol].join(', ');
	throw new InputError(
		field,
		`"${field}" names the token ${shown(name)}, which is not known on ${network.name}`,
		`Known there: ${names}. For another token type the address of its contract; ${NATIVE} is the chain's own money.`,
	);
}

/** The cap of a token; undefined where there is none. @param token left out: the chain's own money */
export function capOf(caps: readonly Cap[], token: Address | undefined): Cap | undefined {
	return caps.find((cap) => (cap.token && token ? isAddressEqual(cap.token, token) : cap.token === token));
}
