/**
 * What time it is for a key that begins or ends: the later of the newest block's time and this machine's clock. Where no
 * block is made for a while the chain's own clock stands, and the next block comes at the machine's.
 *
 * @param blockTime unix seconds
 */
export function presentTime(blockTime: number): number {
	return Math.max(blockTime, Math.floor(Date.now() / 1000));
}
