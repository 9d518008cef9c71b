import { startDevnet, type Devnet } from '../../../devnet';

/** Where the tests find the devnet of this run. */
export const URL_VARIABLE = 'DEVNET_URL';

declare global {
	var devnetOfThisRun: Devnet | undefined;
}

/** One devnet for all tests of a run, whichever projects they are in; over a chain that has the real contracts where CHAIN_TEST_RPC_URL names one. */
export default async function globalSetup(): Promise<void> {
	if (globalThis.devnetOfThisRun) return;
	const devnet = await startDevnet({ upstreamUrl: process.env.CHAIN_TEST_RPC_URL });
	globalThis.devnetOfThisRun = devnet;
	process.env[URL_VARIABLE] = devnet.url;
}
