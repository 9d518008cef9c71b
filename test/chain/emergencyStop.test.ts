import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { MultiOwnerPluginAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, toHex, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { parseStopCode, toStopCode } from '../../core/emergencyStop/stopCode';
import { namingStop } from '../../core/emergencyStop/stoppedBy';
import { listSessionKeys } from '../../core/plugin/keyList';
import { pay } from '../../core/payment/pay';
import { refuse, RefusalError } from '../../core/refusal/refusal';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { alchemyApiFor } from '../support/credentials';
import { byAddress, managedAccount, safeKey } from '../support/managerForms';
import { connectionTo, dollars, freshAddress, payerWith, payOptions, sleep } from '../support/payer';
import { runNode } from '../support/runNode';
import type { Devnet } from '../../devnet';
import { moveTime, startOwnDevnet, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';
import { dollarsOf, refusalOf } from './support/onChain';
import { triggerOn } from './support/trigger';
import { requestIn, visitPage, type Waiting } from './support/visit';

jest.setTimeout(240_000);

let devnet: Devnet;

beforeAll(async () => {
	// Its clock and its fees are moved.
	devnet = await startOwnDevnet();
	await devnet.plan.set('payg');
});
afterAll(() => devnet.close());
afterEach(() => devnet.faults.clear());

type Manager = ReturnType<typeof managerOf>;

const prepare = async (manager: Manager) => (await manager.item('account', 'prepareEmergencyStop')).stopCode as string;
/** Whoever is on call has no key of an owner. */
const pull = (account: SmartAccount, stopCode: string, more: IDataObject = {}) =>
	runNode(onCall, {
		parameters: { resource: 'account', operation: 'pullEmergencyStop', stopCode, ...more },
		credentials: onCallCredentials(account),
	});
const look = async (manager: Manager, stopCode: string) =>
	(await manager.item('account', 'get', { options: { stopCode } })).emergencyStop as {
		status: string;
		problems: { code: string; sentence: string }[];
	};
const keysOf = (account: Address) => listSessionKeys(connectionTo(devnet), account);
const pending = { options: { timeLimit: 4 } };

const onCall = new SessionKeyManager();
const onCallCredentials = (_: SmartAccount) => ({ alchemyApi: alchemyApiFor(devnet) as unknown as IDataObject });

describe('an emergency stop', () => {
	it.each([1, 3, 25])(
		'ends all keys of an account with %i, without the owner, and pulled again says so',
		async (count) => {
			const { account, manager } = await managedAccount(devnet, ...Array.from({ length: count }, (_, i) => `key ${i}`));
			const prepared = await manager.item('account', 'prepareEmergencyStop');
			expect(prepared).toMatchObject({ status: 'prepared', account: account.address, roomForKeys: 50 });
			expect(JSON.stringify(prepared)).not.toContain(account.owner.privateKey.slice(2));
			expect(await keysOf(account.address)).toHaveLength(count);
			const stopCode = prepared.stopCode as string;
			expect(await look(manager, stopCode)).toEqual({ status: 'valid', problems: [] });

			const { items, error } = await pull(account, `\n${stopCode.slice(0, 90)}\n${stopCode.slice(90)} `);
			expect(error).toBeUndefined();
			expect(items[0]?.json).toMatchObject({ status: 'stopped', account: account.address });
			expect(items[0]?.json.endedSessionKeys).toHaveLength(count);
			expect(items[0]?.json.transaction).toMatch(/^0x/);
			expect(await keysOf(account.address)).toEqual([]);
			expect(await manager.item('plugin', 'get')).toMatchObject({ installed: false });

			const again = await pull(account, stopCode);
			expect(again.items[0]?.json).toMatchObject({
				status: 'alreadyStopped',
				transaction: items[0]?.json.transaction,
			});
			expect(await look(manager, stopCode)).toMatchObject({
				status: 'mustBeSignedAgain',
				problems: [{ code: 'used' }],
			});

			const { privateKey } = account.keys[0]!;
			const payment = await sendDollar(account.address, { privateKey });
			expect(payment.error?.message).toMatch(/were ended by its emergency stop on .* in transaction 0x/);

			const trace = { userOperationHash: toHex(1), transactionHash: toHex(2), unclaimedAt: 3n };
			const failed = new RefusalError([refuse('pluginNotInstalled', {})], trace);
			const named = await namingStop(failed, { rpc: connectionTo(devnet), account: account.address });
			expect(named).toMatchObject({ refusal: { code: 'emergencyStopped' }, ...trace });

			// Set up again the keys start from nothing, and the code that was used stays used.
			const key = freshAddress();
			expect(await manager.item('key', 'add', safeKey(devnet.tokens.usd6.address, key))).toMatchObject({
				status: 'done',
			});
			expect(await keysOf(account.address)).toEqual([key]);
			const late = await pull(account, stopCode);
			expect(late.error?.message).toContain('NOT sent');
			expect(late.error?.message).toContain('used up');
			expect(await keysOf(account.address)).toEqual([key]);
		},
	);

	it('stays good through rotations, updates and years, and while a payment is on its way', async () => {
		const { account, manager } = await managedAccount(devnet, 'a', 'b');
		const stopCode = await prepare(manager);
		const [first, second] = account.keys.map(({ address }) => address) as [Address, Address];
		const rotated = freshAddress();
		await manager.item('key', 'rotate', { sessionKey: byAddress(first), newSessionKey: rotated });
		await manager.item('key', 'add', safeKey(devnet.tokens.usd6.address, freshAddress()));
		await manager.item('key', 'remove', { sessionKey: byAddress(rotated) });
		await devnet.request('evm_increaseTime', [3 * 365 * 86_400]);
		await devnet.request('anvil_mine', ['0x64']);
		expect(await look(manager, stopCode)).toEqual({ status: 'valid', problems: [] });

		const to = freshAddress();
		const payer = payerWith(
			devnet,
			account.address,
			account.keys.find(({ address }) => address === second)!.privateKey,
		);
		const payment = pay(payer, dollars(devnet, to), payOptions('in flight')).then(
			({ status }) => status,
			(error: Error) => error.message,
		);
		await sleep(300);
		const { items } = await pull(account, stopCode);
		expect(items[0]?.json).toMatchObject({ status: 'stopped' });
		const paid = await payment;
		// Whichever was first: what is said of the payment is what the chain shows.
		if (paid === 'paid') expect(await dollarsOf(devnet, to)).toBeGreaterThan(0n);
		else {
			expect(paid).not.toBe('pending');
			expect(await dollarsOf(devnet, to)).toBe(0n);
		}
		expect((await refusalOf(pay(payer, dollars(devnet, freshAddress()), payOptions('after')))).refusal.code).toBe(
			'pluginNotInstalled',
		);
	});

	it('goes through with fees ten times as high, and says what is wrong with it beyond', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const [stopCode, other] = [await prepare(manager), await prepare(manager)];
		const { maxFeePerGas, maxPriorityFeePerGas } = parseStopCode(other, 'Code').op;
		const raise = async (baseFee: bigint) => {
			await devnet.request('anvil_setNextBlockBaseFeePerGas', [toHex(baseFee)]);
			await devnet.request('anvil_mine', ['0x1']);
		};
		await raise(maxFeePerGas * 2n);
		const { status, problems } = await look(manager, other);
		expect(status).toBe('mustBeSignedAgain');
		expect(problems.map(({ code }) => code)).toEqual(['feesTooLow']);
		expect(problems[0]?.sentence).toMatch(/^Gas costs about [\d.]+ gwei now, and it was signed for at most [\d.]+/);
		// The devnet's bundler takes it at a loss; others say this.
		await devnet.faults.set({
			kind: 'error',
			code: -32602,
			message: 'maxFeePerGas is 1 but must be at least 2, which is based on the current block base fee',
			match: ['eth_sendUserOperation'],
		});
		const { error } = await pull(account, other, pending);
		await devnet.faults.clear();
		expect(error?.message).toMatch(/^The emergency stop was NOT sent.*Gas costs about/);
		expect(error?.description).toMatch(/must be signed again/);
		expect(await keysOf(account.address)).toHaveLength(1);
		// Signed for twelve times what was paid then.
		await raise((maxFeePerGas * 10n) / 12n - maxPriorityFeePerGas / 8n);
		expect(await look(manager, stopCode)).toMatchObject({ status: 'valid' });
		expect((await pull(account, stopCode)).items[0]?.json).toMatchObject({ status: expect.stringMatching(/topped$/) });
		expect(await keysOf(account.address)).toEqual([]);
		await raise(1_000_000_000n);
	});

	it('asks on where the bundler holds as many of the account as it takes', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const stopCode = await prepare(manager);
		await devnet.faults.set({
			kind: 'error',
			code: -32505,
			message: 'Max operations (4) reached for sender 0x01 due to being unstaked',
			match: ['eth_sendUserOperation'],
		});
		const never = await pull(account, stopCode, { options: { timeLimit: 2 } });
		expect(never.error?.message).toContain('NOT sent');
		const pulled = pull(account, stopCode);
		await sleep(1_500);
		await devnet.faults.clear();
		expect((await pulled).items[0]?.json).toMatchObject({ status: 'stopped' });
	});

	it('perhaps sent, it says to pull it again and nothing else', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const stopCode = await prepare(manager);
		const refused = { kind: 'error' as const, match: ['eth_sendUserOperation'] };
		// First full, then words that nobody knows: it may be there by now.
		await devnet.faults.set(
			{ ...refused, code: -32505, message: 'Max operations (4) reached for sender 0x01', times: 1 },
			{ ...refused, code: -32000, message: 'the moon is wrong' },
		);
		const [item] = (await pull(account, stopCode, { options: { timeLimit: 3 } })).items;
		expect(item?.json).toMatchObject({ status: 'pending', summary: expect.stringContaining('Pull it again') });
		expect(item?.json).not.toHaveProperty('note');
	});

	it('is refused on another network, when it is changed, and without money for its gas', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const stopCode = await prepare(manager);
		const { op } = parseStopCode(stopCode, 'Code');
		expect((await pull(account, toStopCode({ chainId: 8453, op }))).error?.message).toMatch(/signed for chain 8453/);
		const cut = `${stopCode.slice(0, 60)}${stopCode.slice(62)}`;
		expect((await pull(account, cut)).error?.message).toContain('is not complete, or was changed');
		const others = { ...op, sender: (await managedAccount(devnet, 'b')).account.address };
		expect((await pull(account, toStopCode({ chainId: devnet.chainId, op: others }))).error?.message).toMatch(
			/NOT sent.*not an owner/,
		);
		await devnet.request('anvil_setBalance', [account.address, '0x1']);
		expect(await look(manager, stopCode)).toMatchObject({ status: 'sendMoney', problems: [{ code: 'balanceTooLow' }] });
		const poor = await pull(account, stopCode);
		expect(poor.error?.message).toMatch(/NOT sent.*too little for its gas/);
		expect(poor.error?.description).toContain('Send the missing amount');
		expect(await keysOf(account.address)).toHaveLength(1);
	});

	it('is good no more once whoever signed it owns the account no longer', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const stopCode = await prepare(manager);
		const heir = privateKeyToAccount(generatePrivateKey());
		const args = [[heir.address], [account.owner.address]] as const;
		const { success } = await account.asOwner(
			encodeFunctionData({ abi: MultiOwnerPluginAbi, functionName: 'updateOwners', args }),
		);
		expect(success).toBe(true);
		const refused = await pull(account, stopCode);
		expect(refused.error?.message).toMatch(/NOT sent.*not an owner/);
		expect(await keysOf(account.address)).toHaveLength(1);
		const next = managerOf(devnet, { ownerKey: generatePrivateKey(), account: account.address });
		expect((await next.run('account', 'get', { options: { stopCode } })).error?.message).toContain('does not own');
	});

	it('is looked at by the trigger, which tells once what is wrong with it', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const stopCode = await prepare(manager);
		const hour = 3_700;
		const trigger = triggerOn(devnet, account, { events: ['stopNotReady'], stopCode });
		expect(await trigger.poll()).toEqual([]);
		await devnet.calls.clear();
		expect(await trigger.poll()).toEqual([]);
		expect(await devnet.calls.list()).toHaveLength(1);
		const rich = await devnet.request('eth_getBalance', [account.address, 'latest']);
		await devnet.request('anvil_setBalance', [account.address, '0x1']);
		expect(await trigger.poll()).toEqual([]);
		await moveTime(devnet, hour);
		expect(await trigger.poll()).toMatchObject([
			{
				event: 'stopNotReady',
				status: 'sendMoney',
				summary: expect.stringMatching(/send the account money\..* are missing\.$/),
			},
		]);
		expect(trigger.saved()).not.toContain(stopCode.slice(10, 60));
		await moveTime(devnet, hour);
		expect(await trigger.poll()).toEqual([]);
		await devnet.request('anvil_setBalance', [account.address, rich]);
		await moveTime(devnet, hour);
		expect(await trigger.poll()).toEqual([]);
		await pull(account, stopCode);
		await moveTime(devnet, hour);
		expect(await trigger.poll()).toMatchObject([
			{ status: 'mustBeSignedAgain', problems: [expect.stringContaining('used up')] },
		]);
		const { account: other } = await managedAccount(devnet, 'b');
		await expect(triggerOn(devnet, other, { events: ['stopNotReady'], stopCode }).poll()).rejects.toThrow(
			/is a stop of the account/,
		);
	});

	it("is signed in the owner's wallet, on the page, and sent by nobody before it is pulled", async () => {
		const { account } = await managedAccount(devnet, 'a');
		const run: Waiting = {
			executionId: randomUUID(),
			parameters: {
				resource: 'account',
				operation: 'prepareEmergencyStop',
				signedBy: 'wallet',
				accountAddress: account.address,
			},
			credentials: { alchemyApi: alchemyApiFor(devnet) as unknown as IDataObject },
		};
		const page = await visitPage(run);
		expect(String(page.body)).toContain('It can do nothing else');
		const { operation, seal, shown, message } = requestIn(page);
		const signature = await privateKeyToAccount(account.owner.privateKey).signMessage({ message: { raw: message } });
		const answer = await visitPage(run, { action: 'approve', operation, seal, shown, signature });
		expect(answer.body).toMatchObject({ kind: 'good', title: 'Signed' });
		expect(answer.item).toMatchObject({ approval: 'approved', status: 'prepared' });
		expect(await keysOf(account.address)).toHaveLength(1);
		expect((await pull(account, answer.item?.stopCode as string)).items[0]?.json).toMatchObject({ status: 'stopped' });
	});

	it('is signed elsewhere: Prepare Only, then Submit Signed, which keeps it', async () => {
		const { account, manager } = await managedAccount(devnet, 'a');
		const more = { signedBy: 'prepare', accountAddress: account.address };
		const { message, operation } = await manager.item('account', 'prepareEmergencyStop', more);
		const signature = await privateKeyToAccount(account.owner.privateKey).signMessage({
			message: { raw: message as Hex },
		});
		const kept = await manager.item('account', 'submitSigned', { userOperation: operation, signature });
		expect(kept).toMatchObject({ status: 'prepared' });
		expect(await keysOf(account.address)).toHaveLength(1);
		expect((await pull(account, kept.stopCode as string)).items[0]?.json).toMatchObject({ status: 'stopped' });
	});
});

