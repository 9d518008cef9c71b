import type { Locator } from 'playwright-core';
import type { Editor } from './editor';

/** An answer of an agent that pays may take as long as a payment. */
const ANSWER_TIMEOUT = 120_000;

/** On an empty canvas: _Import from file_ in the workflow's menu. Waits until its nodes are there and fit the window. */
export async function importFromFile(editor: Editor, path: string): Promise<void> {
	const { page } = editor;
	await editor.newWorkflow();
	await page.getByTestId('workflow-menu').click();
	await page.getByTestId('workflow-menu-item-import').hover();
	const chooser = page.waitForEvent('filechooser');
	await page.getByTestId('workflow-menu-item-import-from-file').click();
	await (await chooser).setFiles(path);
	await page.getByTestId('canvas-node').first().waitFor();
	await fitToView(editor);
}

/** Makes the workflow as large as the window. */
async function fitToView({ page }: Editor): Promise<void> {
	await page.getByTestId('zoom-to-fit').click();
	const [first] = await page.getByTestId('canvas-node').elementHandles();
	await first!.waitForElementState('stable');
}

/** The notes of which a part can't be read, by their first lines. */
export async function notesCutOff({ page }: Editor): Promise<string[]> {
	const notes = await page.getByTestId('sticky').evaluateAll((all) =>
		all.map((note) => {
			const text = note.querySelector('h2')?.closest('div');
			const isCut = !text || text.getBoundingClientRect().bottom > note.getBoundingClientRect().bottom;
			return isCut ? (note.textContent ?? '').slice(0, 40) : '';
		}),
	);
	return notes.filter(Boolean);
}

/** What lies over a canvas. */
const OVER_THE_CANVAS = [
	'[data-test-id="canvas-node"]',
	'[data-test-id="execute-workflow-button"]',
	'[data-test-id="canvas-controls"]',
	'[data-test-id^="radio-button-"]',
	'[data-test-id="node-creator-plus-button"]',
	'[data-test-id="logs-overview-header"]',
];

/** The notes over which something else lies, or which reach out of the window, by their first lines. */
export async function notesCovered({ page }: Editor): Promise<string[]> {
	const boxesOf = (all: Locator) =>
		all.evaluateAll((found) =>
			found.map((one) => {
				const { left, top, right, bottom } = one.getBoundingClientRect();
				return { left, top, right, bottom, text: (one.textContent ?? '').slice(0, 40) };
			}),
		);
	const notes = await boxesOf(page.getByTestId('sticky'));
	const others = await boxesOf(page.locator(OVER_THE_CANVAS.join(', ')));
	const { width, height } = page.viewportSize()!;
	return notes
		.filter((note) => {
			const isInside = note.left >= 0 && note.top >= 0 && note.right <= width && note.bottom <= height;
			const over = [...others, ...notes].filter((one) => one !== note);
			return (
				!isInside ||
				over.some(
					(one) => one.left < note.right && note.left < one.right && one.top < note.bottom && note.top < one.bottom,
				)
			);
		})
		.map(({ text }) => text);
}

/** The names of the nodes that n8n marks in red, because something has to be chosen in them; waits until there are so many. */
export async function markedNodes({ page }: Editor, count: number): Promise<string[]> {
	const marked = page.getByTestId('canvas-node').filter({ has: page.getByTestId('node-issues') });
	if (count > 0) await marked.nth(count - 1).waitFor();
	else await marked.first().waitFor({ state: 'detached' });
	return marked.evaluateAll((all) => all.map((one) => one.getAttribute('data-node-name') ?? ''));
}

/**
 * Hangs a node below another and opens it.
 *
 * @param input - What the other takes, such as ai_languageModel.
 */
export async function addBelow({ page }: Editor, input: string, node: string): Promise<void> {
	const handle = page.locator(`[data-test-id="canvas-node-input-handle"][data-connection-type="${input}"]`);
	await handle.getByTestId('canvas-handle-plus').click();
	await page.getByTestId('node-creator-search-bar').fill(node);
	await page.getByTestId('node-creator-item-name').getByText(node, { exact: true }).first().click();
	await page.getByTestId('node-parameters').waitFor();
}

/** The chat below the canvas. Opens it. */
export async function openChat({ page }: Editor): Promise<Chat> {
	await page.getByTestId('workflow-chat-button').click();
	const panel = page.getByTestId('canvas-chat');
	await panel.getByTestId('chat-input').waitFor();
	return {
		say: async (words) => {
			const answers = panel.locator('.chat-message-from-bot .chat-message-markdown');
			const before = await answers.count();
			await panel.getByTestId('chat-input').fill(words);
			await panel.getByTestId('chat-input').press('Enter');
			const answer: Locator = answers.nth(before);
			await answer.waitFor({ timeout: ANSWER_TIMEOUT });
			return answer.innerText();
		},
	};
}

export interface Chat {
	/** Writes a message, and waits for the answer. */
	say(words: string): Promise<string>;
}

/** Opens the list of the workflow's executions, waits until the newest has succeeded, and looks at it. */
export async function openLastExecution({ page }: Editor): Promise<void> {
	await page.getByTestId('radio-button-executions').click();
	await page
		.getByText(/^Succeeded/)
		.first()
		.waitFor();
	await page.getByTestId('execution-preview-host').getByTestId('canvas-node-status-success').first().waitFor();
}

/** Of the open Webhook node: where it is called once the workflow is published. */
export async function productionUrl({ page }: Editor): Promise<string> {
	const details = page.getByTestId('ndv');
	await details.getByText('Production URL', { exact: true }).click();
	const url = details.locator('.webhook-url', { hasNotText: '/webhook-test/' });
	return (await url.innerText()).trim();
}

/** The id of the workflow that is open, once n8n has saved it. */
export async function workflowId({ page }: Editor): Promise<string> {
	await page.waitForURL(/\/workflow\/(?!new)\w+/);
	return /\/workflow\/(\w+)/.exec(page.url())![1]!;
}
