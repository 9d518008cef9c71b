import type { Address } from 'viem';
import { NATIVE } from '../../../core/input/token';
import { hashReference } from '../../../core/registry/referenceRegistry';
import type { Entry } from '../../../core/statement/entries';
import { reconcile, type RegisterLine, type Units } from '../../../core/statement/reconcile';
import { TARGET, USDC, WALLET, WETH } from '../../support/sessionKeys';

const units: Units = (asset) =>
	asset === NATIVE
		? { symbol: 'ETH', decimals: 18 }
		: { symbol: asset === USDC ? 'USDC' : 'WETH', decimals: asset === USDC ? 6 : 18 };

function paid(reference: string, to: Address, dollars: bigint, more: Partial<Entry> = {}): Entry {
	const claims = [hashReference(reference)];
	return {
		kind: 'payment',
		asset: USDC,
		in: 0n,
		out: dollars * 1_000_000n,
		party: to,
		arrival: 'paid',
		claims,
		...more,
	};
}

function line(reference: string, recipient: Address, amount: string, more: Partial<RegisterLine> = {}): RegisterLine {
	return { reference, recipient, amount, ...more };
}

function judged(register: RegisterLine[], entries: Entry[]) {
	const { lines, inNoLine } = reconcile(register, entries, units);
	return { lines: lines.map(({ status, how }) => (how ? `${status}: ${how}` : status)), inNoLine };
}

it.each(['3200', '3200.00', '03200', '3200.0000'])('%s is paid exactly by 3200', (amount) => {
	expect(judged([line('a', WALLET, amount)], [paid('a', WALLET, 3200n)])).toEqual({
		lines: ['paidExactly'],
		inNoLine: [],
	});
});

it.each<[string, RegisterLine, Entry, string]>([
	['another amount', line('a', WALLET, '3300'), paid('a', WALLET, 3200n), 'Paid 3200 USDC, not 3300.'],
	[
		'more decimals than the token has',
		line('a', WALLET, '0.0000001'),
		paid('a', WALLET, 1n),
		'Paid 1 USDC, not 0.0000001.',
	],
	['another recipient', line('a', WALLET, '1'), paid('a', TARGET, 1n), `Paid to ${TARGET}, not to ${WALLET}.`],
	['another token', line('a', WALLET, '1', { asset: WETH }), paid('a', WALLET, 1n), 'Paid 1 USDC, not 1 WETH.'],
	[
		'less than was sent',
		line('a', WALLET, '5'),
		paid('a', WALLET, 4n, { arrival: 'transferredLess', meant: 5_000_000n }),
		'Paid 4 USDC, of 5 USDC that were sent, not 5.',
	],
])('paid differently: %s', (_, asked, entry, how) => {
	expect(judged([asked], [entry])).toEqual({ lines: [`paidDifferently: ${how}`], inNoLine: [] });
});

it('a token that moved nothing has not paid, though the reference is used up', () => {
	const entry = paid('a', WALLET, 0n, { arrival: 'notTransferred', meant: 5_000_000n });
	expect(judged([line('a', WALLET, '5')], [entry]).lines).toEqual([expect.stringMatching(/^notPaid: .*moved nothing/)]);
});

it('one payment settles one of two lines with its reference, the one that it fits', () => {
	const { lines, inNoLine } = judged(
		[line('a', WALLET, '1'), line('a', WALLET, '2'), line('a', TARGET, '2')],
		[paid('a', WALLET, 2n)],
	);
	expect(lines).toEqual([
		expect.stringMatching(/^notPaid: .*a reference is paid once/),
		'paidExactly',
		expect.stringMatching(/^notPaid: .*a reference is paid once/),
	]);
	expect(inNoLine).toEqual([]);
});

it('a batch settles a line for each of its recipients', () => {
	const { lines, inNoLine } = judged(
		[line('batch', WALLET, '1'), line('batch', TARGET, '2')],
		[paid('batch', TARGET, 2n), paid('batch', WALLET, 1n), paid('batch', WALLET, 9n)],
	);
	expect(lines).toEqual(['paidExactly', 'paidExactly']);
	expect(inNoLine).toMatchObject([{ out: 9_000_000n }]);
});

it('what failed is not paid, and said to have been tried; what stands in no line is told', () => {
	const failed: Entry = { ...paid('a', WALLET, 0n), kind: 'failed', arrival: undefined };
	const stray = paid('b', WALLET, 1n);
	expect(judged([line('a', WALLET, '1'), line('c', WALLET, '1')], [failed, stray])).toEqual({
		lines: [expect.stringMatching(/^notPaid: .*tried in this period, and the operation failed/), 'notPaid'],
		inNoLine: [stray],
	});
});

it('tokens that came in settle nothing', () => {
	const received: Entry = {
		...paid('a', WALLET, 0n),
		kind: 'received',
		in: 1_000_000n,
		claims: undefined,
		arrival: undefined,
	};
	expect(judged([line('a', WALLET, '1')], [received])).toEqual({ lines: ['notPaid'], inNoLine: [] });
});
