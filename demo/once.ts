import { afterPayday, differences, readBalances, showBalances } from './balances';
import type { Demo } from './demo';
import type { Log } from './n8n';

/**
 * Runs the salaries twice, as their schedule would: the first run pays everybody, the second nobody.
 *
 * @returns what is not as it must be; nothing when all is well.
 */
export async function runOnce(demo: Demo, log: Log): Promise<string[]> {
	const before = await readBalances(demo);
	log('running the salaries ...');
	const first = await paySalaries(demo, log);
	const after = await readBalances(demo);
	log('running them again ...');
	const second = await paySalaries(demo, log);
	const afterSecond = await readBalances(demo);
	log('');
	log(showBalances({ before, 'after the first run': after, 'after the second': afterSecond }, demo));
	const wanted = afterPayday(before, demo);
	return [
		...unlike(first, 'paid').map((found) => `the first run: ${found}`),
		...unlike(second, 'alreadyPaid').map((found) => `the second run: ${found}`),
		...differences(after, wanted, demo),
		...differences(afterSecond, wanted, demo),
	];
}

interface Result {
	reference: string;
	status: string;
}

async function paySalaries({ rest, workflows }: Demo, log: Log): Promise<Result[]> {
	const execution = await rest.runAndWait(workflows.salaries, 'Every minute', 180);
	const results = execution.output('Pay the salary').map((item) => ({
		reference: String(item.reference),
		status: String(item.status),
	}));
	for (const { reference, status } of results) log(`  ${reference}: ${status}`);
	if (execution.status === 'success') return results;
	const { message = execution.status, description = '' } = execution.error ?? {};
	throw new Error(`the salaries were not paid: ${message}. ${description}`);
}

function unlike(results: readonly Result[], wanted: string): string[] {
	if (results.length === 0) return ['nothing came of it'];
	return results
		.filter(({ status }) => status !== wanted)
		.map(({ reference, status }) => `${reference} is "${status}", and must be "${wanted}"`);
}
