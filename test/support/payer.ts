import { SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { getAddress, parseEther, parseUnits, type Address, type Hex } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../devnet';
import { customNetwork } from '../../core/networks';
import { transferRequest } from '../../core/payment/check/paymentRequest';
import type { Payer, PayOptions } from '../../core/payment/send/payment';
import { createRpc, type Post, type Rpc, type Sleep } from '../../core/rpc/rpc';

/** The two kinds of session keys: one lane for each reference, or one lane for the key. */
export const KINDS = ['free lanes', 'gas limit'] as const;
export type Kind = (typeof KINDS)[number];

/** JSON by POST, as n8n's helper sends it. */
export const post: Post = async (url, body, timeoutMs) => {
	const headers = { 'content-type': 'application/json' };
	const signal = AbortSignal.timeout(timeoutMs);
	const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body), signal });
	return { status: reply.status, headers: Object.fromEntries(reply.headers), body: parsed(await reply.text()) };
};

function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

export const sleep: Sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** This package's own way to a devnet. */
export function connectionTo(devnet: Pick<DevnetClient, 'url'>): Rpc {
	return createRpc({ chainUrl: devnet.url, post, sleep });
}

/** The payer that a session key is. */
export function payerWith(
	devnet: Pick<DevnetClient, 'url' | 'chainId'>,
	account: Address,
	privateKey: Hex,
	more: Partial<Payer> = {},
): Payer {
	const { address: key, signMessage } = privateKeyToAccount(privateKey);
	return {
		rpc: connectionTo(devnet),
		network: customNetwork(devnet.chainId, 'ETH'),
		account,
		key,
		sign: (hash) => signMessage({ message: { raw: hash } }),
		...more,
	};
}

/** What a key may do: 500 dollars, and 0.5 ETH to these recipients. */
export interface KeyPermissions {
	kind: Kind;
	/** In base units; left out: 500 dollars. */
	tokenLimit?: bigint;
	/** Of the dollars, in seconds; left out: never. */
	refreshInterval?: number;
	/** May be paid in ETH. */
	recipients?: readonly Address[];
	/** In wei, for a key that has one; left out: 1 ETH. */
	gasLimit?: bigint;
}

export function permissionsFor(devnet: DevnetClient, given: KeyPermissions): SessionKeyPermissionsBuilder {
	const {
		kind,
		tokenLimit = parseUnits('500', 6),
		refreshInterval,
		recipients = [],
		gasLimit = parseEther('1'),
	} = given;
	const permissions = tokenBudget(devnet.tokens.usd6, tokenLimit, refreshInterval);
	if (recipients.length > 0) permissions.setNativeTokenSpendLimit({ spendLimit: parseEther('0.5') });
	for (const contractAddress of recipients) {
		permissions.addContractAddressAccessEntry({ contractAddress, isOnList: true, checkSelectors: false });
	}
	return kind === 'gas limit' ? permissions.setGasSpendLimit({ spendLimit: gasLimit }) : permissions;
}

/** An account with one key, and the payer that it is. */
export async function payingAccount(
	devnet: DevnetClient,
	permissions: KeyPermissions,
	more: Partial<Payer> = {},
): Promise<{ account: SmartAccount; payer: Payer }> {
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [{ permissions: permissionsFor(devnet, permissions) }],
	});
	return { account, payer: payerWith(devnet, account.address, account.keys[0]!.privateKey, more) };
}

/** An address that nobody has ever paid. */
export function freshAddress(): Address {
	return getAddress(privateKeyToAccount(generatePrivateKey()).address);
}

/** An order for dollars. */
export function dollars(devnet: DevnetClient, to: Address, amount = '1.5') {
	return transferRequest([{ to, amount, token: devnet.tokens.usd6.address }]);
}

export function payOptions(reference: string | undefined, more: Partial<PayOptions> = {}): PayOptions {
	return { reference, confirmations: 1, timeLimit: 30_000, attempts: 3, ...more };
}
