import type { IDataObject } from 'n8n-workflow';
import { concatHex, stringToHex } from 'viem';
import { tokenTransfer } from '../../../core/calls';
import { nonceKeyOfSessionKey } from '../../../core/payment/send/nonceKeys';
import { encodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import { hashReference } from '../../../core/registry/referenceRegistry';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { triggerOn } from '../../chain/support/trigger';
import { freshAddress, KINDS, payingAccount } from '../../support/payer';
import { agentOf, byAddress, type Agent } from '../support/agent';

jest.setTimeout(300_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

const REFERENCE = 'Löhne/2026-11/Anna 💶';
const READABLE = { referenceOnChain: 'readable' };

describe.each(KINDS)('a reference of a key with %s', (kind) => {
	let account: SmartAccount;
	let agent: Agent;

	beforeEach(async () => {
		({ account } = await payingAccount(devnet, { kind }));
		agent = agentOf(devnet, account);
	});

	const payment = (to: string, options: IDataObject = {}) => ({
		recipient: to,
		token: byAddress(devnet.tokens.usd6.address),
		amount: '1.5',
		reference: REFERENCE,
		options,
	});

	it('is told as text by lists, Get and the trigger, where it was sent as readable text', async () => {
		const trigger = triggerOn(devnet, account);
		await trigger.poll();
		const to = freshAddress();
		const [sent] = await agent.items('payment', 'send', payment(to, READABLE));
		expect(sent).toMatchObject({ status: 'paid', reference: REFERENCE });
		expect(await agent.items('payment', 'getMany', {})).toMatchObject([
			{ status: 'paid', reference: REFERENCE, amount: '1.5', to },
		]);
		const found = { findBy: 'hash', userOperationHash: sent!.userOperationHash, simplify: false };
		expect(await agent.items('payment', 'get', found)).toMatchObject([
			{ reference: REFERENCE, referenceHash: hashReference(REFERENCE) },
		]);
		expect(await trigger.poll()).toMatchObject([{ event: 'paymentMade', reference: REFERENCE }]);
	});

	it.each([
		['readable text', 'its hash', READABLE, {}],
		['its hash', 'readable text', {}, READABLE],
	])('that was paid with %s is paid, run again with %s', async (_first, _then, first, then) => {
		const to = freshAddress();
		const [paid] = await agent.items('payment', 'send', payment(to, first));
		const [again] = await agent.items('payment', 'send', payment(to, then));
		expect(again).toMatchObject({ status: 'alreadyPaid', transaction: paid!.transaction });
		const other = await agent.error('payment', 'send', { ...payment(freshAddress(), then) });
		expect(other.message).toContain(REFERENCE);
		expect(await dollarsOf(devnet, to)).toBe(1_500_000n);
	});

	it('stands for a batch as text', async () => {
		const items = [freshAddress(), freshAddress()].map((who) => ({ who }));
		const batch = { ...payment('={{ $json.who }}', READABLE), reference: 'salaries/2026-11' };
		await agent.items('payment', 'sendBatch', batch, { items });
		const rows = await agent.items('payment', 'getMany', {});
		expect(rows.map(({ reference }) => reference)).toEqual(['salaries/2026-11', 'salaries/2026-11']);
	});

	it('is its hash where another text stands behind the claim', async () => {
		const hash = hashReference('salary/anna');
		const claim = concatHex([hash, stringToHex('salary/bob')]);
		const calls = [tokenTransfer(devnet.tokens.usd6.address, freshAddress(), 1_500_000n)];
		const trigger = triggerOn(devnet, account);
		await trigger.poll();
		const { address } = account.keys[0]!;
		const callData = encodeSessionKeyCalls(calls, address, claim);
		expect(await account.asKey([], { callData, nonceKey: nonceKeyOfSessionKey(address) })).toMatchObject({
			success: true,
		});
		expect(await agent.items('payment', 'getMany', {})).toMatchObject([{ reference: hash, amount: '1.5' }]);
		expect(await trigger.poll()).toMatchObject([{ reference: hash }]);
		const known = { options: { references: 'salary/anna' } };
		expect(await agent.items('payment', 'getMany', known)).toMatchObject([{ reference: 'salary/anna' }]);
	});
});
