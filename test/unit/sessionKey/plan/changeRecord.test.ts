import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { decodeFunctionData, type Hex } from 'viem';
import type { AccountState } from '../../../../core/accountState';
import { CHANGE_REGISTRY, changeClaimCall, deployChangeRegistryCall } from '../../../../core/registry/changeRegistry';
import { newKeyState } from '../../../../core/permissions/applyUpdates';
import { toUpdates } from '../../../../core/sessionKey/plan/permissionInput';
import type { Plan, AccountSnapshot } from '../../../../core/sessionKey/plan/plan';
import { planAddKeys } from '../../../../core/sessionKey/plan/planAddKeys';
import { planInstallPlugin } from '../../../../core/sessionKey/plan/planInstallPlugin';
import { planRemoveKeys } from '../../../../core/sessionKey/plan/planRemoveKeys';
import { planRotateKeys } from '../../../../core/sessionKey/plan/planRotateKeys';
import { planSetSpendLimit } from '../../../../core/sessionKey/plan/planSetSpendLimit';
import { planUninstallPlugin } from '../../../../core/sessionKey/plan/planUninstallPlugin';
import { planUnstickGasLimit } from '../../../../core/sessionKey/plan/planUnstickGasLimit';
import { planUpdatePermissions } from '../../../../core/sessionKey/plan/planUpdatePermissions';
import { ACCOUNT, KEY, KEY2, keyWith, SAFE, snapshot, WALLET, WORDS } from '../../../support/sessionKeys';

const TAG: Hex = `0x${'00'.repeat(32)}`;
const named = (key: string) => key;
const newKeys = [{ key: WALLET, tag: TAG, updates: toUpdates(SAFE, newKeyState(ACCOUNT, WALLET), WORDS.contracts) }];
const stuck = { ...keyWith({ ...SAFE, gas: { amount: '1', refreshInterval: 60 } }), gasShouldReset: true };
const bare = (at: AccountSnapshot): AccountSnapshot => ({
	...at,
	account: { ...at.account, hasSessionKeyPlugin: false },
});

/** Every change that an owner can make. */
const CHANGES: [string, (at: AccountSnapshot) => Plan][] = [
	['install', (at) => planInstallPlugin(bare(at), TAG, [])],
	['install with keys', (at) => planInstallPlugin(bare(at), TAG, newKeys)],
	['install on what is installed', (at) => planInstallPlugin(at, TAG, newKeys)],
	['add', (at) => planAddKeys(at, newKeys)],
	['remove', (at) => planRemoveKeys(at, [KEY], named)],
	['rotate', (at) => planRotateKeys(at, [{ before: keyWith(SAFE), newKey: WALLET }], named)],
	['update', (at) => planUpdatePermissions(at, keyWith(SAFE), { validUntil: 2_000_000_000 })],
	['set limit', (at) => planSetSpendLimit(at, keyWith(SAFE), 'native', { amount: '1', refreshInterval: 0 })],
	['unstick', (at) => planUnstickGasLimit(at, stuck)],
	['uninstall', (at) => planUninstallPlugin(at, named)],
];
/** Those that may bring the registry to the network. */
const BRINGING = ['install with keys', 'install on what is installed', 'add'];

function where(
	recordedChanges: number | undefined,
	deployer = true,
	account: Partial<AccountState> = {},
): AccountSnapshot {
	const at = snapshot([KEY, KEY2], { recordedChanges, ...account });
	return { ...at, registry: { ...at.registry, deployer } };
}

function batchOf({ callData }: Plan) {
	const { functionName, args } = decodeFunctionData({ abi: IStandardExecutorAbi, data: callData });
	if (functionName !== 'executeBatch') throw new Error(functionName);
	return args[0];
}

describe.each(CHANGES)('%s', (name, plan) => {
	it('claims the next number behind everything that it changes, and says so', () => {
		const done = plan(where(7));
		expect(batchOf(done).at(-1)).toEqual(changeClaimCall(8));
		expect(done.record).toEqual([changeClaimCall(8)]);
		expect(done.sentences.at(-1)).toContain(
			`noted as number 8 of this account in the registry of key changes (${CHANGE_REGISTRY})`,
		);
		expect(batchOf(plan(where(0))).at(-1)).toEqual(changeClaimCall(1));
	});

	it('is made without a record where there can be none', () => {
		const done = plan(where(undefined, false));
		expect(done.record).toEqual([]);
		expect(done.callData).not.toContain(CHANGE_REGISTRY.slice(2).toLowerCase());
		expect(done.sentences.join()).not.toContain('noted');
	});

	it(`${BRINGING.includes(name) ? 'brings' : 'does not bring'} the registry to a network`, () => {
		const { record, sentences } = plan(where(undefined));
		expect(record).toEqual(BRINGING.includes(name) ? [deployChangeRegistryCall(), changeClaimCall(1)] : []);
		expect(sentences.join().includes('It is created in the same operation')).toBe(BRINGING.includes(name));
	});
});

it('nothing that touches a key which may claim numbers is recorded, and all else is', () => {
	const changeNumbers = { nextTaken: false, claimants: [KEY] };
	const recorded = CHANGES.filter(([, plan]) => plan({ ...where(7), changeNumbers }).record.length > 0);
	expect(recorded.map(([name]) => name)).toEqual([
		'install',
		'install with keys',
		'install on what is installed',
		'add',
	]);
	const taken = { nextTaken: true, claimants: [] };
	for (const [, plan] of CHANGES) expect(plan({ ...where(7), changeNumbers: taken }).record).toEqual([]);
});

it('what changes no key is no change: only the registry of references comes along', () => {
	const ready = keyWith({ ...SAFE, allowReferences: true });
	const at = where(7);
	const missing = { ...at, registry: { ...at.registry, deployed: false } };
	const plan = planUpdatePermissions(missing, ready, { allowReferences: true });
	expect(plan.calls).toEqual([]);
	expect(plan.record).toEqual([]);
});
