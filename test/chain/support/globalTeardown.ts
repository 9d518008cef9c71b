/** Ends the devnet of this run. */
export default async function globalTeardown(): Promise<void> {
	await globalThis.devnetOfThisRun?.close();
}
