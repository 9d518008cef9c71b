import { parseUnits, type Address } from 'viem';
import { balanceOf, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../devnet';
import { mint } from '../../devnet/tokens';
import type { Transfer, Wallet } from './subject';

/** Whom the payments go to. They hold the token already, as employees do after their first month. */
export function recipient(index: number): Address {
	return `0x${(0xbe0c40000 + index).toString(16).padStart(40, '0')}`;
}

/** What is paid to one of them: one whole token. */
export function transferTo(devnet: DevnetClient, index: number): Transfer {
	const { address: token, decimals } = devnet.tokens.usd6;
	return { to: recipient(index), token, amount: parseUnits('1', decimals), decimals };
}

/** How many whole tokens somebody holds. */
export async function tokensOf({ request, tokens }: DevnetClient, owner: Address): Promise<number> {
	const balance = await balanceOf(request, tokens.usd6, owner);
	return Number(balance / 10n ** BigInt(tokens.usd6.decimals));
}

/** Gives the recipients a first token. */
export async function fundRecipients(devnet: DevnetClient, count: number): Promise<void> {
	for (let index = 0; index < count; index++) {
		const transaction = mint(devnet.tokens.usd6, recipient(index), 1n);
		await devnet.request('eth_sendTransaction', [
			{ from: devnet.operator, to: transaction.to, data: transaction.data },
		]);
	}
}

/** An account with money, and a key that may spend all of it on one token; with a gas limit its payments run one after another. */
export async function payingAccount(devnet: DevnetClient, gasLimit = false): Promise<SmartAccount> {
	const { usd6 } = devnet.tokens;
	const tokens = { usd6: parseUnits('1000000', usd6.decimals) };
	const permissions = tokenBudget(usd6, parseUnits('500000', usd6.decimals), 7 * 86_400);
	if (gasLimit) permissions.setGasSpendLimit({ spendLimit: 10n ** 20n });
	return fundedAccount(devnet, { eth: 5n * 10n ** 18n, tokens, keys: [{ tag: 'bench', permissions }] });
}

/** The account's first key, over an API key's URL. */
export function walletOf(devnet: DevnetClient, account: SmartAccount, gasPolicyId?: string): Wallet {
	const [key] = account.keys;
	if (!key) throw new Error('the account has no key');
	const { url, chainId } = devnet;
	return { url, chainId, account: account.address, privateKey: key.privateKey, gasPolicyId };
}
