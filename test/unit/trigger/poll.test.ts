import { HistoryUnavailableError } from '../../../core/rpc/logs';
import { cursorAt, type Cursor } from '../../../core/trigger/cursor';
import type { ChainEvent } from '../../../core/trigger/events';
import { isAnotherChain, poll, type Source } from '../../../core/trigger/poll';
import { toSeen } from '../../../core/trigger/seen';
import { ACCOUNT } from '../../support/sessionKeys';
import { SimulatedChain, type Act, type Deed } from './simulatedChain';

const wanted = {
	account: ACCOUNT,
	kinds: new Set(['paymentMade', 'paymentFailed', 'permissionsUpdated']),
	confirmations: 1,
};
let nextId = 0;
const deed = (act: Act, isSponsored = false): Deed => ({ act, id: nextId++, isSponsored });

/** A trigger on a simulated chain, whose endpoint may be changed. */
function triggerOn(chain: SimulatedChain, change: (source: Source) => Partial<Source> = () => ({})) {
	let cursor: Cursor = cursorAt(toSeen(chain.snapshot(chain.height)));
	return {
		cursor: () => cursor,
		async poll(): Promise<ChainEvent[]> {
			const source = chain.source(0, 0);
			const polled = await poll(wanted, { ...source, ...change(source) }, cursor);
			cursor = polled?.cursor ?? cursor;
			return polled?.events ?? [];
		},
	};
}

const kindsOf = (events: readonly ChainEvent[]) => events.map(({ kind }) => kind);

it('passes over logs that the endpoint no longer has, says so, and tells what comes after them', async () => {
	const chain = new SimulatedChain(2, 10_000);
	const kept = chain.height + 9_000;
	const trigger = triggerOn(chain, ({ paymentLogs }) => ({
		paymentLogs: async (from, to, most) => {
			if (from < BigInt(kept)) throw new HistoryUnavailableError('pruned');
			return paymentLogs(from, to, most);
		},
	}));
	chain.mine(100, [deed('failedPayment', true)]); // where nobody will ever see it
	chain.mine(12_000, [deed('payment')]);
	chain.mine(100, [deed('failedPayment', true)]);
	const told: ChainEvent[] = [];
	for (let polls = 0; polls < 40; polls++) {
		chain.mine(30);
		told.push(...(await trigger.poll()));
	}
	const missed = told.flatMap((one) =>
		one.kind === 'notSeen' && 'from' in one.what ? [[one.what.from, one.blockNumber]] : [],
	);
	expect(kindsOf(told).filter((kind) => kind !== 'notSeen')).toEqual(['paymentMade', 'paymentFailed']);
	expect(missed[0]?.[0]).toBe(1_001n);
	missed.slice(1).forEach(([from], index) => expect(from).toBe((missed[index]?.[1] as bigint) + 1n));
	expect(missed.at(-1)?.[1]).toBeGreaterThanOrEqual(kept - 1);
	expect(trigger.cursor().payments.behind).toBeUndefined();
});

it('fails where the endpoint gives no logs at all, and loses nothing by it', async () => {
	const chain = new SimulatedChain(2, 10);
	let isOut = true;
	const refuse = () => Promise.reject(new HistoryUnavailableError('none'));
	const trigger = triggerOn(chain, () => (isOut ? { paymentLogs: refuse, changeLogs: refuse } : {}));
	chain.mine(500, [deed('failedPayment')]);
	await expect(trigger.poll()).rejects.toThrow(HistoryUnavailableError);
	await expect(trigger.poll()).rejects.toThrow(HistoryUnavailableError);
	isOut = false;
	expect(kindsOf([...(await trigger.poll()), ...(await trigger.poll())])).toEqual(['paymentFailed']);
});

it('says nothing by a node that is behind, and begins anew where the chain was made anew', async () => {
	const chain = new SimulatedChain(2, 10);
	const trigger = triggerOn(chain, () => ({ snapshot: async () => chain.snapshot(chain.height - 50) }));
	chain.mine(40, [deed('payment')]);
	expect(await trigger.poll()).toEqual([]);
	const before = chain.snapshot(chain.height - 50);
	expect(isAnotherChain(trigger.cursor(), before)).toBe(false);
	const later = trigger.cursor().seen.time + 145;
	expect(isAnotherChain(trigger.cursor(), { ...before, block: { ...before.block, timestamp: later } })).toBe(true);
});

it('tells of an operation that it can not read once nothing can come of waiting', async () => {
	const chain = new SimulatedChain(2, 10);
	const trigger = triggerOn(chain, ({ claims }) => ({
		async *claims(head, until) {
			for await (const block of claims(head, until)) {
				yield { ...block, operations: block.operations.map((one) => ({ ...one, callData: undefined })) };
			}
		},
		paymentLogs: async (_, to) => ({ found: [], reached: to }),
	}));
	chain.mine(1, [deed('payment')]);
	expect(await trigger.poll()).toEqual([]);
	chain.mine(30);
	expect(await trigger.poll()).toEqual([]);
	chain.mine(100);
	expect(kindsOf(await trigger.poll())).toEqual(['notSeen']);
	chain.mine(100);
	expect(await trigger.poll()).toEqual([]);
});

it('does not take money that comes in for something that the account did', async () => {
	const chain = new SimulatedChain(2, 10);
	let came = 0n;
	const asked: bigint[] = [];
	const trigger = triggerOn(chain, ({ snapshot, paymentLogs }) => ({
		snapshot: async (tokens) => {
			const found = await snapshot(tokens);
			return { ...found, funds: { native: (found.funds.native as bigint) + (came += 5n) } };
		},
		paymentLogs: async (from, to, most) => (asked.push(to), paymentLogs(from, to, most)),
	}));
	for (let polls = 0; polls < 8; polls++) {
		chain.mine(30);
		await trigger.poll();
	}
	// Only what is deep is looked at, as when nothing moves.
	expect(asked.length).toBeGreaterThan(0);
	expect(Math.max(...asked.map(Number))).toBeLessThanOrEqual(chain.height - 72);
});

it('asks for logs of changes by other software, and for no others, when nothing else moved', async () => {
	const chain = new SimulatedChain(2, 10);
	const asked: string[] = [];
	const trigger = triggerOn(chain, ({ changeLogs, claims, changes }) => ({
		changeLogs: async (...range) => (asked.push('changeLogs'), changeLogs(...range)),
		claims: (...range) => (asked.push('claims'), claims(...range)),
		changes: (...range) => (asked.push('changes'), changes(...range)),
	}));
	chain.mine(30);
	expect(await trigger.poll()).toEqual([]);
	expect(asked).toEqual([]);
	chain.mine(30, [deed('otherChange', true)]);
	expect(kindsOf(await trigger.poll())).toEqual(['permissionsUpdated']);
	expect(new Set(asked)).toEqual(new Set(['changeLogs']));
});
