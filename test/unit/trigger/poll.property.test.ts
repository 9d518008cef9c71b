import fc from 'fast-check';
import { asCursor, cursorAt, type Cursor } from '../../../core/trigger/cursor';
import { poll } from '../../../core/trigger/poll';
import { toSeen } from '../../../core/trigger/seen';
import { ACCOUNT } from '../../support/sessionKeys';
import { hashOf, SimulatedChain, type Act, type Deed } from './simulatedChain';

const ALL = ['paymentMade', 'paymentFailed', 'permissionsUpdated'];
/** What is told of a deed. */
const KIND: Record<Act, string> = {
	payment: 'paymentMade',
	paymentWithoutReference: 'paymentMade',
	failedPayment: 'paymentFailed',
	change: 'permissionsUpdated',
	otherChange: 'permissionsUpdated',
};

type Step =
	| { kind: 'mine'; blocks: number; deeds: { act: Act; isSponsored: boolean }[] }
	| { kind: 'poll'; stateBehind: number; logsBehind: number }
	| { kind: 'restart' }
	| { kind: 'reorganise'; depth: number };

const deed = fc.record({ act: fc.constantFrom(...(Object.keys(KIND) as Act[])), isSponsored: fc.boolean() });
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constant('mine' as const),
			blocks: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3_000 })),
			deeds: fc.array(deed, { maxLength: 3 }),
		}),
	},
	{
		weight: 6,
		arbitrary: fc.record({
			kind: fc.constant('poll' as const),
			stateBehind: fc.constantFrom(0, 0, 0, 1, 30),
			logsBehind: fc.constantFrom(0, 0, 1, 5),
		}),
	},
	{ weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
	{
		weight: 1,
		arbitrary: fc.record({ kind: fc.constant('reorganise' as const), depth: fc.integer({ min: 1, max: 6 }) }),
	},
);

const idOf = (one: Deed) =>
	KIND[one.act] === 'permissionsUpdated' ? `permissionsUpdated:${hashOf(one)}:0` : `${KIND[one.act]}:${hashOf(one)}`;

/** Plays the steps, then polls on until everything must be known; the ids that were told, and those that were to be told. */
async function play(kinds: readonly string[], confirmations: number, chain: SimulatedChain, steps: readonly Step[]) {
	const wanted = { account: ACCOUNT, kinds: new Set(kinds), confirmations };
	let cursor: Cursor = cursorAt(toSeen(chain.snapshot(chain.height)));
	let inDatabase = JSON.stringify(cursor);
	const told: string[] = [];
	let nextId = 0;
	const pollOnce = async (stateBehind: number, logsBehind: number) => {
		const polled = await poll(wanted, chain.source(stateBehind, logsBehind), cursor);
		if (!polled) return;
		cursor = polled.cursor;
		told.push(...polled.events.map(({ id }) => id));
		// n8n saves only together with something that is told.
		if (polled.events.length > 0) inDatabase = JSON.stringify(cursor);
	};
	for (const one of steps) {
		if (one.kind === 'mine') {
			chain.mine(
				one.blocks,
				one.deeds.map((each) => ({ ...each, id: nextId++ })),
			);
		}
		if (one.kind === 'reorganise') chain.reorganise(one.depth);
		if (one.kind === 'poll') await pollOnce(one.stateBehind, Math.max(one.stateBehind, one.logsBehind));
		if (one.kind === 'restart') cursor = asCursor(JSON.parse(inDatabase)) as Cursor;
	}
	const isBehind = () => cursor.payments.behind !== undefined || cursor.changes.behind !== undefined;
	for (let more = 0; more < 60 || isBehind(); more++) {
		expect(more).toBeLessThan(1_500);
		chain.mine(30);
		await pollOnce(0, 0);
	}
	const due = chain.deedsSince(cursor.since).filter(({ act }) => kinds.includes(KIND[act]));
	return { told: told.sort(), due: due.map(idOf).sort() };
}

const chainOf = fc.record({
	secondsPerBlock: fc.constantFrom(0.25, 2, 12),
	range: fc.constantFrom(5, 10, 10_000),
});

describe('polls of a chain', () => {
	it('tell every event once: late nodes, reorganisations, restarts and pauses of any length between them', async () => {
		const confirmations = fc.integer({ min: 1, max: 5 });
		await fc.assert(
			fc.asyncProperty(chainOf, confirmations, fc.array(step, { maxLength: 25 }), async (on, depth, steps) => {
				const chain = new SimulatedChain(on.secondsPerBlock, on.range);
				const { told, due } = await play(ALL, depth, chain, steps);
				expect(told).toEqual(due);
			}),
			{ numRuns: 200 },
		);
	});

	it('tell it too where failed payments are not watched, and no logs are read over everything', async () => {
		await fc.assert(
			fc.asyncProperty(chainOf, fc.array(step, { maxLength: 25 }), async (on, steps) => {
				const chain = new SimulatedChain(on.secondsPerBlock, on.range);
				const { told, due } = await play(['paymentMade', 'permissionsUpdated'], 3, chain, steps);
				expect(told).toEqual(due);
			}),
			{ numRuns: 200 },
		);
	});
});
