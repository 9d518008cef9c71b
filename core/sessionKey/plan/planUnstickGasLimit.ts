import { InputError } from '../../errors';
import type { KeyState } from '../../plugin/keyState';
import { planUpdates } from './planUpdatePermissions';
import type { Plan, AccountSnapshot } from './plan';

/**
 * Plans freeing a gas limit that is stuck (the first operation of a new window failed, and what is left is too little for
 * another). Setting the same limit again does what resetSessionKeyGasLimitTimestamp does: the flag goes, what was used
 * stays, and a whole interval begins.
 *
 * @throws {InputError} when it isn't stuck
 */
export function planUnstickGasLimit(snapshot: AccountSnapshot, before: KeyState): Plan {
	if (!before.gas || !before.gasShouldReset) {
		throw new InputError(
			'Changes',
			`The gas limit of ${before.key} is not stuck`,
			'Leave this change out. Key > Get shows what is left of the limit.',
		);
	}
	const { limit, refreshInterval } = before.gas;
	return planUpdates(snapshot, before, [{ kind: 'gasLimit', limit, refreshInterval }]);
}
