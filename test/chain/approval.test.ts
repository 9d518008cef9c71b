import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { IDataObject } from 'n8n-workflow';
import { MultiOwnerPluginExecutionFunctionAbi, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import {
	concat,
	encodeFunctionData,
	hexToBigInt,
	keccak256,
	parseEther,
	parseGwei,
	stringToHex,
	toHex,
	type Address,
	type Hex,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { readAccount } from '../../core/accountState';
import { parseSignedOperation } from '../../core/approval/signedOperation';
import { hashUserOperation } from '../../core/userOperation/userOperation';
import { compileFolder } from '../../devnet/contracts/compile';
import { deployContract, transact } from '../../devnet/contracts/deploy';
import { minedReceipt } from '../../devnet/operations';
import { connectionTo } from '../support/payer';
import { alchemyApiFor } from '../support/credentials';
import { connect, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';
import { requestIn, visitPage, type Visit, type Waiting } from './support/visit';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	[usdc] = Object.values(devnet.tokens).map(({ address }) => address) as [Address];
});

const newAddress = (): Address => privateKeyToAccount(generatePrivateKey()).address;
const sign = (key: Hex, message: Hex) => privateKeyToAccount(key).signMessage({ message: { raw: message } });

const alchemyApi = (): Record<string, IDataObject> => ({
	alchemyApi: alchemyApiFor(devnet),
});
const addKey = (newSessionKey: Address): IDataObject => ({
	newSessionKey,
	tag: '<b>payroll</b>',
	budgets: {
		values: [
			{
				token: { __rl: true, mode: 'address', value: usdc },
				amount: '100',
				refresh: 'weekly',
				functions: 'transfer',
			},
		],
	},
	gasProtection: 'limit',
	gasLimit: '0.5',
	gasRefresh: 'never',
});

/** An account with one key, its owner outside of n8n, and a workflow that waits to add another key. */
async function waiting(more: Partial<Waiting> = {}) {
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [{ permissions: tokenBudget({ address: usdc }, 1n) }],
	});
	const key = newAddress();
	const parameters = {
		resource: 'key',
		operation: 'add',
		signedBy: 'wallet',
		accountAddress: account.address,
		...addKey(key),
	};
	const run: Waiting = { executionId: randomUUID(), parameters, credentials: alchemyApi(), ...more };
	const keys = async () =>
		(await readAccount(connectionTo(devnet), { address: account.address, owners: [], salt: 0n })).sessionKeys;
	return { run, key, keys, account, ownerKey: account.owner.privateKey };
}

/** What an honest page would give back. */
async function signedAnswer(page: Visit, ownerKey: Hex) {
	const { operation, seal, shown, message } = requestIn(page);
	return { action: 'approve', operation, seal, shown, signature: await sign(ownerKey, message) };
}

/** An owner may call the account by a plain transaction, too. */
async function ownersTransaction({ address: to, owner }: SmartAccount, data: Hex): Promise<void> {
	await transact(devnet.request, { from: devnet.operator, to: owner.address, value: parseEther('1') });
	const signer = privateKeyToAccount(owner.privateKey);
	const fees = { maxFeePerGas: parseGwei('100'), maxPriorityFeePerGas: parseGwei('1') };
	const plain = { type: 'eip1559', chainId: devnet.chainId, nonce: 0, gas: 1_000_000n, to, data, ...fees } as const;
	const hash = await devnet.request<Hex>('eth_sendRawTransaction', [await signer.signTransaction(plain)]);
	expect((await minedReceipt(devnet, hash)).status).toBe('0x1');
}

