import type { BrowserContext, Page } from 'playwright-core';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';

/** A wallet in the browser, as a page sees it. */
export interface TestWallet {
	/** What it signs with; stays in this process. */
	privateKey: Hex;
	/** The account that it claims to have; left out: its own. */
	claims?: string;
	/** The network that it is set to. */
	chainId: number;
}

/** Everything that a wallet was asked to sign: a message, or typed data as its JSON text. */
export type Asked = Array<{ message: string; account: string }>;

/** Puts a wallet (EIP-1193) into a page, or every page of a browser, which announces itself as EIP-6963 says. */
export async function installWallet(context: BrowserContext | Page, wallet: TestWallet): Promise<Asked> {
	const { privateKey, chainId } = wallet;
	const account = privateKeyToAccount(privateKey);
	const asked: Asked = [];
	await context.exposeFunction('signWithTestWallet', async (message: Hex, from: string) => {
		asked.push({ message, account: from });
		return account.signMessage({ message: { raw: message } });
	});
	await context.exposeFunction('signTypedWithTestWallet', async (message: string, from: string) => {
		asked.push({ message, account: from });
		return account.signTypedData(JSON.parse(message));
	});
	const given = { address: wallet.claims ?? account.address, chainId };
	await context.addInitScript(`(${walletScript.toString()})(${JSON.stringify(given)})`);
	return asked;
}

/** Runs in the page. */
function walletScript({ address, chainId }: { address: string; chainId: number }): void {
	const page = globalThis as unknown as EventTarget & {
		signWithTestWallet(message: string, from: string): Promise<string>;
		signTypedWithTestWallet(message: string, from: string): Promise<string>;
	};
	const icon =
		'data:image/svg+xml,%3Csvg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"%3E%3Ccircle cx="4" cy="4" r="4" fill="teal"/%3E%3C/svg%3E';
	let network = chainId;
	const provider = {
		request: async ({ method, params = [] }: { method: string; params?: string[] }): Promise<unknown> => {
			if (method === 'eth_requestAccounts') return [address.toLowerCase()];
			if (method === 'eth_chainId') return `0x${network.toString(16)}`;
			if (method === 'personal_sign') return page.signWithTestWallet(params[0] ?? '', params[1] ?? '');
			if (method === 'wallet_switchEthereumChain') {
				network = Number((params[0] as unknown as { chainId: string }).chainId);
				return null;
			}
			if (method === 'eth_signTypedData_v4') {
				const [from = '', data = ''] = params;
				// As real wallets do.
				if (JSON.parse(data).domain.chainId !== network) throw new Error('The wallet is set to another network');
				return page.signTypedWithTestWallet(data, from);
			}
			throw new Error(`The test wallet does not know ${method}`);
		},
	};
	const info = { uuid: '350670db-19fa-4704-a166-e52e178b59d2', name: 'Test Wallet', icon, rdns: 'test.wallet' };
	page.addEventListener('eip6963:requestProvider', () =>
		page.dispatchEvent(
			Object.assign(new Event('eip6963:announceProvider'), { detail: Object.freeze({ info, provider }) }),
		),
	);
}
