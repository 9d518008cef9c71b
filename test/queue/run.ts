import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { installN8n, signIn, type Rest } from '../../demo/n8n';
import { startDevnet, type Devnet } from '../../devnet';
import { startGuarded } from '../../devnet/guarded';
import { packPackage } from '../../demo/package';
import { approveInQueueMode } from './approval';
import { startCluster, type Cluster, type Worker } from './cluster';
import { deliver, inParallel, isDelivered, type Delivery, type Order } from './deliver';
import { counted, quantile, speedOf, type Speed } from './figures';
import { BY_HAND, payingAccount, payingWorkflow, type PayingAccount } from './payments';
import { approvePaymentsInQueueMode } from './paymentApproval';
import { pullInQueueMode } from './stop';
import { installServices, startPostgres, startRedis, type Postgres, type Redis } from './services';

const USAGE = `npm run test:queue -- [options]

n8n in queue mode under fire: main, two workers, PostgreSQL and Redis over a local chain. First an owner signs a change on
the approval page, and an approver signs salaries on theirs. Then every order is delivered twice; both workers are killed
once and Redis is restarted meanwhile; the chain must have paid every reference exactly once. With --payments 0 only the
approval pages, a run by hand and the emergency stop are tested.

  --payments <number>     orders under fire (500)
  --calm <number>         orders for each of the two quiet measurements (100)
  --parallel <number>     deliveries at the same time (20)
  --concurrency <number>  jobs at the same time in each worker (10)
  --help                  print this
`;

/** Everything that runs. */
interface Scene {
	cluster: Cluster;
	workers: [Worker, Worker];
	redis: Redis;
	postgres: Postgres;
	rest: Rest;
	account: PayingAccount;
	webhook: string;
	workflowId: string;
	parallel: number;
	devnet: Devnet;
}

const started = Date.now();
const log = (line: string): void => {
	process.stdout.write(`${String(Math.round((Date.now() - started) / 1000)).padStart(5)} s  ${line}\n`);
};

let passed = 0;
let failed = 0;

function check(what: string, holds: boolean, details: unknown = ''): void {
	if (holds) passed++;
	else failed++;
	const text = holds ? '' : `: ${JSON.stringify(details).slice(0, 2_000)}`;
	process.stdout.write(`${holds ? 'ok     ' : 'NOT OK '} ${what}${text}\n`);
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: {
			payments: { type: 'string', default: '500' },
			calm: { type: 'string', default: '100' },
			parallel: { type: 'string', default: '20' },
			concurrency: { type: 'string', default: '10' },
			help: { type: 'boolean', default: false },
		},
	});
	if (values.help) return void process.stdout.write(USAGE);
	const payments = Number(values.payments);
	const calm = Number(values.calm);
	const n8n = await installN8n(2, log);
	await installServices(log);
	const folder = await mkdtemp(join(tmpdir(), 'queue-'));
	// PostgreSQL runs as a user of its own, whose folder is in there.
	await chmod(folder, 0o711);
	// It goes even when this process is killed: after the others, which have less time to end.
	const remover = startGuarded(['/bin/sh', '-c', 'trap "" TERM; while :; do sleep 1; done'], {
		removes: folder,
		grace: 15,
	});
	const stops: Array<() => Promise<unknown>> = [
		async () => {
			await rm(folder, { recursive: true, force: true, maxRetries: 5 });
			await remover.kill();
		},
	];
	try {
		const packageTarball = await packPackage(log);
		log('starting the chain, PostgreSQL and Redis ...');
		const devnet = await startDevnet();
		stops.push(devnet.close);
		const postgres = await startPostgres(join(folder, 'postgres'));
		stops.push(postgres.stop);
		const redis = await startRedis(join(folder, 'redis'));
		stops.push(redis.stop);
		const concurrency = Number(values.concurrency);
		const cluster = await startCluster({ n8n, packageTarball, folder, postgres, redis, concurrency, log });
		stops.push(cluster.stop);
		const workers = [await cluster.worker('worker-1'), await cluster.worker('worker-2')] as const;
		for (const worker of workers) stops.push(worker.stop);
		const rest = await signIn(cluster.url);
		const account = await payingAccount(devnet, payments + 2 * calm + 10);
		const [byHand] = account.orders('by-hand', 1) as [Order];
		const { webhook, id: workflowId } = await payingWorkflow(rest, cluster.url, devnet, account, byHand);
		const parallel = Number(values.parallel);
		const scene: Scene = {
			cluster,
			workers: [...workers],
			redis,
			postgres,
			rest,
			account,
			webhook,
			workflowId,
			parallel,
			devnet,
		};
		await checkApproval(scene);
		await checkPaymentApproval(scene);
		await checkByHand(scene, byHand);
		await checkStop(scene);
		if (payments > 0) {
			const figures = await play(scene, payments, calm);
			process.stdout.write(`${JSON.stringify(figures, null, '\t')}\n`);
		}
	} catch (error) {
		failed++;
		process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
	} finally {
		log('stopping everything ...');
		for (const stop of stops.reverse()) await stop().catch((error: unknown) => log(String(error)));
	}
	process.stdout.write(`${passed} passed, ${failed} failed\n`);
	process.exitCode = failed > 0 ? 1 : 0;
}

