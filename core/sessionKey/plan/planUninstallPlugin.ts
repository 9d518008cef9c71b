import { IPluginManagerAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN } from '../../contracts';
import { requirePlugin, toPlan, type Plan, type AccountSnapshot } from './plan';

/**
 * Nothing in it depends on what the account has at that moment: the manifest is asked of the plugin, whose answer is fixed
 * code, and which keys there are the plugin knows itself.
 */
export const UNINSTALL_CALL: Hex = encodeFunctionData({
	abi: IPluginManagerAbi,
	functionName: 'uninstallPlugin',
	args: [SESSION_KEY_PLUGIN, '0x', '0x'],
});

/**
 * Plans uninstalling the session key plugin, which ends every key of the account.
 * @param nameOf what to call a key in the sentences: with its tag, where that is known
 * @throws {InputError}
 */
export function planUninstallPlugin(snapshot: AccountSnapshot, nameOf: (key: Address) => string): Plan {
	requirePlugin(snapshot);
	const { sessionKeys } = snapshot.account;
	return toPlan(snapshot, {
		calls: [UNINSTALL_CALL],
		gone: sessionKeys,
		plugin: false,
		sentences: [
			'The session key plugin is uninstalled.',
			sessionKeys.length > 0
				? `This ends ${sessionKeys.length === 1 ? 'its one key' : `all its ${sessionKeys.length} keys`}, with permissions and usage:`
				: 'It has no keys.',
			...sessionKeys.map((key) => `The session key ${nameOf(key)} is removed.`),
		],
	});
}
