import type { IDataObject } from 'n8n-workflow';
import { parseEther, parseUnits, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { alchemyApiFor } from '../support/credentials';
import { freshAddress, permissionsFor } from '../support/payer';
import { runNode } from '../support/runNode';
import { startWaiting } from '../support/waitingWorkflow';
import { balanceOf, connect, fundedAccount, type DevnetClient } from './support/devnet';

jest.setTimeout(120_000);

let devnet: DevnetClient;
beforeAll(async () => {
	devnet = await connect();
});

const wallets = () => [generatePrivateKey(), generatePrivateKey()].map((key) => privateKeyToAccount(key));

/** An agent whose payments need an approval above 100 dollars, and a workflow that asks for it. */
async function payroll(more: IDataObject = {}, amounts = ['120', '30.5', '0.25']) {
	const [anna, ben] = wallets() as [ReturnType<typeof privateKeyToAccount>, ReturnType<typeof privateKeyToAccount>];
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [{ permissions: permissionsFor(devnet, { kind: 'free lanes' }) }],
	});
	const credentials: Record<string, IDataObject> = {
		alchemyApi: alchemyApiFor(devnet),
		agentSessionKeyApi: {
			accountAddress: account.address,
			privateKey: account.keys[0]!.privateKey,
			approvers: anna.address,
			approvalsNeeded: 1,
			approvalAbove: `100 ${devnet.tokens.usd6.address}`,
			approveByClick: false,
			...more,
		},
	};
	const items = amounts.map((amount, index) => ({
		who: `Person ${index}`,
		to: freshAddress(),
		amount,
		reference: `salary/2026-11/${account.address.slice(2, 10)}/${index}`,
	}));
	return { anna, ben, account, credentials, items };
}

const form = () => ({
	recipient: '={{ $json.to }}',
	amount: '={{ $json.amount }}',
	reference: '={{ $json.reference }}',
	token: { __rl: true, mode: 'address', value: devnet.tokens.usd6.address },
});

type Payroll = Awaited<ReturnType<typeof payroll>>;

async function asked(
	{ credentials, items }: Payroll,
	resumeToken: string | undefined = 'a-secret',
	more: IDataObject = {},
) {
	const parameters = { resource: 'payment', operation: 'requestApproval', approveWithin: 2, ...form(), ...more };
	const workflow = await startWaiting(parameters, credentials, resumeToken, { node: new SessionKey(), items });
	const query = Object.fromEntries(new URL(workflow.url).searchParams) as IDataObject;
	const post = async (body: IDataObject) => (await workflow.visit(query, body)).body as IDataObject;
	/** What the page's script has to be signed, of a choice of lines. */
	const choose = async (out: number[] = [], approvals: unknown[] = []) => {
		const told = await post({ action: 'choose', out, approvals });
		return told as { request: { typedData: string; seal: string }; parts: Record<string, string>; signed: string };
	};
	const sign = async (wallet: Payroll['anna'], out: number[] = [], approvals: unknown[] = []) => {
		const { request } = await choose(out, approvals);
		const signature = await wallet.signTypedData(JSON.parse(request.typedData));
		return post({ action: 'approve', out, approvals, signature });
	};
	return {
		workflow,
		query,
		post,
		choose,
		sign,
		page: async () => String((await workflow.visit(query)).body),
	};
}

/** Pays items, each by itself or all together. */
async function pay({ credentials }: Payroll, items: IDataObject[], more: IDataObject = {}) {
	const parameters = { resource: 'payment', operation: 'send', simplify: false, ...form(), ...more };
	const { items: paid, error } = await runNode(new SessionKey(), {
		parameters,
		credentials,
		items,
		continueOnFail: true,
	});
	if (error) throw error;
	return paid.map(({ json }) => json);
}

const outcomes = (paid: IDataObject[]) =>
	paid.map(({ status, refusal }) => (refusal as IDataObject | undefined)?.code ?? status);
const received = (items: readonly { to: Address }[]) =>
	Promise.all(items.map(({ to }) => balanceOf(devnet.request, devnet.tokens.usd6, to)));

