import { randomUUID } from 'node:crypto';
import { signIn, type Rest } from '../../../demo/n8n';
import { connectDevnet, type DevnetClient } from '../../../devnet';

/** The devnet and the n8n of this run, signed in. */
export async function connect(): Promise<{ devnet: DevnetClient; rest: Rest; url: string }> {
	const { DEVNET_URL, N8N_URL } = process.env;
	if (!DEVNET_URL || !N8N_URL) throw new Error('no n8n: run this with jest --selectProjects n8n');
	const devnet = (await connectDevnet(DEVNET_URL)).withKey(`n8n-${randomUUID()}`);
	return { devnet, rest: await signIn(N8N_URL), url: N8N_URL };
}
