import type { Address } from 'viem';
import { accessOf, isPlainPaymentOnly, opensUncounted } from '../../permissions/access';
import { limitAt, type KeyState, type SpendLimit } from '../../plugin/keyState';
import { namedContracts } from '../../permissions/references';
import { nameOf, showGas, showNative, showToken, type Labels } from '../../permissions/labels';

/** What an owner has to agree to, in words of their own choice, before it is done. */
export type HazardCode =
	| 'gasWithoutLimit'
	| 'everyContract'
	| 'tokenWithoutLimit'
	| 'tokenFunctionsOpen'
	| 'nativeWithoutLimit'
	| 'limitBelowUsed';

/** Something about a key's permissions that hurts people who didn't mean it. */
export interface Hazard {
	code: HazardCode;
	/** The contract, or the limit, that it is about. */
	about?: Address | 'native' | 'gas';
	/** Why it hurts, in plain words. */
	sentence: string;
}

/**
 * The hazards of a key as it is, or as it would be after a change.
 * @param now unix seconds
 */
export function hazardsOf(state: KeyState, labels: Labels, now: number): Hazard[] {
	return [...gasHazards(state, labels), ...listHazards(state, labels), ...limitHazards(state, labels, now)];
}

/**
 * Those of `after` that weren't there before: what a change newly asks an owner to agree to. A hazard is the same only
 * when its sentence is: who agreed to a denylist, or to one low limit, didn't agree to allow-all or to another one.
 */
export function newHazards(before: readonly Hazard[], after: readonly Hazard[]): Hazard[] {
	const identity = ({ code, about, sentence }: Hazard) => `${code} ${about} ${sentence}`;
	const known = new Set(before.map(identity));
	return after.filter((hazard) => !known.has(identity(hazard)));
}

function gasHazards({ gas, requiredPaymaster }: KeyState, { nativeSymbol }: Labels): Hazard[] {
	if (gas || requiredPaymaster) return [];
	const sentence =
		`The key has neither a gas limit nor a required paymaster: whoever holds it can burn all ${nativeSymbol} of the ` +
		'account as gas, whatever its other limits say.';
	return [{ code: 'gasWithoutLimit', sentence }];
}

function listHazards(state: KeyState, labels: Labels): Hazard[] {
	const hazards: Hazard[] = [];
	if (state.listType !== 'allowlist') {
		const which = state.listType === 'allowAll' ? 'every contract' : 'every contract that is not on its denylist';
		hazards.push({
			code: 'everyContract',
			sentence: `The key may call ${which}: every token and collectible of the account without a limit is open to it.`,
		});
	}
	if (!state.native) {
		hazards.push({
			code: 'nativeWithoutLimit',
			sentence: `The key has no limit on ${labels.nativeSymbol}: it may pay out all of it.`,
		});
	}
	for (const contract of namedContracts(state)) {
		const hazard = tokenHazard(state, labels, contract);
		if (hazard) hazards.push(hazard);
	}
	return hazards;
}

function tokenHazard(state: KeyState, labels: Labels, contract: Address): Hazard | undefined {
	const stored = state.contracts[contract];
	const access = accessOf(state, stored);
	if (access.functions === 'none') return undefined;
	if (!stored?.tokenLimit) {
		const isNamed = stored?.onList && state.listType === 'allowlist' && !isPlainPaymentOnly(access);
		if (!isNamed || !labels.contracts[contract]?.token) return undefined;
		return {
			code: 'tokenWithoutLimit',
			about: contract,
			sentence: `${nameOf(labels, contract)} is on the allowlist without a limit: the key may pay out all of it, to anyone.`,
		};
	}
	if (!opensUncounted(access)) return undefined;
	return {
		code: 'tokenFunctionsOpen',
		about: contract,
		sentence:
			`${nameOf(labels, contract)} has a limit, but the key may call its other functions too: transferFrom or ` +
			'increaseAllowance are not counted, and a thief could take all of it. Putting the token on an allowlist for ' +
			'transfer alone closes them.',
	};
}

function limitHazards(state: KeyState, labels: Labels, now: number): Hazard[] {
	const hazards: Hazard[] = [];
	const isBelow = (limit: SpendLimit | undefined): limit is SpendLimit =>
		limit !== undefined && limitAt(limit, now).used > limit.limit;
	if (isBelow(state.native)) {
		hazards.push({
			code: 'limitBelowUsed',
			about: 'native',
			sentence:
				`The ${labels.nativeSymbol} limit (${showNative(labels, state.native.limit)}) is below what was already used ` +
				`(${showNative(labels, state.native.used)}): the chain then refuses EVERY operation of the key, payments in tokens ` +
				`too${untilReopened(state.native)}.`,
		});
	}
	if (isBelow(state.gas)) {
		hazards.push({
			code: 'limitBelowUsed',
			about: 'gas',
			sentence:
				`The gas limit (${showNative(labels, state.gas.limit)}) is below what was already used ` +
				`(${showGas(labels, state.gas.used, 'up')}): every operation of the key is refused${untilReopened(state.gas)}.`,
		});
	}
	for (const contract of namedContracts(state)) {
		const tokenLimit = state.contracts[contract]?.tokenLimit;
		if (!isBelow(tokenLimit)) continue;
		hazards.push({
			code: 'limitBelowUsed',
			about: contract,
			sentence:
				`The limit of ${showToken(labels, contract, tokenLimit.limit)} is below what was already used ` +
				`(${showToken(labels, contract, tokenLimit.used)}): every payment in it is refused${untilReopened(tokenLimit)}.`,
		});
	}
	return hazards;
}

function untilReopened({ refreshInterval }: SpendLimit): string {
	return refreshInterval > 0 ? ' until the next window opens' : ', for good';
}