/** No process has to do with all of it: they share the database and the queue. Both workers have ended after that. */
async function checkApproval({ rest, cluster, workers, devnet, postgres }: Scene): Promise<void> {
	log('an owner signs on the approval page ...');
	const stored = async () => JSON.stringify(await postgres.query('select data from execution_data'));
	const asked = await approveInQueueMode(rest, cluster.url, devnet, workers, stored);
	const { status, titles, item, keyIsThere, secondWentOn, ownerKeyIsStored } = asked;
	check('the main process serves the approval page, without any worker', status === 200, status);
	check("it takes the owner's answer, once, and no stranger's", isTakenOnce(titles), titles);
	check('the chain has the new key', keyIsThere);
	check('the workflow goes on with what was done', item.approval === 'approved' && item.status === 'done', item);
	check('in another worker than the one that began it', secondWentOn, workers[1].output().slice(-1_500));
	check("the owner's key is not in the executions that n8n stores", !ownerKeyIsStored);
	await workers[1].stop();
}

/** Three salaries are signed on the page of payments, and paid. Both workers have ended after that. */
async function checkPaymentApproval({ rest, cluster, workers, devnet }: Scene): Promise<void> {
	log('an approver signs three salaries ...');
	const approved = await approvePaymentsInQueueMode(rest, cluster.url, devnet, workers);
	const { status, titles, paid, approvers, approver, received, secondWentOn } = approved;
	const isApproved = titles[0] === 'Not approved' && titles[1] === 'Approved';
	check('the main process serves the page of payments, without any worker', status === 200, status);
	check("it takes the approver's signature, and no stranger's", isApproved, titles);
	check('each salary is paid, and says who approved it', isPaidBy(approver, paid, approvers), { paid, approvers });
	check('the recipients have it', String(received) === '120000000,80500000,30000000', String(received));
	check('another worker than the one that asked has paid', secondWentOn, workers[1].output().slice(-1_500));
	await workers[1].stop();
}

function isPaidBy(approver: string, paid: unknown[], approvers: unknown[]): boolean {
	return paid.length === 3 && paid.every((one) => one === 'paid') && approvers.every((one) => one === approver);
}

/** Somebody presses "Execute workflow" in the editor, twice: a worker pays, once. Both workers have ended after that. */
async function checkByHand({ rest, workers: [worker], workflowId, account }: Scene, order: Order): Promise<void> {
	log('somebody runs a workflow by hand ...');
	await worker.start();
	const runs = [];
	for (const status of ['paid', 'alreadyPaid']) {
		const run = await rest.runAndWait(workflowId, BY_HAND, 90);
		const [item] = run.output('Session Key');
		check(`a run by hand says "${status}"`, item?.status === status, item ?? run);
		runs.push(run.id);
	}
	const isWorkers = runs.every((id) => worker.output().includes(`Worker started execution ${id} `));
	check('a worker has made both', isWorkers, worker.output().slice(-1_500));
	const wrong = await account.notPaidOnce([order]);
	check('the chain has paid it exactly once', wrong.length === 0, wrong);
	await worker.stop();
}

/** Whoever is on call pulls the emergency stop by a webhook. The worker has ended after that. */
async function checkStop({ rest, cluster, workers: [worker], devnet }: Scene): Promise<void> {
	log('somebody pulls the emergency stop by a webhook ...');
	await worker.start();
	const { answers, keysBefore, keysAfter } = await pullInQueueMode(rest, cluster.url, devnet);
	const [first, second] = answers;
	check('the stop is pulled by a worker', first?.[0] === 200 && first[1] === 'stopped', answers);
	check('once: who calls again is told so', second?.[0] === 200 && second[1] === 'alreadyStopped', answers);
	check('the chain has no key any more', keysBefore === 1 && keysAfter === 0, { keysBefore, keysAfter });
	await worker.stop();
}

function isTakenOnce([stranger, owner, ...more]: string[]): boolean {
	const refused = more.every((title) => title === 'Already answered' || title === 'HTTP 409');
	return stranger === 'Nothing was changed' && owner === 'Done' && refused;
}

