import { getAddress, numberToHex, type Hex } from 'viem';
import { fund } from './accounts';
import { startAnvil } from './anvil';
import type { Handler } from './backends';
import { startBundler } from './bundler';
import { connectDevnet, type DevnetClient, type DevnetInfo } from './client';
import { ADDRESSES } from './contracts/addresses';
import { compileContracts, type Artifact, type Artifacts } from './contracts/compile';
import { deployContract } from './contracts/deploy';
import { ensureMulticall } from './contracts/multicall';
import { placeContracts } from './contracts/place';
import { ensureRegistries } from './contracts/registry';
import { deployPaymaster, gasManagerHandlers, POLICIES } from './gasManager';
import { startGateway } from './gateway';
import { defaultAccount, ROLES } from './mnemonic';
import { createPassedBlocks, type PassedBlocks } from './passedBlocks';
import type { PlanName } from './plans';
import { rpcClient, type Request } from './rpc';
import { signingSender, unlockedSender } from './signer';
import { deployTokens } from './tokens';

export { fundedAccount, tokenBudget, type AccountOptions, type SmartAccount } from './accounts';
export { countTrips, type LoggedCall } from './calls';
export { connectDevnet, type DevnetClient } from './client';
export type { FaultRule } from './faults';
export { PLANS, type PlanName } from './plans';
export { includeOperations, signOperation, userOperationHash, type Operation } from './operations';
export { balanceOf } from './tokens';

/** What a devnet is started with. */
export interface DevnetOptions {
	/** Port of the one URL; left out or 0: any free one. */
	port?: number;
	/** 31337 when left out; a forked chain keeps its own. */
	chainId?: number;
	/** JSON-RPC URL of a chain to continue: with the real contracts, where it has them. */
	forkUrl?: string;
	/** What `anvil_dumpState` gave of a chain to continue: a fork with no chain behind it. */
	state?: Hex;
	/** Seconds between blocks; left out: each transaction is mined at once. */
	blockTime?: number;
	/**
	 * Seconds after which a block is mined although nothing happened, while each transaction is still mined at once. Calls are
	 * answered at the newest block's time: without it a key expires only with the next transaction.
	 */
	idleBlockTime?: number;
	/** Seconds since its first block; 0 when left out. Blocks that pass (`passBlocks`) bring it forward to now. */
	age?: number;
	/** How many past blocks' state can be read; 3,600 when left out. Each takes about 0.4 MB of the disk. */
	history?: number;
	/** The provider's plan that every API key starts with; `DEFAULT_PLAN` of plans.ts when left out. */
	plan?: PlanName;
	/** The API key in the URL's path; `devnet` when left out. */
	apiKey?: string;
	/**
	 * JSON-RPC URL that serves a chain and a bundler: no anvil and no bundler are started, the gateway stands in front of
	 * it. The chain must have the account's contracts, and ETH on the well-known test accounts.
	 */
	upstreamUrl?: string;
	/** Is told about each step. */
	log?: (line: string) => void;
}

/** A running devnet. */
export interface Devnet extends DevnetClient {
	/** Ends everything it started. May be called more than once. */
	close(): Promise<void>;
}

const CHAIN_ID = 31337;
const API_KEY = 'devnet';

/** The chain and the bundler behind the one URL. */
interface Backend {
	chainUrl: string;
	bundlerUrl: string;
	/** Calls the chain, and sends transactions for the well-known accounts. */
	request: Request;
	handlers: Readonly<Record<string, Handler>>;
	artifacts: Artifacts;
	ownChain: boolean;
	passed?: PassedBlocks;
	/** Resolves when the bundler answers; the chain does so from the start. */
	ready: Promise<void>;
	close(): Promise<void>;
}

/**
 * Starts a local chain with everything that the nodes need, behind one URL like Alchemy's. Whatever way this process
 * ends, nothing of it stays.
 *
 * @example
 * const devnet = await startDevnet();
 * await devnet.faults.set({ kind: 'http', status: 503, match: ['eth_sendUserOperation'], times: 1 });
 * await fetch(devnet.url, ...);
 * await devnet.close();
 */
export async function startDevnet(options: DevnetOptions = {}): Promise<Devnet> {
	const { upstreamUrl, apiKey = API_KEY, port, plan, log = () => {} } = options;
	const backend = upstreamUrl ? await foreignBackend(upstreamUrl) : await ownBackend(options);
	try {
		log('Deploying tokens and the paymaster');
		const [info] = await Promise.all([furnish(backend), backend.ready]);
		const gateway = await startGateway({
			port,
			apiKey,
			plan,
			chainUrl: backend.chainUrl,
			bundlerUrl: backend.bundlerUrl,
			passed: backend.passed,
			handlers: { ...backend.handlers, ...handlersOf(backend, info) },
		});
		let closed: Promise<void> | undefined;
		const close = async () => {
			await gateway.close();
			await backend.close();
		};
		return { ...(await connectDevnet(gateway.url)), close: () => (closed ??= close()) };
	} catch (error) {
		await backend.close();
		throw error;
	}
}

