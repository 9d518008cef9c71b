import { parseEther, parseUnits, type Address } from 'viem';
import { fundedAccount, tokenBudget, type SmartAccount } from '../../devnet';
import { accountOf } from '../../devnet/accounts';
import { dollarsOf, weiOf } from '../chain/support/onChain';
import { alchemyApiFor } from '../support/credentials';
import { freshAddress } from '../support/payer';
import { openEditor, type Editor, type NodeOutput } from './editor';
import { connect, type World } from './support/world';

jest.setTimeout(300_000);

const SMALL = { width: 1280, height: 720 };

let world: World;
let editor: Editor;
let account: SmartAccount;
let recipient: Address;
let credentials: Awaited<ReturnType<World['credentials']>>;

beforeAll(async () => {
	world = await connect();
	const { devnet } = world;
	recipient = accountOf().address;
	const permissions = tokenBudget(devnet.tokens.usd6, parseUnits('100', 6), 604_800)
		.setNativeTokenSpendLimit({ spendLimit: parseEther('0.1') })
		.addContractAddressAccessEntry({ contractAddress: recipient, isOnList: true, checkSelectors: false });
	account = await fundedAccount(devnet, { keys: [{ tag: 'payroll', permissions }] });
	credentials = await world.credentials(
		{
			name: 'Chain of the agent',
			type: 'alchemyApi',
			data: alchemyApiFor(devnet),
		},
		{
			name: 'Key of the agent',
			type: 'agentSessionKeyApi',
			data: { accountAddress: account.address, privateKey: account.keys[0]!.privateKey },
		},
	);
	editor = await openEditor(world.url);
});

afterAll(() => editor?.close());

/** Adds the node to an empty workflow, with the credentials chosen. */
async function drag(action: string, key = credentials.agentSessionKeyApi!.name): Promise<void> {
	await editor.newWorkflow();
	await editor.addNode('Manual Trigger');
	await editor.addNode('Session Key', action);
	await editor.node.useCredential(credentials.alchemyApi!.name, 'Alchemy API');
	await editor.node.useCredential(key, 'Agent Session Key API');
}

async function run(picture: string): Promise<NodeOutput> {
	try {
		return await editor.node.execute();
	} finally {
		await editor.screenshot(picture);
	}
}

const usd = (owner: Address): Promise<bigint> => dollarsOf(world.devnet, owner);
const eth = (owner: Address): Promise<bigint> => weiOf(world.devnet, owner);

