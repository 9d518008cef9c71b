import type { IDataObject } from 'n8n-workflow';
import { encodeErrorResult, zeroAddress, type Address } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { sessionKeyPluginAbi } from '../../core/contracts';
import { connect, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from './support/devnet';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { strangeFields } from '../support/formLabels';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let account: SmartAccount;
let manager: ReturnType<typeof managerOf>;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	[usdc] = Object.values(devnet.tokens).map(({ address }) => address) as [Address];
	account = await fundedAccount(devnet, {
		keys: [{ tag: 'payroll', permissions: tokenBudget({ address: usdc }, 100_000_000n, 604_800) }],
	});
	manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
});

afterEach(() => devnet.faults.clear());

const newAddress = (): Address => privateKeyToAccount(generatePrivateKey()).address;
const at = (value: string) => ({ __rl: true, mode: 'address', value });
const budget = (token: string, amount: string, more: IDataObject = {}): IDataObject => ({
	token: at(token),
	amount,
	refresh: 'never',
	functions: 'transfer',
	...more,
});
const add = (more: IDataObject): IDataObject => ({
	newSessionKey: newAddress(),
	tag: 'x',
	gasProtection: 'limit',
	gasLimit: '0.1',
	...more,
});
const contracts = (...values: IDataObject[]) => ({ contracts: { values } });
const functions = (contract: string, text: string): IDataObject => ({
	contract,
	change: 'putFunctions',
	functionSource: 'signature',
	functions: text,
});

describe('adding a key is refused, or needs a tick', () => {
	it.each<[string, () => IDataObject, string, string]>([
		[
			'without any gas protection',
			() => ({ gasProtection: 'none', budgets: { values: [budget(usdc, '1')] } }),
			'neither a gas limit nor',
			'gasWithoutLimit',
		],
		[
			'with a token and no limit',
			() => ({ further: contracts({ contract: usdc, change: 'putWhole' }) }),
			'on the allowlist without a limit',
			'tokenWithoutLimit',
		],
		[
			'with a limit that other functions get round',
			() => ({ budgets: { values: [budget(usdc, '1', { functions: 'all' })] } }),
			'increaseAllowance',
			'tokenFunctionsOpen',
		],
		['with everything allowed', () => ({ further: { listType: 'allowAll' } }), 'every contract', 'everyContract'],
		['with a denylist', () => ({ further: { listType: 'denylist' } }), 'not on its denylist', 'everyContract'],
	])('%s', async (_, form, words, risk) => {
		const parameters = add(form());
		const said = await manager.refusal('key', 'add', parameters);
		expect(said).toContain(words);
		expect(said).toContain('Accepted Risks');
		const dry = await manager.item('key', 'add', { ...parameters, dryRun: true });
		expect(dry.needsAcceptedRisks).toHaveLength(1);
		const done = await manager.item('key', 'add', { ...parameters, options: { acceptedRisks: [risk] } });
		expect(done).toMatchObject({ status: 'done', key: { asPlanned: true, risk: { bounded: false } } });
	});

	it.each<[string, () => IDataObject, string]>([
		['milliseconds', () => ({ validUntil: 1_900_000_000_000 }), 'milliseconds'],
		['a past end', () => ({ validUntil: '2020-01-01' }), 'past'],
		['too many decimals', () => ({ budgets: { values: [budget(usdc, '0.0000001')] } }), 'decimal places'],
		[
			'other decimals than the token says',
			() => ({ budgets: { values: [budget(usdc, '1', { decimals: '18' })] } }),
			'has 18 decimals, but the endpoint says 6',
		],
		['a token that is no contract', () => ({ budgets: { values: [budget(newAddress(), '1')] } }), 'no contract'],
		[
			'a token that is another contract',
			() => ({ budgets: { values: [budget(devnet.testTarget, '1')] } }),
			'does not answer as a token',
		],
		['a token twice', () => ({ budgets: { values: [budget(usdc, '1'), budget(usdc, '2')] } }), 'twice'],
		['an empty limit', () => ({ budgets: { values: [budget(usdc, '')] } }), '"Limit" is empty'],
		['too fine a gas budget', () => ({ gasLimit: '0.0000000000000000001' }), '"Gas Budget (ETH)"'],
		['an empty gas limit', () => ({ gasLimit: '' }), '"Gas Budget (ETH)" is empty'],
		['a bad checksum', () => ({ recipients: swapCase(newAddress()) }), 'checksum fails'],
		['the zero address as recipient', () => ({ recipients: zeroAddress }), 'zero address'],
		['the zero address as key', () => ({ newSessionKey: zeroAddress }), 'nobody can sign'],
		["the owner's address", () => ({ newSessionKey: account.owner.address }), 'an owner'],
		['a key that is there', () => ({ newSessionKey: account.keys[0]?.address }), 'with other permissions'],
		['a long tag', () => ({ tag: 'x'.repeat(33) }), 'room for 32'],
		['the account on its list', () => ({ further: contracts(functions(account.address, 'a()')) }), 'account itself'],
		['a selector', () => ({ further: contracts(functions(usdc, '0xa9059cbb')) }), "doesn't say what function"],
		['no function', () => ({ further: contracts(functions(usdc, '')) }), '"Functions" is empty'],
		[
			'functions that would do nothing',
			() => ({ further: contracts(functions(usdc, 'a()'), { contract: usdc, change: 'putWhole' }) }),
			'would do nothing',
		],
		['a paymaster that is a wallet', () => ({ gasProtection: 'paymaster', paymaster: newAddress() }), 'no contract'],
	])('%s', async (_, form, words) => {
		const said = await manager.refusal('key', 'add', add(form()));
		expect(said).toContain(words);
		expect(strangeFields(new SessionKeyManager().description, ['key', 'add'], said)).toEqual([]);
	});

	it('a private key in the place of an address, without repeating it', async () => {
		const secret = generatePrivateKey();
		const { error } = await manager.run('key', 'add', add({ newSessionKey: secret }));
		expect(error?.message).toContain('looks like a private key');
		expect(`${error?.message}${error?.description}`).not.toContain(secret.slice(2, 12));
	});
});