describe.each([
	['n8n 2', 'a-secret'],
	['n8n 1', undefined],
])("payments that are approved, in n8n's engine: %s", (_, resumeToken) => {
	it('waits, shows the page, and pays what was signed; each item tells who approved', async () => {
		const run = await payroll();
		const { workflow, page, sign } = await asked(run, resumeToken ?? undefined);
		const text = await page();
		expect(text).toContain('Pay 150.75 dUSD to 3 recipients?');
		for (const { to, reference } of run.items) expect([to, reference].every((one) => text.includes(one))).toBe(true);
		// On a long chain the endpoint doesn't show payments without a reference.
		expect(text).toMatch(
			/New: no session key of this account has paid this address before\.|Perhaps new: this account has made no payment with a reference yet\./,
		);
		expect(workflow.result()).toBeUndefined();
		expect(await sign(run.anna)).toMatchObject({ title: 'Approved', final: true });
		const items = workflow.result() as IDataObject[];
		expect(items).toEqual(
			run.items.map((item) => ({
				...item,
				approvalStatus: 'approved',
				approval: expect.objectContaining({ status: 'approved' }),
			})),
		);
		const paid = await pay(run, items);
		expect(outcomes(paid)).toEqual(['paid', 'paid', 'paid']);
		expect(await received(run.items)).toEqual(run.items.map(({ amount }) => parseUnits(amount, 6)));
		for (const one of paid) {
			expect(one).toMatchObject({
				approvedBy: run.anna.address,
				approval: {
					lines: expect.arrayContaining([expect.objectContaining({ reference: one.reference })]),
					approvers: [
						{ by: 'wallet', address: run.anna.address, signature: expect.stringMatching(/^0x[0-9a-f]{130}$/) },
					],
				},
			});
		}
		// The account's books know who approved, where the approvals are given; a line that was changed has nobody.
		const list = { resource: 'payment', operation: 'getMany', returnAll: true, simplify: true };
		const references = run.items.map(({ reference }) => reference).join('\n');
		const given = JSON.stringify(paid[0]!.approval);
		const listed = async (approvals: string) => {
			const options = { references, approvals };
			const parameters = { ...list, options };
			const { items: rows, error } = await runNode(new SessionKey(), { parameters, credentials: run.credentials });
			if (error) throw error;
			return rows.map(({ json }) => json.approvedBy);
		};
		expect(await listed(given)).toEqual(run.items.map(() => run.anna.address));
		expect(await listed(given.replace('"120"', '"121"'))).toEqual(run.items.map(() => ''));
		// A second run with the same approval finds everything paid.
		expect(outcomes(await pay(run, items))).toEqual(['alreadyPaid', 'alreadyPaid', 'alreadyPaid']);
		expect(workflow.stored).not.toContain(run.account.keys[0]!.privateKey.slice(2));
	});
});

