import { getAddress, parseAbi } from 'viem';
import type { Call } from '../../core/calls';
import { ENTRY_POINT } from '../../core/contracts';
import { customNetwork } from '../../core/networks';
import { checkCalls } from '../../core/payment/check/check';
import { checkReads, toCheckState } from '../../core/payment/check/checkReads';
import { callRequest } from '../../core/payment/check/paymentRequest';
import { executionRead, executionRefusals, validationRead } from '../../core/payment/send/simulate';
import { explainAnswer, type Answer, type ExplainContext } from '../../core/explain/explain';
import { RpcError } from '../../core/rpc/errors';
import { read } from '../../core/rpc/read';
import { createRpc, type Rpc } from '../../core/rpc/rpc';
import { latestBlock } from '../../core/userOperation/fees';
import { DUMMY_SIGNATURE, paymasterOf } from '../../core/userOperation/gas';
import { waitFor } from '../../core/userOperation/submit';
import {
	hashUserOperation,
	nonceKeyOf,
	toRpcUserOperation,
	type UserOperation,
} from '../../core/userOperation/userOperation';
import { CATALOGUE_CODES, numberOf } from '../unit/explain/catalogueCodes';
import { CASE_NAMES, prepareCase, type FailureCase, type Paymasters } from './failures/cases';
import { deployPaymasters } from './failures/paymasters';
import { connect, signOperation, type DevnetClient } from './support/devnet';

jest.setTimeout(60_000);

let devnet: DevnetClient;
let paymasters: Paymasters;
let rpc: Rpc;

beforeAll(async () => {
	devnet = await connect();
	paymasters = await deployPaymasters(devnet);
	const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
	rpc = createRpc({ chainUrl: devnet.url, post: postJson, sleep });
});

const labAbi = parseAbi(['error Nope(uint256 code)']);
/** What neither the state nor the called contracts can tell before the operation is signed and its gas is set. */
const ONLY_THE_ANSWER_TELLS = ['F16', 'F16b', 'F16c', 'F16d', 'F26', 'F27'];

test.each(CASE_NAMES)('%s', async (name) => {
	const expected = CATALOGUE_CODES[numberOf(name)];
	const prepared = await prepareCase(devnet, paymasters, name);
	const op = await operationOf(prepared);
	const context = await contextOf(prepared, op);

	const foreseen = await foresee(prepared, context);
	if (!ONLY_THE_ANSWER_TELLS.includes(numberOf(name))) expect(foreseen).toBe(expected);

	const estimate = await answerToEstimate(op);
	// Estimating sets gas and signature aside: what they alone decide shows when sending.
	if (estimate) expect(explainAnswer(estimate, context).code).toBe(expected);

	const sent = await answerToSend(op);
	const validation = sent instanceof RpcError ? await validationOf(op) : undefined;
	expect(sent && explainAnswer(sent, { ...context, validation }).code).toBe(expected);
});

async function operationOf({ parts, signature }: FailureCase): Promise<UserOperation> {
	const op = await signOperation(devnet, parts);
	const whole = { initCode: '0x', paymasterAndData: '0x', ...op } as unknown as UserOperation;
	return { ...whole, nonce: BigInt(op.nonce), signature: signature ?? op.signature };
}

/** Everything the product reads before it pays. */
async function contextOf({ account, key, calls }: FailureCase, op: UserOperation) {
	const request = callRequest(calls as Call[]);
	const answers = await read(rpc, { block: latestBlock(), check: checkReads(account.address, key.address, request) });
	const network = customNetwork(devnet.chainId, 'ETH');
	const now = answers.block.timestamp;
	const state = toCheckState(network, account.address, getAddress(key.address), request, answers.check, now);
	const gas = { ...op, paymaster: paymasterOf(op.paymasterAndData) };
	return { state, calls: calls as Call[], gas, nonceKey: nonceKeyOf(op.nonce), abis: [labAbi] };
}

/** The first reason that the check knows, or else the called contracts. */
async function foresee({ account, key }: FailureCase, context: ExplainContext & Awaited<ReturnType<typeof contextOf>>) {
	const { state, calls, gas, nonceKey } = context;
	const { refusals } = checkCalls(state, calls, { gas, nonceKey });
	const { execution } = await read(rpc, { execution: executionRead(account.address, getAddress(key.address), calls) });
	return [...refusals, ...executionRefusals(execution, context)][0]?.code;
}

async function answerToEstimate(op: UserOperation): Promise<Answer | undefined> {
	try {
		const asked = toRpcUserOperation({ ...op, signature: DUMMY_SIGNATURE });
		await rpc.request('eth_estimateUserOperationGas', [asked, ENTRY_POINT]);
		return undefined;
	} catch (error) {
		return asAnswer(error);
	}
}

async function answerToSend(op: UserOperation): Promise<Answer | undefined> {
	const hash = hashUserOperation(op, devnet.chainId);
	try {
		await rpc.request('eth_sendUserOperation', [toRpcUserOperation(op), ENTRY_POINT]);
	} catch (error) {
		return asAnswer(error);
	}
	const awaited = await waitFor(rpc, op, () => [hash], { timeLimit: 20_000 });
	if (awaited.status !== 'included') throw new Error(`the operation is ${awaited.status}`);
	const { success, revertData } = awaited.operation;
	return success ? undefined : { success, revertData };
}

function asAnswer(error: unknown): Answer {
	if (error instanceof RpcError) return error;
	throw error;
}

async function validationOf(op: UserOperation) {
	return (await read(rpc, { validation: validationRead(op, hashUserOperation(op, devnet.chainId)) })).validation;
}

async function postJson(url: string, body: unknown) {
	const reply = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify(body),
	});
	return { status: reply.status, headers: {}, body: await reply.json() };
}
