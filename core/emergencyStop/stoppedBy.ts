import { encodeEventTopics, pad, parseAbi, type Address, type Hex } from 'viem';
import { SESSION_KEY_PLUGIN } from '../contracts';
import { operationFilter } from '../history/pastOperations';
import { refuse, RefusalError } from '../refusal/refusal';
import { getLogs } from '../rpc/logs';
import { read, rpcRead } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { moment, type Moment } from '../text/format';
import { latestBlock } from '../userOperation/fees';
import { operationsIn } from '../userOperation/outcome';
import { isStopNonce } from './stopCode';

/** ERC-6900: the account tells that a plugin is gone. */
const pluginEvents = parseAbi(['event PluginUninstalled(address indexed plugin, bool indexed onUninstallSucceeded)']);
const [UNINSTALLED] = encodeEventTopics({ abi: pluginEvents, eventName: 'PluginUninstalled' });

/** It is told beside a refusal, which must not wait long for it. */
const MOST_REQUESTS = 4;

/**
 * Adds to the refusal "no session key plugin" that an emergency stop uninstalled it, and when, as far as the endpoint shows the
 * past. Any other error comes back as it is.
 */
export async function namingStop(error: unknown, { rpc, account }: { rpc: Rpc; account: Address }): Promise<unknown> {
	if (!(error instanceof RefusalError) || error.refusal.code !== 'pluginNotInstalled') return error;
	const stop = await findStop(rpc, account).catch(() => undefined);
	if (!stop) return error;
	// What was sent, and what is known of the reference, stays.
	return new RefusalError([refuse('emergencyStopped', { account, ...stop }), ...error.refusals.slice(1)], error);
}

interface Stop {
	transactionHash: Hex;
	at: Moment;
}

/** The stop that uninstalled the plugin last; undefined where it was uninstalled otherwise. */
async function findStop(rpc: Rpc, account: Address): Promise<Stop | undefined> {
	const { block } = await read(rpc, { block: latestBlock() });
	const filter = { address: account, topics: [UNINSTALLED as Hex, pad(SESSION_KEY_PLUGIN)] };
	const last = (await getLogs(rpc, filter, 0n, block.number, MOST_REQUESTS)).at(-1);
	if (!last) return undefined;
	const height = BigInt(last.blockNumber);
	const operations = operationsIn(await getLogs(rpc, operationFilter(account), height, height, 1));
	const stop = operations.find(
		({ nonce, success, transactionHash }) => success && isStopNonce(nonce) && transactionHash === last.transactionHash,
	);
	if (!stop) return undefined;
	const { timestamp } = await read(rpc, {
		timestamp: rpcRead('eth_getBlockByNumber', [last.blockNumber, false], (one: { timestamp: Hex }) =>
			Number(one.timestamp),
		),
	});
	return { transactionHash: stop.transactionHash, at: moment(timestamp) };
}
