import type { IDataObject } from 'n8n-workflow';
import { freshAddress } from '../../support/payer';
import { outcomes, runTemplate } from '../../support/runTemplate';
import { template } from '../../support/templates';

/** An item that came out by the error output, as the node makes it (nodes/shared/perItem.ts). */
const failed = (status: string, more: IDataObject = {}): IDataObject => ({
	message: 'It was refused.',
	error: { status, remedy: 'Mend it.', ...more },
});

const ON_MONDAY = { timestamp: '2026-11-23T09:00:00.000+00:00' };
const SALARY = { started: ON_MONDAY, rows: [{ name: 'Anna', address: freshAddress(), amount: '1' }] };
const INVOICE = { started: { body: { number: '42', recipient: freshAddress(), amount: '1' } } };

describe('monthly-salaries, with outcomes that a stand-in of Session Key gives', () => {
	const said = async (outcome: IDataObject | Error) => {
		const { messages, error } = await runTemplate(template('monthly-salaries'), {
			...SALARY,
			sessionKey: outcomes(outcome),
		});
		expect(error).toBeUndefined();
		return messages;
	};

	it.each(['paid', 'alreadyPaid'])('says nothing of what is %s', async (status) => {
		expect(await said({ status })).toEqual([]);
	});

	it.each<[string, IDataObject | Error, string]>([
		['pending', { status: 'pending', summary: 'Why.' }, 'Salary of Anna may still be paid. Why.'],
		[
			'notSent, another run pays',
			{ status: 'notSent', summary: 'Why.' },
			'Salary of Anna was not sent by this run. Why.',
		],
		['notTransferred', { status: 'notTransferred', summary: 'Why.' }, 'Salary of Anna did not arrive. Why.'],
		['transferredLess', { status: 'transferredLess', summary: 'Why.' }, 'Salary of Anna arrived only in part. Why.'],
		['notSent', failed('notSent'), 'Salary of Anna was not sent by this run. It was refused.\nMend it.'],
		['notPaid', failed('notPaid'), 'Salary of Anna was not paid. It was refused.\nMend it.'],
		['unknown', failed('unknown'), 'Salary of Anna has no known outcome. It was refused.\nMend it.'],
		[
			'anything that ends the node: n8n then hands on what came in',
			new Error('no credential'),
			'Salary of Anna has no known outcome. Open this execution in n8n to see why. Running it again is safe.',
		],
	])('says what is known of %s', async (_, outcome, message) => {
		expect(await said(outcome)).toEqual([message]);
	});

	it('names the right person, whichever way their item came', async () => {
		const rows = ['Anna', 'Ben', 'Carl', 'Dora'].map((name) => ({ name, address: freshAddress(), amount: '1' }));
		const sessionKey = outcomes(failed('notSent'), { status: 'paid' }, { status: 'pending' }, failed('notPaid'));
		const { messages } = await runTemplate(template('monthly-salaries'), { ...SALARY, rows, sessionKey });
		const about = messages.map((message) => message.split('. ')[0]).sort();
		expect(about).toEqual([
			'Salary of Anna was not sent by this run',
			'Salary of Carl may still be paid',
			'Salary of Dora was not paid',
		]);
		const thrown = await runTemplate(template('monthly-salaries'), {
			...SALARY,
			rows,
			sessionKey: outcomes(new Error()),
		});
		expect(thrown.messages.map((message) => /of (\w+) has no known outcome/.exec(message)?.[1])).toEqual(
			rows.map(({ name }) => name),
		);
	});
});

describe('weekly-subscription, with outcomes that a stand-in of Session Key gives', () => {
	const allowed = { allowed: true, summary: 'It would be paid.', reopensAt: '2026-11-29T00:00:00.000Z' };
	const short = { allowed: false, summary: 'Little is left. Wait.', reopensAt: '2026-11-30T00:00:00.000Z' };
	const WHY_SHORT = 'Little is left. Wait. It works again from 2026-11-30T00:00:00.000Z on.';
	const said = async (...given: Array<IDataObject | Error>) => {
		const { messages, error } = await runTemplate(template('weekly-subscription'), {
			started: ON_MONDAY,
			sessionKey: outcomes(...given),
		});
		expect(error).toBeUndefined();
		return messages.map((message) => message.replace('The subscription "magazine" ', ''));
	};

	it.each<[string, IDataObject[]]>([
		['this week’s payment is made', [allowed, { status: 'paid' }]],
		['it was made before', [allowed, { status: 'alreadyPaid' }]],
		['the budget is short because it was made before', [short, { status: 'paid' }]],
	])('says nothing where %s', async (_, given) => {
		expect(await said(...given)).toEqual([]);
	});

	it.each<[string, Array<IDataObject | Error>, string]>([
		['short and unclaimed', [short, { status: 'unclaimed', summary: 'N.' }], `is not paid yet. N.\n\n${WHY_SHORT}`],
		['short and used up', [short, { status: 'claimed', summary: 'N.' }], `has no known outcome. N.\n\n${WHY_SHORT}`],
		['short and moved nothing', [short, { status: 'notTransferred' }], `did not arrive.`],
		['short and moved less', [short, { status: 'transferredLess' }], `arrived only in part.`],
		['short and not to be found', [short, failed('notSent')], 'was not sent by this run. It was refused.\nMend it.'],
		['pending', [allowed, { status: 'pending', summary: 'N.' }], 'may still be paid. N.'],
		['notSent, another run pays', [allowed, { status: 'notSent', summary: 'N.' }], 'was not sent by this run. N.'],
		['notTransferred', [allowed, { status: 'notTransferred', summary: 'N.' }], 'did not arrive. N.'],
		['notSent', [allowed, failed('notSent')], 'was not sent by this run. It was refused.\nMend it.'],
		['notPaid', [allowed, failed('notPaid')], 'was not paid. It was refused.\nMend it.'],
		['unknown', [allowed, failed('unknown')], 'has no known outcome. It was refused.\nMend it.'],
		['a check that failed', [failed('notSent')], 'was not sent by this run. It was refused.\nMend it.'],
		['what ends the nodes', [new Error(), new Error()], 'has no known outcome. Open this execution in n8n'],
	])('says what is known where it is %s', async (_, given, message) => {
		expect(await said(...given)).toEqual([expect.stringContaining(message)]);
	});
});

