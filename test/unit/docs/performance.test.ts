import { performanceDoc, type Run } from '../../../scripts/performanceDoc';
import { providerPlansDoc } from '../../../scripts/providerPlansDoc';

const run = (results: Run['results']): Run => ({
	machine: 'a processor, 2 cores',
	time: '2026-01-01T00:00:00.000Z',
	load: 0.5,
	loadAtEnd: 1.25,
	commit: 'abc1234',
	version: '0.1.0',
	stock: '@alchemy/aa-alchemy 3.19.0',
	notes: ['The chain is local.'],
	results,
});

test('several runs become one page, with their figures as they are', () => {
	const paid = (who: string, ratio: number) => ({ 'latency (ms)': 50, who, ratio, 'trips to send': 3 });
	const page = performanceDoc([
		run({
			selfPaid: { title: 'One self-paid payment', rows: [paid('ours', 0.1875), paid('stock', 1)], notes: ['Medians.'] },
		}),
		run({ checkSize: { title: 'The check', rows: [{ 'RPC calls': 25 }, { 'RPC calls': 26 }], notes: [] } }),
	]);
	const rows = page.split('\n');
	expect(rows).toContain('| Self-paid payment, 50 ms: time, of that of stock | at most 0.3 | 0.1875 |');
	expect(rows).toContain('| Check, whatever past and lists: RPC calls | flat | 25 to 26 |');
	expect(rows).toContain('| 50 | stock | 1 | 3 |');
	expect(page).toContain('Medians.');
	expect(page.match(/The chain is local\./g)).toHaveLength(1);
	expect(page).toContain('a processor, 2 cores');
	expect(page).toContain('abc1234');
});

test('a benchmark that failed makes no page', () => {
	const failed = run({ selfPaid: { title: 'selfPaid', rows: [], notes: ['It failed: Error'] } });
	expect(() => performanceDoc([failed])).toThrow('These failed: selfPaid');
});

describe('the page of plans', () => {
	const row = (what: string, CU: number, more: object = {}) => ({
		plan: 'alchemy-free',
		what,
		'HTTP requests': 4,
		CU,
		answer: 'right',
		gas: null,
		...more,
	});
	const measured = (...more: ReturnType<typeof row>[]) =>
		run({
			plan: {
				title: 'Plans',
				rows: [
					row('Payment: Send, self-paid, warm', 2000, { gas: 250_000 }),
					row('Trigger: an idle minute', 30),
					row('A month', 3_600_000, { answer: '12 % of a free month' }),
					...more,
				],
				notes: ['Two keys.'],
			},
		});

	test('says what a free plan is enough for, and what a payment costs, by the figures', () => {
		const page = providerPlansDoc(measured({ ...row('Key: Get', 600), plan: 'payg' }));
		expect(page).toContain('costs 2,000 CU up to its being sent: 15,000 payments would use the month up');
		expect(page).toContain('costs 30 CU each time that nothing happened: 4.3 % of the month');
		expect(page).toContain("a list of each day's payments are 12.0 % of the month");
		expect(page).toContain('Every answer in the table of `alchemy-free` below is right');
		// 250,000 gas at 0.01 gwei are 0.0000025 ETH.
		expect(page).toContain('| self-paid | 250,000 | 2,000 | $0.0075 | $0.75');
		expect(page.indexOf('### payg')).toBeGreaterThan(page.indexOf('### alchemy-free'));
		expect(page).toContain('| Key: Get | 4 | 600 | right |');
	});

	test('names what is not right, or not whole, on a free plan', () => {
		const page = providerPlansDoc(measured(row('Key: Get', 600, { answer: 'incomplete, and says so' })));
		expect(page).toContain('Not right, or not whole, there: Key: Get (incomplete, and says so).');
		expect(page).not.toContain('Every answer');
	});

	test('is not made of a run that failed', () => {
		expect(() => providerPlansDoc(run({ plan: { title: 'plan', rows: [], notes: [] } }))).toThrow('not measured');
	});
});
