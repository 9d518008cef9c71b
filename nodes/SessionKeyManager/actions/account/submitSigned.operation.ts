import type { IDataObject } from 'n8n-workflow';
import { sendSigned } from '../../../../core/ownerOperation/sendOwnerOperation';
import { accountIn, parseSignedOperation } from '../../../../core/approval/signedOperation';
import { requireSendable } from '../../../../core/approval/verifyApproval';
import { isStopNonce, requireStop } from '../../../../core/emergencyStop/stopCode';
import { stopJson } from '../../stopItems';
import { field } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { mostGasCost, optionsOf, timeLimit } from '../../fields/change';
import { formIn } from '../../../shared/operation';
import { readOwnedAccount } from '../../account';
import { outcomeJson } from '../../planItems';
import { timeLimitOf, type OwnerRun } from '../../run';

/** What was prepared, still to be read: as JSON, or as n8n hands it over. */
const prepared = field(
	{
		displayName: 'Prepared Operation',
		name: 'userOperation',
		type: 'json',
		default: '={{ $json.operation }}',
		required: true,
		description: 'The "operation" that a change with Signed By: Prepare Only returned, unchanged',
	},
	(given): unknown => {
		if (typeof given !== 'string') return given;
		try {
			return JSON.parse(given) as unknown;
		} catch {
			return undefined; // is refused as what can't be read
		}
	},
);

const signature = field(
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
	(given): unknown => given,
);

export const ownerCredential = false;
export const description = showFor('account', 'submitSigned', [prepared, signature, optionsOf(mostGasCost, timeLimit)]);

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const form = formIn(run);
	const limit = timeLimitOf(run);
	const op = parseSignedOperation(form.get(prepared), form.get(signature));
	const session = { ...run.session, reference: accountIn(op) };
	const account = await readOwnedAccount({ ...run, session });
	await requireSendable(session, account, op);
	// Signed elsewhere, it is kept: Pull Emergency Stop sends it.
	if (isStopNonce(op.nonce)) return stopJson(session, requireStop(op));
	const outcome = await sendSigned(session, op, limit);
	return { status: outcome.status, account: op.sender, ...outcomeJson(session, op.sender, outcome) };
}
