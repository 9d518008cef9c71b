import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { addressesIn, functionNamesIn } from '../../../../core/sessionKey/permissionInput';
import { planUnstickGasLimit } from '../../../../core/sessionKey/planUnstickGasLimit';
import { planUpdatePermissions } from '../../../../core/sessionKey/planUpdatePermissions';
import { showFor } from '../../../shared/showFor';
import {
	acceptedRisksOption,
	budgetsField,
	changeFields,
	contractListField,
	keyField,
	listTypeField,
	recipientsField,
	validFromField,
	validUntilField,
} from '../../fields';
import { accountOf, carryOutPlan, changedKey, parameter, plannedKeysNow, readingOf, type Run } from '../../manager';
import { permissionChanges } from '../../permissionParameters';

export const description = showFor('permission', 'update', [
	keyField(),
	{
		displayName: 'Changes',
		name: 'changes',
		type: 'collection',
		placeholder: 'Add change',
		default: {},
		description: 'What is not named here stays as it is. All changes are made in one operation.',
		options: [
			{
				displayName: 'Allow Payment References',
				name: 'allowReferences',
				type: 'boolean',
				default: true,
				description:
					'Whether the key may mark payments as paid once. Without this its payments that have a reference are refused. Where this network does not have the registry of references yet, it is created in the same operation.',
			},
			budgetsField,
			contractListField(true),
			listTypeField,
			recipientsField,
			{
				displayName: "Policy's Paymaster Only",
				name: 'policyPaymaster',
				type: 'boolean',
				default: false,
				description:
					'Whether the key shall work with the paymaster of the Gas Policy ID in the Alchemy API credential only. Its address is asked of the policy.',
			},
			{
				displayName: 'Remove Rules',
				name: 'removeRules',
				type: 'multiOptions',
				default: [],
				options: [
					{ name: 'Gas Limit', value: 'gasLimit', description: 'After that there is no limit on gas' },
					{
						name: 'Limit on Native Currency',
						value: 'nativeLimit',
						description: 'After that the key may pay out all native currency',
					},
					{ name: 'Required Paymaster', value: 'requiredPaymaster', description: 'After that anybody may pay the gas' },
					{
						name: 'Valid From and Valid Until',
						value: 'timeRange',
						description: 'After that the key holds at any time',
					},
				],
				description: 'Rules that shall no longer hold for the key',
			},
			{
				displayName: 'Remove Token Limits',
				name: 'unlimited',
				type: 'string',
				typeOptions: { rows: 2 },
				default: '',
				placeholder: 'e.g. 0x036CbD...CF7e',
				description: 'Tokens whose limit shall no longer hold: one address a line',
			},
			{
				displayName: 'Required Paymaster',
				name: 'requiredPaymaster',
				type: 'string',
				default: '',
				placeholder: 'e.g. 0x4Fd909...addc',
				description: 'The key shall work with this paymaster only: its address on this network',
			},
			{
				displayName: 'Unstick Gas Limit',
				name: 'unstickGasLimit',
				type: 'boolean',
				default: false,
				description:
					'Whether to free a gas limit that is stuck, because the first operation of a new window failed. It goes alone, without other changes.',
			},
			validFromField,
			validUntilField,
		],
	},
	...changeFields(acceptedRisksOption),
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const changes = parameter<IDataObject>(run, 'changes', {});
	const input = await permissionChanges(
		changes,
		readingOf(run, () => accountOf(run)),
	);
	const paymaster = input.requiredPaymaster ? [input.requiredPaymaster] : [];
	const { situation: seen, report } = await changedKey(run, [...addressesIn(input), ...paymaster]);
	const situation = { ...seen, words: { ...seen.words, functions: functionNamesIn(input) } };
	const plan = changes.unstickGasLimit
		? planUnstickGasLimit(situation, report.state)
		: planUpdatePermissions(situation, report.state, input);
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return { ...json, sessionKey: report.state.key, ...(report.gap && { historyGap: report.gap }) };
}
