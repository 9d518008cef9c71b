import type { Address, Hex } from 'viem';
import { formatAmount } from '../../amounts';
import { NATIVE_DECIMALS } from '../../networks';
import type { DecimalsSource } from '../../contractInfo';
import { functionName } from '../../permissions/functions';
import { hazardsOf } from './hazards';
import { showTag } from '../../plugin/keyEvents';
import { unusableLimitSentences } from './unusableLimits';
import { limitAt, type ListType, type SpendLimit } from '../../plugin/keyState';
import { forecastPaydays, type Payday } from './forecastPaydays';
import { accessWords, limitWords } from './permissionSentences';
import type { KeyReport } from '../read/readKeys';
import { ALLOW_REFERENCES_SENTENCE, mayClaim, namedContracts, referenceSentence } from '../../permissions/references';
import { riskOf, type Risk } from './risk';
import { gasFigures, isoTime, showDuration, showNative, showTime, showToken } from '../../permissions/labels';

/** A limit as data for people: amounts are decimal text in the asset's unit, times ISO 8601 in UTC. */
export interface DescribedLimit {
	/** Symbol of the token, or of the chain's own money. */
	token: string;
	tokenAddress?: Address;
	/** Of a token: the decimals that its amounts are shown with, and who says so. */
	decimals?: number;
	decimalsFrom?: DecimalsSource;
	limit: string;
	used: string;
	left: string;
	/** `never`, or how often, such as `every 28 days`. */
	renews: string;
	/** 0 is never. */
	renewsAfterSeconds: number;
	/** When the present window opened. */
	windowOpenedAt?: string;
	/** When the full limit is there again; left out when it is there now, or never will be. */
	reopensAt?: string;
	/** What can still be paid, in a sentence. */
	text: string;
	/** Which of the coming paydays a payment of the full limit would miss. */
	paydays?: { lookedAt: number; missed: string[]; text: string };
}

interface DescribedContract {
	contract: Address;
	symbol?: string;
	isContract: boolean;
	onList: boolean;
	/** Whether the list looks at each function. */
	checkSelectors: boolean;
	/** The functions that are on the list: their names, or selectors where no name is known. */
	listedFunctions: string[];
	/** What the key may call there, with list type, entries and limit taken together. */
	mayCall: string;
}

type KeyStatus = 'active' | 'notYetValid' | 'expired' | 'blocked' | 'notRegistered';

/** Everything about a key in human units. */
export interface DescribedKey {
	keyAddress: Address;
	account: Address;
	tag?: string;
	status: KeyStatus;
	/** Why it is blocked or not valid. */
	statusText?: string;
	addedAt?: string;
	addedInTransaction?: Hex;
	rotatedAt?: string;
	rotatedFrom?: Address;
	lastChangedAt?: string;
	listType: ListType;
	/** Whether it can make payments that have a reference. */
	mayUseReferences: boolean;
	contracts: DescribedContract[];
	/** Left out: no limit. */
	nativeLimit?: DescribedLimit;
	tokenLimits: DescribedLimit[];
	/** Left out: no limit. */
	gasLimit?: DescribedLimit & { stuck: boolean };
	requiredPaymaster?: Address;
	validFrom?: string;
	validUntil?: string;
	/** What should be looked at, in sentences. */
	warnings: string[];
	risk: Risk;
	/** False: the provider's history doesn't tell all of the key, so entries of its list may be missing here. */
	historyComplete: boolean;
	/** What is known then, and why not all is. */
	historyGap?: string;
}

export interface DescribeOptions {
	/** Asks which paydays a full payment would miss, for every limit that refreshes. */
	payday?: Payday;
}

