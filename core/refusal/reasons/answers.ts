import type { Hex } from 'viem';
import { showContract } from '../../text/format';
import {
	ALCHEMY,
	named,
	OWNER,
	reason,
	whoSpoke,
	type CallData,
	type ContractData,
	type PerhapsKeyOfAccount,
	type Words,
} from './reason';

/** The credential's test says so as well. */
export const NO_ENTRY_POINT =
	'This bundler does not take operations for EntryPoint v0.6, or no longer does; your smart account needs one that does.';
export const ANOTHER_BUNDLER = `Fill in the URL of one as "Second Bundler URL" in the credential "${ALCHEMY}": of another provider, or a bundler of your own (docs/providers.md).`;

/** Refusals: what the chain and the bundler say. */
export const ANSWERS = {
	callRefused: reason<CallData>({
		cause: 'A contract that was called or paid did not accept it; what it said is decoded as far as possible.',
		message: (data) => `${whoSpoke(data)} did not accept this: ${data.said ?? 'it gave no reason'}.`,
		remedy: () =>
			'Check recipient, amount and parameters with whoever runs that contract. Nothing of the payment was carried out.',
	}),
	transferNotMade: reason<ContractData & { index: number }>({
		cause: 'A token answers false to a transfer instead of stopping it: the chain would call that done.',
		message: (data) => `${showContract(data)} answers that it would not make the transfer in call ${data.index + 1}.`,
		remedy: () => 'Check balance and recipient, and whether the token can be sent at all.',
	}),
	nativeNotTaken: reason<CallData>({
		cause: 'A contract that is paid native currency stops the payment and gives no reason; the account holds enough.',
		message: (data) =>
			`${whoSpoke(data)} stopped the payment and gave no reason: it may not take native currency. The smart account holds enough for it.`,
		remedy: () =>
			'Ask the recipient for an address that takes it: many contracts, such as those of tokens and some wallets, do not.',
	}),
	stoppedWithoutReason: reason<CallData>({
		cause:
			'The calls stopped and gave no reason: not enough native currency, not enough gas, or a contract that is silent, such as one that takes no native currency.',
		message: () =>
			'The payment stopped and the chain gave no reason. Most often the smart account holds too little for it, a contract that is paid takes no native currency, or the gas set aside ran out.',
		remedy: () =>
			"Check the smart account's balance with Session Key > Payment > Check. Nothing of the payment was carried out.",
	}),
	outOfTimeRange: reason<Words>({
		cause: 'The operation is not valid now (AA22), and why is not known.',
		message: () => "It is outside the key's time range, or before the next window of one of its budgets.",
		remedy: () => 'Session Key > Payment > Check says which, and from when.',
	}),
	refusedByRules: reason<PerhapsKeyOfAccount & Words>({
		cause: "The account's own checks refused the operation (AA23), and which rule is not known.",
		message: ({ key, words }) =>
			`The rules of ${named('the session key', key)} do not allow this. The chain said: ${words}`,
		remedy: () => 'Session Key > Payment > Check says which rule.',
	}),
	accountExists: reason<Words>({
		cause: 'The operation would create an account that exists already (AA10).',
		message: () => 'The smart account exists already, so it cannot be created again.',
		remedy: () => 'Run it again: the account is then found.',
	}),
	accountNotCreated: reason<Words>({
		cause: 'The factory did not create the account (AA13, AA14, AA15).',
		message: () => 'The smart account could not be created.',
		remedy: () =>
			`Check owner, salt and account address in the credential "${OWNER}", and that the network has the account factory.`,
	}),
	rateLimited: reason<Words>({
		cause: 'The provider received too many requests, or what its plan includes is used up.',
		message: ({ words }) => `The provider turned a request away because there were too many. It said: ${words}`,
		remedy: () =>
			"Wait a little and run it again: with the same payment reference nothing is paid twice. If this persists, look at your usage in the provider's dashboard.",
	}),
	bundlerBusy: reason<Words>({
		cause: 'The bundler accepts no more from this account for now (-32504, too many operations).',
		message: ({ words }) => `The bundler accepts no more from this account for now. It said: ${words}`,
		remedy: () =>
			'Wait until earlier payments are in a block, then run it again, or raise the Time Limit. Many payments are made ' +
			'faster in one operation: Payment > Send Batch.',
	}),
	bundlerRules: reason<Words>({
		cause: "The operation breaks one of the bundler's own rules (-32502, -32505, -32506).",
		message: ({ words }) => `The bundler does not accept operations of this kind. It said: ${words}`,
		remedy: () => 'Try another bundler URL in the credential.',
	}),
	entryPointNotSupported: reason<Words>({
		cause: 'The bundler serves no EntryPoint v0.6, or no longer: smart accounts of this kind need one that does.',
		message: ({ words }) => `${NO_ENTRY_POINT} It said: ${words}`,
		remedy: () =>
			`${ANOTHER_BUNDLER} Where a gas policy pays, its own provider must serve it too; without Gas Policy ID the account pays its gas itself.`,
	}),
	notSupported: reason<Words>({
		cause: 'The endpoint does not know the method.',
		message: ({ words }) => `The endpoint does not offer what is needed here. It said: ${words}`,
		remedy: () =>
			`Check the URLs in the credential "${ALCHEMY}": a bundler (ERC-4337) with EntryPoint v0.6 is needed beside the chain.`,
	}),
	unknown: reason<Words & { method?: string; code?: number; revertData?: Hex }>({
		cause: 'An answer that is not understood; it is shown as it came, without secrets.',
		message: ({ words }) => `The payment was not accepted. The answer was: ${words}`,
		remedy: () =>
			'Nothing is known to be wrong with the key. Session Key > Payment > Check shows its rules and budgets.',
	}),
};
