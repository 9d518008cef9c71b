import type { Address } from 'viem';
import type { DecimalsPins } from '../../core/contractInfo';
import type { FunctionNames } from '../../core/permissions/functions';
import { showTag } from '../../core/plugin/keyEvents';
import { describeKey, type DescribedKey, type DescribeOptions } from '../../core/sessionKey/describe/describeKey';
import type { AccountSnapshot } from '../../core/sessionKey/plan/plan';
import {
	findKey,
	keyNamedIn,
	readKeyIndex,
	readKeys,
	type KeyIndex,
	type KeyReport,
} from '../../core/sessionKey/read/readKeys';
import type { Field } from '../shared/form';
import { formIn } from '../shared/operation';
import { readAccountSnapshot } from './account';
import { keyField } from './fields/key';
import type { OwnerRun } from './run';

/** The account's keys, with the story of the one that a locator names. */
export function keyIndexFor(run: OwnerRun, account: Address, field: Field<string> = keyField()): Promise<KeyIndex> {
	const key = keyNamedIn(formIn(run).get(field));
	return readKeyIndex(run.session.rpc, account, key && [key]);
}

/** Finds the key that a locator names. */
export function keyOf(run: OwnerRun, index: KeyIndex, field: Field<string> = keyField()): Address {
	return findKey(index, formIn(run).get(field), field.property.displayName);
}

/** What to call a key in sentences: its tag and address. */
export function namesOf(index: KeyIndex): (key: Address) => string {
	return (key) => {
		const tag = showTag(index.records.get(key)?.added?.tag ?? '0x');
		return tag ? `"${tag}" (${key})` : key;
	};
}

/** A key that is to be changed, with everything about it. */
export async function changedKey(
	run: OwnerRun,
	alsoAsk: readonly Address[] = [],
	field?: Field<string>,
	pins?: DecimalsPins,
): Promise<{ snapshot: AccountSnapshot; report: KeyReport; index: KeyIndex }> {
	const { rpc, network } = run.session;
	const snapshot = await readAccountSnapshot(run, alsoAsk, pins);
	const index = await keyIndexFor(run, snapshot.account.address, field);
	const questions = alsoAsk.map((contract) => ({ contract, selectors: [] }));
	const [report] = await readKeys(rpc, network, index, [keyOf(run, index, field)], questions);
	const { labels, now, gap } = report as KeyReport;
	const contracts = { ...labels.contracts, ...snapshot.labels.contracts };
	return { snapshot: { ...snapshot, labels: { ...labels, contracts }, now, gap }, report: report as KeyReport, index };
}

/** Everything about keys of the account. */
export async function describeKeys(
	{ session }: OwnerRun,
	index: KeyIndex,
	keys: readonly Address[],
	options: KeyTelling = {},
): Promise<DescribedKey[]> {
	const reports = await readKeys(session.rpc, session.network, index, keys);
	return reports.map((report) => describedKey(report, options));
}

/** How keys are described, and how functions are called. */
export type KeyTelling = DescribeOptions & { functions?: FunctionNames };

/** A key that was read, in human units. */
export function describedKey(report: KeyReport, { functions, ...options }: KeyTelling = {}): DescribedKey {
	return describeKey({ ...report, labels: { ...report.labels, functions } }, options);
}
