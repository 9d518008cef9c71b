import {
	asCursor,
	blocksAgain,
	cursorAt,
	FEWEST_AGAIN,
	MOST_AGAIN,
	tellConditions,
	tellEvents,
} from '../../../core/trigger/cursor';

const SEEN = { block: 100, time: 1_000, nonce: '0', keys: {}, funds: {} };

describe('the cursor of a trigger', () => {
	it('looks at the same time again on every chain, within bounds', () => {
		expect(blocksAgain(600, 600 * 12)).toBe(12); // Ethereum
		expect(blocksAgain(600, 600 * 2)).toBe(72); // Base
		expect(blocksAgain(600, 150)).toBe(576); // Arbitrum
		expect(blocksAgain(600, 0)).toBe(MOST_AGAIN);
		expect(blocksAgain(0, 60)).toBe(MOST_AGAIN);
		expect(blocksAgain(600, 10 ** 6)).toBe(FEWEST_AGAIN);
	});

	it('is known by its shape: anything else that was kept is replaced', () => {
		const cursor = cursorAt(SEEN);
		expect(asCursor(JSON.parse(JSON.stringify(cursor)))).toEqual(cursor);
		expect(asCursor(cursor)).not.toBe(cursor);
		for (const kept of [undefined, null, 'text', {}, { since: 1, block: 1, told: [], holding: [] }]) {
			expect(asCursor(kept)).toBeUndefined();
		}
	});

	it('tells an event once, and stays small', () => {
		const many = Array.from({ length: 5_000 }, (_, index) => ({ id: `event ${index}` }));
		const [all, told] = tellEvents([], [...many, ...many]);
		expect(all).toEqual(many);
		expect(tellEvents(told, many.slice(-1_000))[0]).toEqual([]);
		expect(JSON.stringify(told).length).toBeLessThan(20_000);
	});

	it('tells a condition when it begins, and again when it has passed and comes back', () => {
		const low = { id: 'low', condition: 'low' };
		const [first, one] = tellConditions({}, [low], 10, 10);
		const [again, two] = tellConditions(one, [low], 11, 11);
		const [, three] = tellConditions(two, [], 12, 12);
		const [back] = tellConditions(three, [low], 13, 13);
		expect([first, again, back]).toEqual([[low], [], [low]]);
	});

	it('waits with a condition until the height where it was first seen is confirmed', () => {
		const low = { id: 'low', condition: 'low' };
		const [first, one] = tellConditions({}, [low], 10, 8);
		const [second, two] = tellConditions(one, [low], 11, 9);
		const [third, three] = tellConditions(two, [low], 12, 10);
		expect([first, second, third]).toEqual([[], [], [low]]);
		const [, gone] = tellConditions(one, [], 11, 9);
		expect(tellConditions(gone, [low], 12, 10)[0]).toEqual([]);
		expect(tellConditions(three, [low], 13, 11)[0]).toEqual([]);
	});

	it('knows a condition by what it is, and keeps the id that it was first told by', () => {
		const [, held] = tellConditions({}, [{ id: 'low:changed 1', condition: 'low' }], 10, 10);
		expect(tellConditions(held, [{ id: 'low:changed 2', condition: 'low' }], 11, 11)[0]).toEqual([]);
	});
});
