import type { IDataObject } from 'n8n-workflow';
import { getAddress, type Address } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { balanceOf, type DevnetClient, type PlanName } from '../../devnet';
import type { Account } from '../../devnet/mnemonic';
import type { PollingN8n } from '../../test/support/pollNode';
import { nodesOver } from './nodes';
import type { PastPayment, Year } from './year';

/** One thing that somebody does with the nodes, and whether what came out is what the chain holds. */
export interface PlanCase {
	name: string;
	/** Begins as a process that has just started. */
	cold: boolean;
	/** Counts only up to the answer to the send: how often a receipt is asked for depends on the chain's blocks. */
	sends?: boolean;
	/** What happens on the chain before, unmeasured. */
	before?(): Promise<unknown>;
	work(): Promise<Answer>;
}

/** What came of it. */
interface Answer {
	/** `right`, or what is wrong. */
	verdict: string;
	/** Of a payment, as the EntryPoint charged it. */
	userOperationHash?: string;
}

const RIGHT: Answer = { verdict: 'right' };
const wrong = (what: unknown): Answer => ({ verdict: `WRONG: ${JSON.stringify(what)?.slice(0, 160)}` });
const rightIf = (isRight: boolean, what: unknown): Answer => (isRight ? RIGHT : wrong(what));

/** What an answer about a key must never say of one that may pay. */
const FALSE_COMFORT = /may call nothing|could do nothing|"bounded":true/;
const SAYS_GAP = /may be missing|no full history|not known|could not be read/i;

const ALL_BUT_FAILED = ['paymentMade', 'keyAdded', 'keyRemoved', 'keyRotated', 'permissionsUpdated'].concat(
	'budgetLow',
	'keyExpiring',
);
const MINUTE_BLOCKS = 30;
const NIGHT_BLOCKS = 14_400;
/** Logs are looked at once they are some minutes deep: from then on each poll reads those of one minute. */
const MINUTES_UNTIL_STEADY = 8;
const MONTH_PAYMENTS = 30;

/** Reads: on every plan before anything is paid. */
export function readCases(devnet: DevnetClient, year: Year): PlanCase[] {
	const { account, free, limited, limit, payments } = year;
	const nodes = nodesOver(devnet, account);
	const bySelf = { __rl: true, mode: 'address', value: free.address };
	const budgetsOf = (json: IDataObject | undefined) =>
		(json?.tokenLimits ?? json?.budgets) as IDataObject[] | undefined;
	const key = (json: IDataObject | undefined, expected: string): Answer => {
		const text = JSON.stringify(json);
		if (FALSE_COMFORT.test(text)) return wrong(json?.risk ?? json?.forOwner);
		if (budgetsOf(json)?.[0]?.limit === expected) return RIGHT;
		return SAYS_GAP.test(text) ? { verdict: 'incomplete, and says so' } : wrong(budgetsOf(json));
	};
	const list = (since: PastPayment, count: number) => async () => {
		const options = { since: new Date(since.time * 1000).toISOString() };
		const found = await nodes.asKey(free, { resource: 'payment', operation: 'getMany', returnAll: true, options });
		const hashes = found.map(({ transaction }) => transaction);
		const expected = payments.slice(-count);
		return rightIf(
			hashes.length === count && expected.every(({ transactionHash }) => hashes.includes(transactionHash)),
			`${hashes.length} of ${count}`,
		);
	};
	/** The books of the last days: a payment a day, and a sum that closes. */
	const statement = (days: number) => async () => {
		const dayOf = (time: number) => new Date(time * 1000).toISOString().slice(0, 10);
		const rows = await nodes.asOwner({
			resource: 'account',
			operation: 'statement',
			accountAddress: account.address,
			period: 'days',
			firstDay: dayOf((payments.at(-days) as PastPayment).time),
			lastDay: dayOf((payments.at(-1) as PastPayment).time),
			register: 'none',
		});
		const paid = new Set(rows.filter(({ kind }) => kind === 'payment').map(({ transaction }) => transaction));
		const dollars = getAddress(devnet.tokens.usd6.address);
		const closing = rows.find(({ kind, tokenAddress }) => kind === 'closing' && tokenAddress === dollars);
		if (closing?.sum === 'notKnown') return { verdict: 'incomplete, and says so' };
		return rightIf(paid.size === days && closing?.sum === 'agrees', `${paid.size} of ${days}, sum: ${closing?.sum}`);
	};
	const cold = true;
	return [
		{
			name: 'Key: Get',
			cold,
			work: async () => key((await nodes.asKey(free, { resource: 'key', operation: 'get' }))[0], limit),
		},
		{
			name: 'Manager, Key: Get',
			cold,
			work: async () => key((await nodes.asOwner({ resource: 'key', operation: 'get', sessionKey: bySelf }))[0], limit),
		},
		{
			name: 'Manager, Key: Get Many',
			cold,
			work: async () => {
				const keys = await nodes.asOwner({ resource: 'key', operation: 'getMany', returnAll: true });
				const of = ({ address }: Account) => keys.find(({ keyAddress }) => keyAddress === address);
				const verdicts = [key(of(free), limit), key(of(limited), '800')];
				return verdicts.find(({ verdict }) => verdict !== 'right') ?? RIGHT;
			},
		},
		{
			name: 'List of keys in a form',
			cold,
			work: async () => {
				const names = await nodes.keyList();
				// Where a plan does not give all logs at once, the address alone.
				const isThere = (tag: string, { address }: Account) =>
					names.some((name) => name.startsWith(tag) || name === address);
				return rightIf(isThere('payroll', free) && isThere('invoices', limited), names);
			},
		},
		{
			name: 'Payment: Check',
			cold,
			work: async () => {
				const [checked] = await nodes.asKey(free, { ...paymentOf(devnet), resource: 'payment', operation: 'check' });
				return rightIf(checked?.allowed === true, checked?.summary);
			},
		},
		{
			name: 'Payment: Get, a year ago',
			cold,
			work: async () => {
				const { reference, transactionHash } = payments[0] as PastPayment;
				const asked = { resource: 'payment', operation: 'get', findBy: 'reference', reference };
				const [found] = await nodes.asKey(free, asked);
				return rightIf(found?.status === 'paid' && found.transaction === transactionHash, found);
			},
		},
		{
			name: `Payment: Get Many, ${MONTH_PAYMENTS} in a month`,
			cold,
			work: list(payments.at(-MONTH_PAYMENTS) as PastPayment, MONTH_PAYMENTS),
		},
		{ name: 'Payment: Get Many, a day', cold, work: list(payments.at(-1) as PastPayment, 1) },
		...[MONTH_PAYMENTS, payments.length].map((days) => ({
			name: `Account: Statement, ${days} days`,
			cold,
			work: statement(days),
		})),
	];
}

