import { keccak256, stringToHex, type Hex } from 'viem';
import type { Plan } from '../sessionKey/plan/plan';

/**
 * What goes on while a page is open: payments are made, windows open, the provider tells more or less of the past. It is no
 * change of a key's permissions.
 */
const MOVES_BY_ITSELF = new Set(['used', 'lastUsed', 'gasShouldReset', 'partial']);

/**
 * A fingerprint of what a plan makes of the keys, limits and all. The signed operation itself doesn't say it: rotating a
 * key, or setting one of its limits, leaves the others as they are at that moment.
 */
export function shownFingerprint(plan: Plan): Hex {
	return keccak256(stringToHex(JSON.stringify(plan.keys.map(({ state }) => settled(state)))));
}

/** The same data in the same order, whichever way it was read. What isn't allowed may have been asked for or not. */
function settled(value: unknown): unknown {
	if (typeof value === 'bigint') return value.toString();
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map(settled);
	const entries = Object.entries(value)
		.filter(([name]) => !MOVES_BY_ITSELF.has(name))
		.map(([name, one]): [string, unknown] => [name, settled(one)])
		.filter(([, one]) => one !== undefined && one !== false && !isEmpty(one));
	return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function isEmpty(value: unknown): boolean {
	return Array.isArray(value) && value.length === 0;
}
