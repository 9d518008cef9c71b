import type { Network } from '../networks';
import type { Refusal } from '../refusal/refusal';
import type { UserOperation } from './userOperation';

export function boundRefusals(
	_payer: { network: Network; gasPolicyId?: string },
	_op: UserOperation,
	_most?: bigint,
): Refusal[] {
	return [];
}
