import type { IDataObject } from 'n8n-workflow';
import { parseUnits, type Hex } from 'viem';
import { claimCall, hashReference } from '../../core/registry/referenceRegistry';
import { tokenTransfer } from '../../core/calls';
import { accountOf, fundedAccount } from '../../devnet/accounts';
import { startDevnet, type Devnet, type SmartAccount } from '../../devnet';
import type { Account } from '../../devnet/mnemonic';
import { nodesOver } from './nodes';
import { fundRecipients, recipient } from './wallets';

const DAY = 86_400;
const DAYS = 365;
/** A block every two seconds. */
const BLOCKS_A_DAY = DAY / 2;
const CHANGES = 20;
const PAYEES = 12;

/** A payment of the past. */
export interface PastPayment {
	reference: string;
	transactionHash: Hex;
	/** Unix seconds. */
	time: number;
}

/** A chain on which keys have paid once a day for a year, and their owner has changed one of them now and then. */
export interface Year {
	devnet: Devnet;
	account: SmartAccount;
	/** May pay in any number of operations at a time. */
	free: Account;
	/** Has a gas limit: its payments run one after another. */
	limited: Account;
	/** The newest limit of the free key, as the forms show it. */
	limit: string;
	/** Oldest first. */
	payments: PastPayment[];
	changes: number;
}

/**
 * Starts it; close its devnet. Payments are included directly, as a bundler of one's own would; the keys are added, and
 * changed, by this package's own node through the bundler.
 */
export async function startYear(chainId: number, log: (line: string) => void): Promise<Year> {
	const devnet = await startDevnet({ chainId, age: DAYS * DAY, plan: 'unlimited' });
	const { usd6 } = devnet.tokens;
	const dollars = (amount: string) => parseUnits(amount, usd6.decimals);
	const bare = await fundedAccount(devnet, { eth: 10n ** 19n, tokens: { usd6: dollars('100000') } });
	const [free, limited] = [accountOf(), accountOf()];
	const account = { ...bare, keys: [free, limited] };
	const nodes = nodesOver(devnet, account);
	const change = async (parameters: IDataObject) => {
		const [done] = await nodes.asOwner(parameters);
		if (done?.status !== 'done') throw new Error(`a change is ${String(done?.status)}`);
	};
	const token = { __rl: true, mode: 'address', value: usd6.address };
	const budgets = { values: [{ token, amount: '800', refresh: 'fourWeeks', functions: 'transfer' }] };
	await change({
		resource: 'plugin',
		operation: 'install',
		keys: {
			values: [
				{ newSessionKey: free.address, tag: 'payroll', budgets, gasProtection: 'none' },
				{ newSessionKey: limited.address, tag: 'invoices', budgets, gasProtection: 'limit', gasLimit: '2' },
			],
		},
		options: { acceptedRisks: ['gasWithoutLimit'] },
	});
	await fundRecipients(devnet, PAYEES);
	const payments: PastPayment[] = [];
	let limit = '800';
	let changes = 1;
	for (let day = 0; day < DAYS; day++) {
		const reference = `bench/day/${day}`;
		const calls = [
			claimCall(hashReference(reference)),
			tokenTransfer(usd6.address, recipient(day % PAYEES), dollars('1')),
		];
		const by = day % 7 === 6 ? { key: limited, nonceKey: BigInt(limited.address) } : { key: free };
		const { success, transactionHash, blockNumber } = await account.asKey(calls, by);
		if (!success) throw new Error(`the payment of day ${day} failed`);
		payments.push({ reference, transactionHash, time: await timeOf(devnet, blockNumber) });
		if (day % Math.ceil(DAYS / CHANGES) === 0) {
			limit = String(801 + day);
			await change({
				resource: 'permission',
				operation: 'setSpendLimit',
				sessionKey: { __rl: true, mode: 'address', value: free.address },
				limitOn: 'payments',
				token,
				amount: limit,
				refresh: 'fourWeeks',
			});
			changes += 1;
			log(`Plans: day ${day} of ${DAYS}`);
		}
		await devnet.passBlocks(BLOCKS_A_DAY);
	}
	return { devnet, account, free, limited, limit, payments, changes };
}

async function timeOf(devnet: Devnet, blockNumber: bigint): Promise<number> {
	const block = await devnet.request<{ timestamp: Hex }>('eth_getBlockByNumber', [
		`0x${blockNumber.toString(16)}`,
		false,
	]);
	return Number(block.timestamp);
}
