import type { Hex } from 'viem';
import { parseUnits } from 'viem';
import { PLANS, type DevnetClient, type PlanName } from '../devnet';
import { billedUnits } from '../devnet/computeUnits';
import { tokenTransfer } from '../core/calls';
import { claimCall, hashReference } from '../core/registry/referenceRegistry';
import { rounded, type Result, type Row, type Stage } from './support/bench';
import { nodesOver } from './support/nodes';
import { payCases, readCases, triggerCases, type PlanCase } from './support/planCases';
import { recipient, transferTo, walletOf } from './support/wallets';
import { startYear, type Year } from './support/year';

/** What is measured when nobody says which. */
export const SHOWN_PLANS: readonly PlanName[] = [
	'alchemy-free',
	'alchemy-free-strict',
	'quicknode-free',
	'payg',
	'no-archive',
];
/** Seconds after which nobody waits any more. */
const TIME_LIMIT = 120;
/** Milliseconds that every HTTP request takes at least. */
const LATENCY = 50;
/** CU that Alchemy's free plan has for a month. */
const MONTH_UNITS = 30_000_000;
const MONTH = { payments: 1000, polls: 43_200, days: 30 };

interface Cost {
	requests: number;
	calls: number;
	units: number;
	seconds: number;
	/** With everything after the send. */
	allUnits: number;
}

interface Measured extends Cost {
	name: string;
	verdict: string;
	gas?: number;
}

/** What the nodes' operations cost at a provider's plan, on a chain where keys have been paying for a year. */
export async function plan(stage: Stage): Promise<Result> {
	const { log, plans } = stage;
	const year = await startYear(stage.devnet.chainId, log);
	const found = new Map<PlanName, Measured[]>(plans.map((name) => [name, []]));
	const tell = (name: PlanName, measured: Measured) => {
		found.get(name)?.push(measured);
		log(`Plans: ${Object.values(toRow(name, measured)).join(', ')}`);
	};
	try {
		const measure = async (name: PlanName, cases: (key: DevnetClient) => PlanCase[]) => {
			const key = year.devnet.withKey(`plan-${name}`);
			for (const one of cases(key)) {
				tell(name, await measuredCase(key, year, name, one));
			}
		};
		for (const name of plans) await measure(name, (key) => readCases(key, year));
		for (const name of plans) await measure(name, (key) => payCases(key, year, name));
		for (const name of plans) tell(name, await stockPayment(stage, year, name));
		for (const name of plans) await measure(name, (key) => triggerCases(key, year, nightPayment(year)));
	} finally {
		await year.devnet.close();
	}
	const rows = [...found].flatMap(([name, all]) => [...all.map((one) => toRow(name, one)), monthRow(name, all)]);
	return { title: "What it costs at a provider's plan", rows, notes: notesOf(year) };
}

async function measuredCase(key: DevnetClient, year: Year, name: PlanName, one: PlanCase): Promise<Measured> {
	await one.before?.();
	await key.faults.set({ kind: 'latency', milliseconds: LATENCY });
	await key.plan.set(name);
	await key.calls.clear();
	if (one.cold) nodesOver(key, year.account).forget();
	const work = one.work().catch((error: Error) => ({ verdict: `fails: ${error.message.slice(0, 160)}` }));
	const began = performance.timeOrigin + performance.now();
	const late = `takes over ${TIME_LIMIT} s`;
	const answer = await within(TIME_LIMIT, work, { verdict: late });
	const cost = await costOf(key, began, one.sends);
	// What nobody waits for would be counted with what is measured next.
	if (answer.verdict === late) await within(TIME_LIMIT, work, undefined);
	const hash = 'userOperationHash' in answer ? answer.userOperationHash : undefined;
	return { name: one.name, verdict: answer.verdict, ...cost, gas: hash ? await gasOf(year, hash) : undefined };
}

/** What was asked since `began`; of what sends, only up to the answer to the send. */
async function costOf(key: DevnetClient, began: number, sends = false): Promise<Cost> {
	const [{ requests, calls, units }, log] = await Promise.all([key.plan.usage(), key.calls.list()]);
	const now = performance.timeOrigin + performance.now();
	const sent = log.find(({ methods }) => methods.includes('eth_sendUserOperation'))?.end;
	const end = (sends && sent) || now;
	const after = log.filter(({ start }) => start >= end);
	const callsAfter = after.flatMap(({ methods }) => methods);
	return {
		requests: requests - after.length,
		calls: calls - callsAfter.length,
		units: units - callsAfter.reduce((sum, method) => sum + billedUnits(method), 0),
		seconds: (end - began) / 1000,
		allUnits: units,
	};
}