describe('Send', () => {
	beforeAll(() => drag('Send a payment'));

	it('pays in the chain’s own money, chosen from the list', async () => {
		const { node } = editor;
		await node.identify('recipient', 'Address', recipient);
		await node.pick('token', 'ETH');
		await node.fill('amount', '0.05');
		await node.fill('reference', 'editor/native');
		const { ok, items } = await run('sessionKey-send-native');
		expect({ ok, items }).toMatchObject({
			ok: true,
			items: [{ status: 'paid', to: recipient, amount: '0.05', token: 'ETH' }],
		});
		expect(await eth(recipient)).toBe(parseEther('0.05'));
	});

	it('pays in a token by its address', async () => {
		const { node } = editor;
		await node.identify('token', 'Address', world.devnet.tokens.usd6.address);
		await node.fill('amount', '12.50');
		await node.fill('reference', 'editor/token');
		const { items } = await run('sessionKey-send-paid');
		expect(items).toMatchObject([{ status: 'paid', reference: 'editor/token', amount: '12.5', token: 'dUSD' }]);
		expect(await usd(recipient)).toBe(parseUnits('12.50', 6));
		expect(await usd(account.address)).toBe(parseUnits('987.50', 6));
	});

	describe('shows the result at 1280 px', () => {
		/** What of a text is to be seen without scrolling: its box, within the window and the panel. */
		const isSeen = async (text: string): Promise<boolean> => {
			const panel = editor.page.getByTestId('output-panel');
			const box = await panel.getByText(text).first().boundingBox();
			const frame = await panel.boundingBox();
			if (!box || !frame) return false;
			const right = Math.min(SMALL.width, frame.x + frame.width);
			return box.x >= frame.x && box.x + box.width <= right && box.y + box.height <= SMALL.height;
		};
		const show = async (view: string): Promise<void> => {
			await editor.page.setViewportSize(SMALL);
			await editor.page.getByTestId('output-panel').getByTestId(`radio-button-${view}`).click();
			await editor.page.screenshot({ path: `test/output/result-${view}-1280.png` });
		};
		afterAll(() => editor.page.setViewportSize({ width: 1440, height: 900 }));

		it.each(['schema', 'json'])('%s: all of the payment, down to its sentence', async (view) => {
			await show(view);
			for (const text of ['editor/token', '12.5', 'dUSD', recipient, 'Paid 12.5 dUSD to']) {
				expect([text, await isSeen(text)]).toEqual([text, true]);
			}
		});

		it('table: who got how much for what, and the sentence begins, with the fields pushed aside', async () => {
			const { page } = editor;
			await show('table');
			for (const text of ['paid', 'editor/token', '12.5', 'dUSD']) {
				expect([text, await isSeen(text)]).toEqual([text, true]);
			}
			await page.getByTestId('panel-drag-button').hover();
			await page.mouse.down();
			await page.mouse.move(260, 60, { steps: 10 });
			await page.mouse.up();
			await page.screenshot({ path: `test/output/result-table-wide-1280.png` });
			for (const text of ['paid', 'editor/token', '12.5', 'dUSD', recipient]) {
				expect([text, await isSeen(text)]).toEqual([text, true]);
			}
			const sentence = await page.getByTestId('output-panel').getByText('Paid 12.5 dUSD to').first().boundingBox();
			expect(sentence!.x).toBeLessThan(SMALL.width - 60);
		});
	});

	it('pays a reference once, however often it is run', async () => {
		const { items } = await run('sessionKey-send-alreadyPaid');
		expect(items).toMatchObject([{ status: 'alreadyPaid', reference: 'editor/token' }]);
		expect(await usd(recipient)).toBe(parseUnits('12.50', 6));
	});

	it('refuses what is over the budget, and says how to get on', async () => {
		await editor.node.fill('amount', '500');
		await editor.node.fill('reference', 'editor/too-much');
		const { ok, message, description } = await run('refusal-over-budget');
		expect(ok).toBe(false);
		expect(message).toContain('needs 500 dUSD, more than the whole dUSD budget of this key, 100 dUSD');
		expect(description).toContain('Set Spend Limit');
		expect(await usd(recipient)).toBe(parseUnits('12.50', 6));
	});

	it('refuses an amount with a comma', async () => {
		await editor.node.fill('amount', '1,50');
		const { message, description } = await run('refusal-comma');
		expect(message).toContain('"Amount" is "1,50", not a decimal amount');
		expect(description).toContain('1250.50');
	});

	it('refuses a recipient that is a name', async () => {
		await editor.node.fill('amount', '1.50');
		await editor.node.identify('recipient', 'Name', 'anna.eth');
		expect((await run('refusal-recipient')).message).toContain('"Recipient" is "anna.eth", not an address');
	});

	it('refuses a token that is none', async () => {
		await editor.node.identify('recipient', 'Address', recipient);
		await editor.node.identify('token', 'Address', accountOf().address);
		const { ok, message } = await run('refusal-token');
		expect(ok).toBe(false);
		expect(message).toContain('token');
	});

	it('refuses a reference of which a part is missing', async () => {
		await editor.node.identify('token', 'Address', world.devnet.tokens.usd6.address);
		await editor.node.expression('reference', '=salary/{{ $json.month }}/anna');
		const { ok, message } = await run('refusal-reference');
		expect(ok).toBe(false);
		expect(message).toContain('missing');
	});
});

