import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import type { AccountSnapshot, Plan } from '../../core/sessionKey/plan/plan';
import type { Form } from '../shared/form';
import { formIn, type ItemRun, type Operation } from '../shared/operation';
import { optionsOf, timeLimit } from './fields/change';
import type { OwnerSession } from './owner';

/** One item's run of an operation. */
export interface OwnerRun extends ItemRun {
	session: OwnerSession;
	/** What becomes of the plan where the credential's owner doesn't sign it at once. */
	onPlan?: OnPlan;
}

/** What an operation needs besides. */
interface Needs {
	/** It makes a plan that an owner signs, by credential or elsewhere. */
	signs?: boolean;
	/** False: the owner signs elsewhere, or nobody has to. */
	ownerCredential?: boolean;
}

/** An operation for each item by itself. It runs with the owner's credential, unless it says otherwise. */
type ItemOperation = Operation<OwnerRun> & Needs & { allItems?: undefined };

/** The same, or one for all items together: its run is the first item's. */
export type OwnerOperation = ItemOperation | (Operation<OwnerRun, INodeExecutionData[]> & Needs & { allItems: true });

/** A plan that was agreed to, and what to tell once it is done. */
export type OnPlan = (
	run: OwnerRun,
	snapshot: AccountSnapshot,
	plan: Plan,
	finished: () => Promise<IDataObject>,
) => Promise<IDataObject>;

/** What the Options of this item hold. */
export function optionsIn(run: OwnerRun): Form {
	return formIn(run).get(optionsField);
}

/** The Options of whatever operation: which there are, each operation says itself. */
const optionsField = optionsOf();

/** How long to wait for the change to be in a block, in milliseconds. */
export function timeLimitOf(run: OwnerRun): number {
	return optionsIn(run).get(timeLimit) * 1000;
}
