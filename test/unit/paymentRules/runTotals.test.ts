import { entryIn, type RunStore } from '../../../core/paymentRules/runTotals';

const USD = '0xC4c4C4C4C4c4c4c4C4C4C4c4C4c4c4c4C4C4C4C4';

test('each payment of a run finds what the others took, in text that n8n can keep', () => {
	const store: RunStore = {};
	entryIn(store, 'salary/anna').count({ [USD]: 5n });
	entryIn(store, 'salary/ben').count({ [USD]: 7n, native: 1n });
	const kept = JSON.parse(JSON.stringify(store)) as RunStore;
	expect(entryIn(kept, 'salary/zoe').others()).toEqual({ [USD]: 12n, native: 1n });
	expect(entryIn(kept, 'salary/anna').others()).toEqual({ [USD]: 7n, native: 1n });
});

test('a reference counts once, with the most that one of its tries may have taken', () => {
	const store: RunStore = {};
	entryIn(store, 'a').count({ [USD]: 5n });
	entryIn(store, 'a').count({ [USD]: 3n, native: 2n });
	expect(entryIn(store, 'b').others()).toEqual({ [USD]: 5n, native: 2n });
});

test('without a reference every payment counts', () => {
	const store: RunStore = {};
	const [one, other] = [entryIn(store, undefined), entryIn(store, undefined)];
	one.count({ native: 1n });
	one.count({ native: 1n });
	other.count({ native: 1n });
	expect(one.others()).toEqual({ native: 1n });
	one.release();
	entryIn(store, undefined).count({ native: 3n });
	expect(entryIn(store, undefined).others()).toEqual({ native: 4n });
});

test('what is certain not to have paid is taken back, and no other try of the same reference', () => {
	const store: RunStore = {};
	const [first, second] = [entryIn(store, 'a'), entryIn(store, 'a')];
	first.release();
	first.count({ native: 2n });
	second.count({ native: 9n });
	second.release();
	second.release();
	expect(entryIn(store, 'b').others()).toEqual({ native: 2n });
	first.release();
	expect(entryIn(store, 'b').others()).toEqual({});
});

test('no name of a reference is one of the store itself', () => {
	const store: RunStore = {};
	for (const reference of ['__proto__', 'constructor', 'repeat:0']) entryIn(store, reference).count({ native: 1n });
	entryIn(store, undefined).count({ native: 1n });
	expect(entryIn(store, undefined).others()).toEqual({ native: 4n });
});