async function play(scene: Scene, payments: number, calm: number): Promise<object> {
	const { workers, account } = scene;
	const watcher = watchMemory(workers);
	await workers[0].start();
	await untilThere(scene);
	const idle = await workers[0].memory();
	const one = await measure(scene, 1, account.orders('one-worker', calm));
	await workers[1].start();
	const two = await measure(scene, 2, account.orders('two-workers', calm));
	process.stdout.write(`${JSON.stringify([one, two])}\n`);

	log(`${payments} orders, each delivered twice ...`);
	const orders = account.orders('fire', payments);
	const fire = await underFire(scene, orders);
	const firsts = new Map<string, Delivery>();
	for (const delivery of fire.deliveries) {
		const known = firsts.get(delivery.reference);
		if (!known || delivery.took < known.took) firsts.set(delivery.reference, delivery);
	}
	const open = fire.deliveries.filter(({ status }) => !isDelivered(status));
	check('every delivery was answered with "paid" or "already paid" in the end', open.length === 0, open.slice(0, 5));
	const wrong = await account.notPaidOnce(orders);
	check(`the chain has paid each of the ${payments} references exactly once`, wrong.length === 0, wrong.slice(0, 10));

	await untilQuiet(scene);
	const before = await statuses(scene);
	const failures = await runFailedAgain(scene, orders);
	const untold = failures.filter(({ status }) => status !== undefined && !isDelivered(status));
	check(
		'each execution that failed, and kept its order, tells the true state when it is run again',
		!untold.length,
		untold,
	);
	log('delivering every order once more ...');
	const again = await inParallel(orders, scene.parallel, (order) => deliver(scene.webhook, order));
	const notSaid = again.filter(({ status }) => status !== 'alreadyPaid');
	check('every order, delivered once more, is told as "already paid"', notSaid.length === 0, notSaid.slice(0, 5));
	const after = await account.notPaidOnce(orders);
	check('and nothing was paid twice by that', after.length === 0, after.slice(0, 10));
	const operations = await account.operations();
	// The one that is paid before anything is measured, and the one by hand.
	const expected = payments + 2 * calm + 2;
	check(
		`the account has made ${expected} payments, no more`,
		operations.succeeded === expected && operations.failed === 0,
		operations,
	);
	check('the main process has run all the time', scene.cluster.isUp(), scene.cluster.output().slice(-1_500));
	const memory = await watcher.stop();
	return {
		calm: [one, two],
		underFire: {
			orders: payments,
			deliveries: fire.deliveries.length,
			seconds: Math.round(fire.milliseconds / 1000),
			paymentsPerSecond: Math.round((payments / fire.milliseconds) * 100_000) / 100,
			p50Milliseconds: Math.round(quantile(tookOf(firsts), 0.5)),
			p95Milliseconds: Math.round(quantile(tookOf(firsts), 0.95)),
			events: fire.events,
			sentAgain: fire.deliveries.reduce((sum, { attempts }) => sum + attempts - 1, 0),
			otherAnswers: counted(fire.deliveries.flatMap(({ others }) => others)),
			lastAnswers: counted(fire.deliveries.map(({ status }) => status)),
		},
		executions: before,
		failures: counted(failures.map(({ was, why }) => `${was}: ${why}`)),
		failuresRunAgain: counted(failures.map(({ status }) => status ?? 'n8n has kept nothing of it: delivered again')),
		operations,
		memoryMegabytes: { idle, peak: memory },
	};
}

function tookOf(deliveries: Map<string, Delivery>): number[] {
	return [...deliveries.values()].map(({ took }) => took);
}

/** The webhook is there some moments after the workflow was activated: one order is paid before anything is measured. */
async function untilThere({ webhook, account }: Scene): Promise<void> {
	const [order] = account.orders('first', 1);
	const { status, others } = await deliver(webhook, order as Order, 60);
	if (status !== 'paid' && status !== 'alreadyPaid')
		throw new Error(`the first order was not paid: ${others.join(', ')}`);
}

async function measure(scene: Scene, workers: number, orders: Order[]): Promise<Speed> {
	log(`${orders.length} orders with ${workers === 1 ? 'one worker' : `${workers} workers`} ...`);
	const began = performance.now();
	const deliveries = await inParallel(orders, scene.parallel, (order) => deliver(scene.webhook, order));
	const speed = speedOf(
		workers,
		deliveries.map(({ took }) => took),
		performance.now() - began,
	);
	const wrong = await scene.account.notPaidOnce(orders);
	check(
		`with ${workers === 1 ? 'one worker' : `${workers} workers`} every order is paid once`,
		wrong.length === 0,
		wrong,
	);
	return speed;
}

