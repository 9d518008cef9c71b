import type { Address } from 'viem';
import type { AccountState } from '../../accountState';
import type { Call } from '../../calls';
import {
	CHANGE_REGISTRY,
	changeClaimCall,
	changeHeadRead,
	changeRecordRead,
	deployChangeRegistryCall,
} from '../../registry/changeRegistry';
import { CLAIM_SELECTOR } from '../../registry/referenceRegistry';
import type { Answers } from '../../rpc/read';
import { accessOf, mayCall } from '../../permissions/access';
import { keyStateReads, toKeyState, type AccessQuestion } from '../../plugin/keyState';

/** What an owner's operation does so that the change is found later from state, and the same in sentences. */
export interface ChangeRecord {
	calls: Call[];
	sentences: string[];
}

/** Reads for `ChangeNumbers`: the next number, and which keys could claim numbers themselves. */
export function changeNumberReads(account: Pick<AccountState, 'address' | 'recordedChanges' | 'sessionKeys'>) {
	const { address, recordedChanges, sessionKeys } = account;
	return {
		head: recordedChanges === undefined ? undefined : changeHeadRead(address),
		next: recordedChanges === undefined ? undefined : changeRecordRead(address, recordedChanges + 1),
		keys: sessionKeys.map((key) => keyStateReads(address, key, [CLAIM_QUESTION])),
	};
}

/** What keys of an open list can do to the numbers of changes. Nothing may keep an owner from stopping such a key. */
export interface ChangeNumbers {
	/** The next number was claimed ahead: the account's changes aren't recorded from then on. */
	nextTaken: boolean;
	/** The keys that may claim numbers: one of them could take each number just before the owner's operation is mined. */
	claimants: readonly Address[];
}

const CLAIM_QUESTION: AccessQuestion = { contract: CHANGE_REGISTRY, selectors: [CLAIM_SELECTOR] };

/** What the answers to `changeNumberReads` say. Where the count has moved, another change took the number meanwhile. */
export function toChangeNumbers(
	{ address, recordedChanges, sessionKeys }: Pick<AccountState, 'address' | 'recordedChanges' | 'sessionKeys'>,
	{ head, next, keys }: Answers<ReturnType<typeof changeNumberReads>>,
): ChangeNumbers {
	const claimants = sessionKeys.filter((key, index) => {
		const answer = keys[index] as (typeof keys)[number];
		const state = toKeyState(address, key, [CLAIM_QUESTION], answer);
		return mayCall(accessOf(state, state.contracts[CHANGE_REGISTRY]), CLAIM_SELECTOR);
	});
	return { nextTaken: next !== undefined && head?.count === recordedChanges, claimants };
}

const NONE: ChangeRecord = { calls: [], sentences: [] };

/**
 * The claim of the next number of an account's changes. The number was read together with the state that the change is
 * planned from, so of two changes planned from one state the second reverts.
 *
 * Where the registry of key changes doesn't stand and isn't brought, the change is made without a record: nothing depends
 * on it but how much can be told later.
 *
 * @param bring whether this operation may bring the registry to the network
 */
export function recordChange({ recordedChanges }: Pick<AccountState, 'recordedChanges'>, bring: boolean): ChangeRecord {
	if (recordedChanges === undefined && !bring) return NONE;
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
