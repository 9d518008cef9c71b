import type { IDataObject } from 'n8n-workflow';
import { executePlan, previewPlan } from '../../core/ownerOperation/executePlan';
import type { OwnerOutcome } from '../../core/ownerOperation/sendOwnerOperation';
import { requireAgreement, type AccountSnapshot, type Plan, type PlannedKey } from '../../core/sessionKey/plan/plan';
import { formIn } from '../shared/operation';
import { acceptedRisks, dryRun, RISK_LABELS } from './fields/change';
import { outcomeJson } from './planItems';
import type { OwnerSession } from './owner';
import { optionsIn, timeLimitOf, type OwnerRun } from './run';

/**
 * Carries a plan out, or says what it would do.
 *
 * @param finished what to tell once it is done, read from the chain again
 * @throws {InputError} when it needs an agreement that wasn't given
 */
export async function runPlan(
	run: OwnerRun,
	snapshot: AccountSnapshot,
	plan: Plan,
	finished: () => Promise<IDataObject>,
): Promise<IDataObject> {
	const { session } = run;
	const { account } = snapshot;
	const agreed = optionsIn(run).get(acceptedRisks);
	const told = { account: plan.account, changes: plan.sentences };
	if (formIn(run).get(dryRun)) {
		const open = plan.hazards.filter(({ code }) => !agreed.includes(code));
		return {
			status: 'dryRun',
			...told,
			needsAcceptedRisks: open.map(({ code, sentence }) => ({ risk: RISK_LABELS[code], sentence })),
			...plannedRisks(plan.keys),
			gas: (await previewPlan(session, account, plan)) as unknown as IDataObject,
		};
	}
	requireAgreement(plan, agreed, RISK_LABELS);
	if (run.onPlan) return run.onPlan(run, snapshot, plan, finished);
	if (!session.sign) throw new Error('nobody signs');
	return readResult(session, plan, await executePlan(session, account, plan, session.sign, timeLimitOf(run)), finished);
}

/** What is told of a plan that was sent. */
export async function readResult(
	session: OwnerSession,
	plan: Plan,
	outcome: OwnerOutcome,
	finished: () => Promise<IDataObject>,
): Promise<IDataObject> {
	const told = { account: plan.account, changes: plan.sentences };
	const json = { status: outcome.status, ...told, ...outcomeJson(session, plan.account, outcome) };
	return outcome.status === 'done' ? { ...json, ...(await readBack(session, finished)) } : json;
}

/** What was done stays done, also when the node can't be asked about it afterwards. */
async function readBack({ rpc }: OwnerSession, finished: () => Promise<IDataObject>): Promise<IDataObject> {
	try {
		return await finished();
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return { note: `It is done, but could not be read back from the chain: ${rpc.redact(why)}` };
	}
}

function plannedRisks(keys: readonly PlannedKey[]): IDataObject {
	if (keys.length === 0) return {};
	return { keys: keys.map(({ key, risk }) => ({ keyAddress: key, risk: risk as unknown as IDataObject })) };
}
