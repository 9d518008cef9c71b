import type { Address } from 'viem';
import { showContract } from '../../text/format';
import {
	callName,
	functionName,
	isPlainPayment,
	LOSSES,
	reason,
	SET_LIMIT,
	UPDATE,
	type FunctionData,
	type KeyOfAccount,
	type LossKind,
} from './reason';

/** Refusals: what is called. */
export const CALLS = {
	nothingToPay: reason<KeyOfAccount>({
		cause: 'The list of payments is empty.',
		message: () => 'There is nothing to pay: the list of payments is empty.',
		remedy: () => 'Give at least one payment.',
	}),
	contractNotAllowed: reason<FunctionData>({
		cause: "The address paid or called is not on the key's allowlist.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may not pay ${showContract(data)}: the address is not on the key's allowlist.`
				: `This key may not use ${showContract(data)}: the contract is not on the key's allowlist.`,
		remedy: () => `The owner can add it to the list with ${UPDATE}.`,
	}),
	contractDenied: reason<FunctionData>({
		cause: "The address paid or called is on the key's denylist.",
		message: (data) => `This key may not use ${showContract(data)}: it is on the key's denylist.`,
		remedy: () => `Only the owner can change that, with ${UPDATE}.`,
	}),
	functionNotAllowed: reason<FunctionData>({
		cause: "The contract is on the key's allowlist with only some of its functions, and this one is not among them.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may use ${showContract(data)}, but not pay it directly: only chosen functions are open.`
				: `This key may use ${showContract(data)}, but not ${functionName(data)}.`,
		remedy: () => `The owner can open the function with ${UPDATE}.`,
	}),
	functionDenied: reason<FunctionData>({
		cause: "The function of this contract is on the key's denylist.",
		message: (data) =>
			isPlainPayment(data)
				? `This key may use ${showContract(data)}, but not pay it directly: that is on the key's denylist.`
				: `This key may use ${showContract(data)}, but not ${functionName(data)}: that is on the key's denylist.`,
		remedy: () => `Only the owner can change that, with ${UPDATE}.`,
	}),
	functionClosedByLimit: reason<FunctionData>({
		cause: 'The token has a spend limit on this key, under which only "transfer" and "approve" are open.',
		message: (data) =>
			`${showContract(data)} has a spend limit on this key, and under it only "transfer" and "approve" are open, not ${functionName(data)}.`,
		remedy: () =>
			`Use "transfer" or "approve". The owner could remove the limit with ${SET_LIMIT}, and with it the protection.`,
	}),
	accountIsTarget: reason<{ account: Address; index?: number }>({
		cause: 'A session key pays or calls the smart account that it belongs to.',
		message: ({ index }) =>
			`${callName(index)} goes to the smart account itself, and a session key may not pay or call its own account.`,
		remedy: () =>
			'Choose another recipient. Whatever the account itself has to do, its owner does with Session Key Manager.',
	}),
	pluginIsTarget: reason<{ contract: Address; index?: number }>({
		cause: 'A session key pays or calls one of the plugins of its smart account.',
		message: ({ contract, index }) =>
			`${callName(index)} goes to ${contract}, a plugin of the smart account, and a session key may not pay or call a plugin.`,
		remedy: () => 'Choose another recipient. Keys and plugins are managed by the owner with Session Key Manager.',
	}),
	moneyLost: reason<{ recipient: Address; kind: LossKind; index?: number }>({
		cause: 'Money would go where nobody can ever get it back, or nowhere at all.',
		message: ({ recipient, kind, index }) => `${callName(index)} would send money to ${recipient}, ${LOSSES[kind]}.`,
		remedy: () => 'Check the recipient against its source: another address has taken its place.',
	}),
	noContract: reason<{ contract: Address; network: string; index: number }>({
		cause:
			'A function is called at an address where there is no contract: the chain would do nothing and call it done.',
		message: ({ contract, network, index }) =>
			`There is no contract at ${contract} on ${network}, so call ${index + 1} would do nothing.`,
		remedy: () => 'Check the address of the token or contract, and the network.',
	}),
};
