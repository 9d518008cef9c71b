import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from 'viem';
import { tokenTransfer } from '../../core/calls';
import { hashReference } from '../../core/registry/referenceRegistry';
import { encodeSessionKeyCalls } from '../../core/plugin/sessionKeyCalls';
import { installN8n, signIn, startN8n, type InstalledN8n, type Rest, type RunningN8n } from '../../demo/n8n';
import {
	fundedAccount,
	includeOperations,
	signOperation,
	startDevnet,
	tokenBudget,
	type Devnet,
	type SmartAccount,
} from '../../devnet';
import { packPackage } from '../../demo/package';
import { freshAddress } from '../support/payer';
import { credentialsFor } from '../support/credentials';

jest.setTimeout(600_000);

/** n8n takes no poll time that comes more than once a minute, but many of them. */
const EVERY_THREE_SECONDS = Array.from({ length: 20 }, (_, index) => ({
	mode: 'custom',
	cronExpression: `${index * 3} * * * * *`,
}));

/** An n8n that is killed and a chain that is turned back: neither is shared with other tests. */
describe('the trigger in a running n8n', () => {
	let devnet: Devnet;
	let installed: InstalledN8n;
	let folder: string;
	let n8n: RunningN8n;
	let rest: Rest;
	let account: SmartAccount;
	let workflowId: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'trigger-'));
		const packageTarball = await packPackage();
		installed = await installN8n(process.env.N8N_TEST_MAJOR === '1' ? 1 : 2);
		[devnet, n8n] = await Promise.all([
			startDevnet(),
			startN8n({ n8n: installed, packageTarball, userFolder: join(folder, 'user') }),
		]);
		rest = await signIn(n8n.url);
		account = await fundedAccount(devnet, { keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 10n ** 9n) }] });
		workflowId = await activeTrigger();
	});

	afterAll(async () => {
		await n8n?.stop();
		await devnet?.close();
		await rm(folder, { recursive: true, force: true, maxRetries: 5 });
	});

	/** A workflow that starts at each payment, and is active. */
	async function activeTrigger(): Promise<string> {
		const { id: credential, name } = await rest.createCredential(credentialsFor(devnet, '')[0]!);
		const parameters = {
			pollTimes: { item: EVERY_THREE_SECONDS },
			accountAddress: account.address,
			events: ['paymentMade', 'keyAdded'],
			options: { confirmations: 1 },
		};
		const { id } = await rest.createWorkflow({
			name: 'Watch',
			nodes: [
				{
					name: 'Trigger',
					type: 'n8n-nodes-session-keys.sessionKeyTrigger',
					typeVersion: 1,
					position: [0, 0],
					parameters,
					credentials: { alchemyApi: { id: credential, name } },
				},
				{ name: 'Told', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: [200, 0], parameters: {} },
			],
			connections: { Trigger: { main: [[{ node: 'Told', type: 'main', index: 0 }]] } },
			settings: { executionOrder: 'v1' },
		});
		await rest.activate(id);
		// What happens before its first look is not its business; n8n stores that it has looked.
		const hasLooked = async () => {
			const { staticData } = await rest.request<{ staticData?: object | null }>('GET', `/workflows/${id}`);
			return Object.keys(staticData ?? {}).length > 0;
		};
		for (const end = Date.now() + 120_000; Date.now() < end && !(await hasLooked()); ) await sleep(500);
		return id;
	}

	/** A payment of a dollar, mined at once, without n8n. */
	const payments: string[] = [];
	async function pay(reference: string): Promise<void> {
		const [key] = account.keys as [SmartAccount['keys'][number]];
		const call = tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 1_000_000n);
		const callData = encodeSessionKeyCalls([call], key.address, hashReference(reference));
		expect(await account.asKey([], { callData })).toMatchObject({ success: true });
		payments.push(reference);
	}

	/** Every event that workflows were started with, of all executions. */
	async function told(): Promise<string[]> {
		const executions = await rest.executions(workflowId);
		const all = await Promise.all(executions.map(({ id }) => rest.waitForExecution(id)));
		return all.flatMap((execution) => execution.output('Told')).map(({ reference }) => String(reference));
	}

	/** Waits until this many were told, and then for two polls more, in which nothing may come. */
	async function toldAfter(count: number): Promise<string[]> {
		for (const end = Date.now() + 120_000; Date.now() < end && (await told()).length < count; ) await sleep(500);
		await sleep(7_000);
		return told();
	}

	const sorted = (references: readonly string[]) => references.map((one) => hashReference(one) as string).sort();

	it('loses no payment and tells none twice while n8n is killed, is down, and starts again', async () => {
		await pay('before');
		await pay('also before');
		expect((await toldAfter(2)).sort()).toEqual(sorted(payments));
		for (const round of [1, 2]) {
			await n8n.kill();
			await pay(`down ${round}`);
			await pay(`still down ${round}`);
			n8n = await startN8n({ n8n: installed, userFolder: n8n.userFolder });
			rest = await signIn(n8n.url);
			await pay(`up ${round}`);
			expect((await toldAfter(payments.length)).sort()).toEqual(sorted(payments));
		}
	});

	it('tells a payment once although a reorganisation moves it to another block', async () => {
		const [key] = account.keys as [SmartAccount['keys'][number]];
		const call = tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 2_000_000n);
		const operation = await signOperation(devnet, {
			sender: account.address,
			callData: encodeSessionKeyCalls([call], key.address, hashReference('moved')),
			signerKey: key.privateKey,
			nonceKey: 7n,
		});
		const snapshot = await devnet.request<Hex>('evm_snapshot');
		await includeOperations(devnet, [operation]);
		payments.push('moved');
		expect((await toldAfter(payments.length)).sort()).toEqual(sorted(payments));
		await devnet.request('evm_revert', [snapshot]);
		await devnet.request('anvil_mine', ['0x2']);
		await includeOperations(devnet, [operation]);
		await pay('after the reorganisation');
		expect((await toldAfter(payments.length)).sort()).toEqual(sorted(payments));
	});
});
