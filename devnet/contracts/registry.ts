import { concat, keccak256, zeroHash, type Address, type Hex } from 'viem';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
} from '../../contracts/referenceRegistry';
import type { Request } from '../rpc';
import { transact } from './deploy';

/** Deploys the reference registry where it is missing, as anybody may on any chain; `from` pays. */
export async function ensureRegistry(request: Request, from: Address): Promise<void> {
	if (await isRegistryThere(request)) return;
	const data = concat([zeroHash, REFERENCE_REGISTRY_INIT_CODE]);
	await transact(request, { from, to: DETERMINISTIC_DEPLOYER, data });
	if (!(await isRegistryThere(request))) throw new Error(`the registry was not deployed at ${REFERENCE_REGISTRY}`);
}

async function isRegistryThere(request: Request): Promise<boolean> {
	const code = await request<Hex>('eth_getCode', [REFERENCE_REGISTRY, 'latest']);
	return keccak256(code) === REFERENCE_REGISTRY_CODE_HASH;
}
