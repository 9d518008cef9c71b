import { startWorld } from './globalSetup';

/**
 * For writing editor tests: keeps n8n and the devnet running between runs of jest.
 *
 *     npx tsx test/editor/support/serve.ts      prints what to export before jest
 */
async function main(): Promise<void> {
	const { variables } = await startWorld();
	for (const [name, value] of Object.entries(variables)) process.stdout.write(`export ${name}=${value}\n`);
}

void main();
