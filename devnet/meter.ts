import { billedUnits, throughputUnits } from './computeUnits';
import { logRange, missingState, stateAge, type LatestBlock } from './heights';
import type { PendingOperations } from './pendingOperations';
import { PLANS, type Plan, type PlanName } from './plans';
import type { RpcCall, RpcErrorObject } from './rpc';

/** Why a plan refuses a call. */
type RefusalKind = 'range' | 'state' | 'throughput' | 'batch' | 'pending';

/** A call that the plan refuses. */
export interface Refusal {
	kind: RefusalKind;
	error: RpcErrorObject;
	/** HTTP status when the call came alone. */
	status: number;
}

/** What was asked with one API key, and what a provider bills for it. */
export interface Usage {
	/** HTTP requests. */
	requests: number;
	/** JSON-RPC calls, those inside batches counted one by one. */
	calls: number;
	/** Compute units; a call that is refused is billed as its method, one over the throughput is free. */
	units: number;
	refused: Partial<Record<RefusalKind, number>>;
	methods: Record<string, number>;
}

/** One API key's plan and what was used of it. */
export interface Meter {
	/** From now on this plan, with a full bucket and no usage. */
	setPlan(name: PlanName): void;
	/** What the plan refuses before anything is asked: a whole request (for every call the same), or single calls. */
	admit(calls: readonly RpcCall[], batch: boolean): Map<RpcCall, Refusal>;
	/** What the plan refuses of an admitted call. */
	refuse(call: RpcCall, latestBlock: LatestBlock): Promise<Refusal | undefined>;
	/** Counts an HTTP request. */
	count(calls: readonly RpcCall[], refusals: ReadonlyMap<RpcCall, Refusal>): void;
	usage(): Usage;
}

/** Makes one. The pending operations are those of the bundler, whoever sent them. */
export function createMeter(name: PlanName, pending: PendingOperations): Meter {
	let plan = planNamed(name);
	let bucket = createBucket(plan.throughput);
	let usage = noUsage();
	return {
		setPlan: (next) => {
			plan = planNamed(next);
			bucket = createBucket(plan.throughput);
			usage = noUsage();
		},
		admit: (calls, batch) => {
			const { mostInBatch = Infinity, alone = [], throughput } = plan;
			const all = (refusal: Refusal | undefined) => new Map(refusal ? calls.map((call) => [call, refusal]) : []);
			if (calls.length > mostInBatch) return all(refusedBatch(`batch of ${calls.length} is over ${mostInBatch}`));
			const busy = throughput && ({ kind: 'throughput', error: throughput.error, status: 429 } as const);
			if (throughput?.unit === 'request') return all(bucket(1) ? undefined : busy);
			const refusals = new Map<RpcCall, Refusal>();
			for (const call of calls) {
				if (batch && alone.includes(call.method)) {
					refusals.set(call, refusedBatch(`${call.method} can not be called in a batch`));
				} else if (busy && !bucket(throughputUnits(call.method))) refusals.set(call, busy);
			}
			return refusals;
		},
		refuse: (call, latestBlock) => refusalOf(plan, pending, call, latestBlock),
		count: (calls, refusals) => {
			usage.requests += 1;
			for (const call of calls) {
				const kind = refusals.get(call)?.kind;
				usage.calls += 1;
				usage.units += kind === 'throughput' ? 0 : billedUnits(call.method);
				usage.methods[call.method] = (usage.methods[call.method] ?? 0) + 1;
				if (kind) usage.refused[kind] = (usage.refused[kind] ?? 0) + 1;
			}
		},
		usage: () => usage,
	};
}

/** Names come from other processes and from the command line too. */
export function planNamed(name: PlanName): Plan {
	if (!Object.hasOwn(PLANS, name)) throw new Error(`no plan ${name}: there are ${Object.keys(PLANS).join(', ')}`);
	return PLANS[name];
}

function noUsage(): Usage {
	return { requests: 0, calls: 0, units: 0, refused: {}, methods: {} };
}

async function refusalOf(
	{ logs, archive, pendingOperations }: Plan,
	pending: PendingOperations,
	call: RpcCall,
	latestBlock: LatestBlock,
): Promise<Refusal | undefined> {
	const range = logs && (await logRange(call, latestBlock));
	if (range && range.to - range.from >= BigInt(logs.blocks)) {
		return { kind: 'range', error: rangeError(logs, range), status: logs.status };
	}
	const state = archive === undefined ? undefined : await stateAge(call, latestBlock);
	if (state && state.age > BigInt(archive!)) return { kind: 'state', error: missingState(state.block), status: 200 };
	if (state && state.age < 0n)
		return { kind: 'state', error: { code: -32000, message: 'header not found' }, status: 200 };
	if (call.method !== 'eth_sendUserOperation' || pendingOperations === undefined) return undefined;
	const error = await pending.enter(call, pendingOperations);
	return error && { kind: 'pending', error, status: 200 };
}

function rangeError(
	{ blocks, error }: NonNullable<Plan['logs']>,
	{ from, to }: { from: bigint; to: bigint },
): RpcErrorObject {
	const values: Record<string, string> = {
		from: `0x${from.toString(16)}`,
		to: `0x${(from + BigInt(blocks) - 1n).toString(16)}`,
		asked: String(to - from + 1n),
	};
	return { ...error, message: error.message.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '') };
}

function refusedBatch(message: string): Refusal {
	return { kind: 'batch', error: { code: -32600, message }, status: 400 };
}

/** Takes units while there are any: full at first, filled up as fast as the plan allows, never over what it holds. */
function createBucket(throughput: Plan['throughput']): (units: number) => boolean {
	if (!throughput) return () => true;
	const { perSecond, seconds } = throughput;
	let left = perSecond * seconds;
	let at = performance.now();
	return (units) => {
		const now = performance.now();
		left = Math.min(perSecond * seconds, left + ((now - at) / 1000) * perSecond);
		at = now;
		if (units > left) return false;
		left -= units;
		return true;
	};
}
