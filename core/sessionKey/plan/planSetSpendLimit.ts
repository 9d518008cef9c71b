import type { Address } from 'viem';
import type { KeyState } from '../../plugin/keyState';
import { gasLimitUpdates, nativeLimitUpdates, tokenLimitUpdates, type BudgetInput } from './permissionInput';
import { NO_LIMIT, type PermissionUpdate } from '../../plugin/permissionUpdates';
import { planUpdates } from './planUpdatePermissions';
import type { Plan, AccountSnapshot } from './plan';

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
	snapshot: AccountSnapshot,
	before: KeyState,
	limited: Limited,
	budget: BudgetInput | undefined,
): Plan {
	return planUpdates(snapshot, before, limitUpdates(snapshot, limited, budget));
}

function limitUpdates(
	{ labels }: AccountSnapshot,
	limited: Limited,
	budget: BudgetInput | undefined,
): PermissionUpdate[] {
	const none = { limit: NO_LIMIT, refreshInterval: 0 };
	if (limited === 'native') return budget ? nativeLimitUpdates(budget) : [{ kind: 'nativeLimit', ...none }];
	if (limited === 'gas') return budget ? gasLimitUpdates(budget) : [{ kind: 'gasLimit', ...none }];
	const { token } = limited;
	return budget ? tokenLimitUpdates(token, budget, labels.contracts) : [{ kind: 'tokenLimit', token, ...none }];
}
