import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, type Hex } from 'viem';
import { CHANGE_REGISTRY, deployChangeRegistryCall } from '../../../core/registry/changeRegistry';
import { deployRegistryCall, REFERENCE_REGISTRY } from '../../../core/registry/referenceRegistry';
import { applyUpdates, newKeyState } from '../../../core/permissions/applyUpdates';
import { hazardsOf } from '../../../core/sessionKey/describe/hazards';
import { unusableLimitSentences } from '../../../core/sessionKey/describe/unusableLimits';
import type { KeyState } from '../../../core/plugin/keyState';
import { toUpdates, type PermissionInput } from '../../../core/sessionKey/plan/permissionInput';
import { permissionSentences } from '../../../core/sessionKey/describe/permissionSentences';
import type { Plan, AccountSnapshot } from '../../../core/sessionKey/plan/plan';
import { planAddKeys } from '../../../core/sessionKey/plan/planAddKeys';
import { planInstallPlugin } from '../../../core/sessionKey/plan/planInstallPlugin';
import { planRotateKeys } from '../../../core/sessionKey/plan/planRotateKeys';
import { planUpdatePermissions } from '../../../core/sessionKey/plan/planUpdatePermissions';
import { mayClaim } from '../../../core/permissions/references';
import { riskOf } from '../../../core/sessionKey/describe/risk';
import { ACCOUNT, KEY, KEY2, keyWith, NOW, SAFE, snapshot, USDC, WALLET, WORDS } from '../../support/sessionKeys';

const TAG: Hex = `0x${'00'.repeat(32)}`;
const ENTRY = { kind: 'contractEntry', contract: REFERENCE_REGISTRY, checkSelectors: false } as const;
const named = (change: 'putWhole' | 'takeOff'): PermissionInput => ({
	entries: [{ contract: REFERENCE_REGISTRY, change }],
});
const allowing: PermissionInput = { ...SAFE, allowReferences: true };

const updatesFor = (input: PermissionInput, before: KeyState = newKeyState(ACCOUNT, KEY)) =>
	toUpdates(input, before, WORDS.contracts).filter(
		(update) => update.kind === 'contractEntry' && update.contract === REFERENCE_REGISTRY,
	);
const updated = (before: KeyState, input: PermissionInput) =>
	applyUpdates(before, toUpdates(input, before, WORDS.contracts), NOW);
const where = (deployed: boolean, deployer = true): AccountSnapshot => ({
	...snapshot([KEY2]),
	registry: { deployed, deployer, network: { name: 'Base Sepolia' } },
});
const add = (input: PermissionInput, at: AccountSnapshot) =>
	planAddKeys(at, [{ key: KEY, tag: TAG, updates: toUpdates(input, newKeyState(ACCOUNT, KEY), WORDS.contracts) }]);

/** Where a plan's operation goes, in order. */
function targets({ callData, account }: Plan): string[] {
	const { functionName, args } = decodeFunctionData({ abi: IStandardExecutorAbi, data: callData });
	if (functionName !== 'executeBatch') throw new Error(functionName);
	return args[0].map(({ target }) => (target === account ? 'account' : target));
}

describe('letting a key use payment references', () => {
	it('puts the registry on an allowlist, whole: there is nothing else to call, and it is the cheapest to check', () => {
		expect(updatesFor(allowing)).toEqual([{ ...ENTRY, onList: true }]);
		expect(mayClaim(keyWith(allowing))).toBe(true);
		expect(updatesFor({ ...SAFE, allowReferences: false })).toEqual([]);
	});

	it('has nothing to do on a key that may call everything, or a denylist without the registry', () => {
		for (const listType of ['allowAll', 'denylist'] as const) {
			expect(updatesFor({ ...allowing, listType })).toEqual([]);
			expect(mayClaim(keyWith({ ...allowing, listType }))).toBe(true);
			expect(updatesFor({ allowReferences: true }, keyWith({ ...SAFE, listType }))).toEqual([]);
		}
	});

	it('takes the registry off a denylist, but not where the person puts it there in the same step', () => {
		const denied = keyWith({ ...SAFE, ...named('putWhole'), listType: 'denylist' });
		expect(mayClaim(denied)).toBe(false);
		expect(updatesFor({ allowReferences: true }, denied)).toEqual([{ ...ENTRY, onList: false }]);
		expect(mayClaim(updated(denied, { allowReferences: true }))).toBe(true);
		const asked = keyWith({ ...allowing, ...named('putWhole'), listType: 'denylist' });
		expect(mayClaim(asked)).toBe(false);
		expect(permissionSentences(asked, WORDS, NOW)).toContain(
			'It may not use payment references (the registry of references is on its denylist): payments that have one are refused.',
		);
	});

	it('looks at the list type that the key will have', () => {
		const open = keyWith({ ...SAFE, listType: 'allowAll' });
		const closed = updated(open, { listType: 'allowlist', allowReferences: true });
		expect(mayClaim(closed)).toBe(true);
		expect(mayClaim(updated(open, { listType: 'allowlist' }))).toBe(false);
	});

	it('mends an entry that has its functions looked at', () => {
		const before = keyWith({
			...SAFE,
			entries: [
				{
					contract: REFERENCE_REGISTRY,
					change: 'putFunctions',
					functions: [{ selector: '0x12345678', signature: 'other()' }],
				},
			],
		});
		expect(mayClaim(before)).toBe(false);
		expect(mayClaim(updated(before, { allowReferences: true }))).toBe(true);
	});
});