describe('other changes are refused', () => {
	it.each<[string, string, string, () => IDataObject, string]>([
		[
			'an unknown tag',
			'key',
			'remove',
			() => ({ sessionKey: { __rl: true, mode: 'tag', value: 'nobody' } }),
			'payroll',
		],
		['an unknown key', 'key', 'get', () => ({ sessionKey: at(newAddress()) }), 'is not a session key'],
		['no key at all', 'key', 'get', () => ({ sessionKey: at('={{ "" }}') }), 'Choose a key from the list'],
		[
			'a rotation to the same key',
			'key',
			'rotate',
			() => ({ sessionKey: at(key()), newSessionKey: key() }),
			'nothing would change',
		],
		[
			'a rotation to the owner',
			'key',
			'rotate',
			() => ({ sessionKey: at(key()), newSessionKey: account.owner.address }),
			'an owner',
		],
		[
			'an update without changes',
			'permission',
			'update',
			() => ({ sessionKey: at(key()) }),
			'Nothing is to be changed',
		],
		[
			'the removal of a token limit',
			'permission',
			'update',
			() => ({ sessionKey: at(key()), changes: { unlimited: usdc } }),
			'without a limit',
		],
		[
			'a start after the end',
			'permission',
			'update',
			() => ({ sessionKey: at(key()), changes: { validFrom: '2099-01-02', validUntil: '2099-01-01' } }),
			'not before',
		],
		[
			'functions on a list that is not looked at',
			'permission',
			'update',
			() => ({
				sessionKey: at(key()),
				changes: { listType: 'allowAll', ...contracts(functions(devnet.testTarget, 'hit()')) },
			}),
			'not looked at',
		],
		[
			'a gas limit that is not stuck',
			'permission',
			'update',
			() => ({ sessionKey: at(key()), changes: { unstickGasLimit: true } }),
			'not stuck',
		],
		[
			'an empty limit',
			'permission',
			'setSpendLimit',
			() => ({ sessionKey: at(key()), token: at(usdc), amount: '={{ "" }}' }),
			'Remove the Limit',
		],
	])('%s', async (_, resource, operation, parameters, words) => {
		const said = await manager.refusal(resource, operation, parameters());
		expect(said).toContain(words);
		expect(strangeFields(new SessionKeyManager().description, [resource, operation], said)).toEqual([]);
	});

	const key = () => account.keys[0]?.address as string;

	it('a change of the list type tells what it does to the entries', async () => {
		const dry = await manager.item('permission', 'update', {
			sessionKey: at(key()),
			changes: { listType: 'denylist' },
			dryRun: true,
		});
		expect((dry.changes as string[])[1]).toMatch(
			/^Allowed on .*: only payments \(transfer\(address,uint256\)\) → only letting others take it \(approve\(address,uint256\)\)\.$/,
		);
		expect(dry.needsAcceptedRisks).toMatchObject([{ risk: 'Every Contract Allowed' }]);
	});

	it('a limit on a token that is not on the list says that it lets nothing pass', async () => {
		const other = Object.values(devnet.tokens)[1]?.address as string;
		const dry = await manager.item('permission', 'setSpendLimit', {
			sessionKey: at(key()),
			token: at(other),
			amount: '1',
			dryRun: true,
		});
		expect((dry.changes as string[]).join(' ')).toContain('cannot pay any of it');
	});
});

