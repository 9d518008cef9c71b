import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { numberToHex, type Hex } from 'viem';

/** An endpoint of simulated heights. */
export interface Heights {
	url: string;
	close(): Promise<void>;
}

type Json = Record<string, unknown>;

/** Where a block height stands in the parameters of a method. */
const HEIGHT_AT: Record<string, number> = {
	eth_call: 1,
	eth_getBalance: 1,
	eth_getCode: 1,
	eth_getBlockByNumber: 0,
};

/** Where the blocks in which nothing happened lie: so many below the devnet's own, and so many above block `at`. */
export interface Gaps {
	below: bigint;
	at: bigint;
	above: bigint;
}

/**
 * A STAND-IN for a chain of millions of blocks: it stands in front of the devnet and shows its blocks higher than they
 * are, with blocks in which nothing happened below and in between. What a search through heights asks, and how often, is
 * what it would be on a chain as long; how quickly a real node of that length answers is not known here.
 */
export async function startHeights(upstream: string, { below, at, above }: Gaps): Promise<Heights> {
	const toShown = (height: bigint) => (height === 0n ? 0n : height + below + (height > at ? above : 0n));
	const toReal = (shown: bigint) => {
		if (shown <= below) return 0n;
		if (shown <= below + at) return shown - below;
		return shown <= below + at + above ? at : shown - below - above;
	};
	const realTag = (tag: unknown) =>
		typeof tag === 'string' && tag.startsWith('0x') ? numberToHex(toReal(BigInt(tag))) : tag;

	function realCall(call: { method: string; params?: unknown[] }) {
		const params = [...(call.params ?? [])];
		const at = HEIGHT_AT[call.method];
		if (at !== undefined) params[at] = realTag(params[at]);
		if (call.method === 'eth_getLogs') {
			const { fromBlock, toBlock, ...filter } = params[0] as Json;
			params[0] = { ...filter, fromBlock: realTag(fromBlock), toBlock: realTag(toBlock) };
		}
		return { ...call, params };
	}

	function shown(method: string, result: unknown): unknown {
		if (method === 'eth_blockNumber') return numberToHex(toShown(BigInt(result as Hex)));
		if (Array.isArray(result)) return result.map((one) => shown(method, one));
		if (typeof result !== 'object' || result === null) return result;
		return Object.fromEntries(
			Object.entries(result as Json).map(([name, value]) => {
				const isHeight = name === 'blockNumber' || (name === 'number' && method === 'eth_getBlockByNumber');
				if (isHeight && typeof value === 'string') return [name, numberToHex(toShown(BigInt(value)))];
				return [name, typeof value === 'object' ? shown(method, value) : value];
			}),
		);
	}

	const server = createServer(async (request, response) => {
		let body = '';
		for await (const chunk of request) body += String(chunk);
		const asked = JSON.parse(body) as Json | Json[];
		const calls = [asked].flat() as { id: unknown; method: string; params?: unknown[] }[];
		const real = calls.map(realCall);
		const reply = await fetch(upstream, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: JSON.stringify(Array.isArray(asked) ? real : real[0]),
		});
		const answers = ([await reply.json()].flat() as Json[]).map((answer) => {
			const method = calls.find(({ id }) => id === answer.id)?.method ?? '';
			return 'result' in answer ? { ...answer, result: shown(method, answer.result) } : answer;
		});
		response.writeHead(reply.status, { 'content-type': 'application/json' });
		response.end(JSON.stringify(Array.isArray(asked) ? answers : answers[0]));
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: async () => {
			const closed = once(server, 'close');
			server.close();
			server.closeAllConnections();
			await closed;
		},
	};
}
