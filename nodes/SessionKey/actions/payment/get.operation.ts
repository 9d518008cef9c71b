import type { IDataObject } from 'n8n-workflow';
import { parseHash } from '../../../../core/input/hash';
import { parseReference } from '../../../../core/input/reference';
import { findByHash, findByReference, type FoundPayment } from '../../../../core/payment/findPayment';
import { field, optionField } from '../../../shared/form';
import { simplify } from '../../../shared/listFields';
import { formIn } from '../../../shared/operation';
import { columns, pastPaymentRows } from '../../../shared/pastPayment';
import { showFor } from '../../../shared/showFor';
import type { AgentRun } from '../../run';

const findBy = optionField<'reference' | 'hash'>({
	displayName: 'Find By',
	name: 'findBy',
	type: 'options',
	options: [
		{ name: 'Payment Reference', value: 'reference' },
		{ name: 'User Operation Hash', value: 'hash' },
	],
	default: 'reference',
});

const referenceField = field(
	{
		displayName: 'Payment Reference',
		name: 'reference',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. salary/2026-11/anna',
		description: 'What the payment was for, exactly as it was when it was sent',
		displayOptions: { show: { findBy: ['reference'] } },
	},
	parseReference,
);

const hashField = field(
	{
		displayName: 'User Operation Hash',
		name: 'userOperationHash',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x and 64 hexadecimal digits',
		description: 'The hash that Send returned',
		displayOptions: { show: { findBy: ['hash'] } },
	},
	parseHash,
);

export const description = showFor('payment', 'get', [findBy, referenceField, hashField, simplify]);

export async function execute(run: AgentRun): Promise<IDataObject[]> {
	const { payer } = run;
	const form = formIn(run);
	const asked =
		form.get(findBy) === 'reference' ? { reference: form.get(referenceField) } : { hash: form.get(hashField) };
	const found =
		asked.reference !== undefined ? await findByReference(payer, asked.reference) : await findByHash(payer, asked.hash);
	const isSimple = form.get(simplify);
	const { timeZone } = form;
	const references = asked.reference !== undefined ? [asked.reference] : [];
	if (found.operation && found.status === 'mined') {
		const [rows = []] = await pastPaymentRows(payer, [found.operation], { timeZone, references });
		return rows.map((row) => columns(row, isSimple ? SIMPLE : [...new Set([...SIMPLE, ...Object.keys(row)])]));
	}
	const about = asked.reference !== undefined ? { reference: asked.reference } : { userOperationHash: asked.hash };
	return [{ status: found.status, ...about, summary: NOTES[found.status], asOfBlock: Number(found.block) }];
}

const SIMPLE = [
	'status',
	'reference',
	'amount',
	'token',
	'to',
	'toName',
	'moved',
	'summary',
	'time',
	'gas',
	'transaction',
	'link',
];

const NOTES: Record<FoundPayment['status'], string> = {
	mined: '',
	unclaimed: 'Nothing was paid under this reference up to this block.',
	claimed:
		'The reference is used up by something that was no payment under it alone, such as an operation of the owner.',
	pending: 'The bundler has it, and no block does: it may still be paid.',
	noPayment:
		'It is in a block, and is no payment of a session key: an operation of the owner, or one that paid nothing.',
	unknown: 'Neither the chain nor the bundler knows it.',
};