describe("the owner's wallet", () => {
	it('shows what will change, takes the signature, carries it out, and goes on with the result', async () => {
		const { run, key, keys, account, ownerKey } = await waiting();
		const page = await visitPage(run);
		expect(page.status).toBe(200);
		expect(page.item).toBeUndefined();
		for (const words of [
			key,
			account.address,
			account.owner.address,
			'A thief could take',
			'At most',
			'by the account itself',
		]) {
			expect(page.body).toContain(words);
		}
		expect(page.body).not.toContain('<b>payroll');
		expect(page.body).toContain('It may mark payments as paid once (payment references).');
		expect(page.body).toContain('Registry of payment references');
		expect(page.body).toContain('Amounts are shown with 6 decimals, as the token itself says');
		// Of a new key the page says once what it may do, in full.
		for (const words of [
			/may pay anyone up to 100 \w+ every 7 days\./g,
			/only payments \(transfer\(address,uint256\)\)/g,
			/may not pay any ETH/g,
			/may use up to 0\.5 ETH in all/g,
			/valid until an owner removes it/g,
		]) {
			expect(String(page.body).match(words)).toHaveLength(1);
		}
		const done = await visitPage(run, await signedAnswer(page, ownerKey));
		expect(done.body).toMatchObject({ kind: 'good', title: 'Done', final: true });
		expect(done.item).toMatchObject({
			approval: 'approved',
			status: 'done',
			keyAddress: key,
			key: { asPlanned: true },
		});
		expect(await keys()).toContain(key);
	});

	it('goes on with the reason when it is declined', async () => {
		const { run } = await waiting();
		const { body, item } = await visitPage(run, { action: 'decline', reason: ' too much ' });
		expect(body).toMatchObject({ title: 'Declined', final: true });
		expect(item).toEqual({ approval: 'declined', reason: 'too much' });
	});

	it('refuses whoever is no owner, and stays open for one who is', async () => {
		const { run, key, keys, ownerKey } = await waiting();
		const page = await visitPage(run);
		const wrong = await visitPage(run, await signedAnswer(page, generatePrivateKey()));
		expect(wrong.item).toBeUndefined();
		expect(wrong.body).toMatchObject({ kind: 'bad', final: false, text: expect.stringContaining('does not own') });
		const right = await visitPage(run, await signedAnswer(page, ownerKey));
		expect(right.item).toMatchObject({ approval: 'approved' });
		expect(await keys()).toContain(key);
	});

	it.each([
		['other calls', (operation: Record<string, string>) => ({ ...operation, callData: '0x1234' })],
		['more gas', (operation: Record<string, string>) => ({ ...operation, preVerificationGas: '0xffffff' })],
		['another nonce', (operation: Record<string, string>) => ({ ...operation, nonce: '0xff' })],
	])('refuses %s than it built, even when an owner signed that', async (_, tamper) => {
		const { run, key, keys, ownerKey } = await waiting();
		const page = await visitPage(run);
		const honest = await signedAnswer(page, ownerKey);
		const { item, body } = await visitPage(run, { ...honest, operation: tamper(requestIn(page).operation) });
		expect(item).toBeUndefined();
		expect(body).toMatchObject({ kind: 'bad', text: expect.stringContaining('not built by this page') });
		expect(await keys()).not.toContain(key);
	});

	it('refuses what was built for other parameters', async () => {
		const { run, keys, ownerKey } = await waiting();
		const page = await visitPage(run);
		const key = newAddress();
		const other = { ...run, parameters: { ...run.parameters, ...addKey(key) } };
		const { item, body } = await visitPage(other, await signedAnswer(page, ownerKey));
		expect(item).toBeUndefined();
		expect(body).toMatchObject({ text: expect.stringContaining('not what this request asks for') });
		expect(await keys()).not.toContain(key);
	});

	it('refuses a reply a second time, and says so on a page that is opened again', async () => {
		const { run, ownerKey } = await waiting();
		const answer = await signedAnswer(await visitPage(run), ownerKey);
		expect((await visitPage(run, answer)).item).toMatchObject({ approval: 'approved' });
		const replay = await visitPage(run, answer);
		expect(replay.item).toBeUndefined();
		expect(replay.body).toMatchObject({ kind: 'bad', title: 'Already answered' });
		expect((await visitPage(run)).body).toContain('There is nothing left to change');
		// Another execution that asks for the same can't take it either.
		const elsewhere = await visitPage({ ...run, executionId: randomUUID(), secret: 'another' }, answer);
		expect(elsewhere.item).toBeUndefined();
		expect(elsewhere.body).toMatchObject({ text: expect.stringContaining('not built by this page') });
	});

	it('knows its own change again when n8n ended before the workflow could be told', async () => {
		const { run, ownerKey, key } = await waiting();
		const answer = await signedAnswer(await visitPage(run), ownerKey);
		const { item: first } = await visitPage(run, answer);
		// A process that was started anew knows nothing of the answer.
		const { item, body } = await visitPage({ ...run, executionId: randomUUID() }, answer);
		expect(body).toMatchObject({ title: 'Done', final: true });
		expect(item).toMatchObject({ approval: 'approved', status: 'done', transaction: first?.transaction });
		expect(JSON.stringify(first)).toContain(key);
	});

	it('of two tabs, one comes through', async () => {
		const { run, ownerKey } = await waiting();
		const tabs = await Promise.all([visitPage(run), visitPage(run)]);
		const answers = await Promise.all(tabs.map((tab) => signedAnswer(tab, ownerKey)));
		await visitPage(run, answers[0]);
		const second = await visitPage(run, answers[1]);
		expect(second.item).toBeUndefined();
		expect(second.body).toMatchObject({ kind: 'bad', title: 'Already answered' });
	});

	it('takes no other answer while one is carried out: the workflow is told what happened', async () => {
		const { run, keys, key, ownerKey } = await waiting();
		const answer = await signedAnswer(await visitPage(run), ownerKey);
		const [approved, declined, twice] = await Promise.all([
			visitPage(run, answer),
			visitPage(run, { action: 'decline' }),
			visitPage(run, answer),
		]);
		expect(approved.item).toMatchObject({ approval: 'approved', status: 'done' });
		for (const { item, body } of [declined, twice]) {
			expect(item).toBeUndefined();
			expect(body).toMatchObject({ title: 'It is being answered right now', final: false });
		}
		expect((await visitPage(run, { action: 'decline' })).body).toMatchObject({ title: 'Already answered' });
		expect(await keys()).toContain(key);
	});

	it('refuses what was shown with limits that have changed since, although the signed operation is the same', async () => {
		const { run, account, ownerKey, keys } = await waiting();
		const [oldKey] = account.keys;
		const newSessionKey = newAddress();
		const rotation = {
			...run,
			parameters: {
				resource: 'key',
				operation: 'rotate',
				signedBy: 'wallet',
				accountAddress: account.address,
				sessionKey: { __rl: true, mode: 'address', value: oldKey!.address },
				newSessionKey,
			},
		};
		const page = await visitPage(rotation);
		// One base unit of a token with 6 decimals, to the last digit.
		expect(page.body).toMatch(/The key as it will be[^]*may pay anyone up to 0\.000001 \w+ in all\./);
		const answer = await signedAnswer(page, ownerKey);
		// An owner's plain transaction uses no nonce of the EntryPoint.
		const [more] = tokenBudget({ address: usdc }, 1_000_000_000n).encode().slice(-1);
		const data = encodeFunctionData({
			abi: SessionKeyPluginExecutionFunctionAbi,
			functionName: 'updateKeyPermissions',
			args: [oldKey!.address, [more!]],
		});
		await ownersTransaction(account, data);
		const { item, body } = await visitPage(rotation, answer);
		expect(item).toBeUndefined();
		expect(body).toMatchObject({ text: expect.stringContaining('no longer true') });
		expect(await keys()).not.toContain(newSessionKey);
		const anew = await signedAnswer(await visitPage(rotation), ownerKey);
		expect((await visitPage(rotation, anew)).item).toMatchObject({ approval: 'approved' });
	});

	it('takes nothing after the time limit', async () => {
		const { run, key, keys, ownerKey } = await waiting();
		const answer = await signedAnswer(await visitPage(run), ownerKey);
		const late = { ...run, until: new Date(Date.now() - 1) };
		expect(await visitPage(late)).toMatchObject({ status: 410, body: expect.stringContaining('The time is over') });
		expect(await visitPage(late, answer)).toMatchObject({ status: 410, item: undefined });
		expect(await keys()).not.toContain(key);
	});

	it('needs the whole link on n8n 1', async () => {
		const { run } = await waiting({ codeHash: keccak256(stringToHex('code')) });
		expect((await visitPage(run)).status).toBe(403);
		expect((await visitPage({ ...run, query: { code: 'guess' } }, { action: 'decline' })).item).toBeUndefined();
		expect((await visitPage({ ...run, query: { code: 'code' } })).status).toBe(200);
	});

	it('says what is wrong with the network, without its address', async () => {
		const { run } = await waiting();
		const other = { ...run, credentials: { alchemyApi: { ...run.credentials.alchemyApi, chainId: 5 } } };
		const { body, status } = await visitPage(other);
		expect(status).toBe(409);
		expect(body).toContain('cannot be signed now');
		expect(body).not.toContain(devnet.url);
	});

	it("keeps the credential's secrets off the page, also where somebody typed one into a field", async () => {
		const { run, ownerKey } = await waiting();
		const apiKey = 'an-api-key-of-nobody';
		const credentials = { alchemyApi: { ...run.credentials.alchemyApi, apiKey } };
		const { operation, seal, shown, signature } = await signedAnswer(
			await visitPage({ ...run, credentials }),
			ownerKey,
		);
		const parameters = { ...run.parameters, newSessionKey: apiKey };
		const page = await visitPage({ ...run, credentials, parameters });
		expect(page.body).toContain('&#34;Session Key&#39;s Address&#34; is &#34;[redacted]&#34;, not an address');
		const answer = { action: 'approve', operation, seal, shown, signature };
		const { body, item } = await visitPage({ ...run, credentials, parameters }, answer);
		expect(item).toBeUndefined();
		expect(body).toMatchObject({
			text: expect.stringContaining(`"Session Key's Address" is "[redacted]", not an address`),
		});
		expect(JSON.stringify([page.body, body])).not.toContain(apiKey);
	});

	it('keeps an address with a key in it off the page when nothing can be connected to', async () => {
		const { run } = await waiting();
		const network = 'https://chain.example/v2/an-api-key-of-nobody';
		const { body, status } = await visitPage({ ...run, credentials: { alchemyApi: { network } } });
		expect(status).toBe(409);
		expect(body).toContain('&#34;Network&#34; is &#34;[redacted]&#34;, which is not known');
		expect(body).not.toContain('an-api-key-of-nobody');
	});
});