async function ownBackend(options: DevnetOptions): Promise<Backend> {
	const { chainId, forkUrl, state, blockTime, log = () => {} } = options;
	log(forkUrl ? 'Starting a fork' : 'Starting a chain');
	const anvil = await startAnvil({
		chainId: chainId ?? (forkUrl ? undefined : CHAIN_ID),
		forkUrl,
		blockTime,
		args: anvilArguments(options),
	});
	try {
		const chain = rpcClient(anvil.url);
		log('Placing contracts');
		if (state) await chain('anvil_loadState', [state]);
		const artifacts = await placeMissing(chain, forkUrl !== undefined || state !== undefined);
		await ensureMulticall(chain);
		log('Starting the bundler');
		const bundler = await startBundler({ rpcUrl: anvil.url, request: chain, blockTime });
		return {
			chainUrl: anvil.url,
			bundlerUrl: bundler.url,
			...withSender(chain, unlockedSender(chain)),
			artifacts,
			ownChain: true,
			passed: createPassedBlocks(chain),
			ready: bundler.ready,
			close: async () => {
				await bundler.close();
				await anvil.close();
			},
		};
	} catch (error) {
		await anvil.close();
		throw error;
	}
}

function anvilArguments({ history, age, idleBlockTime, state }: DevnetOptions): string[] {
	const now = Math.floor(Date.now() / 1000);
	return [
		...(state === undefined ? [] : ['--no-request-size-limit']),
		...(history === undefined ? [] : ['--max-persisted-states', String(history)]),
		...(idleBlockTime === undefined ? [] : ['--block-time', String(idleBlockTime), '--mixed-mining']),
		...(age === undefined ? [] : ['--timestamp', String(now - age)]),
	];
}

/** A fork of a chain that has the real contracts keeps them. */
async function placeMissing(request: Request, fork: boolean): Promise<Artifacts> {
	if (!fork) return placeContracts(request);
	await clearDelegations(request);
	const codes = await Promise.all(
		Object.values(ADDRESSES).map((address) => request('eth_getCode', [address, 'latest'])),
	);
	return codes.every((code) => code !== '0x') ? compileContracts() : placeContracts(request);
}

/** On public chains the well-known accounts are delegated to contracts that take whatever they receive. */
async function clearDelegations(request: Request): Promise<void> {
	for (const index of [...ROLES.users, ROLES.operator]) {
		await request('anvil_setCode', [defaultAccount(index).address, '0x']);
	}
}

async function foreignBackend(upstreamUrl: string): Promise<Backend> {
	const chain = rpcClient(upstreamUrl);
	return {
		chainUrl: upstreamUrl,
		bundlerUrl: upstreamUrl,
		...withSender(chain, signingSender(chain, [...ROLES.users, ROLES.operator].map(defaultAccount))),
		artifacts: await compileContracts(),
		ownChain: false,
		ready: Promise.resolve(),
		close: async () => {},
	};
}

/** Transactions of the well-known accounts go one way, whether the gateway is asked for them or the devnet itself. */
function withSender(chain: Request, send: Handler): Pick<Backend, 'request' | 'handlers'> {
	const request = (method: string, params: readonly unknown[] = []) =>
		method === 'eth_sendTransaction' ? send(params) : chain(method, params);
	return { request: request as Request, handlers: { eth_sendTransaction: send } };
}

/** Puts on the chain what tests and the demo need besides the account's contracts. */
async function furnish({ request, artifacts, chainUrl, bundlerUrl, ownChain }: Backend): Promise<DevnetInfo> {
	const operator = defaultAccount(ROLES.operator).address;
	const signer = defaultAccount(ROLES.paymasterSigner).address;
	const artifact = (name: string): Artifact => artifacts[name]!;
	const [chainId, tokens, testTarget, paymaster] = await Promise.all([
		request<string>('eth_chainId'),
		deployTokens(request, artifact('TestToken'), operator),
		deployContract(request, artifact('TestTarget'), [], { from: operator }),
		deployPaymaster(request, artifact('VerifyingPaymaster'), { from: operator, signer }),
		// A chain that was there before need not have them.
		ensureRegistries(request, operator),
	]);
	return {
		chainId: Number(chainId),
		chainUrl,
		bundlerUrl,
		ownChain,
		accounts: ROLES.users.map(defaultAccount),
		operator,
		contracts: ADDRESSES,
		tokens,
		testTarget,
		gasManager: { policies: POLICIES, paymaster },
	};
}

/**
 * Anvil's own suggestion follows what was paid last. With one payer, whose SDK adds something to it, it would grow from
 * payment to payment without end: this is the least that anvil suggests, 1 gwei.
 */
const PRIORITY_FEE = numberToHex(10n ** 9n);

function handlersOf(
	{ request, bundlerUrl, ownChain, passed }: Backend,
	info: DevnetInfo,
): Readonly<Record<string, Handler>> {
	const { privateKey: signerKey } = defaultAccount(ROLES.paymasterSigner);
	const bundler = rpcClient(bundlerUrl);
	return {
		...gasManagerHandlers({ chain: request, bundler, paymaster: info.gasManager.paymaster, signerKey }),
		rundler_maxPriorityFeePerGas: async () => (ownChain ? PRIORITY_FEE : request('eth_maxPriorityFeePerGas')),
		devnet_info: async () => info,
		devnet_passBlocks: async ([count]) => {
			if (!passed) throw new Error('the blocks of this chain are not ours to pass');
			return passed.pass(Number(count));
		},
		devnet_fund: async ([to]) => fund({ ...info, request }, getAddress(String(to))),
	};
}
