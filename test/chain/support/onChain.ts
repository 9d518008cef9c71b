import type { Address, Hex } from 'viem';
import { RefusalError } from '../../../core/refusal/refusal';
import { balanceOf, type DevnetClient } from './devnet';

/** What an address has of the devnet's dollars, in base units. */
export function dollarsOf({ request, tokens }: DevnetClient, owner: Address): Promise<bigint> {
	return balanceOf(request, tokens.usd6, owner);
}

/** What an address has of the chain's own money, in wei. */
export async function weiOf({ request }: DevnetClient, owner: Address): Promise<bigint> {
	return BigInt(await request<Hex>('eth_getBalance', [owner, 'latest']));
}

/** The refusal that a payment ends with; anything else fails the test. */
export async function refusalOf(payment: Promise<unknown>): Promise<RefusalError> {
	const outcome = await payment.catch((error: unknown) => error);
	if (outcome instanceof RefusalError) return outcome;
	if (outcome instanceof Error) throw outcome;
	throw new Error(
		`it was not refused: ${JSON.stringify(outcome, (_, one) => (typeof one === 'bigint' ? `${one}` : one))}`,
	);
}
