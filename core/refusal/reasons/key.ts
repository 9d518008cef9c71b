import type { Address, Hex } from 'viem';
import { seconds, showMoment, type Moment } from '../../text/format';
import { AGENT, named, reason, UPDATE, type KeyOfAccount, type OnNetwork } from './reason';

/** Refusals: the account and the key. */
export const KEY = {
	chainWithoutPlugin: reason<{ network: string }>({
		cause: 'The session key plugin is not on this network.',
		message: ({ network }) => `${network} has no session key plugin, so no session key can work there.`,
		remedy: () => 'Choose a network that has the plugin, and check the chain URL in the credential.',
	}),
	accountNotDeployed: reason<OnNetwork>({
		cause: 'There is no contract at the address of the smart account.',
		message: ({ account, network }) =>
			`The smart account ${account} does not exist on ${network} yet. Money at this address is safe: it belongs to the account's owner.`,
		remedy: () =>
			'Compare address and network with the credential. If both are right: the first change of the owner creates the account, best Session Key Manager > Key > Add, which adds the key in the same operation.',
	}),
	notModularAccount: reason<OnNetwork>({
		cause: 'The address belongs to another kind of contract.',
		message: ({ account, network }) =>
			`${account} on ${network} is not a smart account of the kind used here (Alchemy Modular Account v1).`,
		remedy: () => 'Check the smart account address in the credential.',
	}),
	pluginNotInstalled: reason<Partial<OnNetwork>>({
		cause: 'The owner has not installed the session key plugin on the account, or has removed it.',
		message: ({ account }) =>
			`${named('The smart account', account)} has no session key plugin, so no session key can use it.`,
		remedy: () =>
			'The owner can run Session Key Manager > Key > Add, which installs the plugin and adds the key in one operation.',
	}),
	emergencyStopped: reason<{ account: Address; at: Moment; transactionHash: Hex }>({
		cause: 'Somebody pulled the emergency stop of the account, which ended all its session keys.',
		message: ({ account, at, transactionHash }) =>
			`All session keys of the smart account ${account} were ended by its emergency stop on ${showMoment(at)}, in transaction ${transactionHash}.`,
		remedy: () =>
			'Ask whoever holds the code of the emergency stop why they pulled it. When everything is in order again, the owner sets the keys up anew with Session Key Manager > Key > Add.',
	}),
	paused: reason<Record<string, never>>({
		cause: 'Payments are paused in the credential of the agent.',
		message: () => `Payments are paused in the credential "${AGENT}", so nothing is signed or sent.`,
		remedy: () =>
			`Ask whoever switched on "Pause Payments" there. Once it is off, run this again with the same reference. It stops only this n8n: a stolen key is stopped by the owner, or by the emergency stop.`,
	}),
	pluginTooOld: reason<OnNetwork>({
		cause: 'The account has version 1.0.0 of the session key plugin, an earlier contract that is not used here.',
		message: ({ account }) =>
			`The smart account ${account} has version 1.0.0 of the session key plugin. Only version 1.0.1 is used here, so no session key can use it.`,
		remedy: () =>
			'The owner has to uninstall version 1.0.0 with the tool that installed it, then run Session Key Manager > Key > Add, which installs 1.0.1 and adds the key.',
	}),
	keyNotRegistered: reason<Partial<KeyOfAccount> & { key: Address }>({
		cause: 'The key was never added to the account, or it was removed or replaced.',
		message: ({ account, key }) =>
			`${key} is not a session key of ${named('the smart account', account)}: it was never added, or it was removed or replaced.`,
		remedy: () =>
			`Check key and account in the credential "${AGENT}". The owner can add the key with Session Key Manager > Key > Add.`,
	}),
	keyNotYetValid: reason<{ validAfter: Moment }>({
		cause: "The key's time range has not begun.",
		message: ({ validAfter }) => `This key may pay from ${showMoment(validAfter)} on, and not before.`,
		remedy: () =>
			`Wait until then (a Wait node can take the time from "reopensAt"). The owner can set an earlier start with ${UPDATE}.`,
	}),
	keyExpired: reason<{ validUntil: Moment }>({
		cause: "The key's time range is over.",
		message: ({ validUntil }) => `This key ended on ${showMoment(validUntil)}.`,
		remedy: () =>
			`The owner can set a later end with ${UPDATE}, or add a new key with Session Key Manager > Key > Add.`,
	}),
	keyExpiresSoon: reason<{ validUntil: Moment; secondsLeft: number; secondsNeeded: number }>({
		cause: "The key's time range ends within seconds; bundlers accept nothing that may arrive too late.",
		message: ({ validUntil, secondsLeft, secondsNeeded }) =>
			`This key ends on ${showMoment(validUntil)}, in ${seconds(secondsLeft)}. A payment needs ${seconds(secondsNeeded)} to arrive safely.`,
		remedy: () => `The owner can set a later end with ${UPDATE}.`,
	}),
	keyNeverValid: reason<{ validAfter: Moment; validUntil: Moment }>({
		cause: "The key's time range ends before it begins.",
		message: ({ validAfter, validUntil }) =>
			`This key may pay from ${showMoment(validAfter)} on, but it ends before that, on ${showMoment(validUntil)}: it can never pay.`,
		remedy: () => `The owner can set a time range that ends after it begins with ${UPDATE}.`,
	}),
};
