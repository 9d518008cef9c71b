import type { IDataObject, INodeProperties } from 'n8n-workflow';
import { sendSigned } from '../../../../core/account/ownerOperation';
import { accountIn, parseSignedOperation } from '../../../../core/approval/signedOperation';
import { requireSendable } from '../../../../core/approval/verifyApproval';
import { showFor } from '../../../shared/showFor';
import { timeLimitOption } from '../../fields';
import { accountOf, outcomeJson, parameter, timeLimitOf, type Run } from '../../manager';

export const description = showFor('account', 'submitSigned', [
	{
		displayName: 'Prepared Operation',
		name: 'userOperation',
		type: 'json',
		default: '={{ $json.operation }}',
		required: true,
		description: 'The "operation" that came out of a change with Signed By: Prepare Only, as it is',
	},
	{
		displayName: 'Signature',
		name: 'signature',
		type: 'string',
		default: '',
		required: true,
		placeholder: 'e.g. 0x and 130 hexadecimal digits',
		description:
			"An owner's signature of the prepared message (personal_sign, EIP-191, over the 32 bytes), or that of a contract that is an owner (ERC-1271)",
	},
	{
		displayName: 'Options',
		name: 'options',
		type: 'collection',
		placeholder: 'Add option',
		default: {},
		options: [timeLimitOption],
	},
] satisfies INodeProperties[]);

export async function execute(run: Run): Promise<IDataObject> {
	const op = parseSignedOperation(operationIn(run), parameter<unknown>(run, 'signature', ''));
	const session = { ...run.session, reference: accountIn(op) };
	const account = await accountOf({ ...run, session });
	await requireSendable(session, account, op);
	const outcome = await sendSigned(session, op, timeLimitOf(run));
	return { status: outcome.status, account: op.sender, ...outcomeJson(session, op.sender, outcome) };
}

function operationIn(run: Run): unknown {
	const typed = parameter<unknown>(run, 'userOperation', '');
	if (typeof typed !== 'string') return typed;
	try {
		return JSON.parse(typed) as unknown;
	} catch {
		return undefined; // is refused as what can't be read
	}
}
