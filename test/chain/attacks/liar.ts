import { createRpc, type HttpReply, type Post, type Rpc } from '../../../core/rpc/rpc';
import { fromRpcUserOperation, hashUserOperation, type UserOperation } from '../../../core/userOperation/userOperation';
import type { DevnetClient } from '../../../devnet';
import { aggregated, viewsIn, type ViewAnswer } from '../../support/multicall';
import { post, sleep } from '../../support/payer';

interface Call {
	id: number;
	method: string;
	params: unknown[];
}

/** Gives another result than the truth; `truth` asks for it. */
export type Lie = (method: string, params: readonly unknown[], truth: () => Promise<unknown>) => Promise<unknown>;

/** A connection to an endpoint whose answers are what `lie` makes of them. */
export function liar(url: string, lie: Lie): Rpc {
	const single = async ({ id, method, params }: Call): Promise<ViewAnswer> => {
		let error: ViewAnswer['error'];
		const truth = async () => {
			const { body } = (await post(url, { jsonrpc: '2.0', id, method, params }, 10_000)) as HttpReply;
			const { result, error: told } = body as { result?: unknown; error?: unknown };
			if (told) throw (error = told as ViewAnswer['error']);
			return result;
		};
		try {
			return { result: await lie(method, params, truth) };
		} catch (thrown) {
			if (!error) throw thrown;
			return { error };
		}
	};
	// Views that come together are lied about one by one.
	const answer = async (call: Call) => {
		const views = viewsIn(call);
		const told = views
			? aggregated(await Promise.all(views.map((view) => single({ id: call.id, ...view } as Call))))
			: await single(call);
		return { jsonrpc: '2.0', id: call.id, ...told };
	};
	const lyingPost: Post = async (_, body) => {
		const answers = await Promise.all(([body].flat() as Call[]).map(answer));
		return { status: 200, headers: {}, body: Array.isArray(body) ? answers : answers[0] };
	};
	return createRpc({ chainUrl: url, post: lyingPost, sleep });
}

/** The calldata of an eth_call to an address; undefined for anything else. */
export function callTo(address: string, method: string, params: readonly unknown[]): string | undefined {
	const { to, data } = (params[0] ?? {}) as { to?: string; data?: string };
	return method === 'eth_call' && to?.toLowerCase() === address.toLowerCase() ? data : undefined;
}

/** An endpoint that takes operations and keeps them to itself: whoever it belongs to may include them whenever they like. */
export function keeper({ url, chainId }: Pick<DevnetClient, 'url' | 'chainId'>, lie: Lie = (_, __, truth) => truth()) {
	const kept: UserOperation[] = [];
	const rpc = liar(url, async (method, params, truth) => {
		if (method !== 'eth_sendUserOperation') return lie(method, params, truth);
		const operation = fromRpcUserOperation(params[0] as never);
		kept.push(operation);
		return hashUserOperation(operation, chainId);
	});
	return { rpc, kept };
}
