import { zeroHash } from 'viem';
import { goalFromText, goalOf, goalToText } from '../../../core/approval/goal';
import { planInstallPlugin } from '../../../core/sessionKey/plan/planInstallPlugin';
import { planRotateKeys } from '../../../core/sessionKey/plan/planRotateKeys';
import { planUninstallPlugin } from '../../../core/sessionKey/plan/planUninstallPlugin';
import { ACCOUNT, KEY, KEY2, keyWith, SAFE, snapshot } from '../../support/sessionKeys';

const before = keyWith({ ...SAFE, allowReferences: true, native: { amount: '1', refreshInterval: 0 } });

describe('what the chain shows of a plan once it is carried out', () => {
	it('are its keys as they will be, and those that are gone', () => {
		const plan = planRotateKeys(snapshot([KEY]), [{ before, newKey: KEY2 }], String);
		expect(goalOf(plan)).toEqual({
			account: ACCOUNT,
			keys: [{ ...before, key: KEY2 }],
			gone: [KEY],
			plugin: undefined,
		});
	});

	it('is the plugin, where it comes or goes', () => {
		const none = snapshot([], { hasSessionKeyPlugin: false });
		expect(goalOf(planInstallPlugin(none, zeroHash, []))).toMatchObject({ plugin: true, gone: [] });
		expect(goalOf(planUninstallPlugin(snapshot([KEY]), String))).toMatchObject({ plugin: false, gone: [KEY] });
	});

	it('is kept as text without a digit lost', () => {
		const goal = goalOf(planRotateKeys(snapshot([KEY]), [{ before, newKey: KEY2 }], String));
		const huge = { ...before, native: { limit: 2n ** 256n - 2n, used: 0n, refreshInterval: 7, lastUsed: 1 } };
		for (const keys of [goal.keys, [huge]]) {
			expect(goalFromText(goalToText({ ...goal, keys }))).toEqual({ ...goal, keys });
		}
	});
});
