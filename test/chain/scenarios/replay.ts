import {
	decodeErrorResult,
	encodeFunctionData,
	parseEventLogs,
	type Address,
	type DecodeErrorResultReturnType,
	type Hex,
	type RpcLog,
} from 'viem';
import { ADDRESSES } from '../../../devnet/contracts/addresses';
import { accountAbi, entryPointAbi } from './abis';
import { describeError, describeEvents } from './decode';
import { encodeOperation, encodeUpdates, MAX_TIME, relativeTime } from './encode';
import type { Observation, Operation, Outcome, Scenario, Step } from './format';
import { SENDER, type Lab } from './lab';
import { setScene, type Scene } from './scene';
import { signOperation, type Sequences, type SignedOperation } from './userOperation';
import { Views } from './views';

const TRANSACTOR_ETH = 10n ** 20n;

/**
 * Repeats a scenario and tells what happens in each step.
 *
 * @example
 * const lab = await prepareLab(anvil.url);
 * expect(await replayScenario(lab, scenario)).toEqual(recorded(scenario));
 */
export async function replayScenario(lab: Lab, scenario: Scenario): Promise<Observation[]> {
	// The chain goes back afterwards: a small state keeps it quick. Nothing depends on it.
	const snapshot = await lab.node.request('evm_snapshot');
	const scene = await setScene(lab, scenario);
	const views = new Views(scene, scenario);
	const run: Run = { scene, sequences: new Map() };

	const observations: Observation[] = [];
	for (const [index, step] of scenario.steps.entries()) {
		const outcome = await replayStep(run, step, index);
		observations.push({ ...outcome, state: await views.read(scene.start + step.at) });
	}
	await lab.node.request('evm_revert', [snapshot]);
	return observations;
}

/** How far a scenario has come. */
interface Run {
	scene: Scene;
	/** Counts included operations only. */
	sequences: Sequences;
}

async function replayStep(run: Run, step: Step, index: number): Promise<Outcome> {
	const { scene } = run;
	const { lab, cast } = scene;
	const time = scene.start + step.at;
	if (step.do === 'look') {
		await lab.node.mineAt(time);
		return {};
	}
	if (step.do === 'resetSessionKeyGasLimitTimestamp') {
		return replayTransaction(scene, step, time, SENDER, cast.address('plugin'));
	}
	if (step.from) {
		const from = cast.address(step.from);
		await lab.node.impersonate(from);
		await lab.node.setBalance(from, TRANSACTOR_ETH);
		return replayTransaction(scene, step, time, from, cast.address('account'));
	}
	return replayBundle(run, step, time, index);
}

/** A plain transaction. */
async function replayTransaction(scene: Scene, step: Step, time: number, from: Address, to: Address): Promise<Outcome> {
	const { node } = scene.lab;
	const data = await encodeOperation(scene, step);
	const { status, logs } = await node.transactAt(time, { from, to, data });
	if (status === '0x1') return { phase: 'ok', ...eventsOf(scene, step, logs) };
	return { phase: 'execution', error: describeError(scene.cast, (await node.call(to, data, from)).data) };
}

/** One handleOps call. */
async function replayBundle(run: Run, step: Step, time: number, index: number): Promise<Outcome> {
	const { scene } = run;
	const { node } = scene.lab;
	const sequences = new Map(run.sequences);
	const signed: SignedOperation[] = [];
	for (const operation of step.ops ?? [step]) signed.push(await signOperation(scene, operation, sequences, index));

	const window = signed.length === 1 ? await windowOf(scene, signed[0]!) : {};
	const data = encodeFunctionData({
		abi: entryPointAbi,
		functionName: 'handleOps',
		args: [signed.map(({ op }) => op), SENDER],
	});
	const { status, logs } = await node.transactAt(time, { from: SENDER, to: ADDRESSES.EntryPoint, data });
	if (status !== '0x1') return { ...window, ...(await refusalOf(scene, step, signed, data)) };

	run.sequences = sequences;
	const results = signed.map(({ hash }) => resultOf(scene, hash, logs));
	const events = eventsOf(scene, step, logs);
	if (results.length === 1) return { ...window, ...results[0], ...events };
	const phase = results.every((result) => result.phase === 'ok') ? 'ok' : 'execution';
	return { phase, ops: results, ...events };
}

