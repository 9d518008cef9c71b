import type { IDataObject } from 'n8n-workflow';
import { zeroAddress, type Address } from 'viem';
import { tokenBudget, type DevnetClient, type SmartAccount } from '../chain/support/devnet';
import { fundedAccount } from '../../devnet/accounts';
import { managerOf } from '../chain/support/manager';

/** A key or token by its address. */
export const byAddress = (value: string) => ({ __rl: true, mode: 'address', value });
/** A key by its tag. */
export const byTag = (value: string) => ({ __rl: true, mode: 'tag', value });
/** The chain's own money, as the token list gives it. */
export const NATIVE_TOKEN = { __rl: true, mode: 'list', value: 'native' };

/** A row of Budgets: payments in a token, once up to a limit. */
export const budget = (token: string, amount: string, more: IDataObject = {}): IDataObject => ({
	token: byAddress(token),
	amount,
	refresh: 'never',
	functions: 'transfer',
	...more,
});

/** The same in the chain's own money. */
export const nativeBudget = (amount: string): IDataObject => ({ ...budget(zeroAddress, amount), token: NATIVE_TOKEN });

/** A key as somebody careful would add it. */
export const safeKey = (token: Address, newSessionKey: Address, more: IDataObject = {}): IDataObject => ({
	newSessionKey,
	tag: 'payroll',
	budgets: { values: [budget(token, '100', { refresh: 'weekly' })] },
	gasProtection: 'limit',
	gasLimit: '0.5',
	...more,
});

/** Rows of Contract List. */
export const contractList = (...values: IDataObject[]) => ({ contracts: { values } });

/** A row of Contract List: functions of a contract, by their signatures. */
export const functionsOn = (contract: string, functions: string): IDataObject => ({
	contract,
	change: 'putFunctions',
	functionSource: 'signature',
	functions,
});

/** An account whose keys may pay 100 dollars a week, with these tags, the last one newest; and the node that manages it. */
export async function managedAccount(
	devnet: DevnetClient,
	...tags: string[]
): Promise<{ account: SmartAccount; manager: ReturnType<typeof managerOf> }> {
	const permissions = tokenBudget(devnet.tokens.usd6, 100_000_000n, 604_800);
	const account = await fundedAccount(devnet, { keys: tags.map((tag) => ({ tag, permissions })) });
	return { account, manager: managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address }) };
}
