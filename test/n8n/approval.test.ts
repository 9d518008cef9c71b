import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { parseEther, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readAccount } from '../../core/accountState';
import type { Rest } from '../../demo/n8n';
import { fundedAccount, tokenBudget, type DevnetClient } from '../../devnet';
import { findChromium } from '../editor/editor';
import { connectionTo } from '../support/payer';
import { installWallet, type TestWallet } from '../support/wallet';
import { credentialsFor } from '../support/credentials';
import { connect } from './support/n8n';

jest.setTimeout(300_000);

const OUTPUT = resolve(__dirname, '../output');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

/** The n8n of this run, in the names of the pictures. */
const MAJOR = process.env.N8N_TEST_MAJOR ?? '2';

describe("the owner's wallet in a real n8n", () => {
	let devnet: DevnetClient;
	let rest: Rest;
	let browser: Browser;
	let alchemyApi: { id: string; name: string };
	const ownerKeys: Hex[] = [];

	beforeAll(async () => {
		({ devnet, rest } = await connect());
		alchemyApi = await rest.createCredential(credentialsFor(devnet, '')[0]!);
		browser = await chromium.launch({
			executablePath: findChromium(),
			args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
		});
		await mkdir(OUTPUT, { recursive: true });
	});

	afterAll(() => browser?.close());

	/** A workflow that waits for its owner: a key is to be added. */
	async function waiting(more: Record<string, unknown> = {}) {
		const { usd6 } = devnet.tokens;
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: [{ permissions: tokenBudget(usd6, 1n) }],
		});
		ownerKeys.push(account.owner.privateKey);
		const newSessionKey = newAddress();
		const change = { resource: 'key', operation: 'add', accountAddress: account.address };
		const run = await waitsFor({ ...change, ...keyForm(newSessionKey), ...more });
		return { account, key: newSessionKey, privateKey: account.owner.privateKey, ...run };
	}

	const newAddress = (): Address => privateKeyToAccount(generatePrivateKey()).address;
	const dollars = () => ({ __rl: true, mode: 'address', value: devnet.tokens.usd6.address });
	const keyForm = (newSessionKey: Address) => ({
		newSessionKey,
		tag: '<img src=x>payroll',
		budgets: { values: [{ token: dollars(), amount: '100', refresh: 'weekly', functions: 'transfer' }] },
		gasProtection: 'limit',
		gasLimit: '0.5',
	});

	/** A workflow that waits for an owner to sign this change. */
	async function waitsFor(change: Record<string, unknown>) {
		const { id } = await rest.createWorkflow(workflow({ signedBy: 'wallet', ...change }));
		const execution = await rest.runAndWait(id, 'Start', 120);
		expect(execution.error).toBeUndefined();
		expect(execution.status).toBe('waiting');
		const { approvalUrl } = execution.output('Link')[0] as { approvalUrl: string };
		return {
			url: approvalUrl,
			status: async () => (await rest.execution(execution.id)).status,
			/** What the workflow went on with. */
			result: async (seconds = 60) => {
				for (const end = Date.now() + seconds * 1000; ; await sleep(500)) {
					const now = await rest.execution(execution.id);
					// 1.x writes the status first and the results a moment later.
					const [item] = now.status === 'success' ? now.output('After') : [];
					if (item) return item;
					if (now.status === 'error' || Date.now() > end) throw new Error(`it is ${now.status}: ${now.error?.message}`);
				}
			},
		};
	}

	function workflow(parameters: Record<string, unknown>) {
		const manager = { type: 'n8n-nodes-session-keys.sessionKeyManager', typeVersion: 1, credentials: { alchemyApi } };
		const at = (x: number): [number, number] => [x, 0];
		const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
		const link = { resource: 'account', operation: 'getApprovalLink' };
		return {
			name: 'Approval',
			nodes: [
				{ name: 'Start', type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: at(0), parameters: {} },
				{ name: 'Link', ...manager, position: at(200), parameters: link },
				{ name: 'Change', ...manager, position: at(400), parameters },
				{ name: 'After', type: 'n8n-nodes-base.noOp', typeVersion: 1, position: at(600), parameters: {} },
			],
			connections: { Start: to('Link'), Link: to('Change'), Change: to('After') },
			settings: { executionOrder: 'v1' },
		};
	}

	/** Opens the page in a browser of its own, with a wallet in it. */
	async function open(url: string, wallet?: Omit<TestWallet, 'chainId'> & { chainId?: number }, viewport = DESKTOP) {
		const context = await browser.newContext({ viewport });
		const asked = wallet ? await installWallet(context, { chainId: devnet.chainId, ...wallet }) : [];
		const page = await context.newPage();
		const faults: string[] = [];
		page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
		page.on('pageerror', (error) => faults.push(error.message));
		const response = await page.goto(url);
		return { page, asked, faults, response, context };
	}

	const picture = (page: Page, name: string) =>
		page.screenshot({ path: join(OUTPUT, `approval-v${MAJOR}-${name}.png`), fullPage: true, animations: 'disabled' });
	const press = (page: Page) => page.getByRole('button', { name: 'Sign with Test Wallet' }).click();
	const outcome = (page: Page, title: string) => page.locator('#outcome-title', { hasText: title }).waitFor();

	it('shows what will change, and the wallet shows the same message; signed, it is done and the workflow goes on', async () => {
		const run = await waiting();
		const { page, asked, faults, response } = await open(run.url, run, PHONE);
		const text = await page.locator('main').innerText();
		for (const words of [
			run.key,
			run.account.address,
			'<img src=x>payroll',
			'A thief could take 100 dUSD',
			'At most',
		]) {
			expect(text).toContain(words);
		}
		const headers = response?.headers() ?? {};
		expect(headers['content-security-policy']).toContain("default-src 'none'");
		expect(headers['x-frame-options']).toBe('DENY');
		expect(headers['referrer-policy']).toBe('no-referrer');
		expect(text).toContain(`The workflow “Approval” of ${new URL(run.url).host} asks for this`);
		expect(await page.locator('h1').innerText()).toBe('A key may pay up to 100 dUSD every 7 days');
		const button = await page.getByRole('button', { name: 'Sign with Test Wallet' }).boundingBox();
		expect(button!.y + button!.height).toBeLessThan(PHONE.height);
		await picture(page, 'phone');
		await page.setViewportSize(DESKTOP);
		await picture(page, 'desktop');
		await press(page);
		await outcome(page, 'Done');
		await picture(page, 'done');
		expect(asked).toEqual([
			{ message: await page.locator('#message').textContent(), account: run.account.owner.address.toLowerCase() },
		]);
		expect(await run.result()).toMatchObject({ approval: 'approved', status: 'done', key: { asPlanned: true } });
		expect(faults).toEqual([]);
	});

	it('goes on with the reason when the owner declines', async () => {
		const run = await waiting();
		const { page } = await open(run.url);
		await page.getByText('Decline', { exact: true }).first().click();
		await page.locator('#reason').fill('Too much <b>money</b>');
		await page.locator('#send-decline').click();
		await outcome(page, 'Declined');
		await picture(page, 'declined');
		expect(await run.result()).toMatchObject({ approval: 'declined', reason: 'Too much <b>money</b>' });
	});

	it('tells a wrong account, in the wallet and behind it', async () => {
		const run = await waiting();
		const stranger = generatePrivateKey();
		const first = await open(run.url, { privateKey: stranger });
		await press(first.page);
		await outcome(first.page, 'not an owner');
		expect(first.asked).toEqual([]);
		await picture(first.page, 'wrong-account');
		const second = await open(run.url, { privateKey: stranger, claims: run.account.owner.address });
		await press(second.page);
		await outcome(second.page, 'Nothing was changed');
		expect(await second.page.locator('#outcome-text').textContent()).toContain('does not own');
		expect(await run.status()).toBe('waiting');
	});

	it("says that the wallet's own network makes no difference", async () => {
		const run = await waiting();
		const { page } = await open(run.url, { ...run, chainId: 1 });
		await press(page);
		await outcome(page, 'Done');
		expect(await run.result()).toMatchObject({ approval: 'approved' });
	});

	it('refuses a reply that was changed on its way, and one that comes twice', async () => {
		const run = await waiting();
		const { page } = await open(run.url, run);
		let sent = '';
		const tamper = async (change: (body: { operation: Record<string, string> }) => void) => {
			await page.unroute('**');
			await page.route('**', async (route) => {
				if (route.request().method() !== 'POST') return route.continue();
				const body = route.request().postDataJSON();
				change(body);
				sent = JSON.stringify(body);
				return route.continue({ postData: sent });
			});
		};
		await tamper(({ operation }) => (operation.callData = '0x12345678'));
		await press(page);
		await outcome(page, 'Nothing was changed');
		expect(await page.locator('#outcome-text').textContent()).toContain('not built by this page');
		expect(await run.status()).toBe('waiting');
		await tamper(() => {});
		await press(page);
		await outcome(page, 'Done');
		await run.result();
		const replay = await fetch(run.url, {
			method: 'POST',
			headers: { 'content-type': 'application/json' },
			body: sent,
		});
		expect(replay.status).toBeGreaterThanOrEqual(400);
		expect((await fetch(run.url)).status).toBeGreaterThanOrEqual(400);
		expect(await run.status()).toBe('success');
	});

	it('of two tabs, the second learns that the first has answered', async () => {
		const run = await waiting();
		const { page, context } = await open(run.url, run);
		const second = await context.newPage();
		await second.goto(run.url);
		const elsewhere = await open(run.url, run);
		await press(page);
		await outcome(page, 'Done');
		await outcome(second, 'Answered in another tab');
		await run.result();
		await press(elsewhere.page);
		await outcome(elsewhere.page, 'Already answered');
		await picture(elsewhere.page, 'already-answered');
	});

	it('goes on with "expired" when nobody answers in time, and takes nothing after that', async () => {
		// 36 seconds to open the page in; n8n goes on a minute and Time Limit later, as soon as it looks, each minute.
		const run = await waiting({ approveWithin: 0.01, options: { timeLimit: 1 } });
		const { page } = await open(run.url, run);
		while ((await fetch(run.url)).status === 200) await sleep(2_000);
		await press(page);
		await outcome(page, 'The time is over');
		await picture(page, 'expired');
		expect((await fetch(run.url)).status).toBe(410);
		expect(await run.result(240)).toMatchObject({ approval: 'expired' });
	});

	it('makes every change of an account, from nothing on, with nothing but the address of its owner', async () => {
		const privateKey = generatePrivateKey();
		ownerKeys.push(privateKey);
		const future = await fundedAccount(devnet, { ownerKey: privateKey, deployed: false, eth: parseEther('5') });
		const [first, second, third] = [newAddress(), newAddress(), newAddress()];
		const at = (value: string) => ({ __rl: true, mode: 'address', value });
		const changes: Array<[string, string, Record<string, unknown>, Record<string, unknown>]> = [
			['plugin', 'install', { keys: { values: [keyForm(first)] } }, {}],
			['key', 'add', keyForm(second), { key: { asPlanned: true } }],
			['permission', 'setSpendLimit', { sessionKey: at(first), token: dollars(), amount: '70', refresh: 'weekly' }, {}],
			['permission', 'update', { sessionKey: at(first), changes: { validUntil: '2040-01-01T00:00:00' } }, {}],
			['key', 'rotate', { sessionKey: at(first), newSessionKey: third }, { newKeyIsRegistered: true }],
			['key', 'remove', { sessionKey: at(second) }, { deleted: true }],
			['plugin', 'uninstall', {}, {}],
		];
		for (const [resource, operation, parameters, result] of changes) {
			const which =
				operation === 'install' ? { ownerAddress: future.owner.address } : { accountAddress: future.address };
			const run = await waitsFor({ resource, operation, ...which, ...parameters });
			const { page, context } = await open(run.url, { privateKey });
			expect(await page.locator('main').innerText()).toContain(future.address);
			if (operation === 'uninstall') await picture(page, 'uninstall');
			await press(page);
			await outcome(page, 'Done');
			const approved = { approval: 'approved', status: 'done', account: future.address, ...result };
			expect(await run.result()).toMatchObject(approved);
			await context.close();
		}
		const now = await readAccount(connectionTo(devnet), { address: future.address, owners: [], salt: 0n });
		expect(now).toMatchObject({ deployed: true, hasSessionKeyPlugin: false, owners: [future.owner.address] });
	});

	it('takes what was signed outside of n8n: Prepare Only, and Submit Signed', async () => {
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 1n) }],
		});
		ownerKeys.push(account.owner.privateKey);
		const item = async (parameters: Record<string, unknown>) => {
			const { id } = await rest.createWorkflow(workflow(parameters));
			return rest.runAndWait(id, 'Start', 120);
		};
		const sessionKey = { __rl: true, mode: 'address', value: account.keys[0]!.address };
		const removal = { resource: 'key', operation: 'remove', accountAddress: account.address, sessionKey };
		const [prepared] = (await item({ ...removal, signedBy: 'prepare' })).output('Change');
		expect(prepared).toMatchObject({ status: 'prepared', owners: [account.owner.address] });
		const { message, operation } = prepared as { message: Hex; operation: object };
		const submit = async (key: Hex) => {
			const signature = await privateKeyToAccount(key).signMessage({ message: { raw: message } });
			const given = { userOperation: JSON.stringify(operation), signature };
			return item({ resource: 'account', operation: 'submitSigned', ...given });
		};
		expect((await submit(generatePrivateKey())).error?.message).toContain('does not own');
		expect((await submit(account.owner.privateKey)).output('Change')).toEqual([
			expect.objectContaining({ status: 'done', account: account.address }),
		]);
		expect((await submit(account.owner.privateKey)).error?.message).toContain('used up');
	});

	it('cannot be shown in the frame of another page', async () => {
		const run = await waiting();
		const { page } = await open(run.url);
		await page.goto('about:blank');
		await page.setContent(`<h1>Win a prize</h1><iframe src="${run.url}"></iframe>`);
		await page.waitForFunction('document.querySelector("iframe") && document.readyState === "complete"');
		const [, framed] = page.frames();
		expect(await framed?.locator('#wallets').count()).toBe(0);
	});

	it('opens to the whole link only', async () => {
		const run = await waiting();
		const bare = new URL(run.url);
		bare.search = '';
		for (const url of [bare, `${bare}?signature=abc`, `${bare}?code=abc`]) {
			expect([401, 403]).toContain((await fetch(url)).status);
			const body = JSON.stringify({ action: 'decline' });
			const headers = { 'content-type': 'application/json' };
			expect([401, 403]).toContain((await fetch(url, { method: 'POST', headers, body })).status);
		}
		expect(await run.status()).toBe('waiting');
	});

	it("never had an owner's key: not in its database, nor in any file it keeps", async () => {
		// A key that somebody does give to n8n is found: so the search would find the others.
		const given = generatePrivateKey();
		const run = await waiting();
		const { page } = await open(run.url);
		await page.getByText('Decline', { exact: true }).first().click();
		await page.locator('#reason').fill(`This is my key: ${given}`);
		await page.locator('#send-decline').click();
		await outcome(page, 'Declined');
		await run.result();

		const folder = join(process.env.N8N_TEST_FOLDER ?? '', '.n8n');
		// What is installed isn't what it keeps.
		const names = (await readdir(folder, { recursive: true })).filter((name) => !name.includes('node_modules'));
		const contents = await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1').catch(() => '')));
		const all = contents.join('\n').toLowerCase();
		/** In halves: a page of the database may end in the middle. */
		const isFound = (key: Hex) => [key.slice(2, 34), key.slice(34)].some((half) => all.includes(half));
		expect(isFound(given)).toBe(true);
		expect(ownerKeys.length).toBeGreaterThan(0);
		expect(ownerKeys.filter(isFound)).toEqual([]);
	});
});
