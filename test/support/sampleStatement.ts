import { pad, toHex, type Address } from 'viem';
import { NATIVE } from '../../core/input/token';
import { customNetwork } from '../../core/networks';
import type { DescribedKey } from '../../core/sessionKey/describe/describeKey';
import { closeSums } from '../../core/statement/close';
import type { Entry } from '../../core/statement/entries';
import type { Statement } from '../../core/statement/readStatement';
import { reconcile } from '../../core/statement/reconcile';
import { toRows, unitsIn } from '../../core/statement/toRows';
import { hashReference } from '../../core/registry/referenceRegistry';
import type { StatementPage } from '../../nodes/SessionKeyManager/statementPage/page';
import { ACCOUNT, KEY, USDC, WORDS } from './sessionKeys';

const FROM = Date.parse('2026-11-01T00:00+01:00') / 1000;
const TO = Date.parse('2026-12-01T00:00+01:00') / 1000 - 1;
const DAY = 86_400;
const PEOPLE = ['Anna Berg', 'Bert Kovač', 'Carl Ito', 'Dora Lindqvist', 'Emil Østergård', 'Fatima Haddad'];
const addressOf = (person: number): Address => pad(toHex(0xa11ce + person * 4_096), { size: 20 });

const payees = PEOPLE.map((name, index) => ({ name, address: addressOf(index) }));
const block = { number: 1n, hash: pad('0x1'), time: FROM };

function payment(person: number, day: number, units: bigint, reference: string): Entry {
	return {
		kind: 'payment',
		asset: USDC,
		in: 0n,
		out: units,
		party: addressOf(person),
		arrival: 'paid',
		claims: [hashReference(reference)],
		key: KEY,
		time: FROM + day * DAY + 32_400,
		blockNumber: BigInt(1_000 + day),
		gas: 257_693_000_001n,
		gasPaidBy: ACCOUNT,
		transactionHash: pad(toHex(day * 16 + person + 1)),
	};
}

/** A month of six people's pay, with whatever can happen in it. @param reference of the first payment, and a payee's name */
export function samplePage(reference = 'salary/2026-11/anna', name = PEOPLE[0] as string): StatementPage {
	const entries: Entry[] = [
		{
			kind: 'received',
			asset: USDC,
			in: 20_000_000_000n,
			out: 0n,
			party: addressOf(90),
			time: FROM + DAY,
			blockNumber: 900n,
		},
		payment(0, 1, 3_200_000_000n, reference),
		payment(1, 1, 2_850_500_000n, 'salary/2026-11/bert'),
		payment(2, 8, 1_200_000_000n, 'invoice/4711'),
		{ ...payment(3, 8, 0n, 'salary/2026-11/dora'), kind: 'failed', arrival: undefined, meant: 3_000_000_000n },
		{ kind: 'otherIn', asset: NATIVE, in: 50_000_000_000_000_000n, out: 0n, time: FROM + 9 * DAY, blockNumber: 1_009n },
		payment(3, 15, 3_000_000_000n, 'salary/2026-11/dora'),
		payment(4, 22, 2_999_990_000n, 'salary/2026-11/emil'),
		{
			kind: 'owner',
			in: 0n,
			out: 0n,
			time: FROM + 23 * DAY,
			blockNumber: 1_023n,
			gas: 1n,
			gasPaidBy: ACCOUNT,
			changes: [],
		},
		payment(5, 28, 150_000_000n, 'bonus/fatima'),
	];
	const had = new Map([
		[NATIVE, 10n ** 17n],
		[USDC, 4_000_000_000n],
	] as const);
	const open = closeSums([NATIVE, USDC], entries, had as never, had as never, ACCOUNT);
	const has = new Map(open.map((sum) => [sum.asset, (sum.opening ?? 0n) - (sum.left ?? 0n)]));
	const closing = new Map([...has].map(([asset, amount]) => [asset, amount]));
	const statement: Statement = {
		account: ACCOUNT,
		period: { from: FROM, to: TO, timeZone: 'Europe/Berlin' },
		opening: block,
		closing: { ...block, number: 1_296_000n, time: TO },
		isOver: true,
		entries,
		sums: closeSums([NATIVE, USDC], entries, had as never, closing as never, ACCOUNT),
		infos: WORDS.contracts,
		hasAllLogs: true,
	};
	const network = { ...customNetwork(84_532, 'ETH', 'https://explorer.example'), name: 'Base Sepolia' };
	const unitsOf = unitsIn(statement, network);
	const register = [
		{ reference, recipient: addressOf(0), amount: '3200.00' },
		{ reference: 'salary/2026-11/bert', recipient: addressOf(1), amount: '2850.50' },
		{ reference: 'salary/2026-11/dora', recipient: addressOf(3), amount: '3000' },
		{ reference: 'salary/2026-11/emil', recipient: addressOf(4), amount: '3000' },
		{ reference: 'salary/2026-11/gina', recipient: addressOf(7), amount: '2500' },
		{ reference: 'invoice/4711', recipient: addressOf(2), amount: '1200' },
	];
	const reconciled = reconcile(register, entries, unitsOf);
	const named = payees.map((one, index) => (index === 0 ? { ...one, name } : one));
	const references = [...register.map((line) => line.reference), 'bonus/fatima'];
	const rows = toRows(statement, { network, payees: named, rates: [], references, reconciled });
	const limit = { renewsAfterSeconds: 2_419_200, renews: 'every 28 days', token: 'USDC' };
	const keys = [
		{
			keyAddress: KEY,
			tag: 'payroll',
			tokenLimits: [
				{
					...limit,
					limit: '20000',
					used: '13400.49',
					left: '6599.51',
					text: '6,599.51 USDC of 20,000 USDC left; the full limit is available again on 29 November 2026 at 09:00 UTC.',
				},
			],
			gasLimit: {
				...limit,
				token: 'ETH',
				limit: '0.02',
				used: '0.0004',
				left: '0.0196',
				stuck: false,
				text: '0.0196 of 0.02 ETH left.',
			},
		},
	] as unknown as DescribedKey[];
	return { statement, rows, network, payees: named, keys, now: TO };
}
