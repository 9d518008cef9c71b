import { concat, numberToHex, parseEther, zeroHash, type Hex } from 'viem';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY,
	REFERENCE_REGISTRY_INIT_CODE,
} from '../../contracts/referenceRegistry';
import type { Request } from '../rpc';
import { ADDRESSES, STAND_INS } from './addresses';
import { compileContracts, type Artifacts } from './compile';
import { transact } from './deploy';

/** Anvil sends for it without a key. */
const SENDER = '0x00000000000000000000000000000000000de1a7';

/**
 * Puts EntryPoint v0.6, the reference registry and the stand-ins for the account, its factory and its plugins at their usual addresses on an
 * anvil. May be called again on the same chain. Resolves with everything that was compiled, so that the caller can
 * deploy tokens and the like.
 */
export async function placeContracts(request: Request): Promise<Artifacts> {
	const artifacts = await compileContracts();
	for (const name of STAND_INS) {
		await request('anvil_setCode', [ADDRESSES[name], artifacts[name]!.deployedBytecode]);
	}
	await deployAt(request, ADDRESSES.EntryPoint, artifacts.EntryPoint!.bytecode);
	await deployAt(request, REFERENCE_REGISTRY, REFERENCE_REGISTRY_INIT_CODE);
	return artifacts;
}

/**
 * Deployed, not placed: the EntryPoint's constructor creates a contract of its own and remembers the address in the code,
 * and the registry stands where its init code says.
 */
async function deployAt(request: Request, address: Hex, bytecode: Hex): Promise<void> {
	if (await hasCode(request, address)) return;
	await request('anvil_setBalance', [SENDER, numberToHex(parseEther('1'))]);
	await request('anvil_impersonateAccount', [SENDER]);
	await transact(request, { from: SENDER, to: DETERMINISTIC_DEPLOYER, data: concat([zeroHash, bytecode]) });
	await request('anvil_stopImpersonatingAccount', [SENDER]);
	if (!(await hasCode(request, address))) throw new Error(`nothing was deployed at ${address}`);
}

async function hasCode(request: Request, address: Hex): Promise<boolean> {
	return (await request('eth_getCode', [address, 'latest'])) !== '0x';
}