/** Tells everything about a key in human units. */
export function describeKey(report: KeyReport, options: DescribeOptions = {}): DescribedKey {
	const { state, record, times, labels, now } = report;
	const native = (wei: bigint) => showNative(labels, wei);
	const describe = (token: string, decimals: number, limit: SpendLimit, show: (amount: bigint) => string) =>
		describeLimit(token, decimals, limit, now, show, options.payday);
	const nativeLimit = state.native && describe(labels.nativeSymbol, NATIVE_DECIMALS, state.native, native);
	const gasLimit = state.gas && {
		...describe(labels.nativeSymbol, NATIVE_DECIMALS, state.gas, gasFigures(labels, state.gas, 'down')),
		stuck: state.gasShouldReset,
	};
	const contracts = namedContracts(state);
	const tokenLimits = contracts.flatMap((token) => {
		const limit = state.contracts[token]?.tokenLimit;
		if (!limit) return [];
		const { symbol = token, decimals = 0, decimalsFrom } = labels.contracts[token]?.token ?? {};
		const show = (amount: bigint) => showToken(labels, token, amount);
		return [
			{
				tokenAddress: token,
				...(decimalsFrom && { decimals, decimalsFrom }),
				...describe(symbol, decimals, limit, show),
			},
		];
	});
	const addedAt = record?.added && times.get(record.added.blockNumber);
	const rotatedAt = record?.rotated && times.get(record.rotated.blockNumber);
	return {
		keyAddress: state.key,
		account: state.account,
		tag: record?.added && showTag(record.added.tag),
		...statusOf(report),
		addedAt: isoTime(addedAt),
		addedInTransaction: record?.added?.transactionHash,
		rotatedAt: isoTime(rotatedAt),
		rotatedFrom: record?.rotated?.from,
		lastChangedAt: isoTime(record && times.get(record.lastChange.blockNumber)),
		listType: state.listType,
		mayUseReferences: mayClaim(state),
		contracts: contracts.flatMap((contract) => describeContract(report, contract)),
		nativeLimit,
		tokenLimits,
		gasLimit,
		requiredPaymaster: state.requiredPaymaster,
		validFrom: isoTime(state.validAfter),
		validUntil: isoTime(state.validUntil),
		warnings: warningsOf(report, [nativeLimit, gasLimit, ...tokenLimits]),
		risk: riskOf(state, labels, now),
		historyComplete: report.gap === undefined,
		historyGap: report.gap,
	};
}

/** A limit in human units, with the paydays that it would miss. */
export function describeLimit(
	token: string,
	decimals: number,
	limit: SpendLimit,
	now: number,
	show: (amount: bigint) => string,
	payday?: Payday,
): DescribedLimit {
	const { used, remaining, reopensAt } = limitAt(limit, now);
	const { refreshInterval, lastUsed } = limit;
	return {
		token,
		limit: formatAmount(limit.limit, decimals),
		used: formatAmount(used, decimals),
		left: formatAmount(remaining, decimals),
		renews: refreshInterval > 0 ? `every ${showDuration(refreshInterval)}` : 'never',
		renewsAfterSeconds: refreshInterval,
		windowOpenedAt: isoTime(lastUsed),
		reopensAt: isoTime(reopensAt),
		text:
			`${show(remaining)} left of ${limitWords({ ...limit, used: 0n }, now, show)}` +
			`${reopensAt ? `; the full limit is available again on ${showTime(reopensAt)}` : ''}.`,
		paydays: payday && refreshInterval > 0 ? describePaydays(limit, payday, now) : undefined,
	};
}

function describePaydays(limit: SpendLimit, payday: Payday, now: number) {
	const { paydays, missed } = forecastPaydays(limit, payday, now);
	const text =
		missed.length === 0
			? `A payment of the full limit on day ${payday.dayOfMonth} of each month fits on all of the next ${paydays.length} paydays.`
			: `A payment of the full limit on day ${payday.dayOfMonth} of each month would be refused on ${missed.length} of the ` +
				`next ${paydays.length} paydays, because months are not ${showDuration(limit.refreshInterval)} long. ` +
				'With 28 days no month is missed.';
	return { lookedAt: paydays.length, missed: missed.map((time) => isoTime(time) as string), text };
}

