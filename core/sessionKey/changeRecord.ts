import type { AccountState } from '../account/accountState';
import type { Call } from '../calls';
import {
	CHANGE_REGISTRY,
	changeClaimCall,
	changeHeadRead,
	changeRecordRead,
	deployChangeRegistryCall,
} from '../registry/changeRegistry';
import type { Answers } from '../rpc/read';

/** What an owner's operation does so that the change is found later from state, and the same in sentences. */
export interface ChangeRecord {
	calls: Call[];
	sentences: string[];
}

/**
 * The reads that tell whether the next number was claimed ahead, by a key that may call everything: such an account's changes
 * are made without a record from then on, for nothing may keep an owner from removing a key. Where the count has moved
 * meanwhile, another change took the number, and claiming it again is what stops this one.
 */
export function nextNumberReads({ address, recordedChanges }: Pick<AccountState, 'address' | 'recordedChanges'>) {
	if (recordedChanges === undefined) return undefined;
	return { head: changeHeadRead(address), next: changeRecordRead(address, recordedChanges + 1) };
}

/** What the answers to `nextNumberReads` say. */
export function isNextTaken(
	{ recordedChanges }: Pick<AccountState, 'recordedChanges'>,
	answers: Answers<ReturnType<typeof nextNumberReads>>,
): boolean {
	return answers?.next !== undefined && answers.head.count === recordedChanges;
}

const NONE: ChangeRecord = { calls: [], sentences: [] };

/**
 * The claim of the next number of an account's changes. The number was read together with the state that the change is
 * planned from, so of two changes planned from one state the second reverts.
 *
 * Where the registry of key changes doesn't stand and isn't brought, the change is made without a record: nothing depends
 * on it but how much can be told later.
 *
 * @param nextTaken see `isNextTaken`
 * @param bring whether this operation may bring the registry to the network
 */
export function recordChange(
	{ recordedChanges }: Pick<AccountState, 'recordedChanges'>,
	nextTaken: boolean,
	bring: boolean,
): ChangeRecord {
	if (nextTaken || (recordedChanges === undefined && !bring)) return NONE;
	const number = (recordedChanges ?? 0) + 1;
	const deploy = recordedChanges === undefined ? [deployChangeRegistryCall()] : [];
	const created = ' It is created in the same operation: nobody owns it, and it holds no money.';
	return {
		calls: [...deploy, changeClaimCall(number)],
		sentences: [
			`The change is noted as number ${number} of this account in the registry of key changes (${CHANGE_REGISTRY}), so that it is found later without a search through the chain.${deploy.length > 0 ? created : ''}`,
		],
	};
}
