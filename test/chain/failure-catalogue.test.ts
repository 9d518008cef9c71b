import { sendAsItStands, sendBySdk } from './failures/bundlerOutcome';
import { CASE_NAMES, prepareCase, type FailureCase, type Paymasters } from './failures/cases';
import { MEASURED, normalMeasured, normalSeen, phaseOf } from './failures/catalogue';
import { askChain } from './failures/chainOutcome';
import { deployPaymasters } from './failures/paymasters';
import { connect, signOperation, type DevnetClient } from './support/devnet';

jest.setTimeout(60_000);

let devnet: DevnetClient;
let paymasters: Paymasters;

beforeAll(async () => {
	devnet = await connect();
	paymasters = await deployPaymasters(devnet);
});

test('every measured case has a recipe', () => {
	expect([...CASE_NAMES].sort()).toEqual(MEASURED.map((measured) => measured.case).sort());
});

test.each(MEASURED)('$case', async (measured) => {
	const prepared = await prepareCase(devnet, paymasters, measured.case);
	const operation = await signed(prepared);
	const chain = await askChain(devnet, operation);
	const viaSendWithFixedGas = await sendAsItStands(devnet, operation);
	const seen = { case: measured.case, phase: phaseOf(chain, viaSendWithFixedGas), viaSendWithFixedGas, ...chain };

	const { viaEstimate: _, ...expected } = measured;
	expect(normalSeen(seen, devnet, prepared)).toEqual(normalMeasured(expected));
});

test.each(MEASURED.filter(({ viaEstimate }) => viaEstimate))('$case, sent by the SDK', async (measured) => {
	const prepared = await prepareCase(devnet, paymasters, measured.case);
	const viaEstimate = await sendBySdk(devnet, prepared);
	expect(normalSeen(viaEstimate, devnet, prepared)).toEqual(normalMeasured(measured.viaEstimate));
});

async function signed({ parts, signature }: FailureCase) {
	const operation = await signOperation(devnet, parts);
	return signature ? { ...operation, signature } : operation;
}
