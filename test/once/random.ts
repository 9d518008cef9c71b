import type { Circumstances } from './messages';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function generator(seed: number): () => number {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

export function shuffled<T>(items: readonly T[], seed: number): T[] {
	const random = generator(seed);
	return items
		.map((item) => ({ item, place: random() }))
		.sort((a, b) => a.place - b.place)
		.map(({ item }) => item);
}

const LAGGING = 0.25;
const LYING = 0.07;
const STOPPED = 0.1;
/** Some are stopped before anything was read, some when all is done. */
const LATEST_STOP_MS = 1_500;

/** Either key of either person, mostly over an endpoint that tells the truth, mostly until it ends by itself. */
export function circumstances(random: () => number): Circumstances {
	const node = random();
	return {
		key: random() < 0.5 ? 0 : 1,
		user: random() < 0.5 ? 0 : 1,
		node: node < LYING ? 'lying' : node < LYING + LAGGING ? 'lagging' : 'true',
		stopAfter: random() < STOPPED ? Math.floor(random() * LATEST_STOP_MS) : undefined,
	};
}