describe('waiting', () => {
	const wait = (parameters: IDataObject, more = {}) =>
		managerOf(devnet, { ownerKey: generatePrivateKey() }).run('key', 'add', parameters, {
			credentials: alchemyApi(),
			...more,
		});

	it('plans first, then waits with what came in, as "expired" until somebody answers', async () => {
		const { run } = await waiting();
		const { items, error } = await wait(run.parameters, { items: [{ mine: 1 }] });
		expect(error).toBeUndefined();
		expect(items[0]?.json).toMatchObject({ mine: 1, approval: 'expired' });
	});

	it('does not wait for what can not be, for a dry run, or for several items', async () => {
		const { run } = await waiting();
		expect((await wait({ ...run.parameters, newSessionKey: 'Anna' })).error?.message).toContain('not an address');
		expect((await wait({ ...run.parameters, dryRun: true })).items[0]?.json).toMatchObject({ status: 'dryRun' });
		expect((await wait(run.parameters, { items: [{}, {}] })).error?.message).toContain('one change at a time');
		expect((await wait({ ...run.parameters, accountAddress: '' })).error?.message).toContain('no account is meant');
	});
});

describe('prepare and submit', () => {
	it('sets an account up from nothing: the address of its owner is enough', async () => {
		const ownerKey = generatePrivateKey();
		const owner = privateKeyToAccount(ownerKey).address;
		const future = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
		const manager = managerOf(devnet, { ownerKey: generatePrivateKey() });
		const more = { credentials: alchemyApi() };
		const key = newAddress();
		const parameters = { signedBy: 'prepare', ownerAddress: owner, keys: { values: [addKey(key)] } };
		const { items, error } = await manager.run('plugin', 'install', parameters, more);
		expect(error).toBeUndefined();
		const prepared = items[0]?.json as IDataObject & { message: Hex };
		expect(prepared).toMatchObject({ status: 'prepared', account: future.address, owners: [owner] });
		const submit = async (signature: Hex) =>
			manager.run('account', 'submitSigned', { signature }, { ...more, items: [prepared] });
		const refused = await submit(await sign(generatePrivateKey(), prepared.message));
		expect(refused.error?.message).toContain('does not own');
		// Whoever gave the owner's script another operation to sign could let the account burn what it has.
		const { operation } = prepared as unknown as { operation: Record<string, Hex> };
		const wasteful = [
			{ ...operation, maxFeePerGas: toHex(hexToBigInt(operation.maxFeePerGas!) * 100n) },
			{ ...operation, callGasLimit: toHex(40_000_000n) },
		];
		for (const other of wasteful) {
			const message = hashUserOperation(parseSignedOperation(other, '0x00'), devnet.chainId);
			const signature = await sign(ownerKey, message);
			const items = [{ ...prepared, operation: other }];
			const { error } = await manager.run('account', 'submitSigned', { signature }, { ...more, items });
			expect(error?.message).toContain('far more gas than the change needs');
		}
		const done = await submit(await sign(ownerKey, prepared.message));
		expect(done.error).toBeUndefined();
		expect(done.items[0]?.json).toMatchObject({ status: 'done', account: future.address });
		const again = await submit(await sign(ownerKey, prepared.message));
		expect(again.error?.message).toContain('used up');
	});

	it('takes what two people signed together, where a contract of theirs is the owner', async () => {
		const account = await fundedAccount(devnet, {
			eth: parseEther('5'),
			keys: [{ permissions: tokenBudget({ address: usdc }, 1n) }],
		});
		const people = [generatePrivateKey(), generatePrivateKey()];
		const { TwoOfTwo } = await compileFolder(join(__dirname, 'approval'));
		const addresses = people.map((one) => privateKeyToAccount(one).address);
		const multisig = await deployContract(devnet.request, TwoOfTwo!, addresses, { from: devnet.operator });
		const newOwners = encodeFunctionData({
			abi: MultiOwnerPluginExecutionFunctionAbi,
			functionName: 'updateOwners',
			args: [[multisig], [account.owner.address]],
		});
		expect(await account.asOwner(newOwners)).toMatchObject({ success: true });

		const manager = managerOf(devnet, { ownerKey: generatePrivateKey() });
		const more = { credentials: alchemyApi() };
		const sessionKey = { __rl: true, mode: 'address', value: account.keys[0]!.address };
		const removal = { signedBy: 'prepare', accountAddress: account.address, sessionKey };
		const { items, error } = await manager.run('key', 'remove', removal, more);
		expect(error).toBeUndefined();
		const prepared = items[0]?.json as IDataObject & { message: Hex };
		expect(prepared).toMatchObject({ status: 'prepared', owners: [multisig] });
		const submit = async (...signers: Hex[]) => {
			const signatures = await Promise.all(signers.map((one) => sign(one, prepared.message)));
			return manager.run('account', 'submitSigned', { signature: concat(signatures) }, { ...more, items: [prepared] });
		};
		const [one, two] = people as [Hex, Hex];
		for (const tooLittle of [[one], [one, one], [two, one], [one, generatePrivateKey()]]) {
			expect((await submit(...tooLittle)).error?.message).toMatch(/not signed by an owner|does not own/);
		}
		const done = await submit(one, two);
		expect(done.error).toBeUndefined();
		expect(done.items[0]?.json).toMatchObject({ status: 'done', account: account.address });
		const { sessionKeys } = await readAccount(connectionTo(devnet), { address: account.address, owners: [], salt: 0n });
		expect(sessionKeys).toEqual([]);
	});
});
