import type { IDataObject } from 'n8n-workflow';
import { encodeFunctionData, type Address, type Hex } from 'viem';
import { SessionKeyPluginAbi } from '@alchemy/aa-accounts';
import { predecessorOf, listSessionKeys } from '../../core/plugin/keyList';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { connectionTo, freshAddress } from '../support/payer';
import { runNode, type NodeRunResult } from '../support/runNode';
import { alchemyApiFor } from '../support/credentials';
import {
	balanceOf,
	connect,
	fundedAccount,
	startOwnDevnet,
	tokenBudget,
	type Devnet,
	type DevnetClient,
	type SmartAccount,
} from './support/devnet';

jest.setTimeout(120_000);

let devnet: DevnetClient;
beforeAll(async () => {
	devnet = await connect();
});

/** A workflow with one credential, as it is in n8n's database. */
function workflowOf(accountAddress: Address, agent: IDataObject = {}) {
	const credentials: Record<string, IDataObject> = {
		alchemyApi: alchemyApiFor(devnet),
		agentSessionKeyApi: { accountAddress, ...agent },
	};
	const run = async (parameters: IDataObject): Promise<NodeRunResult> => {
		const result = await runNode(new SessionKey(), { parameters, credentials });
		for (const secret of secretsIn(credentials.agentSessionKeyApi)) {
			if (result.stored.toLowerCase().includes(secret)) throw new Error('a private key is in the execution');
		}
		return result;
	};
	return {
		credentials,
		run,
		item: async (parameters: IDataObject) => {
			const { items, error } = await run(parameters);
			if (error) throw error;
			return items[0]?.json as IDataObject;
		},
	};
}

function secretsIn(value: unknown): string[] {
	return [...JSON.stringify(value).matchAll(/"privateKey":"(?:0x)?([0-9a-f]{64})"/gi)].map(([, hex]) => hex as string);
}

const create = (purpose: 'first' | 'next') => ({ resource: 'key', operation: 'create', purpose });
const finishRotation = { resource: 'key', operation: 'finishRotation' };
const payment = (recipient: Address, reference: string, more: IDataObject = {}) => ({
	resource: 'payment',
	operation: 'send',
	recipient,
	token: { __rl: true, mode: 'address', value: devnet.tokens.usd6.address },
	amount: '1.5',
	reference,
	options: { timeLimit: 8 },
	...more,
});

/** What Session Key Manager > Key > Rotate does. */
async function rotate(account: SmartAccount, oldKey: Address, newKey: Address): Promise<void> {
	const keys = await listSessionKeys(connectionTo(devnet), account.address);
	const args = [oldKey, predecessorOf(keys, oldKey) as Hex, newKey] as const;
	const data = encodeFunctionData({ abi: SessionKeyPluginAbi, functionName: 'rotateSessionKey', args });
	const { success } = await account.asOwner(data);
	expect(success).toBe(true);
}

/** An account that has registered the key that the credential made. */
async function registeredAgent() {
	const account = await fundedAccount(devnet, {
		keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 100_000_000n) }],
	});
	const workflow = workflowOf(account.address);
	const { keyAddress } = (await workflow.item(create('first'))) as { keyAddress: Address };
	await rotate(account, account.keys[0]!.address, keyAddress);
	return { account, workflow, first: keyAddress };
}

describe('a key that is born in n8n', () => {
	it('is answered as an address, with words for the owner, and pays once it is registered', async () => {
		const account = await fundedAccount(devnet, {
			keys: [{ permissions: tokenBudget(devnet.tokens.usd6, 5_000_000n) }],
		});
		const workflow = workflowOf(account.address);
		const empty = await workflow.run(payment(freshAddress(), 'too early'));
		expect(empty.error?.message).toContain('holds no key yet');

		const born = await workflow.item(create('first'));
		expect(born).toMatchObject({ status: 'created', account: account.address });
		expect(born.forOwner).toContain(`register the session key ${born.keyAddress}`);
		expect(await workflow.item(create('first'))).toMatchObject({ status: 'alreadyThere', keyAddress: born.keyAddress });

		const unknown = await workflow.run(payment(freshAddress(), 'not registered'));
		expect(unknown.error?.message).toContain('is not a session key of the smart account');
		await rotate(account, account.keys[0]!.address, born.keyAddress as Address);
		expect(await workflow.item(payment(freshAddress(), 'registered'))).toMatchObject({ status: 'paid' });
	});

	it('can not be replaced unnoticed', async () => {
		const { account, workflow, first } = await registeredAgent();
		const { oauthTokenData: _, ...wiped } = workflow.credentials.agentSessionKeyApi as IDataObject;
		const emptied = workflowOf(account.address, wiped);
		for (const parameters of [payment(freshAddress(), 'wiped'), create('first'), create('next')]) {
			expect((await emptied.run(parameters)).error?.message).toContain(
				`says that its key is ${first}, but holds no key`,
			);
		}
	});
});

