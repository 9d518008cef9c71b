import { randomUUID } from 'node:crypto';
import { numberToHex } from 'viem';
import { connectDevnet, startDevnet, type Devnet, type DevnetClient, type DevnetOptions } from '../../../devnet';

export { balanceOf, countTrips, includeOperations, signOperation } from '../../../devnet';
export { executeWithSessionKey, fundedAccount, tokenBudget, type SmartAccount } from '../../../devnet/accounts';
export type { Devnet, DevnetClient } from '../../../devnet';

/**
 * The devnet of this run, through an API key of one's own: faults and calls of other tests are not seen. The chain and
 * the bundler are shared: use accounts of your own, and leave clock and mining alone.
 */
export async function connect(): Promise<DevnetClient> {
	const url = process.env.DEVNET_URL;
	if (!url) throw new Error('no devnet: run this with jest --selectProjects chain');
	return (await connectDevnet(url)).withKey(`test-${randomUUID()}`);
}

/**
 * A devnet of one's own, whose clock, blocks and bundler may be held and moved: a fork of the chain with the deployed
 * contracts, where CHAIN_TEST_RPC_URL names one. Close it.
 */
export function startOwnDevnet(options: DevnetOptions = {}): Promise<Devnet> {
	return startDevnet({ forkUrl: process.env.CHAIN_TEST_RPC_URL, ...options });
}

/**
 * Moves the clock of a chain that this test started itself, and mines a block. Include operations directly afterwards:
 * the bundler goes by the clock on the wall.
 */
export async function moveTime({ request, ownChain }: DevnetClient, seconds: number): Promise<void> {
	if (!ownChain) throw new Error('the clock of this chain is not ours to move');
	await request('evm_increaseTime', [numberToHex(seconds)]);
	await request('evm_mine');
}
