import { MultiOwnerModularAccountFactoryAbi as factoryAbi } from '@alchemy/aa-accounts';
import { concat, decodeFunctionResult, encodeFunctionData, parseAbi, parseEther, type Hex } from 'viem';
import { ADDRESSES } from '../../../devnet/contracts/addresses';
import { Cast } from './cast';
import type { Scenario } from './format';
import { SENDER, type Lab } from './lab';

const ACCOUNT_ETH = parseEther('10');
const ACCOUNT_TOKENS = 1_000_000_000_000n;
/** Between setting up and the scenario's first second. */
const LEAD_SECONDS = 10;

const FACTORY = ADDRESSES.MultiOwnerModularAccountFactory;
const mintAbi = parseAbi(['function mint(address to, uint256 value)']);

/** One scenario on one chain. */
export interface Scene {
	lab: Lab;
	cast: Cast;
	/** Unix time of the scenario's second 0. */
	start: number;
	/** Creates the account. */
	initCode: Hex;
}

/** Sets up the scenario's account, with its ETH and its tokens. */
export async function setScene(lab: Lab, { id, undeployed = false }: Scenario): Promise<Scene> {
	const { node } = lab;
	const cast = new Cast(`${lab.runId}|${id}`, lab.contracts);
	const args = [BigInt(cast.seed('salt')) >> 8n, [cast.address('owner')]] as const;
	const found = await node.call(FACTORY, encodeFunctionData({ abi: factoryAbi, functionName: 'getAddress', args }));
	const account = decodeFunctionResult({ abi: factoryAbi, functionName: 'getAddress', data: found.data });
	cast.assign('account', account);

	const createAccount = encodeFunctionData({ abi: factoryAbi, functionName: 'createAccount', args });
	if (!undeployed) await node.send({ from: SENDER, to: FACTORY, data: createAccount });
	await node.setBalance(account, ACCOUNT_ETH);
	const mint = encodeFunctionData({ abi: mintAbi, functionName: 'mint', args: [account, ACCOUNT_TOKENS] });
	for (const token of ['token', 'token2']) await node.send({ from: SENDER, to: cast.address(token), data: mint });

	return { lab, cast, start: (await node.now()) + LEAD_SECONDS, initCode: concat([FACTORY, createAccount]) };
}
