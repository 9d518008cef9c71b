import type { OnChain } from './chain';
import type { Payment } from './messages';
import { endsWithPayment, type Finished } from './pool';
import { untruthOf } from './words';

/** One thing that must be true. */
export interface Check {
	what: string;
	holds: boolean;
	/** What is wrong, when something is. */
	details?: unknown;
}

/** What the processes said, against each other. */
export function checkRuns(payments: readonly Payment[], finished: readonly Finished[], where: string): Check[] {
	const hashes = new Map<string, Set<string>>();
	const saidPaid = new Map<string, number>();
	const honest = finished.filter(({ node }) => node !== 'lying');
	for (const run of honest.filter(endsWithPayment)) {
		const { said, userOperationHash = '', payment } = run;
		if (said === 'paid') saidPaid.set(payment.reference, (saidPaid.get(payment.reference) ?? 0) + 1);
		const known = hashes.get(payment.reference) ?? new Set();
		hashes.set(payment.reference, known.add(userOperationHash));
	}
	const untold = payments.filter(({ reference }) => !hashes.has(reference));
	const contradictory = [...hashes].filter(([, { size }]) => size > 1).map(([reference]) => reference);
	const twice = [...saidPaid].filter(([, times]) => times > 1).map(([reference]) => reference);
	const unexpected = honest.filter((run) => !isExpected(run));
	return [
		{ what: `${where}: every reference was told as paid`, holds: untold.length === 0, details: untold },
		{
			what: `${where}: all runs of a reference name the same operation`,
			holds: contradictory.length === 0,
			details: contradictory,
		},
		{ what: `${where}: no two runs say that they paid the same reference`, holds: twice.length === 0, details: twice },
		{
			what: `${where}: a run ends as paid, already paid, pending, not sent, stopped, with a fault of the endpoint, or with the bundler full`,
			holds: unexpected.length === 0,
			details: unexpected.map(({ said, node, message }) => `${said} (${node}): ${message}`),
		},
	];
}

const EXPECTED = /^(paid|alreadyPaid|pending|notSent|bundlerBusy|endpoint .*)$/;

/** Where a node lags, the simulation may know of a claim that the node doesn't show. */
function isExpected({ said, node, stopAfter }: Finished): boolean {
	if (said === 'cancelled') return stopAfter !== undefined;
	return EXPECTED.test(said) || (node === 'lagging' && said === 'referenceClaimed');
}

/** What the chain has, against what was to be paid. */
export function checkChain(onChain: OnChain, payments: readonly Payment[], where: string): Check[] {
	const { wrongByBalances, wrongByEvents, operations, claims } = onChain;
	const count = payments.length;
	const succeeded = [...operations.values()].filter(({ success }) => success).length;
	const unclaimed = payments.filter(({ reference }) => !claims.has(reference));
	return [
		{
			what: `${where}: by balances, each of the ${count} references was paid exactly once`,
			holds: wrongByBalances.length === 0,
			details: wrongByBalances,
		},
		{
			what: `${where}: by events, each of the ${count} references was paid exactly once`,
			holds: wrongByEvents.length === 0,
			details: wrongByEvents,
		},
		{
			what: `${where}: the accounts have made ${count} operations and claimed ${count} references`,
			holds: succeeded === count && unclaimed.length === 0 && claims.size === count,
			details: { succeeded, failed: operations.size - succeeded, claims: claims.size },
		},
	];
}

/** Every answer of every run, against the chain as it is at the end. */
export function checkWords(finished: readonly Finished[], onChain: OnChain, where: string): Check {
	const judged = finished.filter(({ node }) => node !== 'lying');
	const untrue = judged.flatMap((word) => {
		const why = untruthOf(word, onChain);
		return why === undefined ? [] : [{ why, ...word, payment: word.payment.reference }];
	});
	return {
		what: `${where}: of ${judged.length} answers that were given, ${untrue.length} are untrue`,
		holds: untrue.length === 0,
		details: untrue,
	};
}

/** Of the same references a year later. */
export function checkLater(finished: readonly Finished[]): Check[] {
	const others = finished.filter(({ said }) => said !== 'alreadyPaid');
	return [
		{ what: 'a year later every reference is told as already paid', holds: others.length === 0, details: others },
	];
}
