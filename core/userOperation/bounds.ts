import { formatAmount } from '../amounts';
import { NATIVE_DECIMALS, type Network } from '../networks';
import { refuse, type Refusal } from '../refusal/refusal';
import { paymasterOf } from './gas';
import type { UserOperation } from './userOperation';

/** What decides what an operation may cost. */
export type CostFields = Pick<
	UserOperation,
	'callGasLimit' | 'verificationGasLimit' | 'preVerificationGas' | 'maxFeePerGas' | 'paymasterAndData'
>;

/**
 * The most that an operation can cost, in wei, as the EntryPoint wants it prefunded: verification gas counts three
 * times with a paymaster (EntryPoint v0.6, _getRequiredPrefund). The plugin counts this against a key's gas limit.
 */
export function getRequiredPrefund(op: CostFields): bigint {
	const times = paymasterOf(op.paymasterAndData) ? 3n : 1n;
	return (op.callGasLimit + op.verificationGasLimit * times + op.preVerificationGas) * op.maxFeePerGas;
}

/**
 * Why an operation must not be signed, whatever estimated or sponsored it: it could cost more than this package lets one
 * operation cost, or it would be paid by the account although a gas policy is set.
 *
 * @param payer gasPolicyId: who ought to pay
 * @param op as it is to be signed; its signature is not looked at
 * @param most wei, in place of the network's own bound
 */
export function boundRefusals(
	{ network, gasPolicyId }: { network: Network; gasPolicyId?: string },
	op: CostFields,
	most = network.mostOperationCost,
): Refusal[] {
	const refusals: Refusal[] = [];
	if (gasPolicyId && !paymasterOf(op.paymasterAndData)) refusals.push(refuse('paymasterMissing', {}));
	const cost = getRequiredPrefund(op);
	if (cost > most) {
		const text = (wei: bigint) => formatAmount(wei, NATIVE_DECIMALS);
		refusals.push(
			refuse('gasCostAboveMost', {
				cost: text(cost),
				most: text(most),
				unit: network.nativeSymbol,
				network: network.name,
			}),
		);
	}
	return refusals;
}
