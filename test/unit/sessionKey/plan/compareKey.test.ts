import { stringToHex } from 'viem';
import { InputError } from '../../../../core/errors';
import { applyUpdates, newKeyState } from '../../../../core/permissions/applyUpdates';
import { compareKey, requireSameKey, sameKeySentence } from '../../../../core/sessionKey/plan/compareKey';
import type { KeyState } from '../../../../core/plugin/keyState';
import { toUpdates, type PermissionInput } from '../../../../core/sessionKey/plan/permissionInput';
import type { KeyReport } from '../../../../core/sessionKey/read/readKeys';
import { ACCOUNT, KEY, keyWith, NOW, SAFE, TARGET, USDC, WEEK, WETH, WORDS } from '../../../support/sessionKeys';

const PAYROLL = stringToHex('payroll', { size: 32 });
const place = { blockNumber: 1n, transactionHash: PAYROLL, logIndex: 0 };

function report(state: KeyState, tag = PAYROLL): KeyReport {
	const record = { key: KEY, added: { ...place, tag }, updates: [], lastChange: place };
	return { state, record, times: new Map(), labels: WORDS, now: NOW };
}

const asked = (input: PermissionInput = SAFE) => ({
	key: KEY,
	tag: PAYROLL,
	updates: toUpdates(input, newKeyState(ACCOUNT, KEY), WORDS.contracts),
});

const usd = (amount: string, refreshInterval = WEEK) => ({
	tokens: [{ token: USDC, budget: { amount, refreshInterval }, functions: 'transfer' as const }],
});

it('sees no difference in what was spent, and since when', () => {
	const gas = { amount: '0.5', refreshInterval: WEEK };
	const native = { amount: '1', refreshInterval: WEEK };
	const input = { ...SAFE, gas, native };
	const fresh = keyWith(input);
	const access = fresh.contracts[USDC]!;
	const spent: KeyState = {
		...fresh,
		gas: { ...fresh.gas!, used: 5n, lastUsed: NOW - 99 },
		native: { ...fresh.native!, used: 7n, lastUsed: NOW - 99 },
		gasShouldReset: true,
		contracts: {
			...fresh.contracts,
			[USDC]: { ...access, tokenLimit: { ...access.tokenLimit!, used: 3n, lastUsed: NOW - 99 } },
		},
	};
	expect(compareKey(report(spent), asked(input))).toEqual([]);
});

it.each<[string, PermissionInput, RegExp]>([
	['a smaller limit', { ...SAFE, ...usd('50') }, /^Limit on USDC .*: 100 USDC every 7 days → 50 USDC every 7 days\.$/],
	['another window', { ...SAFE, ...usd('100', 0) }, /every 7 days → 100 USDC in all/],
	['another token', { ...SAFE, tokens: [{ token: WETH, functions: 'transfer' }] }, /WETH/],
	[
		'a native limit',
		{ ...SAFE, native: { amount: '1', refreshInterval: 0 } },
		/^Limit on ETH: 0 ETH in all → 1 ETH in all/,
	],
	['a gas limit', { ...SAFE, gas: { amount: '1', refreshInterval: 0 } }, /^Gas limit: no limit → 1 ETH in all\.$/],
	['no paymaster', { ...SAFE, requiredPaymaster: undefined }, /^Required paymaster: 0x.* → none\.$/],
	['an end', { ...SAFE, validUntil: NOW + WEEK }, /^Valid: until an owner removes it → until /],
	['another list', { ...SAFE, listType: 'denylist' }, /^List type: allowlist/],
	['references', { ...SAFE, allowReferences: true }, /^Payment references: not allowed → allowed\.$/],
	['a contract', { ...SAFE, entries: [{ contract: TARGET, change: 'putWhole' }] }, /: nothing → every function\.$/],
])('tells of %s', (_, input, sentence) => {
	const differences = compareKey(report(keyWith(SAFE)), asked(input));
	expect(differences.some((one) => sentence.test(one))).toBe(true);
	expect(() => requireSameKey(report(keyWith(SAFE)), asked(input))).toThrow(InputError);
});

it('tells of what the key may do besides', () => {
	const wider = keyWith({ ...SAFE, entries: [{ contract: TARGET, change: 'putWhole' }] });
	expect(compareKey(report(wider), asked())).toEqual([expect.stringMatching(/: every function → nothing\.$/)]);
});

it('tells of another tag, where the tag is known', () => {
	const state = keyWith(SAFE);
	expect(compareKey(report(state, stringToHex('rent', { size: 32 })), asked())).toEqual(['Tag: "rent" → "payroll".']);
	expect(compareKey({ ...report(state), record: undefined }, asked())).toEqual([]);
});

it('says that nothing was sent, in what they differ, and how to go on', () => {
	expect(() => requireSameKey(report(keyWith(SAFE)), asked())).not.toThrow();
	try {
		requireSameKey(report(applyUpdates(keyWith(SAFE), [], NOW)), asked({ ...SAFE, ...usd('50') }));
		throw new Error('it was not refused');
	} catch (error) {
		const { field, message, remedy } = error as InputError;
		expect(field).toBe("Session Key's Address");
		expect(message).toContain('nothing was sent');
		expect(remedy).toContain('100 USDC every 7 days → 50 USDC every 7 days');
		expect(remedy).toContain('Permission > Update');
	}
});

it('claims of a key whose story has gaps no more than is known', () => {
	const whole = report(keyWith(SAFE));
	expect(sameKeySentence(whole)).toContain('as asked: nothing was sent.');
	expect(sameKeySentence({ ...whole, gap: 'ten blocks at a time' })).toContain(
		'as asked, as far as the provider tells',
	);
});