function statusOf({ state, labels, now }: KeyReport): { status: KeyStatus; statusText?: string } {
	if (!state.registered) return { status: 'notRegistered', statusText: 'This is not a session key of the account.' };
	if (state.validUntil > 0 && now > state.validUntil) {
		return { status: 'expired', statusText: `It expired on ${showTime(state.validUntil)}.` };
	}
	if (now < state.validAfter) {
		return { status: 'notYetValid', statusText: `It may act from ${showTime(state.validAfter)} on.` };
	}
	const { native } = state;
	if (native && limitAt(native, now).used > native.limit) {
		return {
			status: 'blocked',
			statusText: `Its limit on ${labels.nativeSymbol} is below what was used: the chain refuses every operation of it, token payments too.`,
		};
	}
	if (state.gasShouldReset) {
		return {
			status: 'blocked',
			statusText:
				'Its gas limit is stuck: the first operation of the new window failed. An operation that fits into the rest ' +
				'frees it; otherwise Permission > Update with Unstick Gas Limit does.',
		};
	}
	return { status: 'active' };
}

function describeContract({ state, labels }: KeyReport, contract: Address): DescribedContract[] {
	const access = state.contracts[contract];
	if (!access) return [];
	const info = labels.contracts[contract];
	const selectors = (Object.keys(access.functions) as Hex[]).filter((selector) => access.functions[selector]);
	// Once named and now without entry, function or limit: nothing of it is left to tell.
	if (!access.onList && selectors.length === 0 && !access.tokenLimit) return [];
	return [
		{
			contract,
			symbol: info?.token?.symbol,
			isContract: info?.isContract ?? false,
			onList: access.onList,
			checkSelectors: access.checkSelectors,
			listedFunctions: selectors.map((selector) => functionName(selector, labels.functions) ?? selector),
			mayCall: accessWords(state, contract, labels),
		},
	];
}

const THIRTY_DAYS = 30 * 86_400;

function warningsOf(report: KeyReport, limits: readonly (DescribedLimit | undefined)[]): string[] {
	const { state, labels, now, gap } = report;
	const limited = limits.filter((limit) => limit !== undefined);
	return [
		...hazardsOf(state, labels, now).map(({ sentence }) => sentence),
		...(mayClaim(state) ? [] : [`${referenceSentence(state)} ${ALLOW_REFERENCES_SENTENCE}`]),
		...deadFunctionSentences(report),
		...unusableLimitSentences(state, labels),
		...limited.filter(isThirtyDays).map(({ token }) => thirtyDaySentence(token)),
		...limited
			.filter(({ paydays }) => paydays && paydays.missed.length > 0)
			.map(({ paydays }) => paydays?.text as string),
		...(gap ? [`Entries of the list may be missing here. ${gap}`] : []),
	];
}

function isThirtyDays({ renewsAfterSeconds }: DescribedLimit): boolean {
	return renewsAfterSeconds === THIRTY_DAYS;
}

/** Why 30 days is no month. */
export function thirtyDaySentence(asset: string): string {
	return (
		`The limit on ${asset} refreshes every 30 days, which is not a month: a full payment on the 1st of each month is ` +
		'refused every 1 March. 28 days never misses a month.'
	);
}

/** Function entries without their contract's entry grant nothing, and people take them for permissions. */
function deadFunctionSentences({ state, labels }: KeyReport): string[] {
	if (state.listType === 'allowAll') return [];
	return namedContracts(state).flatMap((contract) => {
		const access = state.contracts[contract];
		const listed = Object.values(access?.functions ?? {}).some(Boolean);
		if (!access || !listed || (access.onList && access.checkSelectors)) return [];
		const name = labels.contracts[contract]?.token?.symbol ?? contract;
		return [
			access.onList
				? `The functions listed for ${name} make no difference: the contract is on the list with all of them.`
				: `The functions listed for ${name} make no difference: the contract itself is not on the list.`,
		];
	});
}