/** Payments: each is seen to have arrived. */
export function payCases(devnet: DevnetClient, year: Year, plan: PlanName): PlanCase[] {
	const nodes = nodesOver(devnet, year.account);
	const sponsored = { gasPolicyId: devnet.gasManager.policies.sponsoring };
	let count = 0;
	const send = (name: string, cold: boolean, key: Account, more?: IDataObject): PlanCase => {
		const payment = { ...paymentOf(devnet, `bench/plan/${plan}/${++count}`), resource: 'payment', operation: 'send' };
		return {
			name: `Payment: Send, ${name}, ${cold ? 'cold' : 'warm'}`,
			cold,
			sends: true,
			work: async () => {
				const [paid] = await nodes.asKey(key, payment, more);
				const arrived = await balanceOf(devnet.request, devnet.tokens.usd6, payment.recipient);
				const { verdict } = rightIf(paid?.status === 'paid' && arrived === 1_500_000n, paid);
				return { verdict, userOperationHash: paid?.userOperationHash as string | undefined };
			},
		};
	};
	const { free, limited } = year;
	const twice = { ...paymentOf(devnet, year.payments[3]?.reference), resource: 'payment', operation: 'send' };
	return [
		...[true, false].map((cold) => send('self-paid', cold, free)),
		...[true, false].map((cold) => send('sponsored', cold, free, sponsored)),
		...[true, false].map((cold) => send('key with a gas limit', cold, limited)),
		{
			name: 'Payment: Send, a reference paid a year ago',
			cold: true,
			work: async () => {
				const answer = await nodes.asKey(free, twice).then(
					([json]) => String(json?.status),
					(error: Error) => error.message,
				);
				const arrived = await balanceOf(devnet.request, devnet.tokens.usd6, twice.recipient);
				return rightIf(arrived === 0n && /already|was paid|is used|alreadyPaid/i.test(answer), answer);
			},
		},
	];
}

/** Polls of two triggers, one of them on failed payments too: last of all, because they move the chain's clock. */
export function triggerCases(devnet: DevnetClient, year: Year, payInTheNight: () => Promise<unknown>): PlanCase[] {
	const nodes = nodesOver(devnet, year.account);
	const casesOf = (name: string, events: readonly string[]): PlanCase[] => {
		let trigger: PollingN8n | undefined;
		const poll = (count: number) => async () => {
			const found = await (trigger ??= nodes.trigger(events)).poll();
			return rightIf(
				found.length === count,
				found.map(({ event }) => event),
			);
		};
		const pass = (blocks: number) => devnet.passBlocks(blocks);
		return [
			{ name: `${name}: first poll`, cold: true, before: () => pass(MINUTE_BLOCKS), work: poll(0) },
			{
				name: `${name}: an idle minute`,
				cold: false,
				before: async () => {
					for (let minutes = 0; minutes < MINUTES_UNTIL_STEADY; minutes++) {
						await pass(MINUTE_BLOCKS);
						await trigger?.poll();
					}
					await pass(MINUTE_BLOCKS);
				},
				work: poll(0),
			},
			{
				name: `${name}: after a night with a payment`,
				cold: false,
				before: async () => {
					await pass(NIGHT_BLOCKS / 2);
					await payInTheNight();
					await pass(NIGHT_BLOCKS / 2);
				},
				work: poll(1),
			},
		];
	};
	return [
		...casesOf('Trigger', ALL_BUT_FAILED),
		...casesOf('Trigger, failed payments too', [...ALL_BUT_FAILED, 'paymentFailed']),
	];
}

/** 1.5 dollars to somebody new. */
function paymentOf({ tokens }: DevnetClient, reference = 'bench/plan/check') {
	const recipient: Address = getAddress(privateKeyToAddress(generatePrivateKey()));
	const token = { __rl: true, mode: 'address', value: tokens.usd6.address };
	return { recipient, token, amount: '1.5', reference };
}
