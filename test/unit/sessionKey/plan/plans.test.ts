import { sessionKeyPluginActions } from '@alchemy/aa-accounts';
import { decodeFunctionData, padHex, zeroAddress, type Address } from 'viem';
import { InputError } from '../../../../core/errors';
import { ENTRY_POINT, SESSION_KEY_PLUGIN, SESSION_KEY_PLUGIN_1_0_0 } from '../../../../core/contracts';
import { applyUpdates } from '../../../../core/permissions/applyUpdates';
import { parseTag } from '../../../../core/input/tag';
import type { KeyState } from '../../../../core/plugin/keyState';
import { toUpdates, type PermissionInput } from '../../../../core/sessionKey/plan/permissionInput';
import { encodePermissionUpdates, NO_LIMIT } from '../../../../core/plugin/permissionUpdates';
import { permissionSentences } from '../../../../core/sessionKey/describe/permissionSentences';
import { pluginExecutionAbi, requireAgreement, type Plan } from '../../../../core/sessionKey/plan/plan';
import { planAddKeys } from '../../../../core/sessionKey/plan/planAddKeys';
import { planInstallPlugin } from '../../../../core/sessionKey/plan/planInstallPlugin';
import { planRemoveKeys } from '../../../../core/sessionKey/plan/planRemoveKeys';
import { planRotateKeys } from '../../../../core/sessionKey/plan/planRotateKeys';
import { planSetSpendLimit } from '../../../../core/sessionKey/plan/planSetSpendLimit';
import { planUninstallPlugin } from '../../../../core/sessionKey/plan/planUninstallPlugin';
import { planUnstickGasLimit } from '../../../../core/sessionKey/plan/planUnstickGasLimit';
import { planUpdatePermissions, planUpdates } from '../../../../core/sessionKey/plan/planUpdatePermissions';
import { newKeyState } from '../../../../core/permissions/applyUpdates';
import {
	ACCOUNT,
	KEY,
	KEY2,
	keyWith,
	NOW,
	OWNER,
	PAYMASTER,
	SAFE,
	snapshot,
	TARGET,
	USDC,
	WALLET,
	WEEK,
	WORDS,
} from '../../../support/sessionKeys';

const RISK_LABELS = {
	gasWithoutLimit: 'Gas',
	everyContract: 'Every',
	tokenWithoutLimit: 'Token',
	tokenFunctionsOpen: 'Functions',
	nativeWithoutLimit: 'Native',
	limitBelowUsed: 'Below',
};
const sdk = sessionKeyPluginActions({} as never);
const TAG = parseTag('payroll');
const byAddress = (key: Address) => key;

const add = (input: PermissionInput, key = KEY) =>
	planAddKeys(snapshot(), [{ key, tag: TAG, updates: toUpdates(input, newKeyState(ACCOUNT, key), WORDS.contracts) }]);
const update = (input: PermissionInput, before: KeyState = keyWith(SAFE)) =>
	planUpdatePermissions(snapshot([KEY]), before, input);
const codes = (plan: Plan) => plan.hazards.map(({ code }) => code);

function refusal(action: () => unknown): InputError {
	try {
		action();
	} catch (error) {
		if (error instanceof InputError) return error;
		throw error;
	}
	throw new Error('it was not refused');
}

