import { concat, numberToHex, parseEther, zeroHash, type Hex } from 'viem';
import type { Request } from '../rpc';
import { ADDRESSES, STAND_INS } from './addresses';
import { compileContracts, type Artifacts } from './compile';
import { transact } from './deploy';

/** Creates contracts by CREATE2 at the same address on every chain; anvil has it from the start. */
const DETERMINISTIC_DEPLOYER = '0x4e59b44847b379578588920cA78FbF26c0B4956C';

/** Anvil sends for it without a key. */
const SENDER = '0x00000000000000000000000000000000000de1a7';

/**
 * Puts EntryPoint v0.6 and the stand-ins for the account, its factory and its plugins at their usual addresses on an
 * anvil. May be called again on the same chain. Resolves with everything that was compiled, so that the caller can
 * deploy tokens and the like.
 */
export async function placeContracts(request: Request): Promise<Artifacts> {
	const artifacts = await compileContracts();
	for (const name of STAND_INS) {
		await request('anvil_setCode', [ADDRESSES[name], artifacts[name]!.deployedBytecode]);
	}
	await deployEntryPoint(request, artifacts.EntryPoint!.bytecode);
	return artifacts;
}

/** Deployed, not placed: its constructor creates a contract of its own and remembers the address in the code. */
async function deployEntryPoint(request: Request, bytecode: Hex): Promise<void> {
	if (await hasCode(request, ADDRESSES.EntryPoint)) return;
	await request('anvil_setBalance', [SENDER, numberToHex(parseEther('1'))]);
	await request('anvil_impersonateAccount', [SENDER]);
	await transact(request, { from: SENDER, to: DETERMINISTIC_DEPLOYER, data: concat([zeroHash, bytecode]) });
	await request('anvil_stopImpersonatingAccount', [SENDER]);
	if (!(await hasCode(request, ADDRESSES.EntryPoint))) throw new Error('the EntryPoint is not where it should be');
}

async function hasCode(request: Request, address: Hex): Promise<boolean> {
	return (await request('eth_getCode', [address, 'latest'])) !== '0x';
}
