import { dirname, join } from 'node:path';
import type { Hex } from 'viem';
import type { Request } from '../rpc';
import { MULTICALL3 } from './addresses';

/** Puts Multicall3 where it stands on every public chain, on an anvil that lacks it. */
export async function ensureMulticall(request: Request): Promise<void> {
	if ((await request('eth_getCode', [MULTICALL3, 'latest'])) !== '0x') return;
	// A call that creates a contract answers with the code that would stand there.
	const code = await request<Hex>('eth_call', [{ data: await initCode() }, 'latest']);
	await request('anvil_setCode', [MULTICALL3, code]);
}

/** viem has it, and does not export it. */
async function initCode(): Promise<Hex> {
	const constants = join(dirname(require.resolve('viem/package.json')), '_cjs/constants/contracts.js');
	const { multicall3Bytecode } = (await import(constants)) as { multicall3Bytecode: Hex };
	return multicall3Bytecode;
}