describe('adding a key', () => {
	it('encodes as the SDK does, and warns of nothing when it is safe', () => {
		const plan = add(SAFE);
		const permissions = encodePermissionUpdates(toUpdates(SAFE, newKeyState(ACCOUNT, KEY), WORDS.contracts));
		expect(plan.callData).toBe(sdk.encodeAddSessionKey({ args: [KEY, TAG, permissions] }));
		expect(plan.initCode).toBeUndefined();
		expect(plan.hazards).toEqual([]);
		expect(plan.sentences).toEqual([
			`The session key ${KEY} is added with the tag "payroll".`,
			...permissionSentences(keyWith(SAFE), WORDS, NOW),
		]);
		expect(plan.sentences[1]).toContain('may pay anyone up to 100 USDC every 7 days');
	});

	it('says of each new key what it may do, not what it was before', () => {
		const narrow = { key: KEY2, tag: TAG, updates: [] };
		const wide: PermissionInput = {
			...SAFE,
			recipients: [WALLET],
			native: { amount: '2', refreshInterval: 0 },
			gas: { amount: '0.5', refreshInterval: WEEK },
			validUntil: NOW + WEEK,
		};
		const updates = toUpdates(wide, newKeyState(ACCOUNT, KEY), WORDS.contracts);
		const { sentences } = planAddKeys(snapshot(), [narrow, { key: KEY, tag: TAG, updates }]);
		expect(sentences).toEqual([
			`The session key ${KEY2} is added with the tag "payroll".`,
			...permissionSentences(newKeyState(ACCOUNT, KEY2), WORDS, NOW),
			`The session key ${KEY} is added with the tag "payroll".`,
			...permissionSentences(keyWith(wide), WORDS, NOW),
		]);
		expect(sentences.join('\n')).not.toMatch(/→|no longer|anew/);
	});

	it('says that a new key can pay nothing of a limit that the list closes', () => {
		const { sentences } = add({ native: { amount: '1', refreshInterval: 0 }, requiredPaymaster: PAYMASTER });
		expect(sentences.at(-1)).toContain('Nobody on the list of this key may receive ETH');
	});

	it.each<[string, PermissionInput, string[]]>([
		['neither gas limit nor paymaster', { ...SAFE, requiredPaymaster: undefined }, ['gasWithoutLimit']],
		['a token without a limit', { ...SAFE, tokens: [{ token: USDC, functions: 'transfer' }] }, ['tokenWithoutLimit']],
		[
			'a limited token with all its functions',
			{ ...SAFE, tokens: [{ token: USDC, functions: 'all', budget: { amount: '1', refreshInterval: 0 } }] },
			['tokenFunctionsOpen'],
		],
		['everything allowed', { listType: 'allowAll', requiredPaymaster: PAYMASTER }, ['everyContract']],
		['a denylist', { listType: 'denylist', requiredPaymaster: PAYMASTER }, ['everyContract']],
		['no native limit', { removed: ['nativeLimit'], requiredPaymaster: PAYMASTER }, ['nativeWithoutLimit']],
		[
			'a token as a plain contract',
			{ entries: [{ contract: USDC, change: 'putWhole' }], requiredPaymaster: PAYMASTER },
			['tokenWithoutLimit'],
		],
	])('asks before: %s', (_, input, expected) => {
		const plan = add(input);
		expect(codes(plan)).toEqual(expected);
		expect(refusal(() => requireAgreement(plan, [], RISK_LABELS)).remedy).toContain('Accepted Risks');
		expect(() =>
			requireAgreement(
				plan,
				plan.hazards.map(({ code }) => code),
				RISK_LABELS,
			),
		).not.toThrow();
	});

	it.each<[string, PermissionInput, string]>([
		[
			'too many decimals',
			{ tokens: [{ token: USDC, functions: 'transfer', budget: { amount: '0.0000001', refreshInterval: 0 } }] },
			'7 decimal places',
		],
		['a token that is no contract', { tokens: [{ token: WALLET, functions: 'transfer' }] }, 'no contract'],
		[
			'a token that is another contract',
			{ tokens: [{ token: TARGET, functions: 'transfer' }] },
			'does not answer as a token',
		],
		['the zero address', { recipients: [zeroAddress] }, 'zero address'],
		['the account itself', { entries: [{ contract: ACCOUNT, change: 'putWhole' }] }, 'account itself'],
		['the plugin', { entries: [{ contract: SESSION_KEY_PLUGIN, change: 'putWhole' }] }, 'plugins'],
		['an end in the past', { validUntil: NOW }, 'past'],
		['an end before the start', { validAfter: NOW + 20, validUntil: NOW + 10 }, 'not before'],
		['an endless interval', { native: { amount: '1', refreshInterval: 2 ** 48 - 1 } }, "can't calculate"],
		['half a second', { native: { amount: '1', refreshInterval: 0.5 } }, 'whole number'],
		['a limit of 2^256', { native: { amount: `${2n ** 256n}`, refreshInterval: 0 } }, 'more than'],
		['a paymaster that is no contract', { requiredPaymaster: WALLET }, 'nothing could pay'],
	])('refuses %s', (_, input, message) => {
		expect(refusal(() => add({ requiredPaymaster: PAYMASTER, ...input })).message).toContain(message);
	});

	it.each<[string, Address, string]>([
		['the zero address', zeroAddress, 'nobody can sign'],
		["the owner's own address", OWNER, 'owner'],
		['the account', ACCOUNT, "can't sign"],
		['the entry point', ENTRY_POINT, "can't sign"],
	])('refuses as a key: %s', (_, key, message) => {
		expect(refusal(() => add(SAFE, key)).message).toContain(message);
	});

	it('refuses a key that is there, and one that is named twice', () => {
		const twice = [KEY, KEY].map((key) => ({ key, tag: TAG, updates: [] }));
		expect(refusal(() => planAddKeys(snapshot(), twice)).message).toContain('twice');
		expect(refusal(() => planAddKeys(snapshot([KEY]), twice.slice(1))).message).toContain('already');
	});

	it('refuses without the plugin', () => {
		const bare = snapshot([], { hasSessionKeyPlugin: false });
		expect(refusal(() => planAddKeys(bare, [])).message).toContain('does not have the session key plugin');
	});

	it('locks a contract that receives native money to plain payments', () => {
		const { keys } = add({ recipients: [TARGET, WALLET], native: { amount: '1', refreshInterval: 0 } });
		expect(keys[0]?.state.contracts[TARGET]).toMatchObject({ checkSelectors: true, functions: { '0x00000000': true } });
		expect(keys[0]?.state.contracts[WALLET]).toMatchObject({ onList: true, checkSelectors: false });
	});
});

