import { headlineOf } from '../../../core/approval/headline';
import type { PermissionInput } from '../../../core/sessionKey/plan/permissionInput';
import { riskOf } from '../../../core/sessionKey/describe/risk';
import { KEY2, keyWith, KEY, NOW, SAFE, TARGET, WALLET, WORDS } from '../../support/sessionKeys';

const planned = (input: PermissionInput) => {
	const state = keyWith(input);
	return { key: KEY, state, risk: riskOf(state, WORDS, NOW) };
};
const once = { amount: '2', refreshInterval: 0 };

it.each<[string, PermissionInput, string]>([
	['a budget', SAFE, 'A key may pay up to 100 USDC every 7 days'],
	[
		'an end',
		{ ...SAFE, validUntil: 1_798_848_000 },
		'A key may pay up to 100 USDC every 7 days until 2 January 2027 at 00:00 UTC',
	],
	[
		'two budgets',
		{ ...SAFE, native: once, recipients: [WALLET] },
		'A key may pay up to 2 ETH and 100 USDC every 7 days',
	],
	['nothing to pay with', { requiredPaymaster: SAFE.requiredPaymaster }, 'A key may pay nothing'],
	['gas alone', { gas: once }, 'A key may pay nothing'],
	[
		'a contract',
		{ ...SAFE, entries: [{ contract: TARGET, change: 'putWhole' }] },
		'A key may do what has no limit: read below what it could take',
	],
	[
		'no gas protection',
		{ ...SAFE, requiredPaymaster: undefined },
		'A key may do what has no limit: read below what it could take',
	],
])('says of %s what it comes to', (_, input, headline) => {
	expect(headlineOf({ keys: [planned(input)], gone: [] })).toBe(headline);
});

it.each<[string, Parameters<typeof headlineOf>[0], string]>([
	[
		'a rotation',
		{ keys: [planned(SAFE)], gone: [KEY2] },
		'A new key takes the place of an old one. It may pay up to 100 USDC every 7 days',
	],
	['several keys', { keys: [planned(SAFE), planned(SAFE)], gone: [] }, '2 keys: each may do what is said below'],
	['a removal', { keys: [], gone: [KEY] }, 'A key ends'],
	['two removals', { keys: [], gone: [KEY, KEY2] }, '2 keys end'],
	[
		'the end of the plugin',
		{ keys: [], gone: [KEY], plugin: false },
		'The session key plugin is removed, and every key ends with it',
	],
	['the plugin alone', { keys: [], gone: [], plugin: true }, 'The session key plugin is installed'],
])('says of %s what it comes to', (_, plan, headline) => {
	expect(headlineOf(plan)).toBe(headline);
});
