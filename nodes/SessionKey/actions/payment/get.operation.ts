import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import type { Hex } from 'viem';
import { InputError } from '../../../../core/errors';
import { findByHash, findByReference, type FoundPayment } from '../../../../core/payment/findPayment';
import type { Payer } from '../../../../core/payment/payment';
import { parseReference } from '../../../../core/input/reference';
import { showFor } from '../../../shared/showFor';
import { pastPaymentsJson } from '../../pastPayment';

export const description = showFor('payment', 'get', [
	{
		displayName: 'Find By',
		name: 'findBy',
		type: 'options',
		options: [
			{ name: 'Payment Reference', value: 'reference' },
			{ name: 'User Operation Hash', value: 'hash' },
		],
		default: 'reference',
	},
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
	{
		displayName: 'User Operation Hash',
		name: 'userOperationHash',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x and 64 hexadecimal digits',
		description: 'The hash that Send gave',
		displayOptions: { show: { findBy: ['hash'] } },
	},
] satisfies INodeProperties[]);

export async function execute(context: IExecuteFunctions, payer: Payer, itemIndex: number): Promise<IDataObject> {
	const byReference = context.getNodeParameter('findBy', itemIndex) === 'reference';
	const reference = byReference ? parseReference(context.getNodeParameter('reference', itemIndex)) : undefined;
	const hash = byReference ? undefined : parseHash(context.getNodeParameter('userOperationHash', itemIndex));
	const found = reference ? await findByReference(payer, reference) : await findByHash(payer, hash as Hex);
	const asked = reference ? { reference } : { userOperationHash: hash };
	const [details] = found.operation ? await pastPaymentsJson(payer, [found.operation]) : [];
	if (details) return { ...asked, ...details };
	return { ...asked, status: found.status, asOfBlock: Number(found.block), note: NOTES[found.status] };
}

const NOTES: Record<FoundPayment['status'], string> = {
	mined: '',
	unclaimed: 'Nothing was paid under this reference up to this block.',
	claimed:
		'The reference is used up by something that was no payment of a session key, such as an operation of the owner.',
	pending: 'The bundler has it, and no block does: it may still be paid.',
	unknown: 'Neither the chain nor the bundler know it.',
};

function parseHash(text: unknown): Hex {
	const plain = typeof text === 'string' ? text.trim() : '';
	if (/^0x[0-9a-fA-F]{64}$/.test(plain)) return plain.toLowerCase() as Hex;
	throw new InputError(
		'User Operation Hash',
		`"User Operation Hash" is ${plain ? 'not a hash' : 'empty'}`,
		'It is 0x and 64 hexadecimal digits, as Send gave it.',
	);
}