/** A payment by the node, with what its credential holds beside the account. */
function sendDollar(accountAddress: Address, credential: IDataObject, more: IDataObject = {}) {
	return runNode(new SessionKey(), {
		parameters: {
			resource: 'payment',
			operation: 'send',
			token: byAddress(devnet.tokens.usd6.address),
			recipient: freshAddress(),
			amount: '1',
			reference: 'after the stop',
			...more,
		},
		credentials: {
			alchemyApi: alchemyApiFor(devnet) as unknown as IDataObject,
			agentSessionKeyApi: { accountAddress, ...credential },
		},
	});
}

it('paused in the credential, a payment is refused before the endpoint is asked anything, and made once it is on again', async () => {
	const { account } = await managedAccount(devnet, 'a');
	const { privateKey } = account.keys[0]!;
	await devnet.calls.clear();
	const paused = (more?: IDataObject) => sendDollar(account.address, { privateKey, pausePayments: true }, more);
	// Nor is the token looked up that was not chosen.
	for (const more of [{}, { token: undefined }, { token: undefined, operation: 'sendBatch' }]) {
		expect((await paused(more)).error?.message).toMatch(/^Payments are paused in the credential/);
	}
	expect(await devnet.calls.list()).toEqual([]);
	expect((await paused({ operation: 'check' })).items[0]?.json).toMatchObject({ allowed: false, code: 'paused' });
	const on = await sendDollar(account.address, { privateKey, pausePayments: false });
	expect(on.items[0]?.json).toMatchObject({ status: 'paid' });
});
