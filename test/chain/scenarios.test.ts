import { startAnvil, type Anvil } from '../../devnet/anvil';
import { placeContracts } from '../../devnet/contracts/place';
import { rpcClient } from '../../devnet/rpc';
import { readScenarios, recorded } from './scenarios/format';
import { prepareLab, type Lab } from './scenarios/lab';
import { replayScenario } from './scenarios/replay';

jest.setTimeout(120_000);

/** A chain that has the contracts already, deployed ones perhaps; left out: the stand-ins on an empty chain. */
const forkUrl = process.env.CHAIN_TEST_RPC_URL;

let anvil: Anvil;
let lab: Lab;

beforeAll(async () => {
	anvil = await startAnvil({ forkUrl });
	if (!forkUrl) await placeContracts(rpcClient(anvil.url));
	lab = await prepareLab(anvil.url);
});

afterAll(() => anvil.close());

test.each(readScenarios())('$id $title', async (scenario) => {
	expect(await replayScenario(lab, scenario)).toEqual(recorded(scenario));
});
