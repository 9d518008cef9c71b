import type { Hex } from 'viem';
import { MULTICALL3, MULTICALL3_INIT_CODE } from '../../contracts/multicall3';
import type { Request } from '../rpc';

/** Puts Multicall3 where it stands on every public chain, on an anvil that lacks it. */
export async function ensureMulticall(request: Request): Promise<void> {
	if ((await request('eth_getCode', [MULTICALL3, 'latest'])) !== '0x') return;
	// A call that creates a contract answers with the code that would stand there.
	const code = await request<Hex>('eth_call', [{ data: MULTICALL3_INIT_CODE }, 'latest']);
	await request('anvil_setCode', [MULTICALL3, code]);
}
