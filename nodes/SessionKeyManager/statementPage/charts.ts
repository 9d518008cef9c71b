import { html, type Html } from '../../shared/approvalPage/html';

/** One bar. */
export interface Bar {
	label: string;
	/** In base units, or whatever all bars of a chart are in. */
	amount: bigint;
	/** The amount as people read it. */
	shown: string;
}

const WIDTH = 360;
const ROW = 36;
const BAR = 12;

/**
 * A chart of bars: a row for each, with its name, its figure, and a bar as long as its share of the longest. Drawn by hand,
 * as one division is all the geometry there is: no library would make it shorter.
 *
 * @param id of the chart in the page, for its title and description
 */
export function barChart(id: string, title: string, bars: readonly Bar[]): Html {
	const most = bars.reduce((max, { amount }) => (amount > max ? amount : max), 1n);
	const rows = bars.map((bar, place) => rowOf(bar, place * ROW, Number((bar.amount * BigInt(WIDTH * 10)) / most) / 10));
	const told = bars.map(({ label, shown }) => `${label}: ${shown}`).join('; ');
	return html`<figure>
		<figcaption>${title}</figcaption>
		<svg viewBox="0 0 ${WIDTH} ${Math.max(bars.length, 1) * ROW}" role="img" aria-labelledby="${id}-title ${id}-desc">
			<title id="${id}-title">${title}</title>
			<desc id="${id}-desc">${told}</desc>
			${rows}
		</svg>
	</figure>`;
}

function rowOf({ label, shown, amount }: Bar, top: number, width: number): Html {
	const bar = html`<rect class="bar" x="0" y="${top + 19}" width="${Math.max(width, 1)}" height="${BAR}"></rect>`;
	return html`<text x="0" y="${top + 14}">${label}</text
		><text x="${WIDTH}" y="${top + 14}" text-anchor="end">${shown}</text
		><rect class="track" x="0" y="${top + 19}" width="${WIDTH}" height="${BAR}"></rect>${amount > 0n ? bar : ''}`;
}

/** What is used of a limit: filled as far as it is used, with the figures and when it is whole again below. */
export interface Gauge {
	title: string;
	used: string;
	limit: string;
	text: string;
}

/** A gauge. Figures are decimal text of the same unit. */
export function gauge(id: string, { title, used, limit, text }: Gauge): Html {
	const width = shareOf(used, limit) * WIDTH;
	return html`<figure>
		<figcaption>${title}</figcaption>
		<svg viewBox="0 0 ${WIDTH} 22" role="img" aria-labelledby="${id}-title ${id}-desc">
			<title id="${id}-title">${title}</title>
			<desc id="${id}-desc">${text}</desc>
			<rect class="track" x="1" y="1" width="${WIDTH - 2}" height="20"></rect>
			<rect class="bar" x="1" y="1" width="${Math.round(width * 10) / 10}" height="20"></rect>
			<rect class="outline" x="1" y="1" width="${WIDTH - 2}" height="20"></rect>
		</svg>
		<small>${text}</small>
	</figure>`;
}

/** For drawing alone: one figure's share of another, at most 1. */
function shareOf(used: string, limit: string): number {
	const [part, whole] = [Number(used), Number(limit)];
	if (!(whole > 0)) return 1;
	return Math.min(1, part / whole);
}
