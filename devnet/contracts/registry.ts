import { concat, keccak256, type Address, type Hex } from 'viem';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
	REGISTRY_SALTS,
} from '../../contracts/referenceRegistry';
import type { Request } from '../rpc';
import { transact } from './deploy';

/** Deploys the registries of payment references and of key changes where they are missing, as anybody may on any chain; `from` pays. */
export async function ensureRegistries(request: Request, from: Address): Promise<void> {
	for (const [registry, salt] of Object.entries(REGISTRY_SALTS) as [Address, Hex][]) {
		if (await isRegistryThere(request, registry)) continue;
		await transact(request, { from, to: DETERMINISTIC_DEPLOYER, data: concat([salt, REFERENCE_REGISTRY_INIT_CODE]) });
		if (!(await isRegistryThere(request, registry))) throw new Error(`the registry was not deployed at ${registry}`);
	}
}

async function isRegistryThere(request: Request, registry: Address): Promise<boolean> {
	const code = await request<Hex>('eth_getCode', [registry, 'latest']);
	return keccak256(code) === REFERENCE_REGISTRY_CODE_HASH;
}
