import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { stopEverything } from '../devnet/guarded';
import { everybodyIsPaid, readBalances, showBalances, type Balance } from './balances';
import { startDemo, type Demo } from './demo';
import { OWNER, waitForWebhook } from './n8n';
import { runOnce } from './once';

const USAGE = `npm run demo -- [options]

  --once   run the salaries without a browser, show who got what, run them again, and end
  --help   print this
`;

let stopping = false;

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { once: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } },
	});
	if (values.help) return log(USAGE);
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => void end(0));
	const began = Date.now();
	const demo = await startDemo(log);
	if (values.once) return end(await once(demo));
	const before = await readBalances(demo);
	await activate(demo);
	log(description(demo, Math.round((Date.now() - began) / 1000)));
	await Promise.race([demo.server.ended, showPayday(demo, before).then(() => demo.server.ended)]);
	if (!stopping) throw new Error(`n8n has ended:\n${demo.server.logs().slice(-2000)}`);
}

function log(line: string): void {
	if (!stopping) process.stdout.write(`${line}\n`);
}

async function once(demo: Demo): Promise<number> {
	const faults = await runOnce(demo, log);
	log('');
	log(faults.length === 0 ? 'Everybody was paid once.' : faults.join('\n'));
	return faults.length === 0 ? 0 : 1;
}

/** Nothing that was started stays. */
async function end(exitCode: number): Promise<void> {
	stopping = true;
	await stopEverything();
	process.exit(exitCode);
}

/** From now on the schedule fires, and the webhook listens. */
async function activate({ rest, server, workflows }: Demo): Promise<void> {
	await rest.activate(workflows.salaries);
	await rest.activate(workflows.invoice);
	await waitForWebhook(`${server.url}/webhook/invoice`);
}

/** Waits for the schedule's first run, and shows who was paid by it. */
async function showPayday(demo: Demo, before: readonly Balance[]): Promise<void> {
	for (;;) {
		const after = await readBalances(demo);
		if (everybodyIsPaid(before, after, demo))
			return log(`\nThe salaries were paid:\n\n${showBalances({ before, after }, demo)}\n`);
		await sleep(1_000);
	}
}

function description({ server, workflows, account, devnet }: Demo, seconds: number): string {
	const page = (id: string): string => `${server.url}/workflow/${id}`;
	const { symbol, address: token } = devnet.tokens.usd6;
	const invoice = JSON.stringify({ number: '4711', supplier: 'Hosting', amount: '120.50' });
	return `
Up in ${seconds} s.

n8n:            ${server.url}
Sign in:        ${OWNER.email}
Password:       ${OWNER.password}

What to look at
  1. Set up the account   ${page(workflows.setup)}
     Was run just now: the owner gave two agents a session key each, with a budget that the chain enforces.
  2. Salaries             ${page(workflows.salaries)}
     Active: fires every minute. See Executions: the first run pays, all others say alreadyPaid.
  3. Invoice              ${page(workflows.invoice)}
     Active: pays what is posted to it. Try it from another terminal, twice, then with an amount of 5000:

curl -X POST ${server.url}/webhook/invoice -H 'content-type: application/json' -d '${invoice}'

Chain:          ${devnet.url} (chain ${devnet.chainId})
Smart account:  ${account}
${symbol.padEnd(16)}${token}

The chain runs on this machine only: its money is play money, and its account contracts are stand-ins, see devnet/README.md.
Within a minute the schedule fires, and it stands here who was paid. Ctrl-C ends everything, and nothing of it is kept.
`;
}

main().catch(async (error: unknown) => {
	if (stopping) return;
	process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
	await end(1);
});
