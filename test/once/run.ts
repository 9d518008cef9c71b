import { parseArgs } from 'node:util';
import { startDevnet, type Devnet } from '../../devnet';
import { outage } from './outage';
import type { Check } from './checks';
import { play } from './play';

const USAGE = `npm run test:once -- [options]

Every payment is triggered several times from parallel processes, by two keys of its account and for two people, one
reference in five on a fork of the chain too. Processes are killed and runs stopped at random; endpoints fail, lag and
lie at random. The chain must have paid every reference exactly once, and a year later too; every word that was said is
compared with it. Then the bundler is out for an hour.

  --payments <number>  references (1000)
  --triggers <number>  how often each is triggered (3)
  --workers <number>   processes (4)
  --at-once <number>   payments at the same time in each process (4)
  --kill-every <runs>  how many runs end between one SIGKILL and the next, on average (25)
  --seed <number>      of the random moments and faults (1)
  --help               print this

CHAIN_TEST_RPC_URL names a chain with the deployed contracts; a fork of it is used then.
`;

const started = Date.now();
const log = (line: string): void => {
	process.stdout.write(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${line}\n`);
};

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			payments: { type: 'string', default: '1000' },
			triggers: { type: 'string', default: '3' },
			workers: { type: 'string', default: '4' },
			'at-once': { type: 'string', default: '4' },
			'kill-every': { type: 'string', default: '25' },
			seed: { type: 'string', default: '1' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) return void process.stdout.write(USAGE);
	const parts: Part[] = [
		(devnet) =>
			play(devnet, {
				payments: Number(values.payments),
				triggers: Number(values.triggers),
				workers: Number(values.workers),
				atOnce: Number(values['at-once']),
				killEvery: Number(values['kill-every']),
				seed: Number(values.seed),
				yearLater: true,
				log,
			}),
		outage,
	];
	let failed = 0;
	let passed = 0;
	for (const part of parts) {
		const checks = await checksOf(part);
		passed += checks.filter(({ holds }) => holds).length;
		failed += checks.filter(({ holds }) => !holds).length;
	}
	process.stdout.write(`${passed} passed, ${failed} failed\n`);
	process.exitCode = failed > 0 ? 1 : 0;
}

type Part = (devnet: Devnet) => Promise<{ checks: Check[]; figures: object }>;

/** Plays one part on a chain of its own, and prints what it showed; a part that breaks off has failed. */
async function checksOf(part: Part): Promise<Check[]> {
	const devnet = await startDevnet({ forkUrl: process.env.CHAIN_TEST_RPC_URL, log });
	try {
		const { checks, figures } = await part(devnet);
		process.stdout.write(`${JSON.stringify(figures, null, '\t')}\n`);
		for (const { what, holds, details } of checks) {
			process.stdout.write(`${holds ? 'ok     ' : 'NOT OK '} ${what}${holds ? '' : `: ${JSON.stringify(details)}`}\n`);
		}
		return checks;
	} catch (error) {
		process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
		return [{ what: 'a part came to its end', holds: false }];
	} finally {
		await devnet.close();
	}
}

void main();