describe('rotation', () => {
	it('goes on paying with the key that is registered, before and after the owner rotates', async () => {
		const { account, workflow, first } = await registeredAgent();
		expect(await workflow.item(finishRotation)).toMatchObject({ status: 'nothingToFinish', keyAddress: first });
		const next = await workflow.item(create('next'));
		expect(next).toMatchObject({ status: 'created', oldKeyAddress: first });
		expect(next.forOwner).toContain(`rotate the session key ${first}`);
		expect(await workflow.item(create('next'))).toMatchObject({ status: 'alreadyThere', keyAddress: next.keyAddress });
		expect((await workflow.run(finishRotation)).error?.message).toContain('is not a session key of the smart account');
		expect(await workflow.item(payment(freshAddress(), 'before'))).toMatchObject({ status: 'paid' });

		await rotate(account, first, next.keyAddress as Address);
		expect(await workflow.item(payment(freshAddress(), 'between'))).toMatchObject({ status: 'paid' });
		expect(await workflow.item(finishRotation)).toMatchObject({
			status: 'finished',
			keyAddress: next.keyAddress,
			oldKeyAddress: first,
		});
		expect(await workflow.item(payment(freshAddress(), 'after'))).toMatchObject({ status: 'paid' });
		expect(secretsIn(workflow.credentials.agentSessionKeyApi)).toHaveLength(1);
	});

	it('finishes a rotation that was left open when the one after it begins', async () => {
		const { account, workflow, first } = await registeredAgent();
		const second = (await workflow.item(create('next'))) as { keyAddress: Address };
		await rotate(account, first, second.keyAddress);
		const third = await workflow.item(create('next'));
		expect(third).toMatchObject({ status: 'created', oldKeyAddress: second.keyAddress });
		expect(third.keyAddress).not.toBe(second.keyAddress);
		expect(workflow.credentials.agentSessionKeyApi).toMatchObject({ keyAddress: second.keyAddress });
	});

	it('pays once, when the owner rotates between the look and the sending', async () => {
		const { account, workflow, first } = await registeredAgent();
		const { keyAddress } = (await workflow.item(create('next'))) as { keyAddress: Address };
		const recipient = freshAddress();
		// The first sending is held up long enough for the rotation to come before it.
		await devnet.faults.set({ kind: 'latency', milliseconds: 2_000, match: ['eth_sendUserOperation'], times: 1 });
		const paying = workflow.item(payment(recipient, 'in between'));
		await untilAsked('eth_estimateUserOperationGas');
		await rotate(account, first, keyAddress);
		expect(await paying).toMatchObject({ status: 'paid' });
		expect(await workflow.item(payment(recipient, 'in between'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(1_500_000n);
	});
});

describe('payments that are paused while one is being made', () => {
	it('are tried with no other key any more', async () => {
		const { account, workflow, first } = await registeredAgent();
		const { keyAddress } = (await workflow.item(create('next'))) as { keyAddress: Address };
		const recipient = freshAddress();
		await devnet.faults.set({ kind: 'latency', milliseconds: 2_000, match: ['eth_sendUserOperation'], times: 1 });
		const paying = workflow.run(payment(recipient, 'paused meanwhile'));
		await untilAsked('eth_estimateUserOperationGas');
		workflow.credentials.agentSessionKeyApi = { ...workflow.credentials.agentSessionKeyApi, pausePayments: true };
		await rotate(account, first, keyAddress);
		await paying;
		expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(0n);
	});
});

/** Holding the bundler needs one of its own. */
describe('rotation while a payment waits at the bundler', () => {
	let before: DevnetClient;
	let own: Devnet;
	beforeAll(async () => {
		before = devnet;
		own = await startOwnDevnet();
		devnet = own;
	});
	afterAll(async () => {
		devnet = before;
		await own.close();
	});

	it('pays with the new key, once, when the old one can never be included any more', async () => {
		const { account, workflow, first } = await registeredAgent();
		const { keyAddress } = (await workflow.item(create('next'))) as { keyAddress: Address };
		const recipient = freshAddress();
		await devnet.request('debug_bundler_setBundlingMode', ['manual']);
		const paying = workflow.item(payment(recipient, 'held back', { options: { timeLimit: 5 } }));
		await untilAsked('eth_getUserOperationReceipt');
		await rotate(account, first, keyAddress);
		await devnet.request('debug_bundler_setBundlingMode', ['auto']);
		expect(await paying).toMatchObject({ status: 'paid' });
		expect(await workflow.item(payment(recipient, 'held back'))).toMatchObject({ status: 'alreadyPaid' });
		expect(await balanceOf(devnet.request, devnet.tokens.usd6, recipient)).toBe(1_500_000n);
	});
});

async function untilAsked(method: string): Promise<void> {
	for (;;) {
		const calls = await devnet.calls.list();
		if (calls.some(({ methods }) => methods.includes(method))) return;
		await new Promise((resolve) => setTimeout(resolve, 20));
	}
}
