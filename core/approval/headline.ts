import { listOf, showDuration, showTime } from '../permissions/labels';
import type { Plan, PlannedKey } from '../sessionKey/plan/plan';
import { withUnit } from '../text/format';

/** What a plan comes to, in one line: `A key may pay up to 50 USDC every 7 days until 26 December 2026 at 00:45 UTC`. */
export function headlineOf({ keys, gone, plugin }: Pick<Plan, 'keys' | 'gone' | 'plugin'>): string {
	if (plugin === false) return 'The session key plugin is removed, and every key ends with it';
	const [key, ...others] = keys;
	if (key) {
		if (others.length > 0) return `${keys.length} keys: each may do what is said below`;
		return gone.length > 0 ? `A new key takes the place of an old one. It ${may(key)}` : `A key ${may(key)}`;
	}
	if (gone.length > 0) return gone.length === 1 ? 'A key ends' : `${gone.length} keys end`;
	return plugin ? 'The session key plugin is installed' : 'Your smart account is changed';
}

function may({ state, risk }: PlannedKey): string {
	const until = state.validUntil > 0 ? ` until ${showTime(state.validUntil)}` : '';
	if (!risk.bounded) return `may do what has no limit${until}: read below what it could take`;
	const amounts = risk.losses
		.filter(({ through }) => through !== 'gas')
		.map(({ asset, now = '0', perWindow = now, windowSeconds }) => {
			const every = windowSeconds ? ` every ${showDuration(windowSeconds)}` : '';
			return `${withUnit(perWindow, asset)}${every}`;
		});
	return amounts.length > 0 ? `may pay up to ${listOf(amounts)}${until}` : `may pay nothing${until}`;
}
