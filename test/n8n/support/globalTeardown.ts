/** Ends the n8n and the devnet of this run. */
export default async function globalTeardown(): Promise<void> {
	await globalThis.n8nOfN8nTests?.stop();
	await globalThis.devnetOfN8nTests?.close();
}
