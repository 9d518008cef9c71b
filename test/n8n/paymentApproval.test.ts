import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { parseUnits, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Rest } from '../../demo/n8n';
import { balanceOf, type DevnetClient } from '../../devnet';
import { findChromium } from '../editor/editor';
import { approvedSalaries, WHO, type ApprovedSalaries } from '../support/approvedSalaries';
import { installWallet } from '../support/wallet';
import { connect } from './support/n8n';

jest.setTimeout(300_000);

const OUTPUT = resolve(__dirname, '../output');
const PHONE = { width: 390, height: 844 };
const DESKTOP = { width: 1280, height: 900 };

/** The n8n of this run, in the names of the pictures. */
const MAJOR = process.env.N8N_TEST_MAJOR ?? '2';

describe('payments that approvers sign in a real n8n', () => {
	let devnet: DevnetClient;
	let rest: Rest;
	let browser: Browser;

	beforeAll(async () => {
		({ devnet, rest } = await connect());
		browser = await chromium.launch({
			executablePath: findChromium(),
			args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
		});
		await mkdir(OUTPUT, { recursive: true });
	});

	afterAll(() => browser?.close());

	/** A workflow that waits for approvers to sign three salaries, and then pays them. */
	async function waiting(more: ApprovedSalaries = {}) {
		const { id, account, keys, recipients } = await approvedSalaries(rest, devnet, more);
		const execution = await rest.runAndWait(id, 'Start', 120);
		expect(execution.error).toBeUndefined();
		expect(execution.status).toBe('waiting');
		const { approvalUrl } = execution.output('Link')[0] as { approvalUrl: string };
		return {
			account,
			keys,
			url: approvalUrl,
			status: async () => (await rest.execution(execution.id)).status,
			received: () => Promise.all(recipients.map((to) => balanceOf(devnet.request, devnet.tokens.usd6, to))),
			/** What a node gave out, once the workflow has come to its end. */
			result: async (node: string, seconds = 60) => {
				for (const end = Date.now() + seconds * 1000; ; await sleep(500)) {
					const now = await rest.execution(execution.id);
					// 1.x writes the status first and the results a moment later.
					const items = now.status === 'success' ? now.output(node) : [];
					if (items.length > 0) return items as Record<string, unknown>[];
					if (now.status === 'error' || Date.now() > end) throw new Error(`it is ${now.status}: ${now.error?.message}`);
				}
			},
		};
	}

	/** Opens the page in a browser of its own, with a wallet in it. */
	async function open(url: string, privateKey?: Hex, { viewport = DESKTOP, chainId = devnet.chainId } = {}) {
		const context = await browser.newContext({ viewport });
		const asked = privateKey ? await installWallet(context, { privateKey, chainId }) : [];
		const page = await context.newPage();
		const faults: string[] = [];
		page.on('console', (message) => message.type() === 'error' && faults.push(message.text()));
		page.on('pageerror', (error) => faults.push(error.message));
		const response = await page.goto(url);
		return { page, asked, faults, response };
	}

	const picture = (page: Page, name: string) =>
		page.screenshot({ path: join(OUTPUT, `payments-v${MAJOR}-${name}.png`), fullPage: true, animations: 'disabled' });
	const press = (page: Page) => page.getByRole('button', { name: 'Sign with Test Wallet' }).click();
	const outcome = (page: Page, title: string) => page.locator('#outcome-title', { hasText: title }).waitFor();
	const unit = (amount: string) => parseUnits(amount, 6);

	it('shows who gets how much for what; a line is taken out, the rest is signed as the wallet shows it, and paid', async () => {
		const run = await waiting();
		const { page, asked, faults, response } = await open(run.url, run.keys[0], { viewport: PHONE, chainId: 1 });
		const headers = response?.headers() ?? {};
		expect(headers['content-security-policy']).toContain("default-src 'none'");
		expect(await page.locator('h1').innerText()).toBe('Pay 230.5 dUSD to 3 recipients?');
		const text = await page.locator('main').innerText();
		for (const words of [...WHO, '80.5 dUSD', `${run.account.address}/1`, 'of 500 dUSD']) {
			expect(text).toContain(words);
		}
		// How far back the endpoint shows logs depends on how old the chain is.
		expect(text).toMatch(/New: no session key|Perhaps new: this account has made no payment/);
		const button = await page.getByRole('button', { name: 'Sign with Test Wallet' }).boundingBox();
		expect(button!.y + button!.height).toBeLessThan(PHONE.height);
		await picture(page, 'phone');
		await page.setViewportSize(DESKTOP);
		await picture(page, 'desktop');
		await page.getByLabel('Ben Müller').uncheck();
		await page.locator('h1', { hasText: 'Pay 150 dUSD to 2 recipients?' }).waitFor();
		await picture(page, 'taken-out');
		await press(page);
		await outcome(page, 'Approved');
		await picture(page, 'approved');
		const { message } = JSON.parse(asked[0]!.message) as { message: Record<string, string> };
		expect(message).toMatchObject({
			account: run.account.address,
			payments: '2',
			total: expect.stringContaining('150 dUSD'),
		});
		const paid = await run.result('Pay');
		expect(paid.map(({ status }) => status === 'paid')).toEqual([true, false, true]);
		expect(paid[0]).toMatchObject({ approvedBy: privateKeyToAccount(run.keys[0]!).address });
		expect(paid[1]).toMatchObject({ refusal: { code: 'approvalDiffers' } });
		expect(await run.received()).toEqual([unit('120'), 0n, unit('30')]);
		expect(faults).toEqual([]);
	});

	it('goes on with the reason when an approver declines, and nothing is paid', async () => {
		const run = await waiting();
		const { page } = await open(run.url);
		await page.getByText('Decline', { exact: true }).first().click();
		await page.locator('#reason').fill('Not <b>this</b> month');
		await page.locator('#send-decline').click();
		await outcome(page, 'Declined');
		await picture(page, 'declined');
		const items = await run.result('Ask');
		expect(items).toHaveLength(3);
		expect(items[2]).toMatchObject({ approvalStatus: 'declined', reason: 'Not <b>this</b> month' });
		expect((await run.result('Pay'))[0]).toMatchObject({ refusal: { code: 'approvalMissing' } });
		expect(await run.received()).toEqual([0n, 0n, 0n]);
	});

	it('of two approvers the first gets a link for the second, who signs the same choice', async () => {
		const run = await waiting({ approvers: 2 });
		const [anna, ben] = run.keys;
		const first = await open(run.url, anna);
		await first.page.getByLabel('Chiara Rossi').uncheck();
		await first.page.locator('h1', { hasText: '2 recipients' }).waitFor();
		await press(first.page);
		await outcome(first.page, '1 of 2');
		await picture(first.page, 'one-of-two');
		expect(await run.status()).toBe('waiting');
		const link = await first.page.locator('#next-link').inputValue();
		const second = await open(link, ben, { viewport: PHONE });
		await second.page.locator('#signed', { hasText: '1 of 2' }).waitFor();
		expect(await second.page.locator('h1').innerText()).toBe('Pay 200.5 dUSD to 2 recipients?');
		expect(await second.page.getByLabel('Anna Berg').isDisabled()).toBe(true);
		await picture(second.page, 'second-approver');
		await press(second.page);
		await outcome(second.page, 'Approved');
		const paid = await run.result('Pay');
		expect(paid[0]).toMatchObject({ approvedBy: run.keys.map((key) => privateKeyToAccount(key).address).join(', ') });
		expect(await run.received()).toEqual([unit('120'), unit('80.5'), 0n]);
		expect([...first.faults, ...second.faults]).toEqual([]);
	});

	it('tells a wrong account in the wallet, and takes no signature of one', async () => {
		const run = await waiting();
		const { page, asked } = await open(run.url, generatePrivateKey());
		await press(page);
		await outcome(page, 'not an approver');
		expect(asked).toEqual([]);
		await picture(page, 'wrong-account');
		await page.getByText('Sign elsewhere: hardware').click();
		const typedData = await page.evaluate('JSON.parse(document.getElementById("request").textContent).typedData');
		const stranger = privateKeyToAccount(generatePrivateKey());
		await page.locator('#signature').fill(await stranger.signTypedData(JSON.parse(String(typedData))));
		await page.locator('#send-by-hand').click();
		await outcome(page, 'Not approved');
		expect(await page.locator('#outcome-text').innerText()).toContain('not among the approvers');
		expect(await run.status()).toBe('waiting');
	});

	it('takes a signature that was made elsewhere, and pays nothing whose amount was changed afterwards', async () => {
		const run = await waiting({ pay: { amount: '={{ $itemIndex === 1 ? "800.5" : $json.amount }}' } });
		const { page } = await open(run.url);
		await page.locator('#no-wallet').waitFor();
		await page.getByText('Sign elsewhere: hardware').click();
		const typedData = await page.evaluate('JSON.parse(document.getElementById("request").textContent).typedData');
		const signature = await privateKeyToAccount(run.keys[0]!).signTypedData(JSON.parse(String(typedData)));
		await page.locator('#signature').fill(signature);
		await page.locator('#send-by-hand').click();
		await outcome(page, 'Approved');
		const paid = await run.result('Pay');
		expect(paid[1]).toMatchObject({
			error: expect.stringContaining('its amount was approved as 80.5 dUSD and is now 800.5 dUSD'),
		});
		expect(await run.received()).toEqual([unit('120'), 0n, unit('30')]);
		// Its link is used up.
		expect((await fetch(run.url)).status).toBeGreaterThanOrEqual(400);
	});

	it('takes a click without a wallet only where the credential says so', async () => {
		const run = await waiting({ approvers: 0, rules: { approveByClick: true } });
		const { page, faults } = await open(run.url, undefined, { viewport: PHONE });
		await picture(page, 'click');
		await page.getByRole('button', { name: 'Approve without a wallet' }).click();
		await outcome(page, 'Approved');
		expect((await run.result('Pay'))[0]).toMatchObject({ status: 'paid', approvedBy: 'a click, no signature' });
		expect(faults).toEqual([]);
	});

	it('goes on with "expired" when nobody answers in time, and takes nothing after that', async () => {
		const run = await waiting({ ask: { approveWithin: 0.003 } });
		const { page } = await open(run.url, run.keys[0]);
		while ((await fetch(run.url)).status === 200) await sleep(2_000);
		await press(page);
		await outcome(page, 'The time is over');
		expect((await run.result('Pay', 240))[0]).toMatchObject({ refusal: { code: 'approvalMissing' } });
		expect(await run.received()).toEqual([0n, 0n, 0n]);
	});
});