describe('what is not approved', () => {
	it('is not paid above the amount, split or not, by whichever operation; below it is', async () => {
		const run = await payroll();
		const [big, small] = run.items;
		const paid = await pay(run, [small!, { ...big!, amount: '69.500001' }, big!]);
		expect(outcomes(paid)).toEqual(['paid', 'approvalMissing', 'approvalMissing']);
		expect(outcomes(await pay(run, [big!, big!], { operation: 'sendBatch' }))).toEqual([
			'approvalMissing',
			'approvalMissing',
		]);
		const execute = {
			resource: 'contract',
			operation: 'execute',
			contract: devnet.tokens.usd6.address,
			functionSource: 'signature',
			function: 'transfer(address to, uint256 amount)',
			arguments: { mappingMode: 'defineBelow', value: { to: big!.to, amount: '100000001' } },
		};
		expect(outcomes(await pay(run, [big!], execute))).toEqual(['approvalMissing']);
		expect(await received([big!])).toEqual([0n]);
	});

	it('needs no page where nothing is above it', async () => {
		const run = await payroll({}, ['40', '50']);
		const { workflow } = await asked(run);
		expect(workflow.result()).toEqual(
			run.items.map((item) => ({ ...item, approvalStatus: 'notNeeded', approval: '' })),
		);
	});

	it('is what was changed between the approval and the payment: amount, address, account', async () => {
		const run = await payroll();
		const { workflow, sign } = await asked(run);
		await sign(run.anna);
		const [first, second, third] = workflow.result() as IDataObject[];
		const edited = [{ ...first, amount: '121' }, { ...second, to: freshAddress() }, third!];
		const paid = await pay(run, edited);
		expect(outcomes(paid)).toEqual(['approvalDiffers', 'approvalDiffers', 'paid']);
		expect(paid[0]).toMatchObject({ error: expect.stringContaining('was approved as 120 dUSD and is now 121 dUSD') });
		const other = await payroll();
		expect(
			outcomes(
				await pay(
					{
						...run,
						credentials: {
							...other.credentials,
							agentSessionKeyApi: { ...other.credentials.agentSessionKeyApi, approvers: run.anna.address },
						},
					},
					[first!],
				),
			),
		).toEqual(['approvalDiffers']);
	});

	it('is what was taken out, declined or not answered, below the amount too', async () => {
		const run = await payroll();
		const first = await asked(run);
		const { parts } = await first.choose([0, 1]);
		expect(parts.headline).toMatch(/^Pay 0.25 dUSD to 0x/);
		await first.sign(run.anna, [1]);
		const items = first.workflow.result() as IDataObject[];
		expect(items.map(({ approvalStatus }) => approvalStatus)).toEqual(['approved', 'takenOut', 'approved']);
		expect(outcomes(await pay(run, items))).toEqual(['paid', 'approvalDiffers', 'paid']);
		const second = await asked(await payroll());
		await second.post({ action: 'decline', reason: 'Not this month' });
		const declined = second.workflow.result() as IDataObject[];
		expect(declined[2]).toMatchObject({ who: 'Person 2', approvalStatus: 'declined', reason: 'Not this month' });
		const told = await pay(run, declined);
		expect(outcomes(told)).toEqual(['approvalMissing', 'approvalMissing', 'approvalMissing']);
		expect(told[2]).toMatchObject({ error: expect.stringContaining('was declined: "Not this month"') });
		const third = await asked(run);
		await third.workflow.expire();
		const expired = third.workflow.result() as IDataObject[];
		expect(expired[2]).toMatchObject({ who: 'Person 2', approvalStatus: 'expired' });
		expect(outcomes(await pay(run, expired.slice(1, 2)))).toEqual(['approvalMissing']);
	});

	it('is nothing at all after the approvers were changed, or in another batch', async () => {
		const run = await payroll();
		const { workflow, sign } = await asked(run);
		await sign(run.anna);
		const items = workflow.result() as IDataObject[];
		const withBen = { ...run.credentials.agentSessionKeyApi, approvers: run.ben.address };
		const changed = { ...run, credentials: { ...run.credentials, agentSessionKeyApi: withBen } };
		expect(outcomes(await pay(changed, items))).toEqual(['approvalMissing', 'approvalMissing', 'approvalMissing']);
		const together = { operation: 'sendBatch', reference: 'salaries/2026-11' };
		expect(outcomes(await pay(run, items, together))).toEqual([
			'approvalDiffers',
			'approvalDiffers',
			'approvalDiffers',
		]);
		expect(outcomes(await pay(run, items, { allowRepeats: true }))).toEqual([
			'approvalMissing',
			'approvalMissing',
			'approvalMissing',
		]);
	});
});

describe('who approves', () => {
	it('is refused where they are no approver, or signed something else', async () => {
		const run = await payroll();
		const { workflow, sign, choose, post } = await asked(run);
		expect(await sign(run.ben)).toMatchObject({
			kind: 'bad',
			text: expect.stringContaining('not among the approvers'),
		});
		const { request } = await choose([1]);
		const signature = await run.anna.signTypedData(JSON.parse(request.typedData));
		expect(await post({ action: 'approve', out: [], signature })).toMatchObject({ kind: 'bad' });
		expect(await post({ action: 'approve', out: [], signature: '0x12' })).toMatchObject({
			text: expect.stringContaining('no signature'),
		});
		expect(await post({ action: 'approve', out: [0, 1, 2], signature })).toMatchObject({
			text: expect.stringContaining('nothing is left'),
		});
		expect(await post({ action: 'approve', out: [], click: true })).toMatchObject({ kind: 'bad' });
		expect(workflow.result()).toBeUndefined();
	});

	it('may be two: the link carries the first signature, and the second ends the waiting', async () => {
		const [anna, ben] = wallets() as [Payroll['anna'], Payroll['anna']];
		const run = { ...(await payroll({ approvers: `${anna.address}\n${ben.address}`, approvalsNeeded: 2 })), anna, ben };
		const { workflow, sign, choose } = await asked(run);
		const told = await sign(anna, [2]);
		expect(told).toMatchObject({ title: '1 of 2', final: false });
		expect(workflow.result()).toBeUndefined();
		const { out, approvals } = told.next as { out: number[]; approvals: unknown[] };
		expect(out).toEqual([2]);
		expect((await choose(out, approvals)).signed).toContain(`1 of 2: signed by ${anna.address}`);
		expect(await sign(anna, out, approvals)).toMatchObject({ text: expect.stringContaining('has signed already') });
		expect(await sign(ben, [], approvals).catch(() => 'refused')).toBe('refused');
		expect(await sign(ben, out, approvals)).toMatchObject({ title: 'Approved' });
		const items = workflow.result() as IDataObject[];
		const paid = await pay(run, items);
		expect(outcomes(paid)).toEqual(['paid', 'paid', 'approvalDiffers']);
		expect(paid[0]).toMatchObject({ approvedBy: `${anna.address}, ${ben.address}` });
	});

	it('may be a click, where the credential says so; it is told as no signature', async () => {
		const run = await payroll({ approvers: '', approveByClick: true });
		const { workflow, choose, post } = await asked(run);
		const { request } = await choose();
		expect(await post({ action: 'approve', out: [1], click: true, seal: request.seal })).toMatchObject({ kind: 'bad' });
		expect(await post({ action: 'approve', out: [], click: true, seal: 'x' })).toMatchObject({ kind: 'bad' });
		expect(await post({ action: 'approve', out: [], click: true, seal: request.seal })).toMatchObject({
			title: 'Approved',
		});
		const items = workflow.result() as IDataObject[];
		const paid = await pay(run, items);
		expect(outcomes(paid)).toEqual(['paid', 'paid', 'paid']);
		expect(paid[0]).toMatchObject({ approvedBy: 'a click, no signature' });
		const seal = (items[0]!.approval as { approvers: { signature: Hex }[] }).approvers[0]!;
		const claims = {
			...items[0]!,
			approval: { ...(items[0]!.approval as object), approvers: [{ ...seal, by: 'wallet' }] },
		};
		expect(outcomes(await pay(run, [{ ...claims, reference: 'x' }]))).toEqual(['approvalDiffers']);
	});
});

