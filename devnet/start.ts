import { parseArgs } from 'node:util';
import { PLANS, startDevnet, type Devnet, type DevnetOptions, type PlanName } from './index';

/** So that a key expires, and a budget begins anew, while nobody does anything. */
const IDLE_BLOCK_TIME = 5;

const USAGE = `npm run devnet -- [options]

  --port <number>         port of the one URL (8545)
  --chain-id <number>     chain id (31337; Alchemy's SDK accepts only its own chains, for example 84532)
  --block-time <seconds>  time between blocks (left out: each transaction at once, and one every ${IDLE_BLOCK_TIME} s)
  --fork-url <url>        continue a live chain, with the real account and plugin contracts
  --upstream-url <url>    stand in front of this chain and bundler instead of starting any
  --plan <name>           a provider's plan: one of ${Object.keys(PLANS).join(', ')}
  --api-key <key>         API key in the URL's path (devnet)
  --help                  print this
`;

const DEFAULT_PORT = '8545';

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			port: { type: 'string', default: DEFAULT_PORT },
			'chain-id': { type: 'string' },
			'block-time': { type: 'string' },
			'fork-url': { type: 'string' },
			'upstream-url': { type: 'string' },
			plan: { type: 'string' },
			'api-key': { type: 'string' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) return void process.stdout.write(USAGE);
	const options: DevnetOptions = {
		port: Number(values.port),
		chainId: optional(values['chain-id']),
		blockTime: optional(values['block-time']),
		idleBlockTime: values['block-time'] === undefined ? IDLE_BLOCK_TIME : undefined,
		forkUrl: values['fork-url'],
		upstreamUrl: values['upstream-url'],
		plan: values.plan as PlanName | undefined,
		apiKey: values['api-key'],
		log: (line) => process.stdout.write(`${line}\n`),
	};
	const began = Date.now();
	const devnet = await startDevnet(options);
	process.stdout.write(description(devnet, Date.now() - began, options));
	for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop(devnet));
}

function optional(value: string | undefined): number | undefined {
	return value === undefined ? undefined : Number(value);
}

function description(devnet: Devnet, milliseconds: number, { forkUrl, upstreamUrl }: DevnetOptions): string {
	const { url, chainId, accounts, tokens, gasManager, testTarget } = devnet;
	const contracts =
		forkUrl || upstreamUrl
			? 'The account and plugin contracts are those of the chain.'
			: 'The account and plugin contracts are stand-ins for tests and the demo; --fork-url gives the real ones.';
	const lines = [
		'',
		`Up in ${(milliseconds / 1000).toFixed(1)} s: chain, bundler and gas manager behind one URL`,
		'',
		`  URL          ${url}`,
		`  Chain ID     ${chainId}`,
		`  Accounts     ${accounts[0]!.address} and ${accounts.length - 1} more of the well-known test phrase, 10,000 ETH each`,
		...Object.values(tokens).map(
			({ symbol, name, address, decimals }) =>
				`  ${symbol.padEnd(12)} ${address} (${name}, ${decimals} decimals, mint(address,uint256) is open)`,
		),
		`  Test target  ${testTarget}`,
		`  Gas policy   ${gasManager.policies.sponsoring} pays for everything`,
		`               ${gasManager.policies.exhausted} has spent its budget`,
		'',
		contracts,
		'Faults and the log of calls: see devnet/README.md. Ctrl-C stops it.',
		'',
	];
	return `${lines.join('\n')}\n`;
}

async function stop(devnet: Devnet): Promise<void> {
	await devnet.close();
	process.exit(0);
}

main().catch((error: unknown) => {
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	process.exitCode = 1;
});
