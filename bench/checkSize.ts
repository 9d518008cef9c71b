import { SessionKeyPermissionsBuilder, SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, parseUnits, type Address, type Hex } from 'viem';
import { includeOperations, signOperation, type DevnetClient, type SmartAccount } from '../devnet';
import { rounded, type Result, type Row, type Stage } from './support/bench';
import { medians, withTraffic } from './support/traffic';
import { payingAccount, transferTo, walletOf } from './support/wallets';

const PAST_UPDATES = [1, 50, 500];
const LIST_ENTRIES = [1, 10, 100];
const LATENCY_MS = 50;

/** The check on keys with a longer and longer past, and longer and longer lists. */
export async function checkSize(stage: Stage): Promise<Result> {
	const rows: Row[] = [];
	for (const updates of PAST_UPDATES) rows.push(await measured(stage, updates, 1));
	for (const entries of LIST_ENTRIES) rows.push(await measured(stage, 1, entries));
	return {
		title: `The check, by the key's past and the length of its list, ${LATENCY_MS} ms`,
		rows,
		notes: [
			`Medians of ${stage.pairs}. Permissions are asked for one by one, at the newest block: neither past nor list is read.`,
			'The stock SDK has no check; what it knows is whether an estimate fails.',
		],
	};
}

async function measured(stage: Stage, updates: number, entries: number): Promise<Row> {
	const { devnet, ours, pairs, log } = stage;
	const account = await payingAccount(devnet);
	await addEntries(devnet, account, entries - 1);
	await updateOften(devnet, account, updates);
	const key = devnet.withKey(`check-${updates}-${entries}`);
	await key.faults.set({ kind: 'latency', milliseconds: LATENCY_MS });
	await ours.use(walletOf(key, account));
	const all = [];
	for (let turn = 0; turn < pairs; turn++) {
		const { answer, ...figures } = await withTraffic(key, () => ours.check([transferTo(devnet, 0)]));
		if (answer !== 'allowed') throw new Error(`the check says ${answer}`);
		all.push(figures);
	}
	const { milliseconds, tripsToSend, requests, calls } = medians(all);
	log(`The check after ${updates} updates, ${entries} entries: ${rounded(milliseconds)} ms`);
	return {
		'past updates': updates,
		'list entries': entries,
		'time (ms)': rounded(milliseconds),
		trips: tripsToSend,
		'HTTP requests': requests,
		'RPC calls': calls,
	};
}

const OPERATIONS_AT_ONCE = 20;

/** So many updates of the key, each an operation of its own with an event of its own. */
async function updateOften(devnet: DevnetClient, account: SmartAccount, count: number): Promise<void> {
	const { usd6 } = devnet.tokens;
	const limit = (index: number) =>
		new SessionKeyPermissionsBuilder()
			.addErc20TokenSpendLimit({
				tokenAddress: usd6.address,
				spendLimit: parseUnits(String(500_000 + index), usd6.decimals),
			})
			.encode()
			.slice(1); // the builder begins with a list type, which is no part of this update
	for (let done = 0; done < count; done += OPERATIONS_AT_ONCE) {
		const indexes = Array.from({ length: Math.min(OPERATIONS_AT_ONCE, count - done) }, (_, index) => done + index);
		await asOwner(
			devnet,
			account,
			indexes.map((index) => updateCall(account, limit(index))),
		);
	}
}

async function addEntries(devnet: DevnetClient, account: SmartAccount, count: number): Promise<void> {
	const builder = new SessionKeyPermissionsBuilder();
	for (let index = 0; index < count; index++) {
		const contractAddress: Address = `0x${(0xc0de0000 + index).toString(16).padStart(40, '0')}`;
		builder.addContractAddressAccessEntry({ contractAddress, isOnList: true, checkSelectors: false });
	}
	if (count > 0) await asOwner(devnet, account, [updateCall(account, builder.encode())]);
}

function updateCall({ keys }: SmartAccount, updates: readonly Hex[]): Hex {
	return encodeFunctionData({
		abi: SessionKeyPluginExecutionFunctionAbi,
		functionName: 'updateKeyPermissions',
		args: [(keys[0] as { address: Address }).address, updates],
	});
}

/** Includes the owner's operations in one bundle, each under a nonce key of its own. */
async function asOwner(devnet: DevnetClient, { address, owner }: SmartAccount, all: readonly Hex[]): Promise<void> {
	const operations = await Promise.all(
		all.map((callData) =>
			signOperation(devnet, {
				sender: address,
				signerKey: owner.privateKey,
				nonce: newNonceKey() << 64n,
				callData,
				...(all.length > 1 && { callGasLimit: 300_000n, verificationGasLimit: 200_000n }),
			}),
		),
	);
	for (const { success } of await includeOperations(devnet, operations)) {
		if (!success) throw new Error('the permissions were not updated');
	}
}

let nonceKeys = 0n;

/** A nonce key that was never used. */
function newNonceKey(): bigint {
	return BigInt(Date.now()) * 100_000n + ++nonceKeys;
}
