import { randomUUID } from 'node:crypto';
import type { Hex } from 'viem';
import type { Credential } from '../../demo/n8n';
import type { DevnetClient } from '../../devnet';

/** What a person types into the form of Alchemy API, for a devnet. */
export function alchemyApiFor({ url, chainId }: Pick<DevnetClient, 'url' | 'chainId'>) {
	return { network: 'custom', secretRpcUrl: url, chainId, nativeSymbol: 'ETH' };
}

/** What a person types into the three forms, under names that nothing else has. */
export function credentialsFor(
	devnet: Pick<DevnetClient, 'url' | 'chainId'>,
	account: string,
	keys: { agent?: Hex; owner?: Hex } = {},
): Credential[] {
	const name = randomUUID().slice(0, 8);
	const all: Credential[] = [
		{
			name: `Devnet ${name}`,
			type: 'alchemyApi',
			data: alchemyApiFor(devnet),
		},
	];
	if (keys.agent) {
		const data = { accountAddress: account, privateKey: keys.agent };
		all.push({ name: `Agent ${name}`, type: 'agentSessionKeyApi', data });
	}
	if (keys.owner) {
		const data = { signWith: 'privateKey', privateKey: keys.owner, accountAddress: account };
		all.push({ name: `Owner ${name}`, type: 'smartAccountOwnerApi', data });
	}
	return all;
}
