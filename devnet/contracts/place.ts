import { concat, numberToHex, parseEther, zeroHash, type Hex } from 'viem';
import { DETERMINISTIC_DEPLOYER } from '../../contracts/referenceRegistry';
import type { Request } from '../rpc';
import { ADDRESSES, STAND_INS } from './addresses';
import { compileContracts, type Artifacts } from './compile';
import { transact } from './deploy';
import { ensureRegistries } from './registry';

/** Anvil sends for it without a key. */
const SENDER = '0x00000000000000000000000000000000000de1a7';

/**
 * Puts EntryPoint v0.6, both registries and the stand-ins for the account, its factory and its plugins at their
 * usual addresses on an anvil. May be called again on the same chain. Resolves with everything that was compiled, so that
 * the caller can deploy tokens and the like.
 */
export async function placeContracts(request: Request): Promise<Artifacts> {
	const artifacts = await compileContracts();
	for (const name of STAND_INS) {
		await request('anvil_setCode', [ADDRESSES[name], artifacts[name]!.deployedBytecode]);
	}
	await request('anvil_setBalance', [SENDER, numberToHex(parseEther('1'))]);
	await request('anvil_impersonateAccount', [SENDER]);
	await placeEntryPoint(request, artifacts.EntryPoint!.bytecode);
	await ensureRegistries(request, SENDER);
	await request('anvil_stopImpersonatingAccount', [SENDER]);
	return artifacts;
}

/** Deployed, not placed: its constructor creates a contract of its own and remembers the address in the code. */
async function placeEntryPoint(request: Request, bytecode: Hex): Promise<void> {
	if (await hasEntryPoint(request)) return;
	await transact(request, { from: SENDER, to: DETERMINISTIC_DEPLOYER, data: concat([zeroHash, bytecode]) });
	if (!(await hasEntryPoint(request))) throw new Error(`EntryPoint was not deployed at ${ADDRESSES.EntryPoint}`);
}

async function hasEntryPoint(request: Request): Promise<boolean> {
	return (await request('eth_getCode', [ADDRESSES.EntryPoint, 'latest'])) !== '0x';
}
