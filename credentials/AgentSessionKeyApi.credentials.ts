import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { testNetworkProperties } from '../nodes/shared/testNetwork';

/** The agent's own key: a session key that the owner of a smart account has given limits. */
export class AgentSessionKeyApi implements ICredentialType {
	name = 'agentSessionKeyApi';

	displayName = 'Agent Session Key API';

	icon = { light: 'file:../icons/sessionKey.svg', dark: 'file:../icons/sessionKey.dark.svg' } as const;

	documentationUrl =
		'https://github.com/n8n-nodes-session-keys/n8n-nodes-session-keys/blob/main/docs/credentials.md#agent-session-key-api';

	properties: INodeProperties[] = [
		{
			displayName: 'Smart Account Address',
			name: 'accountAddress',
			type: 'string',
			default: '',
			required: true,
			placeholder: 'e.g. 0x1f9090...c326',
			description:
				'The account that pays: the address of the smart account, not that of its owner and not that of the key',
		},
		{
			displayName: 'Session Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'Leave it empty: Session Key > Key > Create creates one',
			description:
				"Leave it empty and run Session Key > Key > Create: it creates a key that nobody sees, and returns its address. Or paste an existing session key, which then never leaves this credential. Never paste the owner's key here.",
		},
		{
			displayName: 'Key Address',
			name: 'keyAddress',
			type: 'string',
			default: '',
			placeholder: 'e.g. 0x952222...Afe5',
			description:
				'Filled in when a key is made here. Any other key is refused, so that the key can never change unnoticed.',
		},
		{
			displayName: 'Pause Payments',
			name: 'pausePayments',
			type: 'boolean',
			default: false,
			description:
				'Whether to refuse every payment with this credential, at once and in all workflows. It does not stop a thief who has the key: for that, remove the key or pull the emergency stop.',
		},
		{
			displayName: 'Payees',
			name: 'payees',
			type: 'string',
			typeOptions: { rows: 4 },
			default: '',
			placeholder: 'e.g. Anna Berg, 0x1f9090...c326',
			description:
				'Who is paid, one a line: name, address. Workflows and AI agents then pay them by name, and items show the names.',
		},
		{
			displayName: 'Only These Payees',
			name: 'onlyPayees',
			type: 'boolean',
			default: false,
			description:
				'Whether to refuse everybody else. A contract that a workflow calls must be a payee too. n8n checks this before it signs; the chain does not know it, and a stolen key is not bound by it.',
		},
		{
			displayName: 'Most per Payment',
			name: 'mostPerPayment',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. 500 USDC',
			description:
				'The most of a single payment, and of each payment in a batch: one token a line, by its symbol or its address. A token without a line has no maximum here. Checked by n8n before it signs, not by the chain.',
		},
		{
			displayName: 'Most per Run',
			name: 'mostPerRun',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. 2000 USDC',
			description:
				'The most for all payments of one execution of a workflow together, in the same form. The next execution begins at nothing again. Checked by n8n before it signs, not by the chain.',
		},
		{
			displayName: 'Approvers',
			name: 'approvers',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. 0x709979...79C8',
			description:
				'Who has to approve payments with their own wallet: one address a line. Payment > Request Approval asks them. Checked by n8n before it signs; the chain does not know it, and a stolen key is not bound by it.',
		},
		{
			displayName: 'Approvals Needed',
			name: 'approvalsNeeded',
			type: 'number',
			typeOptions: { minValue: 1, maxValue: 20 },
			default: 1,
			description: 'How many different approvers have to sign',
		},
		{
			displayName: 'Approval Above',
			name: 'approvalAbove',
			type: 'string',
			typeOptions: { rows: 2 },
			default: '',
			placeholder: 'e.g. 1000 USDC',
			description:
				'Up to this amount, all payments of one execution together, nobody is asked: one token a line. A token without a line always needs an approval. Calls of contracts are refused while there are approvers: they cannot be approved.',
		},
		{
			displayName: 'Approve by Click',
			name: 'approveByClick',
			type: 'boolean',
			default: false,
			description:
				'Whether a click on the page is enough, without a wallet. Whoever has the link can click, and nobody can prove afterwards who it was.',
		},
		...testNetworkProperties,
	];
}
