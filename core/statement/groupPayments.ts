import { localTimeAt, unixTimeOf } from '../text/zonedTime';
import { MONTHS } from '../text/localTime';
import type { Asset } from './asset';
import type { Entry } from './entries';
import type { Period } from './period';

/** What went out in a stretch of time, or to somebody. */
export interface Group {
	label: string;
	/** In base units. */
	amount: bigint;
}

const DAY = 86_400;
/** Longer periods are told by month: a year has more weeks than anybody compares. */
const MOST_WEEKS = 14;

/** What was paid of an asset, by week, or by month where there are many weeks. */
export function byTime(
	entries: readonly Entry[],
	asset: Asset,
	{ from, to, timeZone }: Period,
): { unit: 'week' | 'month'; groups: Group[] } {
	const isLong = to - from > MOST_WEEKS * 7 * DAY;
	const startOf = isLong ? monthStart : weekStart;
	const starts = [startOf(from, timeZone)];
	// Far enough to be in the next one, whatever clocks do meanwhile.
	const step = (isLong ? 32 : 8) * DAY;
	for (let next = startOf(from, timeZone); ; ) {
		next = startOf(next + step, timeZone);
		if (next > to) break;
		starts.push(next);
	}
	const groups = starts.map((start, index) => {
		const end = starts[index + 1] ?? Infinity;
		const own = outOf(entries, asset).filter(({ time = from }) => time >= start && time < end);
		return { label: labelOf(start, timeZone, isLong), amount: total(own) };
	});
	return { unit: isLong ? 'month' : 'week', groups };
}

/** What was paid of an asset, by whom it went to, the most first; beyond so many the others in one sum. */
export function byParty(
	entries: readonly Entry[],
	asset: Asset,
	labelFor: (address: string) => string,
	most = 12,
): Group[] {
	const sums = new Map<string, bigint>();
	for (const { party = '', out } of outOf(entries, asset)) sums.set(party, (sums.get(party) ?? 0n) + out);
	const groups = [...sums].map(([party, amount]) => ({ label: party ? labelFor(party) : 'Not known', amount }));
	groups.sort((a, b) => (a.amount < b.amount ? 1 : a.amount > b.amount ? -1 : 0));
	const others = groups.slice(most);
	if (others.length === 0) return groups;
	const rest = others.reduce((sum, { amount }) => sum + amount, 0n);
	return [...groups.slice(0, most), { label: `${others.length} others`, amount: rest }];
}

function outOf(entries: readonly Entry[], asset: Asset): Entry[] {
	return entries.filter((entry) => entry.asset === asset && entry.out > 0n);
}

function total(entries: readonly Entry[]): bigint {
	return entries.reduce((sum, { out }) => sum + out, 0n);
}

function monthStart(unix: number, timeZone: string): number {
	const { year, month } = localTimeAt(unix, timeZone);
	return unixTimeOf({ year, month, day: 1, hour: 0, minute: 0, second: 0 }, timeZone);
}

/** Monday's first second. */
function weekStart(unix: number, timeZone: string): number {
	const { year, month, day } = localTimeAt(unix, timeZone);
	const weekday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
	return unixTimeOf({ year, month, day: day - weekday, hour: 0, minute: 0, second: 0 }, timeZone);
}

function labelOf(start: number, timeZone: string, isMonth: boolean): string {
	const { year, month, day } = localTimeAt(start, timeZone);
	return isMonth ? `${MONTHS[month - 1]} ${year}` : `Week of ${day} ${MONTHS[month - 1]}`;
}
