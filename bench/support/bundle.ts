import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';

/** What aa-alchemy's index imports and this package never installs; set by `bundle`, shown in the output. */
export const stubbed = new Set<string>();

/** Answers to every name with itself: enough for code that is imported and never run. */
const STUB = `
const stub = new Proxy(class {}, { get: (target, name) => (name in target ? target[name] : stub), apply: () => stub });
module.exports = Object.create(new Proxy({}, { get: () => stub }));
`;

/**
 * The published SDK can't be imported whole: alchemy-sdk, Turnkey and more are pruned from this repository's
 * node_modules (scripts/lock.mjs), and as published its import fails in Node anyway. None of them takes part in a payment.
 */
const stubMissing: Plugin = {
	name: 'stub-missing',
	setup({ onResolve, onLoad, resolve }) {
		onResolve({ filter: /^[@a-z]/ }, async ({ path, pluginData, ...options }) => {
			if (pluginData === stubMissing || options.kind === 'entry-point') return undefined;
			const found = await resolve(path, { ...options, pluginData: stubMissing });
			if (found.errors.length === 0) return found;
			stubbed.add(path);
			return { path, namespace: 'stub' };
		});
		onLoad({ filter: /.*/, namespace: 'stub' }, () => ({ contents: STUB }));
	},
};

/** Bundles a program for Node into `folder`, both subjects in the same way, and gives the file. */
export async function bundle(source: string, folder: string): Promise<string> {
	const outfile = join(folder, `${source.replace(/.*\//, '').replace(/\.\w+$/, '')}.cjs`);
	await build({
		entryPoints: [join(__dirname, source)],
		outfile,
		bundle: true,
		minify: true,
		format: 'cjs',
		platform: 'node',
		target: 'node20',
		plugins: [stubMissing],
		logLevel: 'error',
	});
	return outfile;
}
