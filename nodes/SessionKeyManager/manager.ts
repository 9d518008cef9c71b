import { encodeFunctionData, type Address } from 'viem';
import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { readAccount, type AccountState } from '../../core/accountState';
import { executePlan, findPaymaster, previewPlan } from '../../core/ownerOperation/executePlan';
import { type OwnerOutcome } from '../../core/ownerOperation/sendOwnerOperation';
import { InputError } from '../../core/errors';
import { formatAmount } from '../../core/amounts';
import { NATIVE_DECIMALS, transactionUrl } from '../../core/networks';
import { refuse, RefusalError } from '../../core/refusal/refusal';
import { read, rpcRead } from '../../core/rpc/read';
import { isAsPlanned, questionsFor } from '../../core/sessionKey/plan/asPlanned';
import { changeNumberReads, toChangeNumbers } from '../../core/sessionKey/plan/changeRecord';
import { readContractInfos, type DecimalsPins } from '../../core/contractInfo';
import { describeKey, type DescribedKey, type DescribeOptions } from '../../core/sessionKey/describe/describeKey';
import type { FunctionNames } from '../../core/permissions/functions';
import { showTag } from '../../core/plugin/keyEvents';
import { requireAgreement, type Plan, type PlannedKey, type AccountSnapshot } from '../../core/sessionKey/plan/plan';
import { registryReads } from '../../core/permissions/references';
import {
	findKey,
	keyNamedIn,
	readKeyIndex,
	readKeys,
	type KeyIndex,
	type KeyReport,
} from '../../core/sessionKey/read/readKeys';
import { latestBlock } from '../../core/userOperation/fees';
import { formOf, type Field, type Form } from '../shared/form';
import { acceptedRisks, dryRun, optionsOf, RISK_LABELS, timeLimit } from './fields/change';
import { keyField } from './fields/key';
import { keyJson } from './keyJson';
import type { OwnerSession } from './owner';

/** One item's run of an operation. */
export interface Run {
	context: IExecuteFunctions;
	session: OwnerSession;
	itemIndex: number;
	/** What becomes of the plan where the credential's owner doesn't sign it at once. */
	onPlan?: OnPlan;
}

/** A plan that was agreed to, and what to tell once it is done. */
export type OnPlan = (
	run: Run,
	snapshot: AccountSnapshot,
	plan: Plan,
	finished: () => Promise<IDataObject>,
) => Promise<IDataObject>;

/** What this item's form holds. */
export function formIn({ context, itemIndex }: Run): Form {
	return formOf(context, itemIndex);
}

/** What the Options of this item hold. */
function optionsIn(run: Run): Form {
	return formIn(run).get(optionsField);
}

/** The Options of whatever operation: which there are, each operation says itself. */
const optionsField = optionsOf();

/**
 * Reads the account and makes sure that network and owner are the right ones.
 * @throws {RefusalError} on another chain than the credential says, {InputError} when the credential's owner owns it not
 */
export async function readOwnedAccount({ session }: Run): Promise<AccountState> {
	const { rpc, network, owner, sign, reference } = session;
	const { chainId } = await read(rpc, { chainId: rpcRead('eth_chainId', [], Number) });
	if (chainId !== network.chainId) {
		throw new RefusalError([
			refuse('wrongNetwork', { expected: network.chainId, found: chainId, network: network.name }),
		]);
	}
	const account = await readAccount(rpc, reference);
	if (owner && !account.owners.includes(owner)) {
		throw new InputError(
			'Smart Account Address',
			`${owner}, the owner in the ${sign ? 'credential' : 'form'}, does not own the smart account ${account.address}`,
			`Its owners are: ${account.owners.join(', ') || 'not known'}. Check address, key and network in the credentials.`,
		);
	}
	return account;
}

/** The chain as it is now, with what these addresses are. */
export async function readAccountSnapshot(
	run: Run,
	addresses: readonly Address[] = [],
	pins?: DecimalsPins,
): Promise<AccountSnapshot> {
	const { rpc, network } = run.session;
	const account = await readOwnedAccount(run);
	const [{ block, registry, numbers }, contracts] = await Promise.all([
		read(rpc, { block: latestBlock(), registry: registryReads(), numbers: changeNumberReads(account) }),
		readContractInfos(rpc, network, addresses, pins),
	]);
	const labels = { nativeSymbol: network.nativeSymbol, contracts };
	const changeNumbers = toChangeNumbers(account, numbers);
	return { account, labels, now: block.timestamp, registry: { ...registry, network }, changeNumbers };
}

/** Asked of the gas policy itself: no list of paymasters could stay true. */
export async function policyPaymaster(run: Run): Promise<Address> {
	const { session } = run;
	const { gasPolicyId } = session;
	if (!gasPolicyId) {
		throw new InputError(
			'Gas Policy ID',
			'The Alchemy API credential has no gas policy, so there is no paymaster of one',
			'Fill in Gas Policy ID in the credential, or choose another Gas Protection.',
		);
	}
	const { address, initCode, owners } = await readOwnedAccount(run);
	const args = [owners[0] ?? address, 0n, '0x'] as const;
	const callData = encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'execute', args });
	const paymaster = await findPaymaster({ ...session, gasPolicyId }, { account: address, callData, initCode });
	if (paymaster) return paymaster;
	throw new InputError(
		'Gas Policy ID',
		'The gas policy named no paymaster',
		'Type the address of the paymaster instead, under Paymaster by Address.',
	);
}

