import { maxUint256, type Address } from 'viem';
import { formatAmount } from '../../amounts';
import { NATIVE_DECIMALS } from '../../networks';
import { APPROVE, TRANSFER } from '../../calls';
import {
	accessOf,
	isPlainPaymentOnly,
	mayCall,
	mayHideEntries,
	opensUncounted,
	type Access,
} from '../../permissions/access';
import { limitAt, type KeyState, type SpendLimit } from '../../plugin/keyState';
import { mayClaim, namedContracts } from '../../permissions/references';
import {
	gasFigures,
	nameOf,
	showDuration,
	showNative,
	showTime,
	showToken,
	type Labels,
} from '../../permissions/labels';

/** Something a thief of the key could take. Amounts are decimal text in the asset's own unit. */
interface Loss {
	/** The symbol, or what it is: `other tokens`, `other contracts`. */
	asset: string;
	/** The token's or contract's address; undefined for native money and for `other ...`. */
	contract?: Address;
	through: 'payments' | 'gas' | 'contract functions';
	/** What could go right now; undefined: everything that the account holds. */
	now?: string;
	/** What could go in each window of time; undefined: no windows, or everything. */
	perWindow?: string;
	/** Seconds between windows; undefined: the amount is there once. */
	windowSeconds?: number;
	/** What could go within minutes around the moment a window reopens: two budgets. */
	acrossBoundary?: string;
	/** Whether it can only go to the addresses on the key's list; false: to anyone. */
	recipientsLocked: boolean;
	/** The addresses, where they are locked, and all known. */
	recipients?: Address[];
}

/** The most that a thief of a key could do. */
export interface Risk {
	/** False: at least one loss has no upper bound but the account itself. */
	bounded: boolean;
	losses: Loss[];
	/** The same in plain words. */
	sentences: string[];
}

/**
 * The most that somebody who has stolen this key could take, by the plugin's rules alone: as if the thief knew them all
 * and had time until an owner removes the key.
 *
 * @param state with every contract that has an entry or a limit
 * @param now unix seconds
 */
export function riskOf(state: KeyState, labels: Labels, now: number): Risk {
	if (!state.registered) return harmless('This key is not registered: it can do nothing.');
	if (state.validUntil > 0 && state.validUntil < now) {
		return harmless(`This key expired on ${showTime(state.validUntil)}: it can do nothing.`);
	}
	const hides = mayHideEntries(state);
	if (!hides && !canCallAnything(state)) {
		return harmless('This key may call nothing: a thief could do nothing with it.');
	}
	const native = nativeLoss(state, labels, now);
	const losses = [
		...(native ? [native] : []),
		...contractLosses(state, labels, now),
		...gasLoss(state, labels, now),
	].filter((loss): loss is Loss & { sentence: string } => loss !== undefined);
	const isOpen = (loss: Loss) => loss.now === undefined;
	return {
		bounded: !hides && !losses.some(isOpen),
		losses: losses.map(({ sentence: _, ...loss }) => loss),
		sentences: [
			...losses.map(({ sentence }) => (hides ? sentence.replace(/^A thief/, 'At a minimum, a thief') : sentence)),
			...(hides ? [UNKNOWN] : []),
			...(mayClaim(state) ? [REFERENCES_USED_UP] : []),
			...endSentence(state, hides || losses.length > 0),
		],
	};
}

const UNKNOWN =
	'This provider cannot tell what else this key may call: a thief could take more, up to all that the account holds.';

/** No money goes, but whoever is owed it waits until a person looks. */
const REFERENCES_USED_UP =
	'A thief could mark payment references as used without paying: those payments then need another reference.';

type Told = Loss & { sentence: string };

function harmless(sentence: string): Risk {
	return { bounded: true, losses: [], sentences: [sentence] };
}

function canCallAnything(state: KeyState): boolean {
	return (
		state.listType !== 'allowlist' ||
		Object.values(state.contracts).some((access) => accessOf(state, access).functions !== 'none')
	);
}

/** Native money goes with any call that may be made, to the address that is called. */
function nativeLoss(state: KeyState, labels: Labels, now: number): Told | undefined {
	if (state.native && mostOf(state.native, now) === 0n) return undefined;
	// The registry takes no money.
	const isLocked = state.listType === 'allowlist';
	const recipients =
		isLocked && !mayHideEntries(state)
			? namedContracts(state).filter((contract) => accessOf(state, state.contracts[contract]).functions !== 'none')
			: undefined;
	const amounts = state.native && amountsOf(state.native, now, (wei) => formatAmount(wei, NATIVE_DECIMALS));
	const much = state.native
		? amountWords(state.native, now, (wei) => showNative(labels, wei))
		: `all ${labels.nativeSymbol} of the account`;
	const open = isLocked ? 'to the addresses on its list, not all of which may be known here' : 'to anyone';
	const where = recipients ? lockedWords(recipients, labels) : open;
	return {
		asset: labels.nativeSymbol,
		through: 'payments',
		...amounts,
		recipientsLocked: isLocked,
		...(recipients && { recipients }),
		sentence: `A thief could take ${much}, ${where}.`,
	};
}

function lockedWords(recipients: readonly Address[], { contracts }: Labels): string {
	const which = recipients.length === 1 ? 'the one address' : `the ${recipients.length} addresses`;
	const hasContract = recipients.some((address) => contracts[address]?.isContract);
	return `only to ${which} on its list${hasContract ? ' (what a contract among them does with it is up to that contract)' : ''}`;
}

