import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, selectors, type BrowserContext, type Locator, type Page } from 'playwright-core';
import { OWNER } from '../../demo/n8n/rest';
import { formIn, retry, type Form } from './form';

/** Where the screenshots go; not kept in git. */
const OUTPUT = resolve(__dirname, '../output');

const WINDOW = { width: 1440, height: 900 };

/** A payment takes a block or two, and retries may come before it. */
const RUN_TIMEOUT = 120_000;

/** A page takes a second or two; a machine that is busy with other tests takes longer. */
const STEP_TIMEOUT = 60_000;

const NOTE = '.el-notification';

/** n8n's editor, as a person uses it: everything goes through the screen. */
export interface Editor {
	/** For what isn't here. */
	page: Page;
	/** Opens an empty canvas. */
	newWorkflow(): Promise<void>;
	openWorkflow(id: string): Promise<void>;
	/**
	 * Makes a credential in the credentials' own form, from the list of types, and saves it.
	 *
	 * @param type - As it is shown, such as Alchemy API.
	 * @returns what its test said; undefined when the type has no test.
	 */
	createCredential(
		type: string,
		name: string,
		fillIn: (form: Form) => Promise<void>,
	): Promise<CredentialTest | undefined>;
	/**
	 * Adds a node behind the last one and opens it, if it has fields.
	 *
	 * @param node - As it is shown, such as Session Key.
	 * @param action - One of its actions, as it is shown, when it has several.
	 */
	addNode(node: string, action?: string): Promise<void>;
	/** Opens a node on the canvas by its name. */
	openNode(name: string): Promise<NodeDetails>;
	/** The node that is open. */
	node: NodeDetails;
	/** Runs the workflow from the canvas, waits for its end, and tells whether all went well. */
	executeWorkflow(): Promise<boolean>;
	/** Starts the workflow from the canvas, and waits for nothing. */
	startWorkflow(): Promise<void>;
	/** Publishes the workflow (2.x) or switches it on (1.x). */
	publish(): Promise<void>;
	/**
	 * Keeps a picture of what is to be seen in `test/output`, and gives its path.
	 *
	 * @param height - Of the window in pixels, when a long form is to be seen as a whole.
	 */
	screenshot(name: string, height?: number): Promise<string>;
	/** The same of the open node's form or the credential's dialog, in a window so high that all of it is to be seen. */
	screenshotForm(name: string): Promise<string>;
	close(): Promise<void>;
}

/** What the banner in a credential's dialog says. */
export interface CredentialTest {
	ok: boolean;
	message: string;
}

/** An open node: input on the left, fields in the middle, output on the right. */
export interface NodeDetails extends Form {
	/**
	 * Chooses a credential by its name.
	 *
	 * @param slot - Which one, when the node takes several: its label, or its place, from 0.
	 */
	useCredential(name: string, slot?: string | number): Promise<void>;
	/** Runs the node, and those before it if they have to, and waits for what comes of it. */
	execute(): Promise<NodeOutput>;
	/** What the output panel shows. */
	output(): Promise<NodeOutput>;
	/** Back to the canvas. */
	close(): Promise<void>;
}

/** What a person sees after a run. */
export interface NodeOutput {
	ok: boolean;
	/** The items, when it went well. */
	items: Array<Record<string, unknown>>;
	/** What happened, when it didn't. */
	message: string;
	/** How to get unstuck. */
	description: string;
}

/**
 * Opens the editor in headless Chromium and signs in.
 *
 * @example
 * const editor = await openEditor(server.url);
 * await editor.newWorkflow();
 * await editor.addNode('Manual Trigger');
 * await editor.addNode('Session Key', 'Send a payment');
 * await editor.node.fill('amount', '5');
 * const { ok, items } = await editor.node.execute();
 * await editor.close();
 */
