import { rm } from 'node:fs/promises';
import { stopEverything } from '../../../devnet/guarded';

/** Ends what globalSetup started. */
export default async function globalTeardown(): Promise<void> {
	await stopEverything();
	const { editorTestFolder } = globalThis;
	if (editorTestFolder) await rm(editorTestFolder, { recursive: true, force: true });
}
