import { formatAmount } from '../amounts';
import { NATIVE } from '../input/token';
import { showTag, type KeyEvent } from '../plugin/keyEvents';
import { plain, withUnit } from '../text/format';
import type { Asset } from './asset';
import type { AssetSum } from './close';
import type { Entry, EntryKind } from './entries';
import type { Units } from './reconcile';

/** What a kind of entry is called. */
export const KIND_WORDS: Readonly<Record<EntryKind, string>> = {
	payment: 'Payment',
	call: 'Contract called',
	owner: "Owner's change",
	failed: 'Failed',
	unreadable: 'Operation that this endpoint does not show',
	sent: 'Sent',
	received: 'Received',
	otherIn: 'Other, in (by difference)',
	otherOut: 'Other, out (by difference)',
};

/**
 * How the sum of one asset comes out, in a sentence or two: `1,000 USDC + 50 USDC in - 20 USDC out = 1,030 USDC. It agrees ...`
 *
 * @param hasAllLogs whether every Transfer event of the period was seen
 */
export function sumSentence(sum: AssetSum, unitsOf: Units, hasAllLogs: boolean): string {
	const { symbol, decimals } = unitsOf(sum.asset);
	const show = (amount: bigint) => withUnit(formatAmount(amount, decimals), symbol);
	const { asset, opening, closing, in: received, out, gas, unlistedIn, unlistedOut, left } = sum;
	const moved = `+ ${show(received)} in - ${show(out)} out${gas > 0n ? ` - ${show(gas)} for gas` : ''}`;
	const known = [opening, closing].map((one) => (one === undefined ? 'not known' : show(one)));
	const words = [`${known[0]} ${moved} = ${known[1]}.`];
	const missing = [opening === undefined && 'before the period', closing === undefined && 'at its end'].filter(Boolean);
	if (missing.length > 0) {
		words.push(
			`This endpoint does not keep the balance ${missing.join(' and ')}: nothing proves the sum, and movements may be missing.`,
		);
	} else {
		words.push(left === 0n ? 'It agrees with the chain to the last unit.' : `It does not fit by ${show(left ?? 0n)}.`);
	}
	const unlisted = [unlistedIn > 0n && `${show(unlistedIn)} in`, unlistedOut > 0n && `${show(unlistedOut)} out`];
	const named = unlisted.filter(Boolean).join(' and ');
	if (named)
		words.push(`Of that, ${named} is known by the difference of the balances alone. ${whyUnlisted(asset, hasAllLogs)}`);
	return words.join(' ');
}

/** Why only the balances tell of a movement. */
function whyUnlisted(asset: Asset, hasAllLogs: boolean): string {
	if (asset === NATIVE) return 'The chain keeps no list of native money that comes in, or that contracts move.';
	return hasAllLogs
		? 'No Transfer event tells of it: this token changes balances in a way of its own.'
		: 'This endpoint does not show transfers over so many blocks one by one.';
}

/** What an owner changed about a key. */
function changeWords(change: KeyEvent): string {
	switch (change.kind) {
		case 'added': {
			const tag = showTag(change.tag);
			return `Added the session key ${tag ? `"${plain(tag, 80)}" (${change.key})` : change.key}.`;
		}
		case 'removed':
			return `Removed the session key ${change.key}.`;
		case 'rotated':
			return `Replaced the session key ${change.oldKey} by ${change.newKey}.`;
		case 'updated':
			return `Changed what the session key ${change.key} may do.`;
	}
}

/** What has to be said of an entry besides, in words; empty where nothing has. */
export function entryNote(entry: Entry, unitsOf: Units, hasAllLogs: boolean): string {
	const { kind, asset = NATIVE, meant, changes = [], arrival } = entry;
	const { symbol, decimals } = unitsOf(asset);
	const asked = meant === undefined ? '' : withUnit(formatAmount(meant, decimals), symbol);
	if (kind === 'failed') return `The operation failed: nothing was paid${asked && `, of ${asked}`}. Gas was spent.`;
	if (kind === 'unreadable') return 'This endpoint does not show what the operation did.';
	if (kind === 'otherIn' || kind === 'otherOut') return whyUnlisted(asset, hasAllLogs);
	if (kind === 'owner') return changes.map(changeWords).join(' ') || 'An operation of an owner.';
	if (arrival === 'notTransferred') return `The token moved nothing, of ${asked}.`;
	return asked && `The token moved less than the ${asked} that were to be paid.`;
}
