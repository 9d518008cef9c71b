import { encodeAbiParameters, encodeEventTopics, getAddress, numberToHex, padHex, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN, sessionKeyPluginAbi } from '../../../core/contracts';
import { parseTag } from '../../../core/input/tag';
import type { RpcLog } from '../../../core/rpc/logs';
import { encodePermissionUpdates, type PermissionUpdate } from '../../../core/plugin/permissionUpdates';

export const ACCOUNT = getAddress(numberToHex(0xacc, { size: 20 }));

export interface FakeLog {
	block: number;
	topics: Hex[];
	data: Hex;
}

const topic = (address: Address) => padHex(address, { size: 32 });
const eventTopic = (eventName: never) => encodeEventTopics({ abi: sessionKeyPluginAbi, eventName })[0] as Hex;
export const added = (block: number, key: Address, tag = 'pay'): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyAdded' as never), topic(ACCOUNT), topic(key), parseTag(tag)],
	data: '0x',
});
export const removed = (block: number, key: Address): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyRemoved' as never), topic(ACCOUNT), topic(key)],
	data: '0x',
});
export const rotated = (block: number, from: Address, to: Address): FakeLog => ({
	block,
	topics: [eventTopic('SessionKeyRotated' as never), topic(ACCOUNT), topic(from), topic(to)],
	data: '0x',
});
export const updated = (block: number, key: Address, updates: PermissionUpdate[]): FakeLog => ({
	block,
	topics: [eventTopic('PermissionsUpdated' as never), topic(ACCOUNT), topic(key)],
	data: encodeAbiParameters([{ type: 'bytes[]' }], [encodePermissionUpdates(updates)]),
});

/** As a node gives it; its place in the list is that in its block. */
export function toRpcLog({ block, topics, data }: FakeLog, index: number): RpcLog {
	const hash = padHex(numberToHex(block), { size: 32 });
	return {
		address: SESSION_KEY_PLUGIN,
		topics: topics as [Hex, ...Hex[]],
		data,
		blockNumber: numberToHex(block),
		blockHash: hash,
		transactionHash: hash,
		logIndex: numberToHex(index),
	};
}
