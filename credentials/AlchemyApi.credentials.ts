import type { ICredentialType, INodeProperties } from 'n8n-workflow';
import { networkOptions } from '../nodes/shared/testNetwork';

/** Where the chain is reached: Alchemy, or any other provider by URL. One credential is for one network. */
export class AlchemyApi implements ICredentialType {
	name = 'alchemyApi';

	displayName = 'Alchemy API';

	icon = { light: 'file:../icons/alchemy.svg', dark: 'file:../icons/alchemy.dark.svg' } as const;

	documentationUrl =
		'https://github.com/n8n-nodes-session-keys/n8n-nodes-session-keys/blob/main/docs/credentials.md#alchemy-api';

	properties: INodeProperties[] = [
		{
			displayName: 'Network',
			name: 'network',
			type: 'options',
			options: networkOptions,
			default: 'base-sepolia',
			description: 'The chain that the smart account is on. Make one credential for each network that you use.',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			displayOptions: { hide: { network: ['custom'] } },
			description: 'From dashboard.alchemy.com: open your app there, choose API Key and copy it',
		},
		{
			displayName: 'RPC URL',
			name: 'secretRpcUrl',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			required: true,
			placeholder: 'e.g. https://rpc.example.com/v1/your-key',
			displayOptions: { show: { network: ['custom'] } },
			description: "Your provider's JSON-RPC URL for the chain. It may hold an API key, so it is kept secret.",
		},
		{
			displayName: 'Bundler URL',
			name: 'secretBundlerUrl',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. https://bundler.example.com/v1/your-key',
			displayOptions: { show: { network: ['custom'] } },
			description:
				"The JSON-RPC URL of an ERC-4337 bundler for EntryPoint v0.6. Leave it empty if the RPC URL serves the bundler's methods too.",
		},
		{
			displayName: 'Chain ID',
			name: 'chainId',
			type: 'number',
			default: 31337,
			required: true,
			displayOptions: { show: { network: ['custom'] } },
			description: "The chain's number. Nothing is sent when the endpoint turns out to be on another chain.",
		},
		{
			displayName: 'Currency Symbol',
			name: 'nativeSymbol',
			type: 'string',
			default: 'ETH',
			displayOptions: { show: { network: ['custom'] } },
			description: 'What the chain calls its own money, in which gas is paid',
		},
		{
			displayName: 'Block Explorer URL',
			name: 'explorerUrl',
			type: 'string',
			default: '',
			placeholder: 'e.g. https://explorer.example.com',
			displayOptions: { show: { network: ['custom'] } },
			description: 'Links to transactions in results begin with it. Leave it empty if there is none.',
		},
		{
			displayName: 'Gas Policy ID',
			name: 'gasPolicyId',
			type: 'string',
			default: '',
			placeholder: 'e.g. 1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d',
			description:
				'A Gas Manager policy that pays the gas (dashboard.alchemy.com, Gas Manager). Leave it empty if the smart account pays its own gas.',
		},
		{
			displayName: 'Second Bundler URL',
			name: 'secretSecondBundlerUrl',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. https://bundler.example.com/v1/your-key',
			description:
				'Another ERC-4337 bundler for EntryPoint v0.6 on the same network, perhaps your own. The same operation goes to it when the first bundler is out of order or no longer takes such operations. Leave it empty if you have none.',
		},
	];
}
