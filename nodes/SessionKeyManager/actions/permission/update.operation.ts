import type { IDataObject } from 'n8n-workflow';
import { addressesIn, decimalsIn, functionNamesIn } from '../../../../core/sessionKey/permissionInput';
import { planUnstickGasLimit } from '../../../../core/sessionKey/planUnstickGasLimit';
import { planUpdatePermissions } from '../../../../core/sessionKey/planUpdatePermissions';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { changesField, changesIn, unstickGasLimit } from '../../fields/changes';
import { keyField } from '../../fields/key';
import { carryOutPlan, changedKey, formIn, plannedKeysNow, policyPaymaster, type Run } from '../../manager';

export const description = showFor('permission', 'update', [keyField(), changesField, ...changeFields(acceptedRisks)]);

export async function execute(run: Run): Promise<IDataObject> {
	const changes = formIn(run).get(changesField);
	const unsticks = changes.get(unstickGasLimit);
	const input = await changesIn(changes, () => policyPaymaster(run));
	const paymaster = input.requiredPaymaster ? [input.requiredPaymaster] : [];
	const { situation: seen, report } = await changedKey(
		run,
		[...addressesIn(input), ...paymaster],
		undefined,
		decimalsIn(input),
	);
	const situation = { ...seen, words: { ...seen.words, functions: functionNamesIn(input) } };
	const plan = unsticks
		? planUnstickGasLimit(situation, report.state)
		: planUpdatePermissions(situation, report.state, input);
	const json = await carryOutPlan(run, situation, plan, () => plannedKeysNow(run, situation, plan.keys));
	return { ...json, sessionKey: report.state.key, ...(report.gap && { historyGap: report.gap }) };
}
