import type { IDataObject } from 'n8n-workflow';
import { InputError, ofItem } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { parseDecimal } from '../../core/input/amount';
import { parseHash } from '../../core/input/hash';
import { parseReference } from '../../core/input/reference';
import { shown } from '../../core/input/shown';
import { NATIVE } from '../../core/input/token';
import type { Asset } from '../../core/statement/asset';
import type { RegisterLine, Units } from '../../core/statement/reconcile';

/**
 * Reads the register that a workflow hands in: an item for each line.
 *
 * @param assets those of the statement, by whose symbols a line may name its token
 * @throws {InputError} that names the item and its field
 */
export function readRegister(items: readonly IDataObject[], assets: readonly Asset[], unitsOf: Units): RegisterLine[] {
	return items.map((item, index) =>
		ofItem(index, () => ({
			reference: parseReference(item.reference, 'reference'),
			recipient: parseAddress(item.recipient, 'recipient'),
			amount: parseDecimal(item.amount, 'amount'),
			...(isGiven(item.token) && { asset: tokenOf(item.token, assets, unitsOf) }),
			...(isGiven(item.userOperationHash) && {
				userOperationHash: parseHash(item.userOperationHash, 'userOperationHash'),
			}),
		})),
	);
}

/** A column that is left out, or empty in this line. */
function isGiven(value: unknown): boolean {
	return value !== undefined && value !== null && value !== '';
}

function tokenOf(given: unknown, assets: readonly Asset[], unitsOf: Units): Asset {
	const text = typeof given === 'string' ? given.trim() : '';
	if (/^0x/i.test(text)) return parseAddress(text, 'token');
	if (text.toLowerCase() === NATIVE) return NATIVE;
	const named = assets.filter((asset) => unitsOf(asset).symbol.toLowerCase() === text.toLowerCase());
	const [only, ...others] = named;
	if (only && others.length === 0) return only;
	const why = only ? `the symbol of ${named.length} tokens` : 'no token of this statement';
	throw new InputError(
		'Register',
		`"token" is ${shown(given)}, ${why}`,
		`Give the address of the token, or leave the field out. The statement has ${assets.map((one) => unitsOf(one).symbol).join(', ')}.`,
	);
}
