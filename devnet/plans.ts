import type { RpcErrorObject } from './rpc';

/** What a provider's plan allows: plain data. Left out: no limit. */
export interface Plan {
	/** eth_getLogs over more blocks than this is refused, alone with this HTTP status. */
	logs?: {
		blocks: number;
		status: number;
		/** `{from}` and `{to}` become the first and the last block of a range that works, `{asked}` how many were asked for. */
		error: RpcErrorObject;
	};
	/** So much a second: compute units (CU), or HTTP requests; unused seconds are saved up to this many. */
	throughput?: { unit: 'CU' | 'request'; perSecond: number; seconds: number; error: RpcErrorObject };
	/** Blocks back from the newest whose state can be read. */
	archive?: number;
	/** Calls that one batch may hold. */
	mostInBatch?: number;
	/** Methods that are answered alone, never in a batch. */
	alone?: readonly string[];
	/** User operations of one account without a stake that the bundler holds at a time. */
	pendingOperations?: number;
}

/** Of batches and pending operations: the same with every provider here. Rundler's own limit of an unstaked sender is four. */
const COMMON = {
	mostInBatch: 1000,
	alone: ['alchemy_getAssetTransfers', 'alchemy_getTokenBalances', 'alchemy_getTokenMetadata'],
	pendingOperations: 4,
} as const;

/** As Alchemy says it: https://github.com/conduitxyz/node/issues/36. */
export const TOO_MANY_UNITS: RpcErrorObject = {
	code: 429,
	message:
		'Your app has exceeded its compute units per second capacity. If you have retries enabled, you can safely ' +
		'ignore this message. If not, check out https://docs.alchemy.com/reference/throughput',
};

/** The words of a range of 500, and that the proposed one works: https://github.com/risc0/risc0-ethereum/pull/656. */
const TEN_BLOCKS = {
	blocks: 10,
	status: 400,
	error: {
		code: -32600,
		message:
			'Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your ' +
			'parameters, this block range should work: [{from}, {to}]. Upgrade to PAYG for expanded block range.',
	},
};

/** `seconds`: documentation says that the bucket holds ten seconds' worth, older reports one. */
function alchemyFree(seconds: number): Plan {
	const throughput = { unit: 'CU', perSecond: 500, seconds, error: TOO_MANY_UNITS } as const;
	return { ...COMMON, logs: TEN_BLOCKS, throughput };
}

/** The plans by name. */
export const PLANS = {
	/** Nothing is refused. */
	unlimited: {},
	'alchemy-free': alchemyFree(10),
	'alchemy-free-strict': alchemyFree(1),
	/** Without its throughput, for which everything would wait: what every test and the demo run on. */
	'alchemy-free-quick': { ...COMMON, logs: TEN_BLOCKS },
	'quicknode-free': {
		...COMMON,
		// As programs in public repositories have met and quote it; seen by us on no endpoint.
		logs: {
			blocks: 5,
			status: 413,
			error: {
				code: -32615,
				message:
					'eth_getLogs is limited to a 5 range, upgrade from discover plan at https://dashboard.quicknode.com to increase the limit',
			},
		},
		throughput: {
			unit: 'request',
			perSecond: 15,
			seconds: 1,
			// https://github.com/foundry-rs/foundry/issues/4894
			error: {
				code: -32007,
				message: '15/second request limit reached - reduce calls per second or upgrade your account at quicknode.com',
			},
		},
	},
	payg: { ...COMMON, throughput: { unit: 'CU', perSecond: 10_000, seconds: 10, error: TOO_MANY_UNITS } },
	/** As many public endpoints are; the words are Infura's: https://github.com/INFURA/infura/issues/237. */
	'no-archive': {
		...COMMON,
		logs: { blocks: 10_000, status: 200, error: { code: -32602, message: 'range {asked} exceeds limit of 10000' } },
		archive: 128,
	},
} as const satisfies Readonly<Record<string, Plan>>;

/** A plan's name. */
export type PlanName = keyof typeof PLANS;

/** What every API key starts with, unless the devnet is started with another. */
export const DEFAULT_PLAN: PlanName = 'alchemy-free-quick';
