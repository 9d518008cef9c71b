import { performanceDoc, type Run } from '../../../scripts/performanceDoc';

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
