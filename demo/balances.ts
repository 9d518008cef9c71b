import { formatUnits, parseUnits } from 'viem';
import { balanceOf } from '../devnet';
import type { Demo } from './demo';
import { salaries } from './workflows';

/** What somebody has of the token, in base units. */
export interface Balance {
	name: string;
	value: bigint;
}

/** What the account and each recipient of a salary have. */
export async function readBalances({ devnet, account }: Demo): Promise<Balance[]> {
	const people = [{ name: 'Smart account', address: account }, ...salaries()];
	return Promise.all(
		people.map(async ({ name, address }) => ({
			name,
			value: await balanceOf(devnet.request, devnet.tokens.usd6, address),
		})),
	);
}

/** What they must have once every salary was paid once. */
export function afterPayday(before: readonly Balance[], { devnet }: Demo): Balance[] {
	const paid = new Map(salaries().map(({ name, amount }) => [name, parseUnits(amount, devnet.tokens.usd6.decimals)]));
	const total = [...paid.values()].reduce((sum, value) => sum + value, 0n);
	return before.map(({ name, value }) => ({ name, value: value + (paid.get(name) ?? -total) }));
}

/** Whether every recipient of a salary has it. The account may have paid invoices besides. */
export function everybodyIsPaid(before: readonly Balance[], after: readonly Balance[], demo: Demo): boolean {
	const [, ...wanted] = afterPayday(before, demo);
	const [, ...people] = after;
	return differences(people, wanted, demo).length === 0;
}

/** Names the balances that differ. */
export function differences(found: readonly Balance[], wanted: readonly Balance[], { devnet }: Demo): string[] {
	const { symbol, decimals } = devnet.tokens.usd6;
	const show = (value: bigint | undefined): string => `${formatUnits(value ?? 0n, decimals)} ${symbol}`;
	return found
		.map(({ name, value }, index) => ({ name, value, must: wanted[index]?.value }))
		.filter(({ value, must }) => value !== must)
		.map(({ name, value, must }) => `${name} has ${show(value)}, and must have ${show(must)}`);
}

/** A table: one line for each name, one column for each moment. */
export function showBalances(columns: Readonly<Record<string, readonly Balance[]>>, { devnet }: Demo): string {
	const { symbol, decimals } = devnet.tokens.usd6;
	const titles = Object.keys(columns);
	const moments = Object.values(columns);
	const names = (moments[0] ?? []).map(({ name }) => name);
	const line = (first: string, cells: readonly string[]): string =>
		`  ${first.padEnd(16)}${cells.map((cell) => cell.padStart(22)).join('')}`;
	const amount = (value: bigint | undefined): string => twoDecimals(formatUnits(value ?? 0n, decimals));
	return [
		line(`Balance, ${symbol}`, titles),
		...names.map((name, index) =>
			line(
				name,
				moments.map((moment) => amount(moment[index]?.value)),
			),
		),
	].join('\n');
}

function twoDecimals(text: string): string {
	const [whole, fraction = ''] = text.split('.');
	return `${whole}.${fraction.padEnd(2, '0')}`;
}