describe('Send to payees of the credential', () => {
	const name = 'Anna Berg';
	const other = freshAddress();

	beforeAll(async () => {
		const { agentSessionKeyApi } = await world.credentials({
			name: 'Key with payees',
			type: 'agentSessionKeyApi',
			data: {
				accountAddress: account.address,
				privateKey: account.keys[0]!.privateKey,
				payees: `${name}, ${recipient}\nBen Mayer, ${other}`,
				onlyPayees: true,
			},
		});
		await drag('Send a payment', agentSessionKeyApi!.name);
		await editor.node.identify('token', 'Address', world.devnet.tokens.usd6.address);
	});

	it('pays somebody chosen from the list, and says the name', async () => {
		const before = await usd(recipient);
		await editor.node.pick('recipient', name);
		await editor.node.fill('amount', '1.25');
		await editor.node.fill('reference', 'editor/from-list');
		const { items } = await run('sessionKey-send-payee');
		expect(items).toMatchObject([{ status: 'paid', to: recipient, toName: name }]);
		expect(items[0]!.summary).toContain(`Paid 1.25 dUSD to ${name} (`);
		expect((await usd(recipient)) - before).toBe(1_250_000n);
	});

	it('pays the name that an expression gives', async () => {
		await editor.node.identify('recipient', 'Name', 'x');
		await editor.node.expression('recipient', "={{ 'ben ' + 'mayer' }}");
		await editor.node.fill('reference', 'editor/by-name');
		expect((await run('sessionKey-send-by-name')).items).toMatchObject([{ status: 'paid', toName: 'Ben Mayer' }]);
		expect(await usd(other)).toBe(1_250_000n);
	});

	it('pays nobody else', async () => {
		const stranger = freshAddress();
		await editor.node.expression('recipient', `={{ 'Ben Mayer, ${stranger}' }}`);
		await editor.node.fill('reference', 'editor/stranger');
		const { ok, message } = await run('refusal-not-a-payee');
		expect({ ok, message }).toMatchObject({ ok: false, message: expect.stringContaining(`is ${other} under Payees`) });
		expect(await usd(stranger)).toBe(0n);
	});
});

describe('a contract', () => {
	beforeAll(() => drag('Execute a contract function'));

	it('has a field for each argument of the function', async () => {
		const { node } = editor;
		await node.fill('contract', world.devnet.tokens.usd6.address);
		await node.fill('function', 'transfer(address to, uint256 amount)');
		await editor.page.getByText('to (address)').waitFor();
		expect(await node.fields()).toEqual(
			expect.arrayContaining(['arguments.value["to"]', 'arguments.value["amount"]', 'reference']),
		);
		await editor.screenshotForm('form-sessionKey-contract-arguments');
	});

	it('is called with them', async () => {
		const { node } = editor;
		const before = await usd(recipient);
		await node.fill('arguments.value["to"]', recipient);
		await node.fill('arguments.value["amount"]', '2500000');
		await node.fill('reference', 'editor/contract');
		const { items } = await run('sessionKey-contract-paid');
		expect(items).toMatchObject([{ status: 'paid', function: 'transfer', reference: 'editor/contract' }]);
		expect((await usd(recipient)) - before).toBe(2_500_000n);
		expect((await run('sessionKey-contract-alreadyPaid')).items).toMatchObject([{ status: 'alreadyPaid' }]);
		expect((await usd(recipient)) - before).toBe(2_500_000n);
	});

	it('refuses a function that the key may not call', async () => {
		const { node } = editor;
		await node.fill('function', 'approve(address spender, uint256 amount)');
		await editor.page.getByText('spender (address)').waitFor();
		await node.fill('arguments.value["spender"]', recipient);
		await node.fill('arguments.value["amount"]', '1');
		await node.fill('reference', 'editor/approve');
		const { ok, message, description } = await run('refusal-function');
		expect(ok).toBe(false);
		expect(`${message} ${description}`).toContain('approve');
	});

	it('refuses what is no function', async () => {
		await editor.node.fill('function', 'transfer');
		const { ok, message } = await run('refusal-no-function');
		expect(ok).toBe(false);
		expect(message).toContain('"Function"');
	});

	it('is read', async () => {
		const { node } = editor;
		await node.choose('operation', 'Read');
		await node.fill('function', 'balanceOf(address owner) view returns (uint256)');
		await editor.page.getByText('owner (address)').waitFor();
		await node.fill('arguments.value["owner"]', recipient);
		const { items } = await run('sessionKey-contract-read');
		expect(items).toMatchObject([{ function: 'balanceOf', result: String(await usd(recipient)) }]);
	});
});

it('leaves no secret in n8n’s database and log', async () => {
	expect(await world.leaked([account.keys[0]!.privateKey, world.devnet.url])).toEqual([]);
});
