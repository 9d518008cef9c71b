import { randomUUID } from 'node:crypto';
import type { Hex } from 'viem';
import { signIn, type Credential, type Rest } from '../../../demo/n8n';
import { connectDevnet, type DevnetClient } from '../../../devnet';
import { alchemyApiFor } from '../../support/credentials';

/** The devnet and the n8n of this run, signed in. */
export async function connect(): Promise<{ devnet: DevnetClient; rest: Rest; url: string }> {
	const { DEVNET_URL, N8N_URL } = process.env;
	if (!DEVNET_URL || !N8N_URL) throw new Error('no n8n: run this with jest --selectProjects n8n');
	const devnet = (await connectDevnet(DEVNET_URL)).withKey(`n8n-${randomUUID()}`);
	return { devnet, rest: await signIn(N8N_URL), url: N8N_URL };
}

/** What a person types into the three forms, under names that nothing else has. */
export function credentialsFor(
	devnet: DevnetClient,
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
