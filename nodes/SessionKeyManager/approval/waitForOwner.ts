import type { INodeExecutionData } from 'n8n-workflow';
import { goalOf, goalToText, isReached, type Goal } from '../../../core/approval/goal';
import { InputError } from '../../../core/errors';
import { formIn } from '../../shared/operation';
import { timeLimitOf, type OnPlan, type OwnerOperation, type OwnerRun } from '../run';
import { approveWithin } from '../signedBy';
import { letWait } from '../../shared/approvalPage/letWait';
import { saveParameters } from '../../shared/approvalPage/savedParameters';

/**
 * How long n8n waits on, in milliseconds, when an owner has answered in the last second: the answer is read and checked
 * before it is sent, and what was sent is waited for (Time Limit) and read back.
 */
const TIME_TO_CHECK = 60_000;

/**
 * Plans the change, so that wrong parameters stop the workflow at once, and lets it wait for the owner. There is nothing to
 * wait for in a dry run, or where nothing would change.
 *
 * @throws {InputError} for more than one item: one page is for one change
 */
export async function waitForOwner(run: OwnerRun, operation: OwnerOperation): Promise<INodeExecutionData[]> {
	const { context } = run;
	const items = context.getInputData();
	if (items.length > 1) {
		throw new InputError(
			'Signed By',
			`${items.length} items came in, and an owner can sign one change at a time`,
			'Put a Loop Over Items node before this one, with a batch size of 1.',
		);
	}
	let waits = false;
	let goal: Goal | undefined;
	const onPlan: OnPlan = async ({ session: { rpc } }, _, plan) => {
		waits = true;
		const wanted = goalOf(plan);
		// What the chain shows beforehand can't show afterwards that something was done.
		// Nor can it show that a stop was signed.
		if (!plan.isEmergencyStop && !(await isReached(rpc, wanted))) goal = wanted;
		return {};
	};
	const until = new Date(Date.now() + formIn(run).get(approveWithin) * 3_600_000);
	const { recording, keep } = saveParameters(context, until);
	const told = await operation.execute({ ...run, context: recording, onPlan });
	if (!waits) return [told].flat().map((json) => ({ json, pairedItem: { item: 0 } }));
	keep(goal && goalToText(goal));
	return letWait(context, items, new Date(until.getTime() + timeLimitOf(run) + TIME_TO_CHECK), EXPIRED);
}

/** Nobody looks at the chain at that moment, so nothing is claimed of it. */
const EXPIRED = {
	approval: 'expired',
	note: 'No answer was accepted in time. Look at the account before you ask again: a signature given at the last moment may have been sent all the same.',
};
