import type { Address, Hex } from 'viem';
import { about, grouped, showMoment, withUnit, type Moment } from '../../text/format';
import { ALCHEMY, ALLOW_REFERENCES, reason, UPDATE, type Words } from './reason';

/** Refusals: the reference. */
export const REFERENCE = {
	registryMissing: reason<{ registry: Address; network: string }>({
		cause: 'The contract that remembers payment references is not on this network.',
		message: ({ registry, network }) =>
			`The registry that makes sure every payment reference is paid only once is not on ${network} (${registry}), so nothing is paid under a reference there.`,
		remedy: () =>
			`The owner can create it there with ${ALLOW_REFERENCES}, or with the next Session Key Manager > Key > Add.`,
	}),
	referencesNotAllowed: reason<{ registry: Address; key: Address; listType: string }>({
		cause: 'The key may not claim payment references: its list does not have the registry, or denies it.',
		message: ({ registry, listType }) =>
			listType === 'denylist'
				? `This key may not use payment references: the registry ${registry} is on its denylist.`
				: `This key may not use payment references yet: the registry ${registry} is not on its list.`,
		remedy: ({ listType }) =>
			listType === 'denylist'
				? `The owner can take the entry off the list with ${UPDATE}.`
				: `The owner can change that with ${ALLOW_REFERENCES}.`,
	}),
	referenceClaimed: reason<{ paymentReference: Hex; blockNumber: string }>({
		cause:
			'While the payment was simulated, something said that the reference was claimed before, and the registry does not show it (yet).',
		message: ({ blockNumber }) =>
			`A contract that the payment calls says that its reference was claimed in block ${grouped(blockNumber)}, and the registry does not show that yet. Nothing was paid now.`,
		remedy: () =>
			'Run it again in a moment: it then says what was paid. If this persists, the words come from a contract that you call: ask its developers.',
	}),
	referenceClaimedOtherwise: reason<{ reference: string; blockNumber: number; time: Moment }>({
		cause:
			'The reference was claimed by something that is no payment under it alone: an operation of the owner, a claim without a payment, or one payment under several references.',
		message: ({ reference, blockNumber, time }) =>
			`The reference "${reference}" was used up on ${showMoment(time)}, in block ${blockNumber}, by something that was no payment under it alone.`,
		remedy: () =>
			'Look at that block in the explorer. A used reference never becomes free again: if this still has to be paid, choose another reference.',
	}),
	referencePaidDifferently: reason<{
		reference: string;
		/** The first of what was paid. */
		paid: readonly { to: Address; amount: string; token: string }[];
		/** How many payments it was in all. */
		payments: number;
		time: Moment;
		userOperationHash: Hex;
		transactionHash: Hex;
	}>({
		cause: 'The reference was paid before, to somebody else or with another amount or token.',
		message: ({ reference, paid, payments, time }) => {
			const lines = paid.map(({ to, amount, token }) => `${withUnit(amount, token)} to ${to}`).join(', ');
			const more = payments > paid.length ? ` and ${payments - paid.length} more` : '';
			return `The reference "${reference}" already paid something else: ${lines || 'other calls'}${more}, on ${showMoment(time)}. Nothing was paid now.`;
		},
		remedy: () =>
			'If this is another payment, give it a reference of its own. If the first one was wrong, correct it with a payment under a new reference.',
	}),
	tooManyAttempts: reason<{ reference: string; attempts: number; most: number }>({
		cause: 'The attempts under this reference were mined and failed, as often as the setting allows.',
		message: ({ reference, attempts }) =>
			`The reference "${reference}" was tried ${attempts} ${attempts === 1 ? 'time' : 'times'}, and each attempt was mined without paying.`,
		remedy: ({ most }) =>
			`Look at the account's last transactions to see why. Then raise "Maximum Attempts" above ${most}, or use a new reference.`,
	}),
	historyUnavailable: reason<{ reference: string; blockNumber: number } & Words>({
		cause: 'The reference was claimed, and the endpoint does not show what was paid under it.',
		message: ({ reference, blockNumber, words }) =>
			`The reference "${reference}" was claimed in block ${blockNumber}, but what was paid then can't be read, so nothing is paid now. ${words}.`,
		remedy: () =>
			`Run it again in a moment. If this persists, use an endpoint that shows logs and transactions of a single old block, in the credential "${ALCHEMY}".`,
	}),
	notSimulated: reason<Record<string, never>>({
		cause: 'The endpoint did not say what carrying out the payment would do.',
		message: () =>
			"Whether the payment would go through can't be told: the endpoint did not answer that question. Nothing was sent.",
		remedy: () => `Run it again. If this persists, check the chain URL in the credential "${ALCHEMY}".`,
	}),
	cancelled: reason<Record<string, never>>({
		cause: 'The execution was stopped before anything was sent.',
		message: () => 'The execution was stopped before this payment was sent.',
		remedy: () => 'Nothing was sent. Run it again if it should be paid.',
	}),
	batchTooLarge: reason<{ payments: number; fits: number }>({
		cause: 'The bundler accepts no operation as large as this batch.',
		message: ({ payments, fits }) =>
			`A batch of ${payments} payments is too large for one operation here; at most the first ${fits} fit. Nothing was paid.`,
		remedy: ({ fits }) =>
			`Put a Loop Over Items node before it with a batch size of ${Math.max(1, Math.floor(fits * 0.9))}, and end the reference with the number of the round, e.g. salaries/2026-11/1.`,
	}),
	wrongNetwork: reason<{ expected: number; found: number; network: string }>({
		cause: 'The endpoint is on another chain than the credential says.',
		message: ({ expected, found, network }) =>
			`The endpoint is on chain ${found}, but the credential says ${network} (chain ${expected}). Nothing was sent.`,
		remedy: () => `Correct network, RPC URL or chain ID in the credential "${ALCHEMY}".`,
	}),
	feeAboveCap: reason<{ fee: string; cap: string; network: string }>({
		cause: 'The network asks for more per unit of gas than the payment\'s "Maximum Gas Fee" allows.',
		message: ({ fee, cap, network }) =>
			`Gas on ${network} may cost ${about(fee, 'up')} gwei per unit now, more than the maximum of ${withUnit(cap, 'gwei')}.`,
		remedy: () => 'Run it again later, or raise "Maximum Gas Fee". With the same reference nothing is paid twice.',
	}),
};
