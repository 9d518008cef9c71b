import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { format, resolveConfig } from 'prettier';
import { fingerprint, IMAGES, PICTURES, TAKEN } from './pictures';

/** Takes pictures of what the editor shows, cropped to what they are about. */
export interface Camera {
	/** A credential's dialog. */
	dialog(picture: string): Promise<void>;
	/**
	 * The open node.
	 *
	 * @param part - Its fields; its fields and what came out; or the input as well.
	 * @param size - Of the window.
	 */
	node(picture: string, part: 'fields' | 'result' | 'all', size: Size): Promise<void>;
	/** The workflow, as large as it goes in a window of that height. */
	canvas(picture: string, height: number): Promise<void>;
	/** A page of its own, as wide as that, whole or its beginning; on paper where `print` is set. */
	page(picture: string, html: string, look: { width: number; height?: number; print?: boolean }): Promise<void>;
}

/** Of the window in pixels. */
interface Size {
	width?: number;
	height: number;
}

interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

/** As wide as in the editor tests; in a narrower window n8n makes its columns narrower. */
const WIDTH = 1440;

/** What a node's name takes below it. */
const CAPTION = 60;

/** What hides something: notes, and the tabs and buttons over a workflow. */
const HIDDEN = [
	'.el-notification',
	'[data-test-id="floating-nodes"]',
	'[data-test-id="canvas-controls"]',
	'[data-test-id^="execute-workflow-button"]',
	'[data-test-id="workflow-chat-button"]',
	'[data-test-id="node-creator-plus-button"]',
	'[data-test-id="command-bar-button"]',
	'[data-test-id="add-sticky-button"]',
	'[data-test-id="toggle-focus-panel-button"]',
	':has(> * > [data-test-id="radio-button-workflow"])',
	'[data-test-id^="radio-button-"]:is([data-test-id$="workflow"], [data-test-id$="executions"], [data-test-id$="evaluation"])',
];
const PARAMETERS = testId('node-parameters');
const OUTPUT = testId('output-panel');
const QUIET = `${HIDDEN.join(', ')} { visibility: hidden !important } * { caret-color: transparent !important }`;

/** @param wanted - The pictures to write, whether they are current or not; all others are written when they aren't. */
export function createCamera(page: Page, wanted: readonly string[]): Camera {
	const isCurrent = async (picture: string): Promise<boolean> => {
		const current = (await readTaken())[picture] === fingerprint(picture) && existsSync(pathOf(picture));
		return current && !wanted.includes(picture);
	};
	const take = async (picture: string, { width = WIDTH, height }: Size, boxOf: () => Promise<Box>): Promise<void> => {
		if (await isCurrent(picture)) return;
		const before = page.viewportSize() ?? { width, height };
		await page.setViewportSize({ width, height });
		await page.mouse.move(0, 0);
		// Until what slides has come to rest.
		await sleep(700);
		const path = pathOf(picture);
		await page.screenshot({ path, clip: await boxOf(), animations: 'disabled', style: QUIET });
		await page.setViewportSize(before);
		await remember(picture);
		process.stdout.write(`${picture}: ${Math.round((await stat(path)).size / 1000)} kB\n`);
	};
	const boxes = async (selector: string): Promise<Box[]> => {
		const all = await page.locator(selector).filter({ visible: true }).all();
		const found = await Promise.all(all.map((one) => one.boundingBox()));
		if (found.length === 0) throw new Error(`not to be seen: ${selector}`);
		return found.filter((box) => box !== null);
	};
	const nodeParts = { fields: [PARAMETERS], result: [PARAMETERS, OUTPUT], all: [testId('ndv')] };
	return {
		dialog: (picture) =>
			take(picture, { height: 900 }, async () => {
				const [dialog] = await boxes(testId('editCredential-modal'));
				const fields = around(await boxes(`${testId('editCredential-modal')} [data-parameter-path]`));
				return { ...dialog!, height: fields.y + fields.height + 24 - dialog!.y };
			}),
		node: (picture, part, size) =>
			take(picture, size, async () => around((await Promise.all(nodeParts[part].map(boxes))).flat())),
		canvas: async (picture, height) => {
			await page.setViewportSize({ width: WIDTH, height });
			await page.locator(testId('zoom-to-fit')).click();
			await take(picture, { height }, async () => around(await boxes('.vue-flow__node'), CAPTION));
		},
		page: async (picture, html, { width, height, print }) => {
			if (await isCurrent(picture)) return;
			const sheet = await page.context().newPage();
			await sheet.setViewportSize({ width, height: height ?? 900 });
			await sheet.emulateMedia({ media: print ? 'print' : 'screen' });
			await sheet.setContent(html);
			await sheet.screenshot({ path: pathOf(picture), fullPage: height === undefined });
			await sheet.close();
			await remember(picture);
		},
	};
}

function testId(id: string): string {
	return `[data-test-id="${id}"]`;
}

/** The box around all of them, in pixels. */
function around(boxes: readonly Box[], margin = 0): Box {
	const x = Math.max(0, Math.min(...boxes.map((box) => box.x)) - margin);
	const y = Math.max(0, Math.min(...boxes.map((box) => box.y)) - margin);
	const right = Math.max(...boxes.map((box) => box.x + box.width)) + margin;
	const bottom = Math.max(...boxes.map((box) => box.y + box.height)) + margin;
	return { x, y, width: right - x, height: bottom - y };
}

async function remember(picture: string): Promise<void> {
	const taken = { ...(await readTaken()), [picture]: fingerprint(picture) };
	const there = Object.entries(taken).filter(([name]) => PICTURES.includes(name));
	const sorted = Object.fromEntries(there.sort(([one], [other]) => (one < other ? -1 : 1)));
	const style = (await resolveConfig(TAKEN)) ?? {};
	await writeFile(TAKEN, await format(JSON.stringify(sorted), { ...style, parser: 'json' }));
}

async function readTaken(): Promise<Record<string, string>> {
	return existsSync(TAKEN) ? (JSON.parse(await readFile(TAKEN, 'utf8')) as Record<string, string>) : {};
}

function pathOf(picture: string): string {
	return join(IMAGES, `${picture}.png`);
}
