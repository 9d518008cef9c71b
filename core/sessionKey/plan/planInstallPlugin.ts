import { IPluginAbi, IPluginManagerAbi } from '@alchemy/aa-accounts';
import { encodeAbiParameters, encodeFunctionData, encodePacked, keccak256, type Hex } from 'viem';
import { MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../contracts';
import { rpcRead, type Read } from '../../rpc/read';
import { newKeysParts, planAddKeys, type NewKey } from './planAddKeys';
import { encodePermissionUpdates } from '../../plugin/permissionUpdates';
import { requireNoOldPlugin, toPlan, type Plan, type AccountSnapshot } from './plan';

/**
 * The hash that the account compares at install (ERC-6900): of the manifest's ABI encoding, which is what the plugin's
 * answer is.
 */
export function manifestHashRead(): Read<Hex> {
	const data = encodeFunctionData({ abi: IPluginAbi, functionName: 'pluginManifest' });
	return rpcRead('eth_call', [{ to: SESSION_KEY_PLUGIN, data }, 'latest'], (manifest: Hex) => keccak256(manifest));
}

/**
 * Plans installing the session key plugin with its first keys, creating the account where it doesn't exist. Where the
 * plugin is there already, the keys are added instead, and the sentences say so.
 *
 * @param manifestHash the answer to `manifestHashRead`
 * @throws {InputError}
 */
export function planInstallPlugin(snapshot: AccountSnapshot, manifestHash: Hex, keys: readonly NewKey[]): Plan {
	if (snapshot.account.hasSessionKeyPlugin) return planAlreadyInstalled(snapshot, keys);
	requireNoOldPlugin(snapshot);
	const { sentences, ...parts } = newKeysParts(snapshot, keys);
	// onInstall puts each key at the head of the list, like adding it: the last one named stands first.
	const initData = encodeAbiParameters(
		[
			{ type: 'address[]', name: 'initialKeys' },
			{ type: 'bytes32[]', name: 'tags' },
			{ type: 'bytes[][]', name: 'initialPermissions' },
		],
		[
			keys.map(({ key }) => key),
			keys.map(({ tag }) => tag),
			keys.map(({ updates }) => encodePermissionUpdates(updates)),
		],
	);
	const install = encodeFunctionData({
		abi: IPluginManagerAbi,
		functionName: 'installPlugin',
		args: [SESSION_KEY_PLUGIN, manifestHash, initData, DEPENDENCIES],
	});
	return toPlan(snapshot, {
		...parts,
		calls: [install],
		plugin: true,
		sentences: ['The session key plugin is installed.', ...sentences],
	});
}

/** The owner plugin's two validation functions, in the order of the SDK's installSessionKeyPlugin. */
const DEPENDENCIES: Hex[] = [0, 1].map((id) => encodePacked(['address', 'uint8'], [MULTI_OWNER_PLUGIN, id]));

function planAlreadyInstalled(snapshot: AccountSnapshot, keys: readonly NewKey[]): Plan {
	const plan = planAddKeys(snapshot, keys);
	const instead = keys.length > 0 ? 'the keys are added to it' : 'there is nothing to do';
	return {
		...plan,
		sentences: [`The session key plugin is already installed: ${instead}.`, ...plan.sentences],
	};
}
