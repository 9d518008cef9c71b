import {
	decodeEventLog,
	decodeFunctionResult,
	encodeFunctionData,
	getAddress,
	numberToHex,
	pad,
	toEventSelector,
	type Address,
	type Hex,
	type RpcLog,
} from 'viem';
import { REFERENCE_REGISTRY, referenceRegistryAbi } from '../../../contracts/referenceRegistry';
import { sendTransaction } from '../../../devnet/contracts/deploy';
import type { Request } from '../../../devnet/rpc';

/** More than any claim takes. */
const ENOUGH_GAS = 200_000n;

export interface Entry {
	blockNumber: bigint;
	time: bigint;
	previousBlock: bigint;
	index: bigint;
}

export interface Head {
	blockNumber: bigint;
	previousBlock: bigint;
	count: bigint;
}

/** A claim as its event tells it. */
export interface Claimed {
	reference: Hex;
	account: Address;
	index: bigint;
	previousBlock: bigint;
	blockNumber: bigint;
}

export function claimData(reference: Hex): Hex {
	return encodeFunctionData({ abi: referenceRegistryAbi, functionName: 'claim', args: [reference] });
}

/** An account of the chain's own claims, whatever becomes of it. */
export function claimAs(request: Request, from: Address, reference: Hex, gas = ENOUGH_GAS) {
	return sendTransaction(request, { from, to: REFERENCE_REGISTRY, data: claimData(reference), gas });
}

export async function recordOf(request: Request, account: Address, reference: Hex): Promise<Entry> {
	const functionName = 'recordOf';
	const data = encodeFunctionData({ abi: referenceRegistryAbi, functionName, args: [account, reference] });
	const [blockNumber, time, previousBlock, index] = decodeFunctionResult({
		abi: referenceRegistryAbi,
		functionName,
		data: await request<Hex>('eth_call', [{ to: REFERENCE_REGISTRY, data }, 'latest']),
	});
	return { blockNumber, time, previousBlock, index };
}

export async function headOf(request: Request, account: Address): Promise<Head> {
	const functionName = 'headOf';
	const data = encodeFunctionData({ abi: referenceRegistryAbi, functionName, args: [account] });
	const [blockNumber, previousBlock, count] = decodeFunctionResult({
		abi: referenceRegistryAbi,
		functionName,
		data: await request<Hex>('eth_call', [{ to: REFERENCE_REGISTRY, data }, 'latest']),
	});
	return { blockNumber, previousBlock, count };
}

export async function isClaimed(request: Request, account: Address, reference: Hex): Promise<boolean> {
	return (await recordOf(request, account, reference)).index > 0n;
}

const CLAIMED = toEventSelector(referenceRegistryAbi.find((item) => item.type === 'event')!);

/** The claims of an account in some blocks, by their events. */
export async function claimsIn(request: Request, account: Address, fromBlock: Hex, toBlock: Hex): Promise<Claimed[]> {
	const topics = [CLAIMED, null, pad(account)];
	const logs = await request<RpcLog[]>('eth_getLogs', [{ address: REFERENCE_REGISTRY, topics, fromBlock, toBlock }]);
	return logs.map(({ topics: found, data, blockNumber }) => {
		const { args } = decodeEventLog({ abi: referenceRegistryAbi, topics: found as [Hex, ...Hex[]], data });
		const { paymentReference, account: claimer, index, previousBlock } = args;
		const block = BigInt(blockNumber!);
		return { reference: paymentReference, account: getAddress(claimer), index, previousBlock, blockNumber: block };
	});
}

/**
 * From the head back, one log request for each block with a claim; newest first.
 * @throws when a block leads to itself, or to one without a claim
 */
export async function walkBack(request: Request, account: Address): Promise<Claimed[]> {
	const found: Claimed[] = [];
	let { blockNumber } = await headOf(request, account);
	while (blockNumber > 0n) {
		const block = numberToHex(blockNumber);
		const claims = await claimsIn(request, account, block, block);
		const [first] = claims;
		if (!first || first.previousBlock >= blockNumber) throw new Error(`the walk is stuck at block ${blockNumber}`);
		found.push(...claims.reverse());
		blockNumber = first.previousBlock;
	}
	return found;
}