describe('installing', () => {
	const hash = padHex('0x1', { size: 32 });

	it('creates the account in the same operation', () => {
		const fresh = snapshot([], { deployed: false, hasSessionKeyPlugin: false, initCode: '0x1234' });
		const plan = planInstallPlugin(fresh, hash, [{ key: KEY, tag: TAG, updates: [] }]);
		expect(plan.initCode).toBe('0x1234');
		expect(plan.sentences[0]).toContain('is created, with the owner');
		expect(codes(plan)).toEqual(['gasWithoutLimit']);
	});

	it('adds the keys where the plugin is there, and says so', () => {
		const plan = planInstallPlugin(snapshot(), hash, [
			{ key: KEY, tag: TAG, updates: [] },
			{ key: KEY2, tag: TAG, updates: [] },
		]);
		expect(plan.calls.map((data) => decodeFunctionData({ abi: pluginExecutionAbi, data }).functionName)).toEqual([
			'addSessionKey',
			'addSessionKey',
		]);
		expect(plan.sentences[0]).toContain('already installed: the keys are added');
	});

	it('names the keys that uninstalling ends', () => {
		const { sentences } = planUninstallPlugin(snapshot([KEY2, KEY]), byAddress);
		expect(sentences.filter((sentence) => sentence.includes('is removed'))).toHaveLength(2);
		expect(() => planUninstallPlugin(snapshot([], { hasSessionKeyPlugin: false }), byAddress)).toThrow(InputError);
	});
});

describe('removing and rotating several keys in one operation', () => {
	const KEY3 = '0x00000000000000000000000000000000000000A3' as Address;
	const left = (address: Address) => padHex(address.toLowerCase() as Address, { dir: 'right', size: 32 });
	const HEAD = padHex('0x1', { size: 32 });
	const args = (plan: Plan) =>
		plan.calls.map((data) => decodeFunctionData({ abi: pluginExecutionAbi, data }).args as readonly unknown[]);

	it('names the predecessor of the moment', () => {
		const plan = planRemoveKeys(snapshot([KEY3, KEY2, KEY]), [KEY3, KEY, KEY2], byAddress);
		expect(args(plan).map(([, predecessor]) => predecessor)).toEqual([HEAD, left(KEY2), HEAD]);
		expect(plan.callData).not.toBe(plan.calls[0]);
	});

	it('refuses to remove the same key twice', () => {
		expect(() => planRemoveKeys(snapshot([KEY]), [KEY, KEY], byAddress)).toThrow('not a session key');
	});

	it('puts a rotated key at the head', () => {
		const NEW = '0x00000000000000000000000000000000000000b1' as Address;
		const plan = planRotateKeys(
			snapshot([KEY3, KEY2, KEY]),
			[
				{ before: keyWith(SAFE), newKey: NEW },
				{ before: { ...keyWith(SAFE), key: KEY3 }, newKey: KEY },
			],
			byAddress,
		);
		expect(args(plan).map(([, predecessor]) => predecessor)).toEqual([left(KEY2), left(NEW)]);
		// Told with what they may do from now on.
		expect(plan.keys.map(({ key, state }) => [key, state.key, state.contracts])).toEqual(
			[NEW, KEY].map((key) => [key, key, keyWith(SAFE).contracts]),
		);
	});

	it.each<[Address, string]>([
		[KEY, 'nothing would change'],
		[KEY2, 'already a session key'],
		[OWNER, 'owner'],
		[zeroAddress, 'nobody can sign'],
	])('refuses to rotate to %s', (newKey, message) => {
		const plan = () => planRotateKeys(snapshot([KEY2, KEY]), [{ before: keyWith(SAFE), newKey }], byAddress);
		expect(refusal(plan).message).toContain(message);
	});
});