describe('invoice-webhook, with outcomes that a stand-in of Session Key gives', () => {
	const answered = async (outcome: IDataObject | Error) => {
		const { answers, error } = await runTemplate(template('invoice-webhook'), {
			...INVOICE,
			sessionKey: outcomes(outcome),
		});
		expect(error).toBeUndefined();
		expect(answers).toHaveLength(1);
		return answers[0]!;
	};

	it.each<[number, string, IDataObject | Error]>([
		[200, 'paid', { status: 'paid' }],
		[200, 'alreadyPaid', { status: 'alreadyPaid' }],
		[202, 'pending', { status: 'pending' }],
		[202, 'notSent', { status: 'notSent' }],
		[202, 'notSent', failed('notSent', { refusal: { code: 'endpointUnavailable' } })],
		[202, 'notSent', failed('notSent', { refusal: { code: 'historyUnavailable' } })],
		[202, 'notSent', failed('notSent')],
		[202, 'unknown', failed('unknown')],
		[202, 'unknown', new Error('no credential')],
		[409, 'notTransferred', { status: 'notTransferred' }],
		[409, 'transferredLess', { status: 'transferredLess' }],
		[409, 'notSent', failed('notSent', { refusal: { code: 'referencePaidDifferently' } })],
		[409, 'notSent', failed('notSent', { refusal: { code: 'referenceClaimedOtherwise' } })],
		[422, 'notPaid', failed('notPaid', { transaction: '0x1' })],
		[422, 'notSent', failed('notSent', { referenceState: 'unclaimed', refusal: { code: 'tokenLimitExceeded' } })],
		[422, 'notSent', failed('notSent', { refusal: { code: 'invalidInput' } })],
	])('answers %s to %s (%#)', async (code, status, outcome) => {
		expect(await answered(outcome)).toMatchObject({ code, body: { status } });
	});

	it('says why, what helps, and where to look', async () => {
		const summary = 'It may still be paid.';
		expect(
			(
				await answered({
					status: 'pending',
					reference: 'invoice/42',
					transaction: '',
					userOperationHash: '0x2',
					summary,
				})
			).body,
		).toEqual({ status: 'pending', reference: 'invoice/42', reason: summary, userOperationHash: '0x2' });
		expect((await answered(failed('notPaid', { transaction: '0x1' }))).body).toEqual({
			status: 'notPaid',
			reason: 'It was refused.',
			remedy: 'Mend it.',
			transaction: '0x1',
		});
		expect((await answered(new Error('secret'))).body).toEqual({
			status: 'unknown',
			reason: 'It is not known whether this is paid. Call again: that is safe.',
		});
	});
});

describe('monthly-key-rotation, with outcomes that a stand-in of Session Key gives', () => {
	const made = { keyAddress: '0x2', oldKeyAddress: '0x1' };
	const run = (...given: IDataObject[]) =>
		runTemplate(template('monthly-key-rotation'), { started: ON_MONDAY, sessionKey: outcomes(...given) });

	it.each(['done', 'pending'])(
		'says no more than that nothing would be paid now, when the change is %s',
		async (status) => {
			const { error, output } = await run(made, { status }, { allowed: false, summary: 'Nothing is left. Wait.' });
			expect(error).toBe(
				'Not finished: a payment would be refused now. Nothing is left. Wait. Then run this again: the old key is not forgotten yet.',
			);
			expect(output('Forget the old key')).toEqual([]);
		},
	);

	it('forgets the old key once a payment would go through', async () => {
		const { error, output } = await run(made, { status: 'done' }, { allowed: true }, { status: 'finished' }, {});
		expect(error).toBeUndefined();
		expect(output('Forget the old key')).toEqual([{ status: 'finished' }]);
	});
});
