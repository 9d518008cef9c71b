import type { IDataObject } from 'n8n-workflow';
import { parseDecimal } from '../../../../core/input/amount';
import { notThat } from '../../../../core/input/shown';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { describeLimit, thirtyDaySentence } from '../../../../core/sessionKey/describe/describeKey';
import type { KeyState } from '../../../../core/plugin/keyState';
import type { Payday } from '../../../../core/sessionKey/describe/forecastPaydays';
import { planSetSpendLimit, type Limited, type LimitInput } from '../../../../core/sessionKey/plan/planSetSpendLimit';
import type { AccountSnapshot } from '../../../../core/sessionKey/plan/plan';
import { showNative, showToken } from '../../../../core/permissions/labels';
import { field, optionField, withProperty, type Field, type Form } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { tokenField } from '../../../shared/tokenField';
import { decimals } from '../../fields/budgets';
import { acceptedRisks, changeFields } from '../../fields/change';
import { keyField } from '../../fields/key';
import { payday } from '../../fields/payday';
import { changedRenewalFields, changedRenewalIn } from '../../fields/renewal';
import { formIn } from '../../../shared/operation';
import { changedKey } from '../../keys';
import { runPlan } from '../../plan';
import { plannedKeysNow } from '../../planItems';
import type { OwnerRun } from '../../run';

const THIRTY_DAYS = 30 * 86_400;

/** Shown only where a limit is set. */
function whenSetting<T>(one: Field<T>): Field<T> {
	const show = { ...one.property.displayOptions?.show, change: ['set'] };
	return withProperty(one, { displayOptions: { show } });
}

const limitOn = optionField<'gas' | 'payments'>({
	displayName: 'Limit On',
	name: 'limitOn',
	type: 'options',
	options: [
		{
			name: 'Gas',
			value: 'gas',
			description: "What the key's operations may cost. They then run one after another.",
		},
		{ name: 'Payments', value: 'payments', description: 'What the key may pay, in one token or in native currency' },
	],
	default: 'payments',
	description: 'What the limit is on. Nothing else about the key is changed.',
});

const token = withProperty(tokenField, {
	description: 'What the limit is on',
	displayOptions: { show: { limitOn: ['payments'] } },
});

const change = optionField<'remove' | 'set'>({
	displayName: 'Change',
	name: 'change',
	type: 'options',
	options: [
		{ name: 'Remove the Limit', value: 'remove', description: 'After that there is no limit at all on this' },
		{ name: 'Set the Limit', value: 'set' },
	],
	default: 'set',
	description: 'Whether to set a limit, or to take it away altogether',
});

/** Who empties it may mean that there shall be no limit. */
const amount = field(
	{
		displayName: 'Limit',
		name: 'amount',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 250.50',
		description:
			'In whole units of the token (for gas: of the native currency), with a decimal point. It is never rounded.',
	},
	(given, name) => {
		if (typeof given !== 'string' || given.trim() !== '') return parseDecimal(given, name);
		throw notThat(
			given,
			name,
			'an amount',
			'Type an amount, e.g. 250.50. To take a limit away, choose Remove the Limit.',
		);
	},
);

const used = optionField<'reset' | 'keep'>({
	displayName: 'What Was Used So Far',
	name: 'used',
	type: 'options',
	options: [
		{
			name: 'Forget It',
			value: 'reset',
			description: 'The key has the whole new limit at once',
		},
		{
			name: 'Keep It',
			value: 'keep',
			description: 'What was used in the present window counts against the new limit',
		},
	],
	default: 'keep',
	description:
		'The chain remembers what was used when a limit changes, which is why payments can be refused even after a limit was raised',
});

const [dryRun, options] = changeFields(acceptedRisks, decimals, payday);

export const signs = true;
export const description = showFor('permission', 'setSpendLimit', [
	keyField(),
	limitOn,
	token,
	change,
	...[amount, ...changedRenewalFields, used].map((one) => whenSetting<unknown>(one)),
	dryRun,
	options,
]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const form = formIn(run);
	const limited = limitedIn(form);
	const budget = budgetIn(form);
	const day = form.get(options).get(payday);
	const pinned = form.get(options).get(decimals);
	const { snapshot, report } =
		typeof limited === 'object'
			? await changedKey(run, [limited.token], undefined, { [limited.token]: pinned })
			: await changedKey(run);
	const plan = planSetSpendLimit(snapshot, report.state, limited, budget);
	const json = await runPlan(run, snapshot, plan, () => plannedKeysNow(run, snapshot, plan.keys));
	return {
		...json,
		keyAddress: report.state.key,
		...monthsJson(snapshot, limited, plan.keys[0]?.state, day),
		...(report.gap && { historyGap: report.gap }),
	};
}

function limitedIn(form: Form): Limited {
	if (form.get(limitOn) === 'gas') return 'gas';
	const address = form.get(token);
	return address ? { token: address } : 'native';
}

/** undefined: the limit is taken away */
function budgetIn(form: Form): LimitInput | undefined {
	if (form.get(change) === 'remove') return undefined;
	const refreshInterval = changedRenewalIn(form);
	return {
		amount: form.get(amount),
		...(refreshInterval !== undefined && { refreshInterval }),
		resetUsed: form.get(used) === 'reset',
	};
}

/** Which paydays the new limit would miss, and why 30 days is no month. */
function monthsJson(
	{ labels, now }: AccountSnapshot,
	limited: Limited,
	after: KeyState | undefined,
	day?: Payday,
): IDataObject {
	if (!after) return {};
	const isToken = typeof limited === 'object';
	const limit = isToken ? after.contracts[limited.token]?.tokenLimit : after[limited];
	if (!limit || limit.refreshInterval === 0) return {};
	const token = isToken ? labels.contracts[limited.token]?.token : undefined;
	const asset = token?.symbol ?? labels.nativeSymbol;
	const show = (amount: bigint) => (isToken ? showToken(labels, limited.token, amount) : showNative(labels, amount));
	const { paydays } = describeLimit(asset, token?.decimals ?? NATIVE_DECIMALS, limit, now, show, day);
	return {
		...(paydays && { paydays: paydays as unknown as IDataObject }),
		...(limit.refreshInterval === THIRTY_DAYS && { monthWarning: thirtyDaySentence(asset) }),
	};
}