describe('when things go wrong', () => {
	const remove = () => ({ sessionKey: at(account.keys[0]?.address as string) });

	it('the gas money is missing: the refusal names the figures', async () => {
		const poor = await fundedAccount(devnet, { eth: 0n, keys: [{ tag: 'a' }] });
		const its = managerOf(devnet, { ownerKey: poor.owner.privateKey, account: poor.address });
		const said = await its.refusal('key', 'add', add({}));
		expect(said).toMatch(/does not hold enough|too little/);
		expect(said).toContain(poor.address);
	});

	it('the gas policy is used up: the refusal says so', async () => {
		const its = managerOf(devnet, {
			ownerKey: account.owner.privateKey,
			account: account.address,
			gasPolicyId: devnet.gasManager.policies.exhausted,
		});
		expect(await its.refusal('key', 'add', add({}))).toContain('policy');
	});

	it('another change came first: it is said, and nothing is sent', async () => {
		const data = encodeErrorResult({ abi: sessionKeyPluginAbi, errorName: 'InvalidSessionKey', args: [newAddress()] });
		const message = `execution reverted: ${data}`;
		await devnet.faults.set({ kind: 'error', code: -32521, message, data, match: ['eth_estimateUserOperationGas'] });
		expect(await manager.refusal('key', 'remove', remove())).toContain('changed while this ran');
	});

	it('no receipt comes: the answer is pending, with the hash', async () => {
		await devnet.faults.set(
			{ kind: 'drop', carriedOut: false, match: ['eth_sendUserOperation'] },
			{ kind: 'answer', result: null, match: ['eth_getUserOperationReceipt'] },
		);
		const pending = await manager.item('key', 'remove', { ...remove(), options: { timeLimit: 1 } });
		expect(pending).toMatchObject({ status: 'pending', userOperationHash: expect.stringMatching(/^0x[0-9a-f]{64}$/) });
		expect(pending.deleted).toBeUndefined();
	});

	it('a change that was made stays made when it cannot be read back', async () => {
		const change = {
			sessionKey: at(account.keys[0]?.address as string),
			token: at(usdc),
			amount: '100',
			refresh: 'weekly',
		};
		await devnet.calls.clear();
		await manager.item('permission', 'setSpendLimit', { ...change, dryRun: true });
		const readBefore = (await devnet.calls.list()).filter(({ methods }) => methods.includes('eth_getLogs')).length;
		await devnet.faults.set({ kind: 'http', status: 401, match: ['eth_getLogs'], after: readBefore });
		const done = await manager.item('permission', 'setSpendLimit', change);
		expect(done).toMatchObject({ status: 'done', note: expect.stringContaining('It is done') });
	});

	it('the provider gives logs of few blocks only: keys are read all the same', async () => {
		await devnet.faults.set({ kind: 'logRange', blocks: 7 });
		const full = await manager.item('key', 'get', { ...remove(), simplify: false });
		expect(full).toMatchObject({ tag: 'payroll', tokenLimits: [{ limit: '100' }] });
		// Found in past state, as other software added it; what that did afterwards is not known.
		expect(full).toMatchObject({ historyComplete: false, risk: { bounded: false } });
		expect(full.historyGap).toContain('What other software set besides is not');
	});

	it('the provider gives no logs: it is said plainly', async () => {
		await devnet.faults.set({ kind: 'error', code: -32601, message: 'no such method', match: ['eth_getLogs'] });
		const full = await manager.item('key', 'get', { ...remove(), simplify: false });
		expect(full).toMatchObject({ historyComplete: false, risk: { bounded: false } });
		expect(full.historyGap).toContain('The provider gives no full history of this key (no such method)');
		expect(JSON.stringify(full)).not.toMatch(/nothing else|call nothing|do nothing|take nothing/i);
		expect((full.warnings as string[]).join(' ')).toContain('may be missing');
		const byTag = { sessionKey: { __rl: true, mode: 'tag', value: 'payroll' } };
		expect(await manager.refusal('key', 'get', byTag)).toContain('gives no full history');
	});

	it('items that fail go on as items that say why, each with its own pair', async () => {
		const parameters = { ...remove(), sessionKey: at('={{ $json.key }}'), simplify: true };
		const items = [{ key: account.keys[0]?.address as string }, { key: newAddress() }, { key: 'payroll' }];
		const { items: out, stored } = await manager.run('key', 'get', parameters, { items, continueOnFail: true });
		expect(out.map(({ json }) => json.status)).toEqual(['active', 'notDone', 'active']);
		expect(out.map(({ pairedItem }) => (pairedItem as { item: number }).item)).toEqual([0, 1, 2]);
		expect(out[1]?.json).toMatchObject({ refusal: { code: 'invalidInput', field: 'Session Key' } });
		expect(stored).not.toContain(account.owner.privateKey.slice(2));
		expect(stored).not.toContain(devnet.url);
	});
});

/** Turns every letter's case round, so that the checksum fails. */
function swapCase(address: string): string {
	return `0x${[...address.slice(2)].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')}`;
}
