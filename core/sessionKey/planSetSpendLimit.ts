import type { Address } from 'viem';
import { accessOf } from './access';
import type { KeyState } from './keyState';
import { gasLimitUpdates, nativeLimitUpdates, tokenLimitUpdates, type Budget } from './permissionInput';
import { NO_LIMIT, type PermissionUpdate } from './permissionUpdates';
import { planUpdates } from './planUpdatePermissions';
import type { Plan, Situation } from './plan';
import { nameOf } from './words';

/** What a limit is on. */
export type Limited = 'native' | 'gas' | { token: Address };

/**
 * Plans setting one limit, or taking it away. It changes nothing else: neither the list type nor the list, so a limit on
 * a token that isn't on the list lets nothing pass; the sentences say so.
 *
 * @param budget undefined: the limit is taken away
 * @throws {InputError}
 */
export function planSetSpendLimit(
	situation: Situation,
	before: KeyState,
	limited: Limited,
	budget: Budget | undefined,
): Plan {
	const plan = planUpdates(situation, before, limitUpdates(situation, limited, budget));
	return { ...plan, sentences: [...plan.sentences, ...listNote(situation, before, limited)] };
}

function limitUpdates({ words }: Situation, limited: Limited, budget: Budget | undefined): PermissionUpdate[] {
	const none = { limit: NO_LIMIT, refreshInterval: 0 };
	if (limited === 'native') return budget ? nativeLimitUpdates(budget) : [{ kind: 'nativeLimit', ...none }];
	if (limited === 'gas') return budget ? gasLimitUpdates(budget) : [{ kind: 'gasLimit', ...none }];
	const { token } = limited;
	return budget ? tokenLimitUpdates(token, budget, words.contracts) : [{ kind: 'tokenLimit', token, ...none }];
}

function listNote({ words }: Situation, before: KeyState, limited: Limited): string[] {
	if (typeof limited === 'string') return [];
	if (accessOf(before, before.contracts[limited.token]).functions !== 'none') return [];
	return [
		`${nameOf(words, limited.token)} is not something this key may call, so it can pay none of it, whatever the limit. ` +
			'Permission → Update puts it on the list.',
	];
}
