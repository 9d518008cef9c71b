import type { Address } from 'viem';
import type { LoggedCall } from './calls';
import type { ADDRESSES } from './contracts/addresses';
import type { ActiveFault, FaultRule } from './faults';
import type { POLICIES } from './gasManager';
import { HELPER } from './gateway';
import type { Usage } from './meter';
import type { PlanName } from './plans';
import type { Account } from './mnemonic';
import { rpcClient, type Request } from './rpc';
import type { Tokens } from './tokens';

/** What there is on a devnet. */
export interface DevnetInfo {
	chainId: number;
	/** The chain and the bundler themselves, without gateway, faults and log. */
	chainUrl: string;
	bundlerUrl: string;
	/** True when the chain is one of its own, whose clock and state a test may move when nobody else uses it. */
	ownChain: boolean;
	/** Accounts with 10,000 ETH each, free for whoever uses the chain. */
	accounts: readonly Account[];
	/** Another such account: it deploys, mints, and includes operations directly. */
	operator: Address;
	contracts: typeof ADDRESSES;
	tokens: Tokens;
	/** A contract that succeeds (`hit()`), or fails (`fail()`, `failStr()`, plain ETH), on demand. */
	testTarget: Address;
	gasManager: { policies: typeof POLICIES; paymaster: Address };
}

/** A devnet as seen through one API key, from whatever process. */
export interface DevnetClient extends DevnetInfo {
	/** The one URL, with the API key in its path. */
	url: string;
	/** Calls it as a helper: never met by faults, not in the log. */
	request: Request;
	/**
	 * Lets so many blocks pass at once, two seconds each, in which nothing happens: only on a chain of one's own. Resolves with
	 * the newest block's number.
	 */
	passBlocks(count: number): Promise<number>;
	/** The faults of this API key. */
	faults: {
		set(...rules: FaultRule[]): Promise<void>;
		add(...rules: FaultRule[]): Promise<void>;
		clear(): Promise<void>;
		list(): Promise<ActiveFault[]>;
	};
	/** The HTTP requests made with this API key. */
	calls: {
		list(options?: { params?: boolean }): Promise<LoggedCall[]>;
		clear(): Promise<void>;
	};
	/** The provider's plan of this API key; a plan that is set begins with no usage. */
	plan: {
		set(name: PlanName): Promise<void>;
		usage(): Promise<Usage>;
	};
	/** The same devnet through an API key of its own. */
	withKey(name: string): DevnetClient;
}

/** Connects to a running devnet by its URL, from this process or another. */
export async function connectDevnet(url: string): Promise<DevnetClient> {
	return clientOf(url, url, await rpcClient(url)<DevnetInfo>('devnet_info'));
}

function clientOf(url: string, baseUrl: string, info: DevnetInfo): DevnetClient {
	const own = rpcClient(url);
	return {
		...info,
		url,
		request: rpcClient(`${baseUrl}-${HELPER}`),
		passBlocks: (count) => own('devnet_passBlocks', [count]),
		faults: {
			set: (...rules) => own('devnet_setFaults', [rules]),
			add: (...rules) => own('devnet_addFaults', [rules]),
			clear: () => own('devnet_setFaults', [[]]),
			list: () => own('devnet_faults'),
		},
		calls: {
			list: ({ params = false } = {}) => own('devnet_calls', [params]),
			clear: () => own('devnet_clearCalls'),
		},
		plan: {
			set: (name) => own('devnet_setPlan', [name]),
			usage: () => own('devnet_usage'),
		},
		withKey: (name) => clientOf(`${baseUrl}-${name}`, baseUrl, info),
	};
}