/** Every order twice, at about the same time, while workers die and Redis goes away for a moment. */
async function underFire({ workers, redis, webhook, parallel }: Scene, orders: Order[]) {
	const events: string[] = [];
	const began = performance.now();
	const dies = async (worker: Worker): Promise<void> => {
		events.push(`${worker.name} killed at ${Math.round((performance.now() - began) / 1000)} s`);
		log(`killing ${worker.name}`);
		await worker.kill();
		await sleep(2_000);
		await worker.start();
		events.push(`${worker.name} back at ${Math.round((performance.now() - began) / 1000)} s`);
	};
	const planned: Array<{ at: number; what: () => Promise<void> }> = [
		{ at: 0.2, what: () => dies(workers[0]) },
		{
			at: 0.5,
			what: async () => {
				log('restarting Redis');
				await redis.restart();
				events.push(`Redis restarted at ${Math.round((performance.now() - began) / 1000)} s`);
			},
		},
		{ at: 0.7, what: () => dies(workers[1]) },
	];
	const running: Array<Promise<void>> = [];
	let answered = 0;
	const both = [...orders.keys()].flatMap((index) => [orders[index]!, orders[index]!]);
	const deliveries = await inParallel(both, parallel, async (order) => {
		const delivery = await deliver(webhook, order);
		answered++;
		while (planned[0] && answered >= planned[0].at * both.length) running.push(planned.shift()!.what());
		if (answered % 100 === 0) log(`${answered} of ${both.length} deliveries answered`);
		return delivery;
	});
	const milliseconds = performance.now() - began;
	await Promise.all(running);
	check('two workers were killed and came back, Redis was restarted', events.length === 5, events);
	return { deliveries, milliseconds, events };
}

/** Waits until no execution is running or waiting for a worker. */
async function untilQuiet(scene: Scene, seconds = 180): Promise<void> {
	log('waiting for what is still in the queue ...');
	for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await sleep(1_000)) {
		const { new: fresh = 0, running = 0 } = await statuses(scene);
		if (fresh + running === 0) return;
	}
	log(`after ${seconds} s some executions still count as running: ${JSON.stringify(await statuses(scene))}`);
}

async function statuses({ postgres }: Scene): Promise<Record<string, number>> {
	const rows = await postgres.query('select status, count(*) from execution_entity group by status');
	return Object.fromEntries(rows.map(([status, count]) => [status, Number(count)]));
}

interface Failure {
	/** What n8n called the execution, and why. */
	was: string;
	why: string;
	/** What came of running it again; missing when n8n has not even kept what it was about. */
	status?: string;
}

/**
 * Runs every execution that did not succeed again, as a person would who finds it in the list. Of those whose worker is
 * gone n8n keeps nothing but the message: only the sender can repeat them.
 */
async function runFailedAgain({ postgres, rest, webhook }: Scene, orders: readonly Order[]): Promise<Failure[]> {
	const rows = await postgres.query(`select id, status from execution_entity where status <> 'success' order by id`);
	const byReference = new Map(orders.map((order) => [order.reference, order]));
	return inParallel(rows, 4, async ([id = '', was = '']): Promise<Failure> => {
		const { data, error } = await rest.execution(id);
		const why = (error?.message ?? 'no reason given').slice(0, 100);
		const order = byReference.get(/queue\/fire\/\d+/.exec(JSON.stringify(data))?.[0] ?? '');
		if (!order) return { was, why };
		const retried = await retry(rest, id).catch(() => undefined);
		return { was, why, status: retried ?? (await deliver(webhook, order, 60)).status };
	});
}

async function retry(rest: Rest, id: string): Promise<string | undefined> {
	const { id: newId } = await rest.request<{ id: string }>('POST', `/executions/${id}/retry`, { loadWorkflow: false });
	const execution = await rest.waitForExecution(newId, 60);
	return execution.output('Session Key')[0]?.status as string | undefined;
}

/** Asks every other second how much memory the workers use, and keeps the most. */
function watchMemory(workers: readonly Worker[]) {
	const peak: Record<string, { n8n: number; runner: number }> = {};
	let over = false;
	const done = (async () => {
		for (; !over; await sleep(2_000)) {
			for (const worker of workers) {
				const now = await worker.memory();
				const most = (peak[worker.name] ??= { n8n: 0, runner: 0 });
				most.n8n = Math.max(most.n8n, now.n8n);
				most.runner = Math.max(most.runner, now.runner);
			}
		}
	})();
	return {
		stop: async () => {
			over = true;
			await done;
			return peak;
		},
	};
}

void main();
