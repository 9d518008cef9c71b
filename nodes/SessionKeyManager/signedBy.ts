import type { IExecuteFunctions, ILoadOptionsFunctions, INodeProperties } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { approveWithinField } from '../shared/approvalPage/approveWithin';
import { connect, type ConnectionContext } from '../shared/connection';
import { addressField, formOf, isOperation, openForm, optionField, orEmpty, type Form } from '../shared/form';
import { RESOURCES } from './actions';
import { mostGasCost, optionsOf, salt } from './fields/change';
import { ownerSession, type OwnerSession } from './owner';
import type { OwnerOperation } from './run';

/** Who signs a change. */
export type SignedBy = 'credential' | 'wallet' | 'prepare';

/** The operations that need something, of whichever resource: as n8n's forms name them. */
function namesWhere(needs: (operation: OwnerOperation) => boolean): { resource: string[]; operation: string[] } {
	const having = RESOURCES.map(({ value, operations }) => ({
		value,
		names: operations.filter(({ operation }) => needs(operation)).map(({ option }) => option.value),
	})).filter(({ names }) => names.length > 0);
	return { resource: having.map(({ value }) => value), operation: having.flatMap(({ names }) => names).sort() };
}

/** Every operation that changes something. */
const CHANGING = namesWhere(({ signs }) => signs === true);

/** Where the owner's credential is not asked for: the owner signs elsewhere, or nobody has to. */
export const WITHOUT_CREDENTIAL = {
	signedBy: ['wallet', 'prepare'] as SignedBy[],
	operation: namesWhere(({ ownerCredential }) => ownerCredential === false).operation,
};

const elsewhere = { show: { ...CHANGING, signedBy: WITHOUT_CREDENTIAL.signedBy } };

const signedBy = optionField<SignedBy>({
	displayName: 'Signed By',
	name: 'signedBy',
	type: 'options',
	noDataExpression: true,
	options: [
		{
			name: 'Owner Credential',
			value: 'credential',
			description: "The owner's key is in a credential of this n8n, and the change is made at once",
		},
		{
			name: "Owner's Wallet",
			value: 'wallet',
			description: 'The workflow waits until an owner has signed in their own wallet, on a page that this node shows',
		},
		{
			name: 'Prepare Only',
			value: 'prepare',
			description: 'Returns the message to sign, for hardware wallets and scripts. Account > Submit Signed sends it.',
		},
	],
	default: 'credential',
	displayOptions: { show: CHANGING },
	description: "Who signs the change. With a wallet or Prepare Only the owner's key never enters n8n.",
});

const walletNotice: INodeProperties = {
	displayName:
		'Send <code>{{ $execution.resumeUrl }}</code> to the owner in a node before this one, or the result of Account > Get Approval Link. It opens the page on which they sign.',
	name: 'walletNotice',
	type: 'notice',
	default: '',
	displayOptions: { show: { ...CHANGING, signedBy: ['wallet'] } },
};

const accountAddress = orEmpty(
	addressField({
		displayName: 'Smart Account Address',
		name: 'accountAddress',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0x1f9090...c326',
		displayOptions: elsewhere,
		description: 'The smart account to change. Leave it empty if it does not exist yet, and fill in Owner Address.',
	}),
);

const ownerAddress = orEmpty(
	addressField({
		displayName: 'Owner Address',
		name: 'ownerAddress',
		type: 'string',
		default: '',
		placeholder: 'e.g. 0x709979...79C8',
		displayOptions: elsewhere,
		description:
			"The address of the owner's wallet. Needed for an account that does not exist yet: it determines the address of the account.",
	}),
);

export const approveWithin = approveWithinField(
	{ whom: 'the owner', act: 'sign' },
	{ displayOptions: { show: { ...CHANGING, signedBy: ['wallet'] } } },
);

/** Who signs, and which account is meant where no credential says so. */
export const signedByFields = [signedBy, walletNotice, accountAddress, ownerAddress, approveWithin];

/** Who signs, for all items of this node. */
export function signedByOf(context: IExecuteFunctions): SignedBy {
	return formOf(context, 0).get(signedBy);
}

/**
 * Who manages which account, for one item: by the credential, by what the form says, or by what the operation itself
 * brings; within which bounds, and until when. Credentials can be chosen by an expression, so each item has its own.
 */
export async function sessionFor(context: IExecuteFunctions, by: SignedBy, itemIndex: number): Promise<OwnerSession> {
	const credentials: ConnectionContext = {
		helpers: context.helpers,
		getCredentials: (type) => context.getCredentials(type, itemIndex),
	};
	// Where n8n asks for the page there is nothing to stop.
	const signal = context.getExecutionCancelSignal?.();
	const form = formOf(context, itemIndex);
	const options = form.get(sessionOptions);
	const typedSalt = options.get(salt) ?? 0n;
	const session = await (isOperation(context, WITHOUT_CREDENTIAL.operation)
		? { ...(await connect(credentials)), reference: { owners: [], salt: 0n } }
		: by === 'credential'
			? ownerSession(credentials)
			: typedSession(form, typedSalt, credentials));
	return { ...session, signal, mostGasCost: options.get(mostGasCost) };
}

const sessionOptions = optionsOf(mostGasCost, salt);

/** The account whose keys a list in the open form shows. */
export async function listSession(context: ILoadOptionsFunctions): Promise<OwnerSession> {
	const form = openForm(context);
	if (form.get(signedBy) === 'credential') return ownerSession(context);
	const address = form.get(accountAddress);
	if (!address) throw noAccount();
	return { ...(await connect(context)), reference: { address, owners: [], salt: 0n } };
}

async function typedSession(form: Form, typedSalt: bigint, credentials: ConnectionContext): Promise<OwnerSession> {
	const address = form.get(accountAddress);
	const owner = form.get(ownerAddress);
	if (!address && !owner) throw noAccount();
	const reference = { address, owners: owner ? [owner] : [], salt: typedSalt };
	return { ...(await connect(credentials)), owner, reference };
}

function noAccount(): InputError {
	return new InputError(
		'Smart Account Address',
		'Neither "Smart Account Address" nor "Owner Address" is filled in, so no account is meant',
		'Fill in the account. If it does not exist yet, fill in the address of its owner: it determines the address of the account.',
	);
}
