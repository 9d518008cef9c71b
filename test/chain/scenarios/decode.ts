import { SessionKeyPluginAbi, UpgradeableModularAccountAbi } from '@alchemy/aa-accounts';
import { decodeErrorResult, parseAbi, parseEventLogs, size, slice, type Address, type Hex, type RpcLog } from 'viem';
import { errorAt, functionName } from './abis';
import type { Cast } from './cast';

const helperEventsAbi = parseAbi([
	'event Hit(address from, uint256 value)',
	'event Approval(address indexed owner, address indexed spender, uint256 value)',
]);
const pluginEventsAbi = SessionKeyPluginAbi.filter((item) => item.type === 'event');
const accountEventsAbi = UpgradeableModularAccountAbi.filter(
	(item) => item.type === 'event' && item.name.startsWith('Plugin'),
);
const EVENTS = [...pluginEventsAbi, ...accountEventsAbi, ...helperEventsAbi] as const;

/** Revert data in words, with names for addresses. */
export function describeError(cast: Cast, data: Hex): string {
	if (data === '0x') return 'empty';
	return decodedError(cast, data) ?? `raw ${data.slice(0, 10)} (${size(data)} bytes)`;
}

function decodedError(cast: Cast, data: Hex): string | undefined {
	const error = errorAt(data);
	if (!error) return undefined;
	const { args = [] } = decodeErrorResult({ abi: [error], data }) as { args?: readonly unknown[] };
	return `${error.name}(${args.map((value, i) => describeValue(cast, value, error.inputs[i]!.type)).join(', ')})`;
}

/** Bytes inside an error may be an error again. */
function describeValue(cast: Cast, value: unknown, type: string): string {
	if (type === 'address') return cast.nameOf(value as Address);
	if (type === 'bytes') return decodedError(cast, value as Hex) ?? `bytes(${size(value as Hex)})`;
	if (type === 'bytes4') return functionName(value as Hex);
	return String(value);
}

/**
 * The events that matter, in words: the plugin's about the account, the account's about the plugin, a token's Approval,
 * the target's Hit.
 * @param sentUpdates The lists of permission updates that the step sent: PermissionsUpdated must repeat one of them.
 */
export function describeEvents(cast: Cast, logs: readonly RpcLog[], sentUpdates: readonly Hex[][]): string[] {
	const parsed = parseEventLogs({ abi: EVENTS, logs: logs as never[] });
	return parsed.flatMap((log) => describeEvent(cast, log as never, sentUpdates));
}

interface ParsedLog {
	address: Address;
	eventName: string;
	args: Record<string, unknown>;
}

function describeEvent(cast: Cast, { address, eventName, args }: ParsedLog, sentUpdates: readonly Hex[][]): string[] {
	const name = (argument: string): string => cast.nameOf(args[argument] as Address);
	const emitter = cast.nameOf(address);
	if (emitter === 'plugin' && name('account') !== 'account') return ['an event about another account'];

	switch (eventName) {
		case 'SessionKeyAdded':
			return [`SessionKeyAdded(${name('sessionKey')}, ${String(args.tag).replace(/(00)+$/, '')})`];
		case 'SessionKeyRemoved':
			return [`SessionKeyRemoved(${name('sessionKey')})`];
		case 'SessionKeyRotated':
			return [`SessionKeyRotated(${name('oldSessionKey')}, ${name('newSessionKey')})`];
		case 'PermissionsUpdated':
			return [describePermissions(name('sessionKey'), args.updates as Hex[], sentUpdates)];
		case 'PluginInstalled':
			return name('plugin') === 'plugin' ? ['PluginInstalled(plugin)'] : [];
		case 'PluginUninstalled':
			return name('plugin') === 'plugin' ? [`PluginUninstalled(plugin, ${String(args.onUninstallSucceeded)})`] : [];
		case 'Hit':
			return [`Hit(${name('from')}, ${String(args.value)})`];
		case 'Approval':
			return [`Approval(${emitter}, ${name('owner')}, ${name('spender')}, ${String(args.value)})`];
		default:
			return [];
	}
}

function describePermissions(key: string, updates: Hex[], sent: readonly Hex[][]): string {
	const names = updates.map((update) => functionName(slice(update, 0, 4))).join(', ');
	const asSent = sent.some((list) => list.join() === updates.join());
	return `PermissionsUpdated(${key}, [${names}])${asSent ? '' : ' not as sent'}`;
}
