import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { testNetworkProperties } from '../nodes/shared/testNetwork';

/** An owner of a smart account, who gives and takes session keys. Kept apart from the agent's credential on purpose. */
export class SmartAccountOwnerApi implements ICredentialType {
	name = 'smartAccountOwnerApi';

	displayName = 'Smart Account Owner API';

	icon = { light: 'file:../icons/sessionKeyManager.svg', dark: 'file:../icons/sessionKeyManager.dark.svg' } as const;

	documentationUrl =
		'https://github.com/n8n-nodes-session-keys/n8n-nodes-session-keys/blob/main/docs/credentials.md#smart-account-owner-api';

	properties: INodeProperties[] = [
		{
			displayName: 'Owner Signs With',
			name: 'signWith',
			type: 'options',
			options: [
				{
					name: 'Mnemonic',
					value: 'mnemonic',
					description: 'The 12 or 24 words of a wallet; its first address is the owner',
				},
				{ name: 'Private Key', value: 'privateKey' },
			],
			default: 'privateKey',
			description:
				'What the owner of the smart account signs with. It may do everything: give this credential to nobody else.',
		},
		{
			displayName: 'Private Key',
			name: 'privateKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. 0x and 64 hexadecimal digits',
			displayOptions: { show: { signWith: ['privateKey'] } },
			description: "The owner's private key. It never leaves this credential.",
		},
		{
			displayName: 'Mnemonic',
			name: 'secretMnemonic',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. twelve words with spaces between them',
			displayOptions: { show: { signWith: ['mnemonic'] } },
			description: "The words of the owner's wallet, with spaces between them. They never leave this credential.",
		},
		{
			displayName: 'Smart Account Address',
			name: 'accountAddress',
			type: 'string',
			default: '',
			placeholder: 'e.g. 0x1f9090...c326',
			description:
				'The smart account to manage. Leave it empty if it does not exist yet: the owner and the salt decide its address, and Account > Get shows it.',
		},
		{
			displayName: 'Salt',
			name: 'salt',
			type: 'string',
			default: '0',
			description:
				'For an account that does not exist yet: a whole number. The same owner has another account for each salt. Leave it at 0 for the first one.',
		},
		...testNetworkProperties,
	];
}