export async function openEditor(url: string, owner = OWNER): Promise<Editor> {
	const profile = await mkdtemp(join(tmpdir(), 'chromium-'));
	const context = await launchChromium(profile);
	const page = context.pages()[0] ?? (await context.newPage());
	page.setDefaultTimeout(STEP_TIMEOUT);
	const close = async (): Promise<void> => {
		await context.close();
		await rm(profile, { recursive: true, force: true });
	};
	await signIn(page, url, owner).catch(async (error: unknown) => {
		await close();
		throw error;
	});
	const node = nodeDetails(page);
	return {
		page,
		newWorkflow: () => openCanvas(page, `${url}/workflow/new`),
		openWorkflow: (id) => openCanvas(page, `${url}/workflow/${id}`),
		createCredential: (type, name, fillIn) => createCredential(page, url, type, name, fillIn),
		addNode: (name, action) => addNode(page, name, action),
		openNode: async (name) => {
			// One may lie over it.
			await dismissNotes(page);
			await page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`).dblclick();
			await page.getByTestId('node-parameters').waitFor();
			return node;
		},
		node,
		executeWorkflow: () => executeWorkflow(page),
		startWorkflow: async () => {
			await toCanvas(page);
			await executeButton(page).click();
		},
		publish: () => publish(page),
		screenshot: (name, height) => screenshot(page, name, height),
		screenshotForm: async (name) => screenshot(page, name, await heightForForm(page)),
		close,
	};
}

async function screenshot(page: Page, name: string, height = WINDOW.height): Promise<string> {
	const path = join(OUTPUT, `${name}.png`);
	await mkdir(OUTPUT, { recursive: true });
	await page.setViewportSize({ ...WINDOW, height });
	await page.screenshot({ path, animations: 'disabled' });
	await page.setViewportSize(WINDOW);
	return path;
}

/** Of a window in which nothing of the form has to be scrolled. A dialog grows with the window, but by less. */
async function heightForForm(page: Page): Promise<number> {
	let { height } = WINDOW;
	for (let hidden = await hiddenHeight(page); hidden > 0 && height < 3000; hidden = await hiddenHeight(page)) {
		height += hidden;
		await page.setViewportSize({ ...WINDOW, height });
	}
	return height;
}

/** How much has to be scrolled to see all. */
async function hiddenHeight(page: Page): Promise<number> {
	const inside = page.locator('[data-test-id="ndv"] *, [data-test-id="editCredential-modal"] *');
	return inside.evaluateAll((all) =>
		Math.max(0, ...all.map((one) => (one.clientHeight > 100 ? one.scrollHeight - one.clientHeight : 0))),
	);
}

async function launchChromium(profile: string): Promise<BrowserContext> {
	selectors.setTestIdAttribute('data-test-id');
	return chromium.launchPersistentContext(profile, {
		executablePath: findChromium(),
		headless: true,
		viewport: WINDOW,
		// Chromium leaves folders there.
		env: { ...process.env, TMPDIR: profile } as Record<string, string>,
		// No calls to the outside; root can't use the sandbox.
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

/** CHROMIUM_PATH, or the first Chromium or Chrome on the path. */
export function findChromium(): string {
	const folders = (process.env.PATH ?? '').split(delimiter);
	const names = ['chromium', 'chromium-browser', 'google-chrome'];
	const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
	const found = process.env.CHROMIUM_PATH ?? places.find((place) => existsSync(place));
	if (!found) throw new Error('The editor tests need Chromium: apt-get install chromium, or set CHROMIUM_PATH.');
	return found;
}

async function signIn(page: Page, url: string, owner: typeof OWNER): Promise<void> {
	await page.goto(`${url}/signin`, { timeout: 2 * STEP_TIMEOUT });
	await page.locator('input[name=emailOrLdapLoginId]').fill(owner.email);
	await page.locator('input[name=password]').fill(owner.password);
	await page.getByTestId('form-submit-button').click();
	await page.waitForURL(/\/(home|workflow)/);
}

async function openCanvas(page: Page, address: string): Promise<void> {
	await page.goto(address);
	await page.locator('[data-test-id="canvas-add-button"], [data-test-id="canvas-node"]').first().waitFor();
}

async function createCredential(
	page: Page,
	url: string,
	type: string,
	name: string,
	fillIn: (form: Form) => Promise<void>,
): Promise<CredentialTest | undefined> {
	await openCredentials(page, `${url}/home/credentials`);
	await page.getByTestId('add-resource-credential').click();
	await page.getByTestId('new-credential-type-select').locator('input').fill(type);
	await page.getByTestId('new-credential-type-select-option').getByText(type, { exact: true }).click();
	await page.getByTestId('new-credential-type-button').click();
	const dialog = page.getByTestId('editCredential-modal');
	await rename(page, dialog.getByTestId('credential-name'), name);
	await fillIn(formIn(page, dialog, ''));
	const saved = page.waitForResponse((answer) => /\/rest\/credentials(\/\w+)?$/.test(answer.url()));
	const tested = page.waitForRequest(/\/rest\/credentials\/test$/).catch(() => undefined);
	await dialog.getByTestId('credential-save-button').click();
	await saved;
	return (await Promise.race([tested, page.waitForTimeout(3_000)])) ? testResult(dialog) : undefined;
}

/** Without loading the page again where a dialog stands in front of it: that takes seconds. */
async function openCredentials(page: Page, address: string): Promise<void> {
	if (!page.url().startsWith(address)) return void (await page.goto(address));
	await page.locator('.el-dialog__headerbtn:visible').click();
	await page.getByTestId('editCredential-modal').waitFor({ state: 'hidden' });
}

async function rename(page: Page, title: Locator, name: string): Promise<void> {
	await title.click();
	await page.keyboard.press('ControlOrMeta+A');
	await page.keyboard.insertText(name);
	await page.keyboard.press('Enter');
}

/** One of two banners appears once the test that saving starts has come back. */
async function testResult(dialog: Locator): Promise<CredentialTest> {
	const success = dialog.getByTestId('credentials-config-container-test-success');
	const trouble = dialog.locator('.el-tag--danger');
	await success.or(trouble).filter({ visible: true }).first().waitFor();
	const ok = await success.isVisible();
	const more = trouble.getByText('More details');
	if (!ok && (await more.isVisible())) await more.click();
	const banner = ok ? success : trouble.filter({ visible: true }).first();
	return {
		ok,
		message: (await banner.innerText())
			.replace(/\s+/g, ' ')
			.replace(/ ?Retry\b/, '')
			.trim(),
	};
}

/** A trigger without fields. */
const STAYS_ON_CANVAS = new Set(['Manual Trigger']);

async function addNode(page: Page, node: string, action?: string): Promise<void> {
	await toCanvas(page);
	const first = page.getByTestId('canvas-add-button');
	const behindLast = page.getByTestId('canvas-handle-plus').last();
	await ((await first.isVisible()) ? first : behindLast).click();
	await page.getByTestId('node-creator-search-bar').fill(node);
	await page.getByTestId('node-creator-item-name').getByText(node, { exact: true }).first().click();
	if (action) await page.getByTestId('node-creator-item-name').getByText(action, { exact: true }).click();
	if (STAYS_ON_CANVAS.has(node)) await page.getByTestId('canvas-node').last().waitFor();
	else await page.getByTestId('node-parameters').waitFor();
}

function nodeDetails(page: Page): NodeDetails {
	const details = page.getByTestId('ndv');
	const panel = page.getByTestId('output-panel');
	const output = (): Promise<NodeOutput> => readOutput(panel);
	return {
		...formIn(page, details, 'parameters.'),
		useCredential: async (name, slot = 0) => {
			const slots = details.getByTestId('credentials-label');
			const wanted = typeof slot === 'number' ? slots.nth(slot) : slots.filter({ hasText: slot });
			const list = wanted.getByTestId('node-credentials-select');
			const choice = page.locator('.el-select-dropdown__item:visible').filter({ hasText: name }).first();
			const chosen = (): Promise<string> => list.locator('input').first().inputValue();
			// n8n chooses one itself a moment after the node is opened, which closes the list.
			await retry(async () => {
				if ((await chosen()) === name) return;
				await list.click();
				await choice.waitFor({ timeout: 1_500 });
				await choice.click({ timeout: 1_500 });
				for (const deadline = Date.now() + 5_000; (await chosen()) !== name; await sleep(50)) {
					if (Date.now() > deadline) throw new Error(`${name} was not chosen`);
				}
			}, 10);
		},
		execute: async () => {
			await runAndWait(page, details.getByTestId('node-execute-button'));
			await panel.locator('[data-test-id^="node-run-status-"]').first().waitFor();
			return output();
		},
		output,
		close: () => closeNode(page),
	};
}

async function toCanvas(page: Page): Promise<void> {
	if (await page.getByTestId('ndv').isVisible()) await closeNode(page);
}

async function closeNode(page: Page): Promise<void> {
	await page.locator('[data-test-id="ndv-close-button"], [data-test-id="back-to-canvas"]').first().click();
	await page.getByTestId('ndv').waitFor({ state: 'hidden' });
}

/**
 * Every run ends with a note in the corner, whatever came of it. Until then the result of an earlier run may still be
 * on the screen.
 */
async function runAndWait(page: Page, button: Locator): Promise<void> {
	await dismissNotes(page);
	await button.click();
	await page.locator(NOTE).first().waitFor({ timeout: RUN_TIMEOUT });
}

async function dismissNotes(page: Page): Promise<void> {
	const notes = page.locator(NOTE);
	// All in one moment: some go away by themselves.
	await notes.locator('.el-notification__closeBtn').evaluateAll((all) => {
		for (const button of all) button.dispatchEvent(new Event('click'));
	});
	await notes.first().waitFor({ state: 'detached' });
}

async function readOutput(panel: Locator): Promise<NodeOutput> {
	const message = panel.getByTestId('node-error-message');
	if (await message.isVisible()) {
		const description = panel.getByTestId('node-error-description');
		const hasDescription = await description.isVisible();
		return {
			ok: false,
			items: [],
			message: (await message.innerText()).trim(),
			description: hasDescription ? (await description.innerText()).trim() : '',
		};
	}
	await panel.getByTestId('radio-button-json').click();
	// Lines that are not to be seen are not in the page either.
	await panel.page().setViewportSize({ ...WINDOW, height: 6000 });
	// The indentation is made of non-breaking spaces.
	const json = panel.getByTestId('ndv-data-container').filter({ hasText: /^\s*\[.*\]\s*$/s });
	const text = (await json.innerText()).replaceAll('\u00a0', ' ');
	await panel.page().setViewportSize(WINDOW);
	return { ok: true, items: JSON.parse(text) as NodeOutput['items'], message: '', description: '' };
}

const executeButton = (page: Page): Locator => page.getByTestId('execute-workflow-button');

async function executeWorkflow(page: Page): Promise<boolean> {
	await runAndWait(page, executeButton(page));
	// The node that stopped it gets its red mark a moment after the note.
	return (await page.locator(`${NOTE} .el-notification--error`).count()) === 0;
}

async function publish(page: Page): Promise<void> {
	const open = page.getByTestId('workflow-open-publish-modal-button');
	const toggle = page.getByTestId('workflow-activate-switch');
	await open.or(toggle).first().click();
	if (await open.isVisible()) await page.getByTestId('workflow-publish-button').click();
	await page.getByRole('button', { name: 'Got it' }).click();
}