/** The time range that validation answers, before the step; nothing when it is open or validation fails. */
async function windowOf(scene: Scene, { op }: SignedOperation): Promise<Pick<Outcome, 'window'>> {
	const data = encodeFunctionData({ abi: entryPointAbi, functionName: 'simulateValidation', args: [op] });
	const simulated = entryPointError((await scene.lab.node.call(ADDRESSES.EntryPoint, data)).data);
	if (simulated?.errorName !== 'ValidationResult') return {};
	const { validAfter, validUntil } = simulated.args[0];
	if (validAfter === 0 && validUntil === MAX_TIME) return {};
	return {
		window: [relativeTime(scene, validAfter), validUntil === MAX_TIME ? null : relativeTime(scene, validUntil)],
	};
}

/** Why handleOps reverted. Its block is mined and the state is as before: the same call again tells. */
async function refusalOf(scene: Scene, step: Step, signed: SignedOperation[], handleOps: Hex): Promise<Outcome> {
	const { node } = scene.lab;
	const again = await node.call(ADDRESSES.EntryPoint, handleOps, SENDER);
	const failed = entryPointError(again.data);
	if (failed?.errorName !== 'FailedOp') return { phase: 'validation', error: describeError(scene.cast, again.data) };

	const position = Number(failed.args[0]);
	const aa = failed.args[1].slice(0, 4);
	return {
		phase: 'validation',
		aa,
		...(signed.length > 1 ? { op: position } : {}),
		...(aa === 'AA23' && !step.initCode ? await innerErrorOf(scene, signed[position]!) : {}),
	};
}

/** The account's own error; nothing when it has none: out of gas, or refused only because of an earlier operation. */
async function innerErrorOf(scene: Scene, { op, hash }: SignedOperation): Promise<Pick<Outcome, 'inner'>> {
	const data = encodeFunctionData({ abi: accountAbi, functionName: 'validateUserOp', args: [op, hash, 0n] });
	const inner = await scene.lab.node.call(op.sender, data, ADDRESSES.EntryPoint);
	return inner.ok ? {} : { inner: describeError(scene.cast, inner.data) };
}

/** Whether an included operation succeeded. */
function resultOf(scene: Scene, hash: Hex, logs: readonly RpcLog[]): { phase: 'ok' | 'execution'; error?: string } {
	const parsed = parseEventLogs({
		abi: entryPointAbi,
		eventName: ['UserOperationEvent', 'UserOperationRevertReason'],
		args: { userOpHash: hash },
		logs: logs as never[],
	});
	let revertReason: Hex = '0x';
	for (const { eventName, args } of parsed) {
		if (eventName === 'UserOperationEvent' && args.success) return { phase: 'ok' };
		if (eventName === 'UserOperationRevertReason') ({ revertReason } = args);
	}
	return { phase: 'execution', error: describeError(scene.cast, revertReason) };
}

function eventsOf(scene: Scene, step: Step, logs: readonly RpcLog[]): Pick<Outcome, 'events'> {
	const events = describeEvents(scene.cast, logs, sentUpdates(scene, step));
	return events.length ? { events } : {};
}

/** The lists of permission updates in a step, wherever in it they are. */
function sentUpdates(scene: Scene, step: Operation & Pick<Step, 'ops'>): Hex[][] {
	const inside = [...(step.ops ?? []), ...[step.call, ...(step.calls ?? [])].flatMap((call) => call?.step ?? [])];
	const own = [step.permissions, ...(step.keys ?? []).map(({ permissions }) => permissions)];
	return [
		...own.flatMap((updates) => (updates ? [encodeUpdates(scene, updates)] : [])),
		...inside.flatMap((operation) => sentUpdates(scene, operation)),
	];
}

function entryPointError(data: Hex): DecodeErrorResultReturnType<typeof entryPointAbi> | undefined {
	try {
		return decodeErrorResult({ abi: entryPointAbi, data });
	} catch {
		return undefined;
	}
}