describe('what is said of it', () => {
	const safe = keyWith(allowing);

	it('is a sentence of its own, never a contract that the key may call, and no hazard', () => {
		const sentences = permissionSentences(safe, WORDS, NOW);
		expect(sentences).toContain('It may mark payments as paid once (payment references).');
		const risk = riskOf(safe, WORDS, NOW);
		expect([...sentences, ...risk.sentences].join(' ')).not.toContain(REFERENCE_REGISTRY);
		expect(hazardsOf(safe, WORDS, NOW)).toEqual([]);
		expect(risk.losses).toEqual(riskOf(keyWith(SAFE), WORDS, NOW).losses);
		expect(risk.sentences.join(' ')).toContain('could mark payment references as used without paying');
	});

	it('keeps the registry out of who may receive native money: it takes none', () => {
		const native = keyWith({ ...allowing, native: { amount: '1', refreshInterval: 0 }, recipients: [WALLET] });
		expect(riskOf(native, WORDS, NOW).losses).toContainEqual(
			expect.objectContaining({ asset: 'ETH', through: 'payments', recipients: [WALLET, USDC] }),
		);
		const nobody = keyWith({ allowReferences: true, native: { amount: '1', refreshInterval: 0 } });
		expect(unusableLimitSentences(nobody, WORDS)).toEqual([
			expect.stringContaining('Nobody on the list of this key may receive ETH'),
		]);
	});

	it('is not misled by an endpoint that calls the registry a token', () => {
		const token = {
			address: REFERENCE_REGISTRY,
			isContract: true,
			token: { symbol: 'USDC', decimals: 6, decimalsFrom: 'token' as const },
		};
		const labels = { ...WORDS, contracts: { ...WORDS.contracts, [REFERENCE_REGISTRY]: token } };
		expect(hazardsOf(safe, labels, NOW)).toEqual([]);
		expect(permissionSentences(safe, labels, NOW)).toEqual(permissionSentences(safe, WORDS, NOW));
	});

	it('still warns that a key with nothing but references burns gas', () => {
		const only = keyWith({ allowReferences: true });
		expect(riskOf(only, WORDS, NOW)).toMatchObject({ bounded: false });
	});
});

/** The registry of key changes is missing as well: it comes along, and the change is recorded there. */
const RECORDED = [deployChangeRegistryCall().target, CHANGE_REGISTRY];

describe('bringing the registry to a network', () => {
	it('happens in the same operation, before the key is added, where it is missing', () => {
		const plan = add(allowing, where(false));
		expect(targets(plan)).toEqual([deployRegistryCall().target, 'account', ...RECORDED]);
		expect(plan.sentences[0]).toContain(`The registry of payment references is created at ${REFERENCE_REGISTRY}`);
		const installed = planInstallPlugin(
			{ ...where(false), account: { ...where(false).account, hasSessionKeyPlugin: false } },
			TAG,
			[{ key: KEY, tag: TAG, updates: toUpdates(allowing, newKeyState(ACCOUNT, KEY), WORDS.contracts) }],
		);
		expect(targets(installed)).toEqual([deployRegistryCall().target, 'account', ...RECORDED]);
	});

	it('never happens twice: that would undo the whole operation', () => {
		const plan = add(allowing, where(true));
		expect(plan.others).toEqual([]);
		expect(targets(plan)).toEqual(['account', ...RECORDED]);
	});

	it('happens once for several keys, and for none that may not use references', () => {
		const updates = toUpdates(allowing, newKeyState(ACCOUNT, KEY), WORDS.contracts);
		const keys = [KEY, WALLET].map((key) => ({ key, tag: TAG, updates }));
		expect(targets(planAddKeys(where(false), keys))).toEqual([
			deployRegistryCall().target,
			'account',
			'account',
			...RECORDED,
		]);
		expect(add(SAFE, where(false)).others).toEqual([]);
	});

	it('is refused in words where the deployer does not stand', () => {
		expect(() => add(allowing, where(false, false))).toThrow(
			/registry of payment references is not on Base Sepolia, and can't be brought there/,
		);
		expect(add(SAFE, where(false, false)).others).toEqual([]);
		expect(add(allowing, where(true, false)).others).toEqual([]);
	});
});

describe('Allow Payment References', () => {
	const before = { ...keyWith(SAFE), key: KEY2 };
	const change = { allowReferences: true };

	it('lets an older key use them, and brings the registry along', () => {
		expect(planUpdatePermissions(where(true), before, change)).toMatchObject({
			others: [],
			sentences: ['Payment references: not allowed → allowed.'],
			hazards: [],
		});
		expect(targets(planUpdatePermissions(where(false), before, change))).toEqual([
			deployRegistryCall().target,
			'account',
		]);
	});

	it('only brings the registry along for a key that may already', () => {
		const ready = { ...keyWith(allowing), key: KEY2 };
		const plan = planUpdatePermissions(where(false), ready, change);
		expect(targets(plan)).toEqual([deployRegistryCall().target]);
		expect(plan.sentences[0]).toContain('is created');
		expect(() => planUpdatePermissions(where(true), ready, change)).toThrow('may use payment references already');
	});

	it('is told when it is taken away', () => {
		const ready = { ...keyWith(allowing), key: KEY2 };
		const { sentences } = planUpdatePermissions(where(true), ready, named('takeOff'));
		expect(sentences).toEqual(['Payment references: allowed → not allowed.']);
	});

	it('goes with the key when it is rotated', () => {
		const ready = { ...keyWith(allowing), key: KEY2 };
		const plan = planRotateKeys(where(true), [{ before: ready, newKey: KEY }], String);
		expect(plan.keys.map(({ state }) => mayClaim(state))).toEqual([true]);
		expect(plan.others).toEqual([]);
	});
});
