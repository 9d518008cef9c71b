import { getAddress, type Address } from 'viem';
import type { KeyState, SpendLimit } from '../../plugin/keyState';
import { gasLimitUpdates, nativeLimitUpdates, tokenLimitUpdates, type BudgetInput } from './permissionInput';
import { NO_LIMIT, type PermissionUpdate } from '../../plugin/permissionUpdates';
import { planUpdates } from './planUpdatePermissions';
import type { Plan, AccountSnapshot } from './plan';

/** A limit to set; `refreshInterval` left out: as often as the limit is renewed now, or never where there is none. */
export type LimitInput = Omit<BudgetInput, 'refreshInterval'> & Partial<Pick<BudgetInput, 'refreshInterval'>>;

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
	budget: LimitInput | undefined,
): Plan {
	const { refreshInterval = 0 } = presentLimit(before, limited) ?? {};
	return planUpdates(snapshot, before, limitUpdates(snapshot, limited, budget && { refreshInterval, ...budget }));
}

function presentLimit({ native, gas, contracts }: KeyState, limited: Limited): SpendLimit | undefined {
	if (typeof limited === 'object') return contracts[getAddress(limited.token)]?.tokenLimit;
	return limited === 'gas' ? gas : native;
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
