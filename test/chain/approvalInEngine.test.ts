import type { IDataObject } from 'n8n-workflow';
import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, padHex, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { tokenTransfer } from '../../core/calls';
import { ENTRY_POINT } from '../../core/contracts';
import { sleep } from '../support/payer';
import { startWaiting, type Answered } from '../support/waitingWorkflow';
import { alchemyApiFor } from '../support/credentials';
import { connect, fundedAccount, tokenBudget, type DevnetClient } from './support/devnet';
import { requestIn } from './support/visit';

jest.setTimeout(120_000);

let devnet: DevnetClient;
beforeAll(async () => {
	devnet = await connect();
});

/** A workflow that waits to remove the account's one key, or for another change of it. */
async function waiting(resumeToken?: string, change: IDataObject = {}) {
	const keys = [{ permissions: tokenBudget(devnet.tokens.usd6, 1n) }];
	const account = await fundedAccount(devnet, { eth: parseEther('5'), keys });
	const { address } = account.keys[0]!;
	const credentials: Record<string, IDataObject> = {
		alchemyApi: alchemyApiFor(devnet),
	};
	const parameters = {
		resource: 'key',
		operation: 'remove',
		signedBy: 'wallet',
		// Expressions are evaluated when the page is opened, too.
		accountAddress: `={{ "${account.address}" }}`,
		sessionKey: { __rl: true, mode: 'address', value: address },
		approveWithin: 2,
		...change,
	};
	const workflow = await startWaiting(parameters, credentials, resumeToken);
	const query = Object.fromEntries(new URL(workflow.url).searchParams) as IDataObject;
	return { workflow, query, account, key: address, ownerKey: account.owner.privateKey };
}

describe.each([
	['n8n 2, with its own secret in the address', 'a-secret'],
	['n8n 1, which has none', undefined],
])("waiting for the owner's wallet in n8n's engine: %s", (_, resumeToken) => {
	it('waits, shows the page, and goes on with the result', async () => {
		const { workflow, query, key, ownerKey } = await waiting(resumeToken);
		const hours = ((workflow.waitTill?.getTime() ?? 0) - Date.now()) / 3_600_000;
		expect(hours).toBeGreaterThan(2);
		// Whoever answers in the last second is waited for: two minutes (Time Limit) and one to check.
		expect(hours).toBeLessThanOrEqual(2.05);
		expect(query).toEqual(resumeToken ? { signature: resumeToken } : { code: expect.stringMatching(/^[0-9a-f]{64}$/) });
		const page = await workflow.visit(query);
		expect(page.status).toBe(200);
		expect(workflow.result()).toBeUndefined();
		const { message, operation, seal, shown } = requestIn(page as never);
		const signature = await privateKeyToAccount(ownerKey).signMessage({ message: { raw: message } });
		const { body } = await workflow.visit(query, { action: 'approve', operation, seal, shown, signature });
		expect(body).toMatchObject({ title: 'Done' });
		expect(workflow.result()).toEqual([
			expect.objectContaining({ approval: 'approved', status: 'done', keyAddress: key, deleted: true }),
		]);
		expect(workflow.stored).not.toContain(ownerKey.slice(2));
	});

	it('asks for one and the same change each time it is opened, whatever its expressions have become', async () => {
		const newSessionKey = privateKeyToAccount(generatePrivateKey()).address;
		const tag = '={{ "asked at " + Date.now() }}';
		const key = { operation: 'add', newSessionKey, tag, gasProtection: 'limit', gasLimit: '0.1' };
		const { workflow, query, ownerKey } = await waiting(resumeToken, key);
		const first = await workflow.visit(query);
		const second = await workflow.visit(query);
		const told = (page: Answered) => /<h2>What will change<\/h2>[^]*?<\/ul>/.exec(String(page.body))?.[0];
		expect(told(first)).toMatch(/is added with the tag .*asked at \d+/);
		expect(told(second)).toBe(told(first));
		const { message, operation, seal, shown } = requestIn(first as never);
		const signature = await privateKeyToAccount(ownerKey).signMessage({ message: { raw: message } });
		const { body } = await workflow.visit(query, { action: 'approve', operation, seal, shown, signature });
		expect(body).toMatchObject({ title: 'Done' });
	});

	it('goes on with the reason', async () => {
		const { workflow, query } = await waiting(resumeToken);
		await workflow.visit(query, { action: 'decline', reason: 'no' });
		expect(workflow.result()).toEqual([{ approval: 'declined', reason: 'no' }]);
	});

	it('goes on with "expired" by itself', async () => {
		const { workflow } = await waiting(resumeToken);
		await workflow.expire();
		expect(workflow.result()).toEqual([expect.objectContaining({ approval: 'expired' })]);
	});

	it('takes a message of this execution and node only', async () => {
		const { workflow, query, ownerKey } = await waiting(resumeToken);
		const { message, operation } = requestIn((await workflow.visit(query)) as never);
		const signature = await privateKeyToAccount(ownerKey).signMessage({ message: { raw: message } });
		const { body } = await workflow.visit(query, { action: 'approve', operation, seal: 'x', signature });
		expect(body).toMatchObject({ text: expect.stringContaining('not built by this page') });
		expect(workflow.result()).toBeUndefined();
	});
});

