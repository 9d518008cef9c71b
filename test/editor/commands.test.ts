import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installN8n, signIn, startN8n, type N8nMajor } from '../../demo/n8n';
import { packPackage } from '../../demo/package';
import { salaries } from '../../demo/workflows';
import { blocksOf, commandsFor, ROOT } from '../support/pages';

/** Installing n8n 1 takes some minutes, the first time. */
jest.setTimeout(900_000);

/** The README's blocks, without what CI has done already. */
const blocks = blocksOf('README.md', 'sh').map((block) => withoutInstall(block.trim().split('\n')));

function blockWith(command: string): string[] {
	const [block, ...others] = blocks.filter((one) => one.includes(command));
	if (!block || others.length > 0) throw new Error(`not one block with ${command}`);
	return block;
}

function withoutInstall(commands: string[]): string[] {
	return commands.filter((line) => line !== 'npm ci').map((line) => line.replace(/^npm ci && /, ''));
}

const fromNpm = 'npm install --prefix ~/.n8n/nodes --omit=peer n8n-nodes-session-keys';

it('has every command of the README', () => {
	const run = [...blockWith('npm run demo'), ...blockWith(fromNpm), ...blockWith('npm run pack')];
	expect(run.sort()).toEqual(withoutInstall(commandsFor('editor')).sort());
});

describe('install', () => {
	let home: string;

	beforeEach(async () => {
		home = await mkdtemp(join(tmpdir(), 'home-'));
	});

	afterEach(() => rm(home, { recursive: true, force: true }));

	/** As typed by the user that n8n runs as; npm goes on asking whom it asks on this machine. */
	async function type(command: string): Promise<void> {
		const npm = { npm_config_userconfig: join(homedir(), '.npmrc'), npm_config_cache: join(homedir(), '.npm') };
		await promisify(execFile)('sh', ['-c', command], { cwd: ROOT, env: { ...npm, ...process.env, HOME: home } });
	}

	async function nodesIn(major: N8nMajor): Promise<string[]> {
		const n8n = await installN8n(major, (line) => process.stdout.write(`${line}\n`));
		const server = await startN8n({ n8n, userFolder: home });
		try {
			const { request } = await signIn(server.url);
			const names = ['sessionKey', 'sessionKeyManager', 'sessionKeyTrigger'];
			const nodeInfos = names.map((name) => ({ name: `n8n-nodes-session-keys.${name}`, version: 1 }));
			const found = await request<Array<{ displayName: string }>>('POST', '/node-types', { nodeInfos });
			return found.map(({ displayName }) => displayName);
		} finally {
			await server.stop();
		}
	}

	const nodes = ['Session Key', 'Session Key Manager', 'Session Key Trigger'];

	// A tarball stands in for the package on npm, which is not the version that is to be tested.
	it('from npm, into n8n 1', async () => {
		const tarball = await packPackage();
		for (const command of blockWith(fromNpm)) {
			await type(command === fromNpm ? command.replace('n8n-nodes-session-keys', tarball) : command);
		}
		expect(await nodesIn(1)).toEqual(nodes);
	});

	it('from a clone, into n8n 2', async () => {
		for (const command of blockWith('npm run pack')) await type(command);
		expect(await nodesIn(2)).toEqual(nodes);
	});
});

describe('npm run demo', () => {
	let output = '';
	let end: () => Promise<void>;

	beforeAll(async () => {
		const child = spawn('sh', ['-c', blockWith('npm run demo').join('\n')], { cwd: ROOT, detached: true });
		for (const stream of [child.stdout, child.stderr])
			stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
		let isOver = false;
		const interrupt = (): void => {
			if (!isOver) process.kill(-child.pid!, 'SIGINT');
			isOver = true;
		};
		process.once('exit', interrupt);
		const closed = once(child, 'close').then(() => (isOver = true));
		end = async () => {
			process.off('exit', interrupt);
			interrupt();
			await closed;
		};
		const isUp = async (): Promise<void> => {
			while (!output.includes('Ctrl-C')) await new Promise((resolve) => setTimeout(resolve, 100));
		};
		await Promise.race([isUp(), closed]);
		if (!output.includes('Ctrl-C')) throw new Error(output);
	});

	afterAll(() => end());

	/** The command that the demo prints, with an amount of one's own if wanted. */
	async function sendInvoice(number: string, amount?: string): Promise<{ status: string; reference: string }> {
		const [command = ''] = /^curl .*$/m.exec(output) ?? [];
		expect(command).toContain('"4711"');
		const typed = command.replace('"4711"', `"${number}"`).replace('"120.50"', `"${amount ?? '120.50'}"`);
		const { stdout } = await promisify(execFile)('sh', ['-c', typed]);
		return JSON.parse(stdout) as { status: string; reference: string };
	}

	it('says where the chain is, and who was paid once the schedule has fired', async () => {
		expect(output).toMatch(/^Chain: +http:\/\/127\.0\.0\.1:\d+\S* \(chain 31337\)$/m);
		expect(output).toMatch(/^Smart account: +0x[0-9a-fA-F]{40}$/m);
		expect(output).toMatch(/^dUSD +0x[0-9a-fA-F]{40}$/m);
		while (!output.includes('The salaries were paid')) await new Promise((resolve) => setTimeout(resolve, 500));
		expect(output).toMatch(/Balance, dUSD +before +after/);
		const [, first = ''] = output.split('The salaries were paid');
		for (const { name, amount } of salaries()) {
			const after = amount.includes('.') ? amount : `${amount}.00`;
			expect(first).toMatch(new RegExp(`${name} +0\\.00 +${after.replace('.', '\\.')}`));
		}
	});

	it('pays an invoice once, however often it is posted', async () => {
		expect(await sendInvoice('4711')).toMatchObject({ status: 'paid' });
		expect(await sendInvoice('4711')).toMatchObject({ status: 'alreadyPaid' });
	});

	it('refuses an amount over the budget', async () => {
		expect(await sendInvoice('4712', '5000')).toMatchObject({ status: 'notSent' });
	});

	it('leaves nothing running', async () => {
		const [, url = ''] = /^n8n: +(http:\S+)/m.exec(output) ?? [];
		await expect(fetch(url).then(({ ok }) => ok)).resolves.toBe(true);
		await end();
		// n8n gets some seconds to end what it does.
		const isGone = () =>
			fetch(url).then(
				() => false,
				() => true,
			);
		while (!(await isGone())) await new Promise((resolve) => setTimeout(resolve, 100));
	});
});
