import type { Hex } from 'viem';
import { APPROVE, PLAIN_PAYMENT, TRANSFER } from '../calls';
import type { ContractAccess, KeyState } from '../plugin/keyState';

/** Whether a token limit counts calls of this function, and leaves it open where functions are looked at. */
export function isTokenPayment(selector: Hex): boolean {
	return selector === TRANSFER || selector === APPROVE;
}

/** Which functions of a contract a key may call: none, every one, every one but those named, or only those named. */
export type Access =
	| { functions: 'none' }
	| { functions: 'all' }
	| { functions: 'allBut'; selectors: Hex[] }
	| { functions: 'only'; selectors: Hex[] };

/**
 * What the plugin lets a key call on a contract, by its own order of questions: the list first, where a plain entry
 * settles the matter; then, only where functions are looked at, the token limit, which closes all but what it counts.
 *
 * @param access undefined: nothing is stored about this contract
 */
export function accessOf({ listType }: Pick<KeyState, 'listType'>, access: ContractAccess | undefined): Access {
	const onlyCounted = access?.tokenLimit !== undefined;
	if (listType === 'allowAll') return onlyCounted ? only([TRANSFER, APPROVE]) : { functions: 'all' };
	if (!access?.onList) return { functions: listType === 'allowlist' ? 'none' : 'all' };
	if (!access.checkSelectors) return { functions: listType === 'allowlist' ? 'all' : 'none' };
	const listed = (Object.keys(access.functions) as Hex[]).filter((selector) => access.functions[selector]);
	if (listType === 'allowlist') return only(onlyCounted ? listed.filter(isTokenPayment) : listed);
	return onlyCounted
		? only([TRANSFER, APPROVE].filter((selector) => !listed.includes(selector)))
		: { functions: 'allBut', selectors: listed };
}

/**
 * Whether a key may be allowed more than its state tells: on an allowlist each entry that nobody told of opens something.
 * With the other lists everything that isn't named counts as open already.
 */
export function mayHideEntries({ partial, listType }: Pick<KeyState, 'partial' | 'listType'>): boolean {
	return partial === true && listType === 'allowlist';
}

function only(selectors: Hex[]): Access {
	return selectors.length > 0 ? { functions: 'only', selectors } : { functions: 'none' };
}

/** Whether a function may be called. */
export function mayCall(access: Access, selector: Hex): boolean {
	switch (access.functions) {
		case 'none':
			return false;
		case 'all':
			return true;
		case 'only':
			return access.selectors.includes(selector);
		case 'allBut':
			return !access.selectors.includes(selector);
	}
}

/** Whether nothing but plain payments of native money can be made to it. */
export function isPlainPaymentOnly(access: Access): boolean {
	return access.functions === 'only' && access.selectors.every((selector) => selector === PLAIN_PAYMENT);
}

/** Whether functions can be called that a token limit doesn't count: with them a thief gets past it. */
export function opensUncounted(access: Access): boolean {
	if (access.functions === 'none') return false;
	if (access.functions !== 'only') return true;
	return access.selectors.some((selector) => !isTokenPayment(selector) && selector !== PLAIN_PAYMENT);
}
