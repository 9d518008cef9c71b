import type { Row } from '../bench/support/bench';
import { table } from '../bench/support/table';
import type { Run } from './performanceDoc';

/** What gas is priced at on the page: dollars for one ETH, and gwei for a unit of gas. */
const PRICE = { dollars: 3000, gwei: { 'a rollup such as Base': 0.01, 'Ethereum itself': 1 } };
/** CU that Alchemy's free plan has for a month. */
const MONTH_UNITS = 30_000_000;
const FREE = 'alchemy-free';

const HEAD = `# What a provider's plan allows

What this package asks of a provider, in HTTP requests, JSON-RPC calls and compute units (CU), and what works at the plans
that people have. Do not edit this page: it is written from what \`npm run bench -- --only plan\` measured.

\`\`\`text
npm run --silent bench -- --only plan > plan.json
npm run docs:performance -- plan.json
\`\`\`
`;

const FREE_PLAN = `Alchemy's free plan gives logs of 10 blocks at a time, 500 CU a second and 30 million CU a month. It sponsors gas on test
networks only: on mainnets a gas policy needs a paid plan. On every plan the bundler holds at most 4 operations of one account
that are not in a block yet.`;

const CAN_NOT = `What it cannot do: list failed payments, and payments with _Allow Repeats_, which only logs over many blocks tell (_Payment: Get
Many_ says so). A change of a key that was not made through _Session Key Manager_ leaves no record that such a plan finds: an
answer says where something may be missing. The list of keys in a form names them by their tags there while an account has had up to ten
changes of its keys (60 CU for each), and else by address.`;

/** docs/provider-plans.md, from a run of the benchmark \`plan\`. @throws when it was not measured */
export function providerPlansDoc(run: Run): string {
	const measured = run.results.plan;
	if (!measured || measured.rows.length === 0) throw new Error('The plans were not measured');
	const plans = [...new Set(measured.rows.map(({ plan }) => String(plan)))];
	const rowsOf = (plan: string) => measured.rows.filter((row) => row.plan === plan);
	const tables = plans.map((plan) => `### ${plan}\n\n${table(rowsOf(plan).map(shown))}`);
	return [
		HEAD.trim(),
		'## On a free plan',
		FREE_PLAN,
		freeSentences(rowsOf(FREE)),
		CAN_NOT,
		'## What one payment costs',
		paymentTable(rowsOf(FREE)),
		`Dollars at ${dollars(PRICE.dollars)} for one ETH and the stated price of gas. A rollup adds a fee for its data on Ethereum, mostly below a cent.`,
		'## By plan',
		`Measured ${run.time} at commit ${run.commit}, on ${run.machine}; load average ${run.load}, at the end ${run.loadAtEnd}.`,
		...measured.notes,
		...tables,
	].join('\n\n');
}

function shown({ plan: _, gas: __, ...row }: Row): Row {
	return row;
}

/** What the free plan is enough for, from its own rows. */
function freeSentences(rows: readonly Row[]): string {
	const units = (pattern: RegExp) => Number(rows.find(({ what }) => pattern.test(String(what)))?.CU);
	const share = (used: number) => `${((100 * used) / MONTH_UNITS).toFixed(1)} %`;
	const [payment, poll, month] = [units(/self-paid, warm/), units(/^Trigger: an idle minute/), units(/^A month/)];
	const notRight = rows.filter(({ what, answer }) => answer !== 'right' && !/^A month|stock/.test(String(what)));
	return [
		`- A payment costs ${whole(payment)} CU up to its being sent: ${whole(Math.floor(MONTH_UNITS / payment))} payments would use the month up.`,
		`- A trigger that looks every minute costs ${whole(poll)} CU each time that nothing happened: ${share(43_200 * poll)} of the month.`,
		`- 1,000 payments, that trigger, and a list of each day's payments are ${share(month)} of the month.`,
		notRight.length === 0
			? '- Every answer in the table of `alchemy-free` below is right; the tables of the other plans say what is not.'
			: `- Not right, or not whole, there: ${notRight.map(({ what, answer }) => `${String(what)} (${String(answer)})`).join('; ')}.`,
	].join('\n');
}

function paymentTable(rows: readonly Row[]): string {
	const payments = rows.filter(({ what, gas }) => gas !== null && /, warm$/.test(String(what)));
	return table(
		payments.map(({ what, gas, CU }) => ({
			payment: String(what).replace('Payment: Send, ', '').replace(', warm', ''),
			gas: whole(Number(gas)),
			CU: whole(Number(CU)),
			...Object.fromEntries(
				Object.entries(PRICE.gwei).map(([chain, gwei]) => [
					`${chain}, ${gwei} gwei`,
					dollars((Number(gas) * gwei * PRICE.dollars) / 1e9),
				]),
			),
		})),
	);
}

function dollars(value: number): string {
	return `$${value < 1 ? value.toFixed(4) : value.toLocaleString('en-US', { maximumFractionDigits: 2 })}`;
}

function whole(value: number): string {
	return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}
