import { startAnvil } from '../../../devnet/anvil';
import { placeContracts } from '../../../devnet/contracts/place';
import { rpcClient } from '../../../devnet/rpc';
import { prepareLab } from '../scenarios/lab';
import { World } from './world';

/** A chain that has the contracts already, deployed ones perhaps; left out: the stand-ins on an empty chain. */
const forkUrl = process.env.CHAIN_TEST_RPC_URL;

/** A world on a chain of its own. Close it. */
export async function startWorld(): Promise<{ world: World; close(): Promise<void> }> {
	const anvil = await startAnvil({ forkUrl });
	if (!forkUrl) await placeContracts(rpcClient(anvil.url));
	return { world: await World.create(await prepareLab(anvil.url), anvil.url), close: anvil.close };
}