/** The account's keys, with the story of the one that a locator names. */
export function keyIndexFor(run: Run, account: Address, field: Field<string> = keyField()): Promise<KeyIndex> {
	const key = keyNamedIn(formIn(run).get(field));
	return readKeyIndex(run.session.rpc, account, key && [key]);
}

/** Finds the key that a locator names. */
export function keyOf(run: Run, index: KeyIndex, field: Field<string> = keyField()): Address {
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
	run: Run,
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

/**
 * Carries a plan out, or says what it would do.
 *
 * @param finished what to tell once it is done, read from the chain again
 * @throws {InputError} when it needs an agreement that wasn't given
 */
export async function runPlan(
	run: Run,
	snapshot: AccountSnapshot,
	plan: Plan,
	finished: () => Promise<IDataObject>,
): Promise<IDataObject> {
	const { session } = run;
	const { account } = snapshot;
	const agreed = optionsIn(run).get(acceptedRisks);
	const told = { account: plan.account, changes: plan.sentences };
	if (formIn(run).get(dryRun)) {
		const open = plan.hazards.filter(({ code }) => !agreed.includes(code));
		return {
			status: 'dryRun',
			...told,
			needsAcceptedRisks: open.map(({ code, sentence }) => ({ risk: RISK_LABELS[code], sentence })),
			...plannedRisks(plan.keys),
			gas: (await previewPlan(session, account, plan)) as unknown as IDataObject,
		};
	}
	requireAgreement(plan, agreed, RISK_LABELS);
	if (run.onPlan) return run.onPlan(run, snapshot, plan, finished);
	if (!session.sign) throw new Error('nobody signs');
	return readResult(session, plan, await executePlan(session, account, plan, session.sign, timeLimitOf(run)), finished);
}

/** How long to wait for the change to be in a block, in milliseconds. */
export function timeLimitOf(run: Run): number {
	return optionsIn(run).get(timeLimit) * 1000;
}

/** What is told of a plan that was sent. */
export async function readResult(
	session: OwnerSession,
	plan: Plan,
	outcome: OwnerOutcome,
	finished: () => Promise<IDataObject>,
): Promise<IDataObject> {
	const told = { account: plan.account, changes: plan.sentences };
	const json = { status: outcome.status, ...told, ...outcomeJson(session, plan.account, outcome) };
	return outcome.status === 'done' ? { ...json, ...(await readBack(session, finished)) } : json;
}

/** What was done stays done, also when the node can't be asked about it afterwards. */
async function readBack({ rpc }: OwnerSession, finished: () => Promise<IDataObject>): Promise<IDataObject> {
	try {
		return await finished();
	} catch (error) {
		const why = error instanceof Error ? error.message : String(error);
		return { note: `It is done, but could not be read back from the chain: ${rpc.redact(why)}` };
	}
}

function plannedRisks(keys: readonly PlannedKey[]): IDataObject {
	if (keys.length === 0) return {};
	return { keys: keys.map(({ key, risk }) => ({ sessionKey: key, risk: risk as unknown as IDataObject })) };
}

/** Where a sent operation is, and what it cost. */
export function outcomeJson(
	{ network }: OwnerSession,
	account: Address,
	{ userOperationHash, included }: OwnerOutcome,
): IDataObject {
	if (!included) {
		return {
			userOperationHash,
			note: 'Not in a block within the time limit. Look at the account before you run it again: it may still come.',
		};
	}
	const explorerUrl = transactionUrl(network, included.transactionHash);
	return {
		userOperationHash,
		transactionHash: included.transactionHash,
		blockNumber: Number(included.blockNumber),
		...(explorerUrl && { explorerUrl }),
		gasPaid: `${formatAmount(included.gasCost, NATIVE_DECIMALS)} ${network.nativeSymbol}`,
		gasPaidBy: included.paymaster ?? account,
	};
}

/** The keys of a plan as they are on the chain once it is done, in full, and whether they are as planned. */
export async function plannedKeysNow(
	{ session }: Run,
	{ labels: { functions } }: AccountSnapshot,
	keys: readonly PlannedKey[],
): Promise<IDataObject> {
	if (keys.length === 0) return {};
	const { rpc, network } = session;
	const index = await readKeyIndex(
		rpc,
		(keys[0] as PlannedKey).state.account,
		keys.map(({ key }) => key),
	);
	const described = await Promise.all(
		keys.map(async ({ key, state }) => {
			const [report] = await readKeys(rpc, network, index, [key], questionsFor(state));
			const { labels, ...rest } = report as KeyReport;
			const json = keyJson(describeKey({ ...rest, labels: { ...labels, functions } }));
			return { ...json, asPlanned: isAsPlanned(state, rest.state) };
		}),
	);
	return described.length === 1 ? { key: described[0] } : { keys: described };
}

/** Everything about keys of the account. */
export async function describeKeys(
	{ session }: Run,
	index: KeyIndex,
	keys: readonly Address[],
	{ functions, ...options }: DescribeOptions & { functions?: FunctionNames } = {},
): Promise<DescribedKey[]> {
	const reports = await readKeys(session.rpc, session.network, index, keys);
	return reports.map((report) => describeKey({ ...report, labels: { ...report.labels, functions } }, options));
}
