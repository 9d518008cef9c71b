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
		...testNetworkProperties,
	];
}
