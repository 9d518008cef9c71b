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
			displayName:
				'Whoever can use this credential can do <b>everything</b> with the smart account: pay out all its money, add and remove session keys, change its owners. Share it with nobody, and use it in no workflow that pays.',
			name: 'ownerNotice',
			type: 'notice',
			default: '',
		},
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
			description: 'What the owner of the smart account signs with',
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
				'The smart account to manage. Leave it empty if it does not exist yet: the owner determines its address, and Account > Get shows it.',
		},
		{
			displayName: 'Another Account of This Owner',
			name: 'anotherAccount',
			type: 'boolean',
			default: false,
			description:
				'Whether an account other than the first one of this owner is meant, which does not exist yet. Its salt determines its address.',
		},
		{
			displayName: 'Salt',
			name: 'salt',
			type: 'string',
			default: '1',
			displayOptions: { show: { anotherAccount: [true] } },
			description: 'A whole number: the owner has another account for each. The first account has 0.',
		},
		...testNetworkProperties,
	];
}
