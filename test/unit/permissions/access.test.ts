import { APPROVE, TRANSFER } from '../../../core/calls';
import { accessOf, mayCall, opensUncounted } from '../../../core/permissions/access';
import type { ContractAccess, ListType } from '../../../core/plugin/keyState';

const TRANSFER_FROM = '0x23b872dd';
const limit = { limit: 5n, used: 0n, refreshInterval: 0, lastUsed: 0 };

function allowed(listType: ListType, access: Partial<ContractAccess>): string {
	const full = { onList: false, checkSelectors: false, functions: {}, ...access };
	const result = accessOf({ listType }, full);
	return ([TRANSFER, APPROVE, TRANSFER_FROM] as const)
		.map((selector) => (mayCall(result, selector) ? '+' : '-'))
		.join('');
}

/** transfer, approve, transferFrom; the outcomes are those of the scenarios h13, h14 and h19 to h21. */
describe('what a key may call on a token', () => {
	const functions = { [TRANSFER]: true, [TRANSFER_FROM]: true, [APPROVE]: false };
	it.each<[ListType, string, Partial<ContractAccess>, string]>([
		['allowlist', 'nothing stored', {}, '---'],
		['allowlist', 'function entries alone', { functions }, '---'],
		['allowlist', 'on the list', { onList: true }, '+++'],
		['allowlist', 'on the list with a limit', { onList: true, tokenLimit: limit }, '+++'],
		['allowlist', 'functions', { onList: true, checkSelectors: true, functions }, '+-+'],
		['allowlist', 'functions and a limit', { onList: true, checkSelectors: true, functions, tokenLimit: limit }, '+--'],
		['denylist', 'nothing stored', {}, '+++'],
		['denylist', 'a limit alone', { tokenLimit: limit }, '+++'],
		['denylist', 'on the list', { onList: true }, '---'],
		['denylist', 'functions', { onList: true, checkSelectors: true, functions }, '-+-'],
		['denylist', 'functions and a limit', { onList: true, checkSelectors: true, tokenLimit: limit }, '++-'],
		['allowAll', 'nothing stored', {}, '+++'],
		['allowAll', 'a limit', { tokenLimit: limit }, '++-'],
	])('%s, %s', (listType, _, access, expected) => {
		expect(allowed(listType, access)).toBe(expected);
	});

	it('tells when a limit can be got round', () => {
		const open = (listType: ListType, access: Partial<ContractAccess>) =>
			opensUncounted(
				accessOf({ listType }, { onList: true, checkSelectors: false, functions: {}, tokenLimit: limit, ...access }),
			);
		expect(open('allowlist', {})).toBe(true);
		expect(open('allowlist', { checkSelectors: true, functions: { [TRANSFER]: true } })).toBe(false);
		expect(open('allowAll', {})).toBe(false);
		expect(open('denylist', { onList: false })).toBe(true);
		expect(open('denylist', { checkSelectors: true })).toBe(false);
	});
});
