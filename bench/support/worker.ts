import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Subject } from './subject';

/** A subject in a process of its own. */
export type Worker<S extends Subject> = S & { close(): Promise<void> };

/** Starts the program that `bundle` made. It ends when this process does. */
export function startWorker<S extends Subject>(file: string): Worker<S> {
	const child = fork(file, { serialization: 'advanced', execArgv: ['--expose-gc'] });
	const open = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
	let next = 0;
	child.on('message', ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
		const waiting = open.get(id);
		open.delete(id);
		if (error === undefined) waiting?.resolve(result);
		else waiting?.reject(new Error(error));
	});
	child.on('exit', (code) => {
		for (const { reject } of open.values()) reject(new Error(`the measured process ended with ${code}`));
	});
	const ask = (method: string, args: unknown[]) =>
		new Promise((resolve, reject) => {
			open.set(next, { resolve, reject });
			child.send({ id: next++, method, args });
		});
	const close = async () => {
		const ended = once(child, 'exit');
		child.disconnect();
		await ended;
	};
	return new Proxy({} as Worker<S>, {
		get: (_, method) => {
			if (method === 'then') return undefined; // no promise, whatever an `await` asks
			return method === 'close' ? close : (...args: unknown[]) => ask(String(method), args);
		},
	});
}
