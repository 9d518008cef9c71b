import type { Hex } from 'viem';
import type { ContractAccess, KeyState } from './keyState';

/** ERC-20 `transfer` and `approve`: what a token limit counts, and what it leaves open where functions are looked at. */
export const TRANSFER: Hex = '0xa9059cbb';
export const APPROVE: Hex = '0x095ea7b3';

/** Whether a token limit counts calls of this function. */
export function isTokenPayment(selector: Hex): boolean {
	return selector === TRANSFER || selector === APPROVE;
}

/** What the plugin takes for the function of a call without data: a plain payment. */
export const PLAIN_PAYMENT: Hex = '0x00000000';

/**
 * Which functions of a contract a key may call: none, every one, every one but those named, or only those named.
 * `counted` is set where the contract's token limit closes every function but `transfer` and `approve`.
 */
export type Access =
	| { functions: 'none' }
	| { functions: 'all'; counted: boolean }
	| { functions: 'allBut'; selectors: Hex[]; counted: boolean }
	| { functions: 'only'; selectors: Hex[] };

/**
 * What the plugin lets a key call on a contract, by its own order of questions: the list first, where a plain entry
 * settles the matter; then, only where functions are looked at, the token limit.
 *
 * @param access undefined: nothing is stored about this contract
 */
export function accessOf({ listType }: Pick<KeyState, 'listType'>, access: ContractAccess | undefined): Access {
	const counted = access?.tokenLimit !== undefined;
	if (listType === 'allowAll') return { functions: 'all', counted };
	if (!access?.onList) return listType === 'allowlist' ? { functions: 'none' } : { functions: 'all', counted: false };
	if (!access.checkSelectors) {
		return listType === 'allowlist' ? { functions: 'all', counted: false } : { functions: 'none' };
	}
	const selectors = (Object.keys(access.functions) as Hex[]).filter((selector) => access.functions[selector]);
	if (listType === 'denylist') return { functions: 'allBut', selectors, counted };
	const open = counted ? selectors.filter(isTokenPayment) : selectors;
	return open.length > 0 ? { functions: 'only', selectors: open } : { functions: 'none' };
}

/** Whether a function may be called. */
export function mayCall(access: Access, selector: Hex): boolean {
	if (access.functions === 'none') return false;
	if (access.functions === 'only') return access.selectors.includes(selector);
	if (access.functions === 'allBut' && access.selectors.includes(selector)) return false;
	return !access.counted || isTokenPayment(selector);
}

/** Whether functions can be called that a token limit doesn't count: with them a thief gets past it. */
export function opensUncounted(access: Access): boolean {
	if (access.functions === 'none') return false;
	if (access.functions !== 'only') return !access.counted;
	return access.selectors.some((selector) => !isTokenPayment(selector) && selector !== PLAIN_PAYMENT);
}
