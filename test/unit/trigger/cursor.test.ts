import fc from 'fast-check';
import {
	blocksAgain,
	cursorAt,
	FEWEST_AGAIN,
	firstBlock,
	MOST_AGAIN,
	tellConditions,
	tellEvents,
	type Cursor,
} from '../../../core/trigger/cursor';

interface Event {
	id: string;
	block: number;
}

/** Saved as text and read back, as n8n does. */
const saved = (cursor: Cursor): Cursor => JSON.parse(JSON.stringify(cursor)) as Cursor;

describe('the cursor of a trigger', () => {
	it('tells every event once, in whatever steps the chain is read and however often n8n starts again', () => {
		const blocks = fc.array(fc.nat({ max: 400 }), { maxLength: 60 });
		const steps = fc.array(fc.record({ blocks: fc.integer({ min: 1, max: 80 }), isRestarted: fc.boolean() }));
		fc.assert(
			fc.property(fc.nat({ max: 50 }), blocks, steps, (start, heights, polls) => {
				const events: Event[] = heights.sort((a, b) => a - b).map((block, index) => ({ id: `event ${index}`, block }));
				let cursor = cursorAt(BigInt(start));
				let inDatabase = saved(cursor);
				const told: Event[] = [];
				let head = start;
				for (const poll of polls) {
					if (poll.isRestarted) cursor = saved(inDatabase);
					head += poll.blocks;
					const seen = events.filter(({ block }) => block >= Number(firstBlock(cursor, 30)) && block <= head);
					const [fresh, after] = tellEvents(cursor, BigInt(head), seen);
					told.push(...fresh);
					cursor = after;
					// n8n 1.x saves only together with something that is told.
					if (fresh.length > 0) inDatabase = saved(cursor);
				}
				expect(told).toEqual(events.filter(({ block }) => block > start && block <= head));
			}),
		);
	});

	it('looks at some blocks again, but never at those before it was switched on', () => {
		const [, later] = tellEvents(cursorAt(100n), 200n, []);
		expect(firstBlock(cursorAt(100n), 12)).toBe(101n);
		expect(firstBlock(later, 30)).toBe(171n);
	});

	it('looks at the same time again on every chain, within bounds', () => {
		expect(blocksAgain(600, 600 * 12)).toBe(12); // Ethereum
		expect(blocksAgain(600, 600 * 2)).toBe(72); // Base
		expect(blocksAgain(600, 150)).toBe(576); // Arbitrum
		expect(blocksAgain(600, 0)).toBe(MOST_AGAIN);
		expect(blocksAgain(600, 10 ** 6)).toBe(FEWEST_AGAIN);
	});

	it('tells a condition when it begins, and again when it has passed and comes back', () => {
		const low = { id: 'low' };
		const [first, one] = tellConditions(cursorAt(0n), [low]);
		const [again, two] = tellConditions(one, [low]);
		const [, three] = tellConditions(two, []);
		const [back] = tellConditions(three, [low]);
		expect([first, again, back]).toEqual([[low], [], [low]]);
	});

	it('stays small', () => {
		const many = Array.from({ length: 5_000 }, (_, index) => ({ id: `event ${index}` }));
		expect(JSON.stringify(tellEvents(cursorAt(0n), 1n, many)[1]).length).toBeLessThan(20_000);
	});
});
