import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Circumstances, Outcome, Payment, Trigger, WorkerSetup } from './messages';

const ROOT = join(__dirname, '../..');
const LOADER = pathToFileURL(join(ROOT, 'node_modules/tsx/dist/loader.mjs')).href;

export interface PoolOptions {
	setup: WorkerSetup;
	workers: number;
	/** How many payments each worker makes at the same time. */
	atOnce: number;
	/** Milliseconds that each run may wait. */
	timeLimit: number;
	/** Draws how the next run is made. */
	circumstances: () => Circumstances;
}

/** A run of a payment that came to an end. */
export interface Finished extends Outcome, Trigger {}

interface Slot {
	child: ChildProcess;
	ready: boolean;
	open: Map<number, Trigger>;
}

const PAID = new Set(['paid', 'alreadyPaid']);

/** What an endpoint that lies makes a run say ends nothing: it may be its own lie. */
export function endsWithPayment({ said, node }: Pick<Finished, 'said' | 'node'>): boolean {
	return PAID.has(said) && node !== 'lying';
}

/**
 * Worker processes that share a queue of runs. A run whose worker dies goes back into the queue, and so does one that
 * didn't end with a payment: as a queue delivers again, and people run again what failed.
 */
export class Pool {
	readonly finished: Finished[] = [];
	kills = 0;
	private readonly slots: Slot[];
	private queue: Payment[] = [];
	private nextId = 1;
	private closed = false;
	private emptied: () => void = () => {};
	private failed: (error: Error) => void = () => {};

	constructor(private readonly options: PoolOptions) {
		this.slots = Array.from({ length: options.workers }, () => this.start());
	}

	/** Runs all of these until every one has ended with a payment. */
	async run(payments: readonly Payment[]): Promise<void> {
		this.queue.push(...payments);
		const done = new Promise<void>((resolve, reject) => {
			this.emptied = resolve;
			this.failed = reject;
		});
		for (const slot of this.slots) this.feed(slot);
		await done;
	}

	/** How many runs are still to be ended. */
	get left(): number {
		return this.queue.length + this.slots.reduce((sum, { open }) => sum + open.size, 0);
	}

	/** Kills one worker that is at work, wherever it stands, and starts another in its place; false when none is. */
	kill(random: () => number): boolean {
		const busy = this.slots.filter(({ ready, open }) => ready && open.size > 0);
		const slot = busy[Math.floor(random() * busy.length)];
		if (!slot) return false;
		slot.ready = false;
		this.kills += 1;
		return slot.child.kill('SIGKILL');
	}

	async close(): Promise<void> {
		this.closed = true;
		await Promise.all(
			this.slots.map(({ child }) => {
				if (child.exitCode !== null || child.signalCode !== null) return undefined;
				const gone = new Promise((resolve) => child.once('exit', resolve));
				child.kill('SIGKILL');
				return gone;
			}),
		);
	}

	private start(): Slot {
		const child = fork(join(__dirname, 'worker.ts'), {
			execArgv: ['--import', LOADER],
			cwd: ROOT,
			env: { ...process.env, ONCE_SETUP: JSON.stringify(this.options.setup) },
		});
		const slot: Slot = { child, ready: false, open: new Map() };
		child.on('message', (message: Outcome | { ready: true }) => this.hear(slot, message));
		child.once('exit', (code) => this.replace(slot, code));
		return slot;
	}

	private hear(slot: Slot, message: Outcome | { ready: true }): void {
		if ('ready' in message) slot.ready = true;
		else this.note(slot, message);
		this.feed(slot);
		if (this.left === 0) this.emptied();
	}

	private note(slot: Slot, outcome: Outcome): void {
		const trigger = slot.open.get(outcome.id);
		if (!trigger) return;
		slot.open.delete(outcome.id);
		const finished = { ...trigger, ...outcome };
		this.finished.push(finished);
		if (!endsWithPayment(finished)) this.queue.push(trigger.payment);
	}

	private replace(slot: Slot, code: number | null): void {
		if (this.closed) return;
		if (code !== null) return this.failed(new Error(`a worker ended by itself, with code ${code}`));
		this.queue.push(...[...slot.open.values()].map(({ payment }) => payment));
		this.slots[this.slots.indexOf(slot)] = this.start();
	}

	private feed(slot: Slot): void {
		while (slot.ready && slot.child.connected && slot.open.size < this.options.atOnce) {
			const payment = this.queue.shift();
			if (!payment) return;
			const { timeLimit, circumstances } = this.options;
			const trigger: Trigger = { id: this.nextId++, payment, timeLimit, ...circumstances() };
			slot.open.set(trigger.id, trigger);
			slot.child.send(trigger);
		}
	}
}
