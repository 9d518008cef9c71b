import { createMultiOwnerModularAccount } from '@alchemy/aa-accounts';
import { createSmartAccountClient, deepHexlify, getEntryPoint, LocalAccountSigner } from '@alchemy/aa-core';
import {
	custom,
	defineChain,
	parseEventLogs,
	RpcRequestError,
	type Chain,
	type CustomTransport,
	type Hex,
	type RpcLog,
} from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';
import type { DevnetClient } from '../../../devnet/client';
import type { Operation } from '../../../devnet/operations';
import { RpcError, type Request } from '../../../devnet/rpc';
import type { FailureCase } from './cases';
import { errorName } from './chainOutcome';

/** A bundler's refusal. */
interface Refusal {
	/** Which of the requests was refused, where there are several. */
	method?: string;
	code: number;
	message: string;
}

/** What became of an operation that the SDK sent. */
export type SdkOutcome = Refusal | { accepted: true; success: boolean };

/** What became of an operation that was sent as it stands. */
export type SendOutcome = Refusal | { included: true; success: boolean; revert: string | null };

interface Receipt {
	success: boolean;
	receipt: { logs: RpcLog[] };
}

const POLL_MILLISECONDS = 20;

/** Hands in an operation with the gas that it has. */
export async function sendAsItStands(devnet: DevnetClient, operation: Operation): Promise<SendOutcome> {
	const full = { initCode: '0x', paymasterAndData: '0x', ...operation };
	try {
		const params = [deepHexlify(full), devnet.contracts.EntryPoint];
		const hash = await devnet.request<Hex>('eth_sendUserOperation', params);
		const { success, receipt } = await receiptOf(devnet.request, hash);
		return { included: true, success, revert: success ? null : revertIn(receipt.logs, hash) };
	} catch (error) {
		if (!(error instanceof RpcError)) throw error;
		return { code: error.code, message: error.message };
	}
}

/** The stock SDK's way: it estimates, signs and sends, for whoever signs the case's operation. */
export async function sendBySdk(devnet: DevnetClient, { account, parts }: FailureCase): Promise<SdkOutcome> {
	let refusal: Refusal | undefined;
	const request = async ({ method, params }: { method: string; params: unknown[] }): Promise<unknown> => {
		try {
			return await devnet.request(method, params);
		} catch (error) {
			if (!(error instanceof RpcError)) throw error;
			refusal = { method, code: error.code, message: error.message };
			// As viem's own transport does: the SDK's would send anything else again and again.
			throw new RpcRequestError({ body: { method, params }, error, url: devnet.url });
		}
	};
	const transport = custom({ request }, { retryCount: 0 });
	try {
		const client = await sdkClient(devnet, transport, account.address, parts.signerKey);
		const { hash } = await client.sendUserOperation({
			uo: parts.callData as Hex,
			overrides: { nonceKey: parts.nonceKey, paymasterAndData: parts.paymasterAndData ?? '0x' },
		});
		return { accepted: true, success: (await receiptOf(devnet.request, hash)).success };
	} catch (error) {
		if (!refusal) throw error;
		return refusal;
	}
}

async function sdkClient(devnet: DevnetClient, transport: CustomTransport, accountAddress: Hex, signerKey: Hex) {
	const chain: Chain = defineChain({
		id: devnet.chainId,
		name: 'devnet',
		nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
		rpcUrls: { default: { http: [devnet.url] } },
	});
	const account = await createMultiOwnerModularAccount({
		transport,
		chain,
		signer: LocalAccountSigner.privateKeyToAccountSigner(signerKey),
		accountAddress,
		entryPoint: getEntryPoint(chain, { version: '0.6.0', addressOverride: devnet.contracts.EntryPoint }),
	});
	return createSmartAccountClient({ transport, chain, account });
}

async function receiptOf(request: Request, hash: Hex): Promise<Receipt> {
	for (;;) {
		const receipt = await request<Receipt | null>('eth_getUserOperationReceipt', [hash]);
		if (receipt) return receipt;
		await new Promise((resolve) => setTimeout(resolve, POLL_MILLISECONDS));
	}
}

function revertIn(logs: readonly RpcLog[], hash: Hex): string {
	const [reverted] = parseEventLogs({
		abi: entryPoint06Abi,
		eventName: 'UserOperationRevertReason',
		args: { userOpHash: hash },
		logs: logs as never[],
	});
	return errorName(reverted?.args.revertReason ?? '0x');
}