async function gasOf({ devnet }: Year, hash: string): Promise<number | undefined> {
	const receipt = await devnet.request<{ actualGasUsed: Hex } | null>('eth_getUserOperationReceipt', [hash]);
	return receipt ? Number(receipt.actualGasUsed) : undefined;
}

/** The stock SDK's payment of the same key, which knows no references. */
async function stockPayment({ stock }: Stage, year: Year, name: PlanName): Promise<Measured> {
	const key = year.devnet.withKey(`stock-${name}`);
	await stock.use(walletOf(key, { ...year.account, keys: [year.free] }));
	await key.faults.set({ kind: 'latency', milliseconds: LATENCY });
	await key.plan.set(name);
	await key.calls.clear();
	const began = performance.timeOrigin + performance.now();
	const { answer } = await stock.pay([transferTo(key, 0)]);
	const verdict = answer === 'paid' ? 'right' : `fails: ${answer.slice(0, 160)}`;
	return { name: 'The stock SDK: a self-paid payment', verdict, ...(await costOf(key, began, true)) };
}

/** A payment that no plan sees being made. */
function nightPayment({ account, free, devnet }: Year) {
	const { address, decimals } = devnet.tokens.usd6;
	return async () => {
		const claim = claimCall(hashReference(`bench/night/${performance.now()}`));
		const { success } = await account.asKey([claim, tokenTransfer(address, recipient(0), parseUnits('1', decimals))], {
			key: free,
		});
		if (!success) throw new Error('the payment of the night failed');
	};
}

function toRow(plan: PlanName, { name, requests, calls, units, seconds, verdict, gas }: Measured): Row {
	return {
		plan,
		what: name,
		'HTTP requests': requests,
		'RPC calls': calls,
		CU: units,
		'time (s)': rounded(seconds, 1),
		answer: verdict,
		gas: gas ?? null,
	};
}

/** 1,000 payments, a trigger at n8n's minute, and a list of each day's payments. */
function monthRow(plan: PlanName, all: readonly Measured[]): Row {
	const unitsOf = (pattern: RegExp) => all.find(({ name }) => pattern.test(name))?.allUnits ?? NaN;
	const units =
		MONTH.payments * unitsOf(/self-paid, warm/) +
		MONTH.polls * unitsOf(/^Trigger: an idle minute/) +
		MONTH.days * unitsOf(/Get Many, a day/);
	const row = toRow(plan, { name: 'A month', requests: 0, calls: 0, units, seconds: 0, allUnits: units, verdict: '' });
	const share = `${rounded((100 * units) / MONTH_UNITS, 1)} % of a free month`;
	return { ...row, 'HTTP requests': null, 'RPC calls': null, 'time (s)': null, answer: share };
}

function notesOf({ payments, changes }: Year): string[] {
	return [
		`Two keys a year old, ${payments.length} payments under references, one a day and every seventh by the key with a gas limit, and ${changes} ` +
			'changes by the owner, on a chain whose year of blocks was passed at once (devnet/passedBlocks.ts). Everything is run in ' +
			"n8n's engine through the nodes' forms; cold is without anything remembered.",
		`The plans are stand-ins (devnet/plans.ts), and every HTTP request takes at least ${LATENCY} ms. CU are those of Alchemy's public ` +
			'table, on every plan, so that plans can be compared; each row begins with a full bucket. A refusal is billed as its method, one over the throughput (429) is free.',
		'Payments are counted up to the answer to the send. Gas is what the EntryPoint charged, to a recipient who held none of the token.',
		`A month is ${MONTH.payments} self-paid payments with their receipts, ${MONTH.polls} polls of an idle trigger (all events but failed payments), and ` +
			`${MONTH.days} lists of a day's payments; a free month at Alchemy has ${MONTH_UNITS} CU.`,
		`Plans there are: ${Object.keys(PLANS).join(', ')}.`,
	];
}

function within<T, U>(seconds: number, work: Promise<T>, otherwise: U): Promise<T | U> {
	let timer: NodeJS.Timeout;
	const late = new Promise<U>((resolve) => {
		timer = setTimeout(() => resolve(otherwise), seconds * 1000);
	});
	return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
