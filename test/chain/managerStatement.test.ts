import { pay } from '../../core/payment/pay';
import { dollars, freshAddress, payingAccount, payOptions } from '../support/payer';
import { runNode } from '../support/runNode';
import { alchemyApiFor } from '../support/credentials';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';
import { startOwnDevnet, type Devnet } from './support/devnet';
import type { IDataObject } from 'n8n-workflow';

jest.setTimeout(120_000);

let devnet: Devnet;

// A chain that many tests share has too many blocks for its node to keep the state of its first one: a month's beginning.
beforeAll(async () => {
	devnet = await startOwnDevnet();
});
afterAll(() => devnet?.close());

/** Without the owner's credential: none is needed. */
function statementOf(account: string, parameters: IDataObject, items?: IDataObject[]) {
	return runNode(new SessionKeyManager(), {
		parameters: {
			resource: 'account',
			operation: 'statement',
			accountAddress: account,
			period: 'thisMonth',
			...parameters,
		},
		credentials: { alchemyApi: alchemyApiFor(devnet) as unknown as IDataObject },
		items,
	});
}

it('says of each line of the register what became of it, and gives the statement as CSV', async () => {
	const { account, payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const [anna, bert, carl] = [freshAddress(), freshAddress(), freshAddress()];
	await pay(payer, dollars(devnet, anna, '3.2'), payOptions('salary/anna'));
	await pay(payer, dollars(devnet, bert, '2.25'), payOptions('@bert/1'));
	await pay(payer, dollars(devnet, carl, '1'), payOptions('bonus'));
	const { items, error } = await statementOf(
		account.address,
		{
			register: 'inputItems',
			options: { payees: `Anna Berg, ${anna}`, rates: 'dUSD 0.92 EUR' },
		},
		[
			{ reference: 'salary/anna', recipient: anna.toLowerCase(), amount: '3.20' },
			{ reference: '@bert/1', recipient: bert, amount: '2.50', token: 'dUSD' },
			{ reference: 'salary/dora', recipient: freshAddress(), amount: 7 },
		],
	);
	expect(error).toBeUndefined();
	const rows = items.map(({ json }) => json);
	const judged = rows.filter(({ register }) => register !== '');
	expect(judged).toMatchObject([
		{
			kind: 'payment',
			reference: 'salary/anna',
			payee: 'Anna Berg',
			out: '3.2',
			fiat: '2.94',
			register: 'paidExactly',
		},
		{
			kind: 'payment',
			reference: '@bert/1',
			out: '2.25',
			register: 'paidDifferently',
			note: 'Paid 2.25 dUSD, not 2.50.',
		},
		{ kind: 'payment', out: '1', register: 'inNoLine' },
		{ kind: 'registerLine', reference: 'salary/dora', out: '', register: 'notPaid', note: 'To be paid: 7.' },
	]);
	expect(rows.filter(({ kind, token }) => kind === 'closing' && token === 'dUSD')).toMatchObject([
		{
			balance: '993.55',
			sum: 'agrees',
			note: expect.stringContaining('It agrees with the chain to the last unit.') as string,
		},
	]);
	const { csv } = items[0]?.binary ?? {};
	expect(csv).toMatchObject({ mimeType: 'text/csv', fileExtension: 'csv' });
	const text = Buffer.from(csv?.data ?? '', 'base64').toString('utf8');
	expect(text).toContain(',salary/anna,Anna Berg,');
	expect(text).toContain(`,"'@bert/1",`);
});

it('names the line of the register that can’t be read, and its field', async () => {
	const { account } = await payingAccount(devnet, { kind: 'free lanes' });
	const items = [
		{ reference: 'a', recipient: freshAddress(), amount: '1' },
		{ reference: 'b', recipient: freshAddress(), amount: '1.000' },
	];
	const { error } = await statementOf(account.address, { register: 'inputItems' }, items);
	expect(error?.message).toMatch(/^Item 2: "amount" is "1.000", which can be read as 1 or as 1000/);
});

it('says of a line what is known beyond the period: paid at another time', async () => {
	const { account, payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const recipient = freshAddress();
	await pay(payer, dollars(devnet, recipient, '3.2'), payOptions('salary/anna'));
	const { items } = await statementOf(account.address, { period: 'lastMonth', register: 'inputItems' }, [
		{ reference: 'salary/anna', recipient, amount: '3.2' },
	]);
	expect(items.map(({ json }) => json).filter(({ kind }) => kind === 'registerLine')).toMatchObject([
		{
			register: 'paidDifferently',
			note: expect.stringMatching(/Paid on .*, which is outside of this period\.$/) as string,
		},
	]);
});
