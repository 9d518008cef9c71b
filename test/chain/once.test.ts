import { outage } from '../once/outage';
import { play } from '../once/play';
import { connect, startOwnDevnet } from './support/devnet';

jest.setTimeout(600_000);

/** The small form of `npm run test:once`. */
test('60 references, each triggered 3 times from 4 processes that get killed, are paid exactly once', async () => {
	const { checks, figures } = await play(await connect(), {
		payments: 60,
		triggers: 3,
		workers: 4,
		atOnce: 4,
		killEvery: 30,
		seed: 1,
		yearLater: false,
	});
	expect(checks.filter(({ holds }) => !holds)).toEqual([]);
	expect(checks).toHaveLength(16);
	// One in five on the fork too.
	expect(figures).toMatchObject({ runsAsked: (60 + 12) * 3, killed: expect.any(Number) });
	expect((figures as { killed: number }).killed).toBeGreaterThan(0);
});

test('while the bundler is out for an hour and fees rise beyond every bound, all that is signed stays within it', async () => {
	const devnet = await startOwnDevnet();
	try {
		const { checks } = await outage(devnet);
		expect(checks.filter(({ holds }) => !holds)).toEqual([]);
		expect(checks).toHaveLength(6);
	} finally {
		await devnet.close();
	}
});