describe('setting a limit', () => {
	const used = (before: KeyState): KeyState => ({
		...before,
		contracts: {
			...before.contracts,
			[USDC]: {
				...before.contracts[USDC],
				tokenLimit: { limit: 100_000_000n, used: 40_000_000n, refreshInterval: WEEK, lastUsed: NOW - 60 },
			},
		} as never,
	});

	it('sends that update and no other', () => {
		const plan = planSetSpendLimit(
			snapshot([KEY]),
			keyWith(SAFE),
			{ token: USDC },
			{ amount: '250', refreshInterval: WEEK },
		);
		const permissions = encodePermissionUpdates([
			{ kind: 'tokenLimit', token: USDC, limit: 250_000_000n, refreshInterval: WEEK },
		]);
		expect(plan.callData).toBe(sdk.encodeUpdateKeyPermissions({ args: [KEY, permissions] }));
		expect(plan.hazards).toEqual([]);
	});

	it('says what it was and what it becomes', () => {
		const budget = { amount: '250.000001', refreshInterval: 2 * WEEK };
		const { sentences } = planSetSpendLimit(snapshot([KEY]), used(keyWith(SAFE)), { token: USDC }, budget);
		expect(sentences).toEqual([
			'Limit on USDC (0x0000…05dC): 100 USDC every 7 days, 40 USDC of it used → 250.000001 USDC every 14 days, 40 USDC of it used.',
			'The 14 days of the limit on USDC (0x0000…05dC) are counted again from this change.',
		]);
	});

	it('keeps what was used, or forgets it by taking the limit away in between', () => {
		const budget = { amount: '50', refreshInterval: WEEK };
		const keep = planSetSpendLimit(snapshot([KEY]), used(keyWith(SAFE)), { token: USDC }, budget);
		expect(keep.keys[0]?.state.contracts[USDC]?.tokenLimit).toMatchObject({ used: 40_000_000n, lastUsed: NOW });
		const reset = planSetSpendLimit(
			snapshot([KEY]),
			used(keyWith(SAFE)),
			{ token: USDC },
			{ ...budget, resetUsed: true },
		);
		expect(reset.keys[0]?.state.contracts[USDC]?.tokenLimit).toMatchObject({ used: 0n, limit: 50_000_000n });
	});

	it('asks before a limit below what was used', () => {
		const plan = planSetSpendLimit(
			snapshot([KEY]),
			used(keyWith(SAFE)),
			{ token: USDC },
			{ amount: '10', refreshInterval: WEEK },
		);
		expect(codes(plan)).toEqual(['limitBelowUsed']);
		expect(plan.hazards[0]?.sentence).toContain('40 USDC');
	});

	it('asks again when another limit is below what was used, and not for a change of something else', () => {
		const low = (limit: bigint): KeyState => {
			const { [USDC]: access } = used(keyWith(SAFE)).contracts;
			const tokenLimit = { ...access!.tokenLimit!, limit };
			return { ...keyWith(SAFE), contracts: { [USDC]: { ...access!, tokenLimit } } };
		};
		const budget = { amount: '20', refreshInterval: WEEK };
		expect(codes(planSetSpendLimit(snapshot([KEY]), low(10_000_000n), { token: USDC }, budget))).toEqual([
			'limitBelowUsed',
		]);
		expect(codes(update({ validUntil: NOW + 99 }, low(10_000_000n)))).toEqual([]);
	});

	it('tells that a native limit below what was used blocks everything', () => {
		const before: KeyState = { ...keyWith(SAFE), native: { limit: 9n, used: 5n, refreshInterval: 0, lastUsed: 0 } };
		const plan = planSetSpendLimit(snapshot([KEY]), before, 'native', {
			amount: '0.000000000000000001',
			refreshInterval: 0,
		});
		expect(plan.hazards[0]?.sentence).toContain('EVERY operation');
	});

	it('says that a limit lets nothing pass without an entry on the list', () => {
		const plan = planSetSpendLimit(
			snapshot([KEY]),
			keyWith({ requiredPaymaster: PAYMASTER }),
			{ token: USDC },
			{ amount: '1', refreshInterval: 0 },
		);
		expect(plan.sentences.at(-1)).toContain('cannot pay any of it');
	});

	it.each<[string, PermissionInput, boolean]>([
		['nobody', {}, true],
		['a token for transfer alone', { tokens: [{ token: USDC, functions: 'transfer' }] }, true],
		['a recipient', { recipients: [WALLET] }, false],
		['everybody', { listType: 'allowAll' }, false],
	])('says that a native limit lets nothing pass without a recipient: %s on the list', (_, list, idle) => {
		const before = keyWith({ requiredPaymaster: PAYMASTER, ...list });
		const budget = { amount: '1', refreshInterval: 0 };
		const { sentences } = planSetSpendLimit(snapshot([KEY]), before, 'native', budget);
		expect(sentences.join(' ').includes('Nobody on the list of this key may receive ETH')).toBe(idle);
	});

	it('takes a limit away only when told so, and asks', () => {
		expect(codes(planSetSpendLimit(snapshot([KEY]), keyWith(SAFE), { token: USDC }, undefined))).toEqual([
			'tokenWithoutLimit',
		]);
		expect(codes(planSetSpendLimit(snapshot([KEY]), keyWith(SAFE), 'native', undefined))).toEqual([
			'nativeWithoutLimit',
		]);
	});

	it('tells that a gas limit leaves one lane', () => {
		const plan = planSetSpendLimit(snapshot([KEY]), keyWith(SAFE), 'gas', { amount: '0.1', refreshInterval: 0 });
		expect(plan.sentences).toEqual([
			'Gas limit: no limit → 0.1 ETH in all.',
			"With a gas limit the key's payments run one after another.",
		]);
	});

	it('frees a gas limit that is stuck, with the numbers it has', () => {
		const gas = { limit: 5n, used: 5n, refreshInterval: WEEK, lastUsed: NOW - WEEK };
		const plan = planUnstickGasLimit(snapshot([KEY]), { ...keyWith(SAFE), gas, gasShouldReset: true });
		expect(plan.keys[0]?.state).toMatchObject({ gas: { ...gas, lastUsed: NOW }, gasShouldReset: false });
		expect(plan.sentences).toContain('The gas limit is no longer stuck.');
		expect(() => planUnstickGasLimit(snapshot([KEY]), keyWith(SAFE))).toThrow('not stuck');
	});
});

