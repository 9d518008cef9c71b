import type { IPollFunctions } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { parseAmount } from '../../core/input/amount';
import type { LowMark } from '../../core/trigger/conditions';
import type { Watch } from '../../core/trigger/watch';
import { connect } from '../shared/connection';
import { pollForm, type Form } from '../shared/form';
import { knownReferences } from '../shared/listFields';
import {
	accountAddress,
	amountLeft,
	confirmations,
	daysBefore,
	daysLeft,
	events,
	lowMeans,
	lowToken,
	options,
	percentLeft,
	sessionKey,
	simplifyPayments,
	watchedStop,
} from './fields';
import type { EventTelling } from './eventToItem';

/**
 * Reads `triggerFields` and the credential.
 * @throws {InputError}
 */
export async function readTriggerParameters(context: IPollFunctions): Promise<Watch> {
	const form = pollForm(context);
	const { rpc, network, origin } = await connect(context);
	const kinds: Watch['kinds'] = new Set(form.get(events));
	if (kinds.size === 0) throw new InputError('Events', '"Events" is empty', 'Choose what to start the workflow on.');
	const further = form.get(options);
	return {
		rpc,
		network,
		origin,
		account: form.get(accountAddress),
		key: further.get(sessionKey),
		kinds,
		confirmations: further.get(confirmations),
		lowMark: kinds.has('budgetLow') ? lowMarkIn(form) : { percent: 0 },
		...(kinds.has('stopNotReady') && {
			stop: { stop: form.get(watchedStop), name: watchedStop.property.displayName },
		}),
		days: kinds.has('keyExpiring') ? form.get(daysBefore) : 0,
	};
}

/** Reads how events are told. @throws {InputError} */
export function tellingOf(context: IPollFunctions): EventTelling {
	const form = pollForm(context);
	return {
		isSimple: form.get(simplifyPayments),
		timeZone: form.timeZone,
		references: form.get(options).get(knownReferences),
	};
}

function lowMarkIn(form: Form): LowMark {
	const means = form.get(lowMeans);
	if (means === 'percent') return { percent: form.get(percentLeft) };
	if (means === 'days') return { days: form.get(daysLeft) };
	const amount = form.get(amountLeft);
	return {
		asset: form.get(lowToken) ?? 'native',
		baseUnitsOf: (decimals) => parseAmount(amount, decimals, amountLeft.property.displayName),
	};
}
