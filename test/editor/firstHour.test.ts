import { dollarsOf } from '../chain/support/onChain';
import { textOf } from '../support/pages';
import { openEditor, type Editor } from './editor';
import { walkFirstHour, type Walked } from './support/firstHour';
import { connect, type World } from './support/world';

jest.setTimeout(900_000);

const MOST_STEPS = 9;
const MOST_MINUTES = 10;

let world: World;
let editor: Editor;
let walked: Walked;

/** Each step with its seconds. */
const steps: [title: string, seconds: number][] = [];

beforeAll(async () => {
	world = await connect();
	editor = await openEditor(world.url);
	const look = async (picture: string) => void (await editor.screenshot(`first-hour-${picture}`));
	walked = await walkFirstHour({
		editor,
		devnet: world.devnet,
		camera: { dialog: look, node: look },
		everyMinutes: '1',
		step: async (title, action) => {
			const began = Date.now();
			await action();
			steps.push([title, (Date.now() - began) / 1000]);
			await look(String(steps.length));
		},
	});
});

afterAll(async () => {
	if (walked?.agentsWorkflow) await world.rest.deactivate(walked.agentsWorkflow);
	await editor?.close();
});

it("walks the README's steps, and no others", () => {
	const [, section = ''] = /## Your first payment([\s\S]*?)\n## /.exec(textOf('README.md')) ?? [];
	const titles = [...section.matchAll(/^\d+\. \*\*(.+?)\*\*/gm)].map(([, title]) => title);
	expect(steps.map(([title]) => title)).toEqual(titles);
	expect(steps.length).toBeLessThanOrEqual(MOST_STEPS);
});

it('sets everything up in one operation, pays once, and refuses too much', () => {
	const changes = walked.changes.join('\n');
	expect(changes).toMatch(/is created, with the owner/);
	expect(changes).toMatch(/plugin is installed/);
	expect(changes).toMatch(/The session key 0x\w+ is added/);
	expect(walked.tried).toEqual(['paid', 'alreadyPaid', expect.stringContaining('more than the whole dUSD budget')]);
});

it("pays by the schedule's own run, without the owner's key anywhere near it", async () => {
	const began = Date.now();
	const byHand = 1_500_000n;
	const deadline = began + 180_000;
	while ((await dollarsOf(world.devnet, walked.recipient)) === byHand && Date.now() < deadline) {
		await editor.page.waitForTimeout(1_000);
	}
	expect(await dollarsOf(world.devnet, walked.recipient)).toBeGreaterThanOrEqual(2n * byHand);
	steps.push(["(waiting for the schedule's first payment)", (Date.now() - began) / 1000]);
	await editor.page.getByTestId('radio-button-executions').click();
	await editor.screenshot('first-hour-scheduled');
	await editor.openWorkflow(walked.agentsWorkflow);
	const agents = JSON.stringify(await world.rest.request('GET', `/workflows/${walked.agentsWorkflow}`));
	expect(agents).toContain('agentSessionKeyApi');
	expect(agents).not.toMatch(/smartAccountOwnerApi|sessionKeyManager/);
});

it(`takes less than ${MOST_MINUTES} minutes`, () => {
	const lines = steps.map(([title, seconds], index) => `${index + 1}. ${title.padEnd(46)} ${seconds.toFixed(1)} s`);
	const total = steps.reduce((sum, [, seconds]) => sum + seconds, 0);
	process.stdout.write(
		`The first hour, in the editor:\n${lines.join('\n')}\n${'Together'.padEnd(49)} ${total.toFixed(1)} s\n`,
	);
	expect(total).toBeLessThan(MOST_MINUTES * 60);
});
