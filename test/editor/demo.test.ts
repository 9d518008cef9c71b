import { accountOf } from '../../devnet/accounts';
import { readWorkflow, WORKFLOWS } from '../../demo/workflows';
import { notesCovered, notesCutOff } from './canvas';
import { openEditor, type Editor } from './editor';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

/** A small laptop's. */
const SMALL = { width: 1280, height: 720 };

let world: World;
let editor: Editor;

beforeAll(async () => {
	world = await connect();
	editor = await openEditor(world.url);
	await editor.page.setViewportSize(SMALL);
});

afterAll(() => editor?.close());

it.each(WORKFLOWS)("nothing lies over the notes of the demo's workflow at 1280 px: %s", async (name) => {
	const { address } = accountOf();
	const addresses = { TOKEN_ADDRESS: world.devnet.tokens.usd6.address, SALARIES_KEY: address, INVOICES_KEY: address };
	const { nodes, ...workflow } = readWorkflow(name, addresses, {});
	const bare = nodes.map(({ credentials: _, ...node }) => node);
	const { id } = await world.rest.createWorkflow({ ...workflow, nodes: bare });
	await editor.openWorkflow(id);
	const notes = editor.page.getByTestId('sticky');
	await notes.first().waitFor();
	await (await notes.last().elementHandle())!.waitForElementState('stable');
	await editor.page.screenshot({ path: `test/output/demo-${name}-1280.png` });
	expect(await notes.count()).toBeGreaterThan(1);
	expect(await notesCovered(editor)).toEqual([]);
	expect(await notesCutOff(editor)).toEqual([]);
});
