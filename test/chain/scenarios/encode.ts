import {
	concat,
	encodeAbiParameters,
	encodeFunctionData,
	maxUint256,
	numberToHex,
	pad,
	slice,
	stringToHex,
	toFunctionSelector,
	type Address,
	type Hex,
} from 'viem';
import { ADDRESSES } from '../../../devnet/contracts/addresses';
import { accountAbi, functionNamed, pluginAbi, updatesAbi } from './abis';
import type { CallStep, Operation, Update } from './format';
import type { Scene } from './scene';

export const LIST_TYPES = ['ALLOWLIST', 'DENYLIST', 'ALLOW_ALL'];
/** 2^48-1 */
export const MAX_TIME = 2 ** 48 - 1;
/** The predecessor of the newest key. */
export const FIRST = pad('0x01', { size: 32 });

interface Call {
	target: Address;
	value: bigint;
	data: Hex;
}

/** Decimal text, or `max`. */
function amount(value: string): bigint {
	return value === 'max' ? maxUint256 : BigInt(value);
}

/** Unix time as seconds after the scenario's start. */
export function relativeTime({ start }: Scene, time: number): number | string | null {
	if (time === 0) return null;
	return time === MAX_TIME ? 'max' : time - start;
}

/** A function's selector, by its name. */
export function selector(name: string): Hex {
	return name.startsWith('0x') ? (name as Hex) : toFunctionSelector(functionNamed(name));
}

/** The calldata of an operation: what the account is asked to do. */
export async function encodeOperation(scene: Scene, operation: Operation): Promise<Hex> {
	const data = await encodeAction(scene, operation);
	return operation.suffix ? concat([data, operation.suffix as Hex]) : data;
}

async function encodeAction(scene: Scene, operation: Operation): Promise<Hex> {
	const { cast } = scene;
	const key = operation.key === undefined ? undefined : cast.address(operation.key);
	const predecessor = async (): Promise<Hex> => findPredecessor(scene, operation, key!);
	switch (operation.do) {
		case 'installPlugin':
			return encodeInstall(scene, operation);
		case 'uninstallPlugin':
			return encode('uninstallPlugin', [cast.address('plugin'), '0x', '0x']);
		case 'addSessionKey':
			return encode('addSessionKey', [key, tag(operation.tag), encodeUpdates(scene, operation.permissions)]);
		case 'removeSessionKey':
			return encode('removeSessionKey', [key, await predecessor()]);
		case 'rotateSessionKey':
			return encode('rotateSessionKey', [key, await predecessor(), cast.address(operation.to!)]);
		case 'updateKeyPermissions':
			return encode('updateKeyPermissions', [key, encodeUpdates(scene, operation.permissions)]);
		case 'execute': {
			const { target, value, data } = await encodeCall(scene, operation.call!);
			return encode('execute', [target, value, data]);
		}
		case 'executeBatch':
			return encode('executeBatch', [await encodeCalls(scene, operation.calls)]);
		case 'executeWithSessionKey':
			return encode('executeWithSessionKey', [await encodeCalls(scene, operation.calls), key]);
		case 'resetSessionKeyGasLimitTimestamp':
			return encode('resetSessionKeyGasLimitTimestamp', [cast.address('account'), key]);
		case 'look':
			throw new Error('a look sends nothing');
	}
}

function encode(functionName: string, args: readonly unknown[]): Hex {
	return encodeFunctionData({ abi: [...accountAbi, ...pluginAbi], functionName, args } as never);
}

function encodeInstall(scene: Scene, { keys = [], tags, rawData }: Operation): Hex {
	const given = encodeAbiParameters(
		[{ type: 'address[]' }, { type: 'bytes32[]' }, { type: 'bytes[][]' }],
		[
			keys.map(({ key }) => scene.cast.address(key)),
			(tags ?? keys.map((key) => key.tag)).map(tag),
			keys.map(({ permissions }) => encodeUpdates(scene, permissions)),
		],
	);
	const dependencies = [0, 1].map((id) => concat([ADDRESSES.MultiOwnerPlugin, numberToHex(id, { size: 1 })]));
	return encode('installPlugin', [
		scene.cast.address('plugin'),
		scene.lab.manifestHash,
		rawData ?? given,
		dependencies,
	]);
}

/** Permission updates, in the order in which they are sent. */
export function encodeUpdates(scene: Scene, updates: readonly Update[] = []): Hex[] {
	return updates.map(([name, ...args]) => {
		if (name === 'raw') return args[0] as Hex;
		const { inputs } = functionNamed(name);
		const values = args.map((value, i) => updateArgument(scene, inputs[i]!, value));
		return encodeFunctionData({ abi: updatesAbi, functionName: name, args: values } as never);
	});
}

function updateArgument(scene: Scene, { name, type }: { name?: string; type: string }, value: Update[number]): unknown {
	if (type === 'address') return scene.cast.address(String(value));
	if (type === 'uint256') return amount(String(value));
	if (type === 'bytes4') return selector(String(value));
	if (type === 'uint8') return LIST_TYPES.includes(String(value)) ? LIST_TYPES.indexOf(String(value)) : value;
	if (name === 'validAfter' || name === 'validUntil') return absoluteTime(scene, value as number | 'max' | null);
	return value;
}

function absoluteTime({ start }: Scene, time: number | 'max' | null): number {
	if (time === null) return 0;
	return time === 'max' ? MAX_TIME : start + time;
}

async function encodeCalls(scene: Scene, calls: readonly CallStep[] = []): Promise<Call[]> {
	return Promise.all(calls.map((call) => encodeCall(scene, call)));
}

async function encodeCall(scene: Scene, call: CallStep): Promise<Call> {
	let data = await encodeCallData(scene, call);
	if (call.suffix) data = concat([data, call.suffix as Hex]);
	if (call.cut !== undefined) data = slice(data, 0, call.cut);
	return { target: scene.cast.address(call.to), value: amount(call.eth ?? '0'), data };
}

async function encodeCallData(scene: Scene, { fn, args = [], data = '0x', step }: CallStep): Promise<Hex> {
	if (step) return encodeOperation(scene, step);
	if (!fn) return data as Hex;
	const values = args.map((value) => (/^(\d+|max)$/.test(value) ? amount(value) : scene.cast.address(value)));
	return encodeFunctionData({ abi: [functionNamed(fn)], functionName: fn, args: values });
}

function tag(text = ''): Hex {
	return text.startsWith('0x') ? (text as Hex) : pad(stringToHex(text), { size: 32, dir: 'right' });
}

async function findPredecessor({ lab, cast }: Scene, { predecessor }: Operation, key: Address): Promise<Hex> {
	if (predecessor === 'first') return FIRST;
	if (predecessor) return pad(cast.address(predecessor), { size: 32, dir: 'right' });
	const found = await lab.node.call(
		cast.address('plugin'),
		encodeFunctionData({ abi: pluginAbi, functionName: 'findPredecessor', args: [cast.address('account'), key] }),
	);
	return found.ok ? found.data : FIRST;
}