it('on n8n 1 the page opens to nobody without the code', async () => {
	const { workflow } = await waiting();
	const guesses: IDataObject[] = [{}, { code: generatePrivateKey().slice(2) }, { code: '' }, { signature: 'x' }];
	for (const query of guesses) {
		expect((await workflow.visit(query)).status).toBe(403);
		expect((await workflow.visit(query, { action: 'decline' })).status).toBe(403);
	}
	expect(workflow.result()).toBeUndefined();
});

describe('a change that was made in the meantime', () => {
	/** Waits for the owner, who meanwhile makes the change elsewhere. */
	async function madeElsewhere(change: IDataObject = {}) {
		const asked = await waiting('a-secret', change);
		const { account, key } = asked;
		const data = encodeFunctionData({
			abi: SessionKeyPluginExecutionFunctionAbi,
			functionName: 'removeSessionKey',
			args: [key, padHex('0x01', { size: 32 })],
		});
		expect(await account.asOwner(data)).toMatchObject({ success: true });
		return { ...asked, done: { approval: 'approved', status: 'done', account: account.address } };
	}

	it('is never told as declined', async () => {
		const { workflow, query, done } = await madeElsewhere();
		const { body } = await workflow.visit(query, { action: 'decline', reason: 'no' });
		expect(body).toMatchObject({ kind: 'good', title: 'Done', final: true });
		expect(workflow.result()).toEqual([expect.objectContaining(done)]);
	});

	it('is told on the page that is opened again, and the workflow goes on with it', async () => {
		const { workflow, query, done } = await madeElsewhere();
		expect((await workflow.visit(query)).body).toContain('The change has already been made');
		expect(workflow.result()).toEqual([expect.objectContaining(done)]);
	});

	it('is told when the time is over, in place of "expired"', async () => {
		const { workflow, query, done } = await madeElsewhere({ approveWithin: 0.0001 });
		await sleep(400);
		expect((await workflow.visit(query)).body).toContain('The change has already been made');
		expect(workflow.result()).toEqual([expect.objectContaining(done)]);
	});

	it('is told to whoever signs what can not be signed any more', async () => {
		const { workflow, query, key, account, ownerKey } = await waiting('a-secret');
		const { message, operation, seal, shown } = requestIn((await workflow.visit(query)) as never);
		const data = encodeFunctionData({
			abi: SessionKeyPluginExecutionFunctionAbi,
			functionName: 'removeSessionKey',
			args: [key, padHex('0x01', { size: 32 })],
		});
		expect(await account.asOwner(data)).toMatchObject({ success: true });
		const signature = await privateKeyToAccount(ownerKey).signMessage({ message: { raw: message } });
		const { body } = await workflow.visit(query, { action: 'approve', operation, seal, shown, signature });
		expect(body).toMatchObject({ kind: 'good', title: 'Done' });
		expect(workflow.result()).toEqual([expect.objectContaining({ approval: 'approved', status: 'done' })]);
	});

	it("is known by the page's own operation where the chain shows nothing else: what was used is forgotten", async () => {
		const { workflow, query, account, key, ownerKey } = await waiting('a-secret', {
			resource: 'permission',
			operation: 'setSpendLimit',
			limitOn: 'payments',
			token: { __rl: true, mode: 'address', value: devnet.tokens.usd6.address },
			change: 'set',
			amount: '0.000001',
			used: 'reset',
		});
		expect(await account.asKey([tokenTransfer(devnet.tokens.usd6.address, key, 1n)])).toMatchObject({ success: true });
		const { message, operation, seal, shown } = requestIn((await workflow.visit(query)) as never);
		const signature = await privateKeyToAccount(ownerKey).signMessage({ message: { raw: message } });
		await devnet.request('eth_sendUserOperation', [{ ...operation, signature }, ENTRY_POINT]);
		while (!(await devnet.request('eth_getUserOperationReceipt', [message]))) await sleep(100);
		const { body } = await workflow.visit(query, { action: 'decline', operation, seal, shown, reason: 'no' });
		expect(body).toMatchObject({ title: 'Done' });
		expect(workflow.result()).toEqual([
			expect.objectContaining({ approval: 'approved', status: 'done', userOperationHash: message }),
		]);
	});

	it('is not claimed and not denied where the chain does not answer', async () => {
		const { workflow, query } = await waiting('a-secret');
		await devnet.faults.set({ kind: 'http', status: 401 });
		try {
			const { body } = await workflow.visit(query, { action: 'decline', reason: 'no' });
			expect(JSON.stringify(body)).not.toContain('Nothing was changed');
			expect(workflow.result()).toEqual([
				{ approval: 'declined', reason: 'no', note: expect.stringContaining('it is not known whether') },
			]);
		} finally {
			await devnet.faults.clear();
		}
	});
});
