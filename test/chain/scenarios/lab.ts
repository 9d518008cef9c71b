import { keccak256, parseEther, toFunctionSelector, type Address, type Hex } from 'viem';
import { ADDRESSES } from '../../../devnet/contracts/addresses';
import { compileContracts, compileFolder, type Artifact } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import { Node } from './node';

/** Sends every bundle and every transaction that is nobody's in particular. */
export const SENDER: Address = '0x00000000000000000000000000000000000005ce';

const TOKEN = ['Lab Dollar', 'LUSD', 6];

/** What all scenarios on one chain share. */
export interface Lab {
	node: Node;
	chainId: number;
	/** Makes the accounts, keys and recipients of every run new. */
	runId: Hex;
	manifestHash: Hex;
	lens: { address: Address; abi: Artifact['abi'] };
	/** Contracts by their name in the scenarios. */
	contracts: Record<string, Address>;
}

/** Takes over an anvil on which the account's contracts stand, and deploys what the scenarios need besides. */
export async function prepareLab(url: string): Promise<Lab> {
	const node = new Node(url);
	// One block for each transaction, none in between: every time in a scenario is exact.
	await node.request('evm_setIntervalMining', [0]);
	await node.request('evm_setAutomine', [true]);
	await node.impersonate(SENDER);
	await node.setBalance(SENDER, parseEther('1000000'));
	const { hash } = await node.request<{ hash: Hex }>('eth_getBlockByNumber', ['latest', false]);
	const manifest = await node.call(ADDRESSES.SessionKeyPlugin, toFunctionSelector('pluginManifest()'));
	const { lens, ...contracts } = await deployHelpers(node);

	return {
		node,
		chainId: Number(await node.request('eth_chainId')),
		runId: hash,
		manifestHash: keccak256(manifest.data),
		lens,
		contracts: {
			...contracts,
			plugin: ADDRESSES.SessionKeyPlugin,
			multiOwnerPlugin: ADDRESSES.MultiOwnerPlugin,
			entryPoint: ADDRESSES.EntryPoint,
			zero: '0x0000000000000000000000000000000000000000',
		},
	};
}

async function deployHelpers(node: Node) {
	const [{ TestToken, TestTarget }, { LabPaymaster, LabLens }] = await Promise.all([
		compileContracts(),
		compileFolder(__dirname),
	]);
	const deploy = (artifact: Artifact | undefined, args: unknown[] = [], value = 0n): Promise<Address> =>
		deployContract(node.request, artifact!, args, { from: SENDER, value });
	return {
		token: await deploy(TestToken, TOKEN),
		token2: await deploy(TestToken, TOKEN),
		target: await deploy(TestTarget),
		paymaster: await deploy(LabPaymaster, [ADDRESSES.EntryPoint], parseEther('10000')),
		paymaster2: await deploy(LabPaymaster, [ADDRESSES.EntryPoint], parseEther('10000')),
		lens: { address: await deploy(LabLens), abi: LabLens!.abi },
	};
}