describe('updating permissions', () => {
	it('leaves alone what is not named', () => {
		const before = keyWith({ ...SAFE, validAfter: NOW + 5 });
		const { keys } = update({ validUntil: NOW + 99 }, before);
		expect(keys[0]?.state).toEqual({ ...before, validUntil: NOW + 99 });
	});

	it('tells what a change of the list type does to the entries', () => {
		const { sentences, hazards } = update({ listType: 'denylist' });
		// The limit on USDC stays, and closes what it doesn't count.
		expect(sentences).toEqual([
			'List type: allowlist (only what is on it is allowed) → denylist (everything but what is on it is allowed).',
			'Allowed on USDC (0x0000…05dC): only payments (transfer(address,uint256)) → only letting others take it (approve(address,uint256)).',
			'Payment references: not allowed → allowed.',
		]);
		expect(hazards.map(({ code }) => code)).toEqual(['everyContract']);
	});

	it('asks again only for what is new', () => {
		const before = keyWith({ ...SAFE, requiredPaymaster: undefined });
		expect(codes(update({ validUntil: NOW + 99 }, before))).toEqual([]);
		expect(codes(update({ removed: ['requiredPaymaster'] }))).toEqual(['gasWithoutLimit']);
		expect(codes(update({ listType: 'allowAll' }, keyWith({ ...SAFE, listType: 'denylist' })))).toEqual([
			'everyContract',
		]);
	});

	it('refuses the zero address as paymaster, which the plugin takes for none', () => {
		expect(refusal(() => update({ requiredPaymaster: zeroAddress })).message).toContain('zero address');
	});

	it('takes the time range away and sets a new end in one step', () => {
		const before = keyWith({ ...SAFE, validAfter: NOW + 5, validUntil: NOW + 9 });
		const { keys } = update({ removed: ['timeRange'], validUntil: NOW + 99 }, before);
		expect(keys[0]?.state).toMatchObject({ validAfter: 0, validUntil: NOW + 99 });
	});

	it.each<[string, PermissionInput, string]>([
		[
			'off the list',
			{
				entries: [
					{ contract: USDC, change: 'takeOff' },
					{ contract: TARGET, change: 'putWhole' },
				],
			},
			'',
		],
		[
			'with an open entry',
			{
				entries: [
					{ contract: TARGET, change: 'putWhole' },
					{ contract: TARGET, change: 'putFunctions', functions: [{ selector: '0x12345678', signature: 'hit()' }] },
				],
			},
			'',
		],
	])('takes what makes sense: %s', (_, input) => {
		expect(update(input).keys).toHaveLength(1);
	});

	it('refuses functions that would do nothing', () => {
		const lone = { kind: 'functionEntry' as const, contract: TARGET, selector: '0x12345678' as const, onList: true };
		const entry = { kind: 'contractEntry' as const, contract: TARGET, onList: true, checkSelectors: false };
		const plan =
			(updates: never[], before = keyWith(SAFE)) =>
			() =>
				planUpdates(snapshot([KEY]), before, updates);
		expect(refusal(plan([lone] as never[])).message).toContain('is not on the list');
		expect(refusal(plan([entry, lone] as never[])).message).toContain('with all its functions');
		const all = applyUpdates(keyWith(SAFE), [{ kind: 'listType', listType: 'allowAll' }], NOW);
		expect(refusal(plan([lone] as never[], all)).message).toContain('not looked at');
	});

	it('takes a contract off with its functions, so that it comes back clean', () => {
		const { keys } = update({ entries: [{ contract: USDC, change: 'takeOff' }] });
		expect(keys[0]?.state.contracts[USDC]).toMatchObject({ onList: false, functions: { '0xa9059cbb': false } });
	});

	it('removes each rule', () => {
		const before = keyWith({ ...SAFE, gas: { amount: '1', refreshInterval: 0 }, validUntil: NOW + 9 });
		const { keys } = update(
			{ removed: ['nativeLimit', 'gasLimit', 'timeRange', 'requiredPaymaster', { tokenLimit: USDC }] },
			before,
		);
		expect(keys[0]?.state).toMatchObject({
			native: undefined,
			gas: undefined,
			validUntil: 0,
			requiredPaymaster: undefined,
		});
		expect(keys[0]?.state.contracts[USDC]?.tokenLimit).toBeUndefined();
	});

	it('refuses nothing at all, and strangers', () => {
		expect(() => update({})).toThrow('Nothing is to be changed');
		expect(() => planUpdatePermissions(snapshot([KEY2]), keyWith(SAFE), SAFE)).toThrow('not a session key');
	});

	it('says plainly that nothing changes', () => {
		expect(update({ listType: 'allowlist' }).sentences[0]).toContain('nothing changes');
	});

	it('counts with NO_LIMIT as the chain does', () => {
		expect(
			applyUpdates(keyWith(SAFE), [{ kind: 'gasLimit', limit: NO_LIMIT, refreshInterval: 9 }], NOW).gas,
		).toBeUndefined();
	});
});

describe('version 1.0.0 of the plugin', () => {
	it('is told by name: the newer one can not be installed beside it, and its keys are not used here', () => {
		const old = snapshot([], { hasSessionKeyPlugin: false, plugins: [SESSION_KEY_PLUGIN_1_0_0] });
		for (const action of [
			() => planInstallPlugin(old, TAG, []),
			() => planAddKeys(old, []),
			() => planUninstallPlugin(old, byAddress),
			() => planRemoveKeys(old, [KEY], byAddress),
		]) {
			expect(refusal(action).message).toContain('has version 1.0.0 of the session key plugin');
		}
		const both = snapshot([KEY], { plugins: [SESSION_KEY_PLUGIN_1_0_0, SESSION_KEY_PLUGIN] });
		expect(planRemoveKeys(both, [KEY], byAddress).calls).toHaveLength(1);
	});
});