function contractLosses(state: KeyState, labels: Labels, now: number): Told[] {
	const losses = namedContracts(state).flatMap((contract) => {
		const loss = contractLoss(state, labels, now, contract);
		return loss ? [loss] : [];
	});
	return state.listType === 'allowlist' ? losses : [...losses, everythingElse(state)];
}

/** With an open list whatever isn't named may be called: tokens without a limit, collectibles, every contract. */
function everythingElse({ listType }: KeyState): Told {
	const which = listType === 'allowAll' ? 'any contract' : 'any contract that is not on its denylist';
	return {
		asset: 'other tokens',
		through: 'contract functions',
		recipientsLocked: false,
		sentence:
			`A thief could call ${which}, and so take every token and collectible of the account that has no limit, ` +
			'to anyone.',
	};
}

function contractLoss(state: KeyState, labels: Labels, now: number, contract: Address): Told | undefined {
	const stored = state.contracts[contract];
	const access = accessOf(state, stored);
	if (access.functions === 'none' || isPlainPaymentOnly(access)) return undefined;
	const info = labels.contracts[contract];
	const name = nameOf(labels, contract);
	const limit = stored?.tokenLimit;
	if (!info?.token && !limit) return info?.isContract === false ? undefined : otherContract(access, contract, name);
	const common = { asset: info?.token?.symbol ?? contract, contract, recipientsLocked: false } as const;
	if (opensUncounted(access) || !limit) {
		// Without a limit the other functions make no difference; with one they are the way around it.
		const how = limit
			? `although it has a limit: functions that the limit does not count, such as transferFrom or increaseAllowance, are open`
			: 'because it has no limit';
		return {
			...common,
			through: opensUncounted(access) ? 'contract functions' : 'payments',
			sentence: `A thief could take all ${name} of the account, to anyone, ${how}.`,
		};
	}
	if (!mayCall(access, TRANSFER) && !mayCall(access, APPROVE)) return undefined;
	if (mostOf(limit, now) === 0n) return undefined;
	const decimals = info?.token?.decimals ?? 0;
	return {
		...common,
		through: 'payments',
		...amountsOf(limit, now, (amount) => formatAmount(amount, decimals)),
		sentence:
			`A thief could take ${amountWords(limit, now, (amount) => showToken(labels, contract, amount))}, to anyone: ` +
			`the list does not restrict who receives a token.${mayCall(access, APPROVE) ? OUTLIVES : ''}`,
	};
}

/** `approve` counts in full when it is given, and can be drawn on whenever the one it was given to likes. */
const OUTLIVES = ' An approval (approve) given with the key stays when the key is gone.';

function otherContract(access: Access, contract: Address, name: string): Told {
	const which =
		access.functions === 'only'
			? `${access.selectors.length} function${access.selectors.length === 1 ? '' : 's'}`
			: 'every function';
	return {
		asset: 'other contracts',
		contract,
		through: 'contract functions',
		recipientsLocked: false,
		sentence: `A thief could call ${which} of ${name}: what that can move is up to that contract.`,
	};
}

/** Whoever holds a key can put any fee into an operation and be the one who earns it. */
function gasLoss(state: KeyState, labels: Labels, now: number): Told[] {
	const common = { asset: labels.nativeSymbol, through: 'gas', recipientsLocked: false } as const;
	if (state.requiredPaymaster) {
		return []; // the paymaster pays, by its own rules: the account's money is safe from gas
	}
	if (!state.gas) {
		return [
			{
				...common,
				sentence:
					`A thief could burn all ${labels.nativeSymbol} of the account as gas: the key has neither a gas limit nor a ` +
					'required paymaster.',
			},
		];
	}
	if (mostOf(state.gas, now) === 0n) return [];
	return [
		{
			...common,
			...amountsOf(state.gas, now, (wei) => formatAmount(wei, NATIVE_DECIMALS)),
			sentence: `A thief could burn ${amountWords(state.gas, now, gasFigures(labels, state.gas, 'up'))} as gas.`,
		},
	];
}

/** What could go at the most, now or later. */
function mostOf(limit: SpendLimit, now: number): bigint {
	return limit.refreshInterval > 0 ? limit.limit : limitAt(limit, now).remaining;
}

function twice(amount: bigint): bigint {
	return amount * 2n > maxUint256 ? maxUint256 : amount * 2n;
}

function amountsOf(limit: SpendLimit, now: number, show: (amount: bigint) => string) {
	const left = { now: show(limitAt(limit, now).remaining) };
	if (limit.refreshInterval === 0) return left;
	return {
		...left,
		perWindow: show(limit.limit),
		windowSeconds: limit.refreshInterval,
		acrossBoundary: show(twice(limit.limit)),
	};
}

function amountWords(limit: SpendLimit, now: number, show: (amount: bigint) => string): string {
	if (limit.refreshInterval === 0) return `${show(limitAt(limit, now).remaining)} in all`;
	return (
		`${show(limit.limit)} every ${showDuration(limit.refreshInterval)}, and ${show(twice(limit.limit))} within minutes ` +
		'around the moment a window reopens'
	);
}

function endSentence({ validAfter, validUntil }: KeyState, canLose: boolean): string[] {
	if (!canLose) return ['A thief could take nothing with this key.'];
	const from = validAfter > 0 ? `from ${showTime(validAfter)} ` : '';
	const until = validUntil > 0 ? `until ${showTime(validUntil)}, or ` : '';
	return [`This applies ${from}${until}until an owner removes the key.`];
}
