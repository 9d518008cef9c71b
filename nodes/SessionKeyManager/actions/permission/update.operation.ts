import type { IDataObject } from 'n8n-workflow';
import { addressesIn, decimalsIn, functionNamesIn } from '../../../../core/sessionKey/plan/permissionInput';
import { planUnstickGasLimit } from '../../../../core/sessionKey/plan/planUnstickGasLimit';
import { planUpdatePermissions } from '../../../../core/sessionKey/plan/planUpdatePermissions';
import { showFor } from '../../../shared/showFor';
import { acceptedRisks, changeFields } from '../../fields/change';
import { changesField, changesIn, unstickGasLimit } from '../../fields/changes';
import { keyField } from '../../fields/key';
import { formIn } from '../../../shared/operation';
import { policyPaymaster } from '../../account';
import { changedKey } from '../../keys';
import { runPlan } from '../../plan';
import { plannedKeysNow } from '../../planItems';
import type { OwnerRun } from '../../run';

export const signs = true;
export const description = showFor('permission', 'update', [keyField(), changesField, ...changeFields(acceptedRisks)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const changes = formIn(run).get(changesField);
	const unsticks = changes.get(unstickGasLimit);
	const input = await changesIn(changes, () => policyPaymaster(run));
	const paymaster = input.requiredPaymaster ? [input.requiredPaymaster] : [];
	const { snapshot: seen, report } = await changedKey(
		run,
		[...addressesIn(input), ...paymaster],
		undefined,
		decimalsIn(input),
	);
	const snapshot = { ...seen, labels: { ...seen.labels, functions: functionNamesIn(input) } };
	const plan = unsticks
		? planUnstickGasLimit(snapshot, report.state)
		: planUpdatePermissions(snapshot, report.state, input);
	const json = await runPlan(run, snapshot, plan, () => plannedKeysNow(run, snapshot, plan.keys));
	return { ...json, keyAddress: report.state.key, ...(report.gap && { historyGap: report.gap }) };
}