it('asks again with what the chain knows by then: who was paid before, how much, and what is already paid', async () => {
	const run = await payroll({}, ['60', '30']);
	expect(outcomes(await pay(run, [run.items[0]!]))).toEqual(['paid']);
	const again = {
		...run,
		items: [{ ...run.items[0]!, amount: '130', reference: 'next' }, run.items[0]!, run.items[1]!],
	};
	const text = await (await asked(again as Payroll)).page();
	expect(text).toContain('The last payment to this address was of 60 dUSD');
	expect(text).toMatch(/This reference was used on .*: nothing more is paid under it/);
	expect(
		text.match(/New: no session key|Perhaps new: none of the last \d+ payments went to this address/g),
	).toHaveLength(1);
});

describe('an AI agent', () => {
	/** The node as a tool: n8n gives it a type of its own. */
	async function call(run: Payroll, parameters: IDataObject): Promise<IDataObject> {
		const tool = new SessionKey();
		tool.description = { ...tool.description, name: 'sessionKeyTool' };
		const { items, error } = await runNode(tool, {
			parameters: { resource: 'payment', operation: 'send', ...form(), ...parameters },
			credentials: run.credentials,
		});
		if (error) throw error;
		return items[0]!.json;
	}

	it('pays up to the amount by itself; above it is told what is needed, and nothing is paid until it is there', async () => {
		const run = await payroll();
		const [big, small] = [run.items[0]!, run.items[1]!];
		const of = ({ to, amount, reference }: IDataObject) => ({ recipient: to, amount, reference });
		expect(await call(run, of(small))).toMatchObject({ status: 'paid' });
		const told = await call(run, of(big));
		expect(told).toMatchObject({
			status: 'notSent',
			why: 'A payment of 120 dUSD needs an approval, and none came with it. Nothing was sent.',
			whatHelps: expect.stringContaining('Payment > Request Approval'),
		});
		// Whatever it makes up is no approval.
		const madeUp = [{ status: 'approved' }, '{"status":"approved","lines":[],"approvers":[]}', 'approved by the boss'];
		for (const approval of madeUp)
			expect((await call(run, { ...of(big), options: { approval } })).status).not.toBe('paid');
		expect(await received([big])).toEqual([0n]);
		const { workflow, sign } = await asked({ ...run, items: [big] } as Payroll);
		await sign(run.anna);
		const { approval } = workflow.result()![0]!;
		expect(await call(run, { ...of(big), options: { approval } })).toMatchObject({
			status: 'paid',
			approvedBy: run.anna.address,
		});
	});

	it('can ask nobody itself: a tool does not wait', async () => {
		const run = await payroll();
		const { to, amount, reference } = run.items[0]!;
		expect(await call(run, { operation: 'requestApproval', recipient: to, amount, reference })).toMatchObject({
			why: expect.stringContaining('does not work as a tool'),
			whatHelps: expect.stringContaining('human review'),
		});
	});
});
