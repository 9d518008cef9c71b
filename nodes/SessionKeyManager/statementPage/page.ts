import { sha256, toBytes } from 'viem';
import { formatAmount } from '../../../core/amounts';
import { shortAddress } from '../../../core/contractInfo';
import { NATIVE } from '../../../core/input/token';
import type { Network } from '../../../core/networks';
import { balanceRunway, PACE_SECONDS, runwayWords } from '../../../core/payment/check/runway';
import { nameOf, type Payee } from '../../../core/paymentRules/payees';
import type { DescribedKey } from '../../../core/sessionKey/describe/describeKey';
import type { AssetSum } from '../../../core/statement/close';
import { gasOf } from '../../../core/statement/close';
import { byParty, byTime } from '../../../core/statement/groupPayments';
import type { Statement } from '../../../core/statement/readStatement';
import { unitsIn, type Row } from '../../../core/statement/toRows';
import { sumSentence } from '../../../core/statement/words';
import { withUnit } from '../../../core/text/format';
import { showLocalTime } from '../../../core/text/localTime';
import { html, type Html } from '../../shared/approvalPage/html';
import { barChart, gauge } from './charts';
import { STATEMENT_STYLE } from './style';
import { entryTable, registerTable, sumTable } from './tables';

/** What the page shows. */
export interface StatementPage {
	statement: Statement;
	rows: readonly Row[];
	network: Network;
	payees: readonly Payee[];
	/** As they are now. */
	keys: readonly DescribedKey[];
	/** Unix seconds. */
	now: number;
}

/**
 * The statement as a page of its own: nothing in it runs, and nothing is loaded. It reads in black and white, on a phone, on
 * paper, and aloud.
 */
export function statementPage(page: StatementPage): string {
	const { statement, rows, network } = page;
	const { account, period, closing, isOver, hasAllLogs, sums } = statement;
	const until = isOver ? period.to : closing.time;
	const day = (unix: number) => showLocalTime(unix, period.timeZone);
	const unitsOf = unitsIn(statement, network);
	const judged = rows.filter(({ register }) => register !== '');
	const entries = rows.filter(({ kind }) => !['opening', 'closing', 'registerLine'].includes(kind));
	const sentences = sums.map((sum) => html`<p>${sumSentence(sum, unitsOf, hasAllLogs)}</p>`);
	return whole(
		`Statement of ${shortAddress(account)}`,
		html`<h1>Statement of account</h1>
			<p>${day(period.from)} to ${day(until)}, ${period.timeZone}</p>
			<p class="soft">
				${account} on ${network.name}, blocks ${String(statement.opening.number + 1n)} to ${String(closing.number)}.
			</p>
			<section>
				<h2>Balances</h2>
				${sumTable(sums, unitsOf)}${sentences}${runways(page)}
			</section>
			${judged.length > 0
				? html`<section>
						<h2>Register</h2>
						<p>${countWords(judged)}</p>
						${registerTable(judged)}
					</section>`
				: ''}
			${charts(page)}${gauges(page)}
			<section>
				<h2>Entries</h2>
				${entries.length > 0
					? entryTable(entries, network.nativeSymbol, account)
					: html`<p>Nothing came, went or was changed.</p>`}
			</section>`,
	);
}

function whole(title: string, body: Html): string {
	const hash = Buffer.from(sha256(toBytes(STATEMENT_STYLE), 'bytes')).toString('base64');
	const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
	// In one piece: between its tags every blank counts for the hash.
	const style = { html: `<style>${STATEMENT_STYLE}</style>` };
	return html`<!doctype html>
		<html lang="en">
			<head>
				<meta charset="utf-8" />
				<meta http-equiv="Content-Security-Policy" content="${policy}" />
				<meta name="viewport" content="width=device-width, initial-scale=1" />
				<meta name="referrer" content="no-referrer" />
				<title>${title}</title>
				${style}
			</head>
			<body>
				<main>${body}</main>
			</body>
		</html> `.html;
}

function countWords(judged: readonly Row[]): string {
	const count = (status: Row['register']) => judged.filter(({ register }) => register === status).length;
	const parts = [
		`${count('paidExactly')} paid exactly`,
		`${count('paidDifferently')} paid differently`,
		`${count('pending')} pending`,
		`${count('notPaid')} not paid`,
		`${count('inNoLine')} paid that stand in no line`,
	];
	return `${parts.join(', ')}.`;
}

/** By time and by payee, for each asset that was paid. */
function charts({ statement, network, payees }: StatementPage): Html | string {
	const { entries, period, closing, isOver } = statement;
	const unitsOf = unitsIn(statement, network);
	const shown = { ...period, to: isOver ? period.to : closing.time };
	const paid = statement.sums.filter(({ out }) => out > 0n);
	if (paid.length === 0) return '';
	const figures = paid.flatMap(({ asset }, index) => {
		const { symbol, decimals } = unitsOf(asset);
		const toBar = ({ label, amount }: { label: string; amount: bigint }) => ({
			label,
			amount,
			shown: withUnit(formatAmount(amount, decimals), symbol),
		});
		const { unit, groups } = byTime(entries, asset, shown);
		const parties = byParty(
			entries,
			asset,
			(address) => nameOf(payees, address) ?? shortAddress(address as `0x${string}`),
		);
		return [
			barChart(`time-${index}`, `${symbol} out by ${unit}`, groups.map(toBar)),
			barChart(`payee-${index}`, `${symbol} out by payee`, parties.map(toBar)),
		];
	});
	return html`<section>
		<h2>Where it went</h2>
		<div class="figures">${figures}</div>
	</section>`;
}

/** The budgets of the keys, as they are now. */
function gauges({ keys, now, statement }: StatementPage): Html | string {
	const all = keys.flatMap(({ tag, keyAddress, nativeLimit, tokenLimits, gasLimit }) => {
		const name = tag ?? shortAddress(keyAddress);
		const budgets = [...tokenLimits, ...(nativeLimit ? [nativeLimit] : [])].filter(({ limit }) => limit !== '0');
		return [
			...budgets.map((one) => ({ ...one, title: `${name}: ${one.token}` })),
			...(gasLimit ? [{ ...gasLimit, title: `${name}: gas` }] : []),
		];
	});
	if (all.length === 0) return '';
	const figures = all.map(({ title, used, limit, text }, index) =>
		gauge(`budget-${index}`, { title, used, limit, text }),
	);
	const when = showLocalTime(now, statement.period.timeZone);
	return html`<section>
		<h2>Budgets of the keys, as of ${when}</h2>
		<div class="figures">${figures}</div>
	</section>`;
}

/** How long what is left lasts at the pace of the statement's last 30 days; where it is shorter it can't tell. */
function runways({ statement, network }: StatementPage): Html[] {
	const { account, closing, entries, isOver, period, sums } = statement;
	const now = isOver ? period.to : closing.time;
	if (now - period.from < PACE_SECONDS - 1) return [];
	const unitsOf = unitsIn(statement, network);
	return sums.flatMap((sum: AssetSum) => {
		if (sum.closing === undefined) return [];
		const outflows = entries.map((entry) => ({
			time: entry.time ?? 0,
			amount: (entry.asset === sum.asset ? entry.out : 0n) + (sum.asset === NATIVE ? gasOf(entry, account) : 0n),
		}));
		const words = runwayWords(balanceRunway(sum.closing, outflows, now), period.timeZone);
		return [html`<p>Runway of ${unitsOf(sum.asset).symbol}: ${words}</p>`];
	});
}
