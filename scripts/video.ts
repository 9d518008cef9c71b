// `npm run video`: the frames of the demo video that n8n asks for, the README's first payment in a real n8n over a local
// chain: build/video/frame-00001.png and on, so many a second. CONTRIBUTING.md says how they become a film.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { stopEverything } from '../devnet/guarded';
import { openEditor } from '../test/editor/editor';
import { walkFirstHour } from '../test/editor/support/firstHour';
import { startWorld } from '../test/editor/support/globalSetup';
import { connect } from '../test/editor/support/world';

const FOLDER = resolve(__dirname, '../build/video');
const FRAMES_A_SECOND = 5;
/** The size that the editor tests work in: each frame has it. */
const WINDOW = { width: 1440, height: 900 };
/** What is filled in, and what came of it, stays to be read. */
const READ_MS = 2_500;

async function main(): Promise<void> {
	if (!process.env.EDITOR_TEST_N8N_URL) Object.assign(process.env, (await startWorld()).variables);
	await rm(FOLDER, { recursive: true, force: true });
	await mkdir(FOLDER, { recursive: true });
	const world = await connect();
	const editor = await openEditor(world.url);
	await editor.page.setViewportSize(WINDOW);
	const film = await record(editor.page);
	const look = () => sleep(READ_MS);
	try {
		const step = async (title: string, action: () => Promise<void>) => {
			process.stdout.write(`frame ${film.frames() + 1}: ${title}\n`);
			await action();
			await look();
		};
		await walkFirstHour({
			editor,
			devnet: world.devnet,
			camera: { dialog: look, node: look },
			step,
			everyMinutes: '30',
		});
	} finally {
		await film.end();
		await editor.close();
	}
	process.stdout.write(`${film.frames()} frames in ${FOLDER}, ${FRAMES_A_SECOND} a second\n`);
}

/** What the browser shows, as it tells of each change; written as often as the film wants it, whether it has changed or not. */
async function record(page: Page): Promise<{ frames(): number; end(): Promise<void> }> {
	const browser = await page.context().newCDPSession(page);
	let shown: Uint8Array | undefined;
	browser.on('Page.screencastFrame', ({ data, sessionId, metadata }) => {
		// The editor tests make the window very high for a moment, to reach every field.
		if (metadata.deviceHeight === WINDOW.height) shown = Uint8Array.from(Buffer.from(data, 'base64'));
		void browser.send('Page.screencastFrameAck', { sessionId }).catch(() => undefined);
	});
	await browser.send('Page.startScreencast', { format: 'png' });
	const began = Date.now();
	let frames = 0;
	let isOver = false;
	const writing = (async () => {
		for (; !isOver; await sleep(Math.max(0, began + (frames * 1000) / FRAMES_A_SECOND - Date.now()))) {
			const due = Math.floor(((Date.now() - began) / 1000) * FRAMES_A_SECOND) + 1;
			while (shown && frames < due) {
				frames += 1;
				await writeFile(join(FOLDER, `frame-${String(frames).padStart(5, '0')}.png`), shown);
			}
			if (!shown) await sleep(50);
		}
	})();
	return {
		frames: () => frames,
		end: async () => {
			isOver = true;
			await writing;
		},
	};
}

main()
	.catch((error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 1;
	})
	.finally(stopEverything)
	// What Chromium leaves open would keep this process.
	.finally(() => process.exit());
