import type { IDataObject } from 'n8n-workflow';
import type { Chain } from '../../core/history/pastOperations';
import { runwayWords } from '../../core/payment/check/runway';
import { readRunways } from '../../core/payment/readRunway';
import type { KeyReport } from '../../core/sessionKey/read/readKeys';
import { moment } from '../../core/text/format';
import { booleanField, type Form } from './form';

/** Whether to tell how long money lasts. */
export const withRunway = booleanField({
	displayName: 'Runway',
	name: 'runway',
	type: 'boolean',
	default: false,
	description:
		'Whether to tell until when budgets, balances and gas money last if the payments of the last 30 days are repeated. Reads those payments, which some plans do not show.',
});

const NOT_KNOWN =
	'Not known: the provider does not show every payment of the last 30 days, and a part of them would tell a wrong pace.';

/** Reads `withRunway`: nothing where it isn't asked for. */
export async function runwayIn(form: Form, chain: Chain, report: KeyReport): Promise<IDataObject> {
	if (!form.get(withRunway)) return {};
	const lines = await readRunways(chain, report);
	if (!lines) return { runway: [], runwayText: NOT_KNOWN };
	const told = lines.map(({ of, runway }) => ({
		of,
		lastsUntil: runway.lasts === 'until' ? (moment(runway.until).iso ?? '') : '',
		days: runway.lasts === 'until' ? runway.days : '',
		text: runwayWords(runway, form.timeZone),
	}));
	return { runway: told, runwayText: told.map(({ of, text }) => `${of}: ${text}`).join(' ') };
}
