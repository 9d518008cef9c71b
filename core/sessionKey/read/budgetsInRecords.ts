import { getAddress, type Address } from 'viem';
import type { KeyIndex } from './readKeys';

/** The tokens that the keys of an account have, or had, a budget for, as far as their story is known. */
export function tokensOfBudgets({ records }: Pick<KeyIndex, 'records'>): Address[] {
	const updates = [...records.values()].flatMap((record) => record.updates);
	const limited = updates.flatMap((update) => (update.kind === 'tokenLimit' ? [getAddress(update.token)] : []));
	return [...new Set(limited)];
}
