import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { InputError } from '../../../../core/errors';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { describeLimit, thirtyDaySentence } from '../../../../core/sessionKey/describeKey';
import type { KeyState } from '../../../../core/sessionKey/keyState';
import type { Budget } from '../../../../core/sessionKey/permissionInput';
import { planSetSpendLimit, type Limited } from '../../../../core/sessionKey/planSetSpendLimit';
import type { Situation } from '../../../../core/sessionKey/plan';
import { showNative, showToken } from '../../../../core/sessionKey/words';
import { showFor } from '../../../shared/showFor';
import { tokenField, tokenOf } from '../../../shared/tokenField';
import { acceptedRisksOption, changeFields, keyField, paydayOption, refreshFields } from '../../fields';
import { carryOutPlan, changedKey, optionsOf, parameter, plannedKeysNow, type Run } from '../../manager';
import { paydayOf, refreshIntervalOf } from '../../permissionParameters';

const THIRTY_DAYS = 30 * 86_400;

function whenSetting(properties: INodeProperties[]): INodeProperties[] {
	return properties.map((property) => ({
		...property,
		displayOptions: { show: { ...property.displayOptions?.show, change: ['set'] } },
	}));
}

export const description = showFor('permission', 'setSpendLimit', [
	keyField(),
	{
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
	},
	{ ...tokenField, description: 'What the limit is on', displayOptions: { show: { limitOn: ['payments'] } } },
	{
		displayName: 'Change',
		name: 'change',
		type: 'options',
		options: [
			{ name: 'Remove the Limit', value: 'remove', description: 'After that there is no limit at all on this' },
			{ name: 'Set the Limit', value: 'set' },
		],
		default: 'set',
		description: 'Whether to set a limit, or to take it away altogether',
	},
	...whenSetting([
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
		...refreshFields,
		{
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
			description: 'The chain keeps what was used when a limit changes, which is why a raised limit can still refuse',
		},
	]),
	...changeFields(acceptedRisksOption, paydayOption),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const limited = limitedOf(run);
	const budget = budgetOf(run);
	const { situation, report } = await changedKey(run, typeof limited === 'object' ? [limited.token] : []);
	const plan = planSetSpendLimit(situation, report.state, limited, budget);
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return {
		...json,
		sessionKey: report.state.key,
		...monthsJson(run, situation, limited, plan.keys[0]?.state),
		...(report.gap && { historyGap: report.gap }),
	};
}

function limitedOf(run: Run): Limited {
	if (parameter<string>(run, 'limitOn', 'payments') === 'gas') return 'gas';
	const token = tokenOf(run.context, run.itemIndex);
	return token ? { token } : 'native';
}

function budgetOf(run: Run): Budget | undefined {
	if (parameter<string>(run, 'change', 'set') === 'remove') return undefined;
	const values = Object.fromEntries(refreshFields.map(({ name }) => [name, parameter<unknown>(run, name, null)]));
	const amount = parameter<unknown>(run, 'amount', '');
	if (amount === '') {
		throw new InputError(
			'Limit',
			'"Limit" is empty',
			'Type an amount, e.g. 250.50. To take a limit away, choose Remove the Limit.',
		);
	}
	return {
		amount: String(amount),
		refreshInterval: refreshIntervalOf(values as IDataObject),
		resetUsed: parameter<string>(run, 'used', 'keep') === 'reset',
	};
}

/** Which paydays the new limit would miss, and why 30 days is no month. */
function monthsJson(run: Run, { words, now }: Situation, limited: Limited, after: KeyState | undefined): IDataObject {
	if (!after) return {};
	const isToken = typeof limited === 'object';
	const limit = isToken ? after.contracts[limited.token]?.tokenLimit : after[limited];
	if (!limit || limit.refreshInterval === 0) return {};
	const token = isToken ? words.contracts[limited.token]?.token : undefined;
	const asset = token?.symbol ?? words.nativeSymbol;
	const show = (amount: bigint) => (isToken ? showToken(words, limited.token, amount) : showNative(words, amount));
	const payday = paydayOf(optionsOf(run), run.context.getTimezone());
	const { paydays } = describeLimit(asset, token?.decimals ?? NATIVE_DECIMALS, limit, now, show, payday);
	return {
		...(paydays && { paydays: paydays as unknown as IDataObject }),
		...(limit.refreshInterval === THIRTY_DAYS && { monthWarning: thirtyDaySentence(asset) }),
	};
}
