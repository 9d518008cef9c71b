import { installN8n, startN8n, type RunningN8n } from '../../../demo/n8n';
import { startDevnet, type Devnet } from '../../../devnet';
import { packPackage } from '../../../demo/package';

declare global {
	var devnetOfN8nTests: Devnet | undefined;
	var n8nOfN8nTests: RunningN8n | undefined;
}

/** One devnet and one real n8n (2.x, or 1.x with N8N_TEST_MAJOR=1) with this package for all tests of the project. */
export default async function globalSetup(): Promise<void> {
	const log = (line: string) => process.stdout.write(`${line}\n`);
	const n8n = await installN8n(process.env.N8N_TEST_MAJOR === '1' ? 1 : 2, log);
	const packageTarball = await packPackage(log);
	globalThis.devnetOfN8nTests = await startDevnet();
	globalThis.n8nOfN8nTests = await startN8n({ n8n, packageTarball, log });
	process.env.DEVNET_URL = globalThis.devnetOfN8nTests.url;
	process.env.N8N_URL = globalThis.n8nOfN8nTests.url;
	process.env.N8N_TEST_FOLDER = globalThis.n8nOfN8nTests.userFolder;
}
