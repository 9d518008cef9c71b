import type { Address, Hex } from 'viem';
import type { Network } from '../networks';
import { hashLines, totalWords, type ApprovalLine } from './lines';

/** What is approved. */
export interface ApprovedContent {
	account: Address;
	/** The lines and nothing else are approved. */
	lines: readonly ApprovalLine[];
	/** ISO 8601: nothing is paid by it afterwards. */
	validUntil: string;
	/** Who asks: workflow, execution and moment, for the books. */
	request: string;
}

/** EIP-712: the struct that approvers sign, so that the wallet itself shows what is approved. */
const TYPES = {
	PaymentApproval: [
		{ name: 'account', type: 'address' },
		{ name: 'network', type: 'string' },
		{ name: 'total', type: 'string' },
		{ name: 'payments', type: 'uint256' },
		{ name: 'lines', type: 'bytes32' },
		{ name: 'validUntil', type: 'string' },
		{ name: 'request', type: 'string' },
	],
} as const;

/** What an approver signs. */
export interface ApprovalTypedData {
	domain: { name: string; version: string; chainId: number; verifyingContract: Address };
	types: typeof TYPES;
	primaryType: 'PaymentApproval';
	message: {
		account: Address;
		network: string;
		total: string;
		payments: bigint;
		lines: Hex;
		validUntil: string;
		request: string;
	};
}

/** The typed data of a content, on a network: account and chain stand in the domain too, where wallets look at them. */
export function approvalTypedData(network: Network, content: ApprovedContent): ApprovalTypedData {
	const { account, lines, validUntil, request } = content;
	return {
		domain: {
			name: 'n8n session key payments',
			version: '1',
			chainId: network.chainId,
			verifyingContract: account,
		},
		types: TYPES,
		primaryType: 'PaymentApproval',
		message: {
			account,
			network: networkName(network),
			total: totalWords(lines, network),
			payments: BigInt(lines.length),
			lines: hashLines(lines),
			validUntil,
			request,
		},
	};
}

/** By the chain's own name, whether its endpoint is an own one or not: `Base (chain 8453)`. */
export function networkName({ name, chainId }: Pick<Network, 'name' | 'chainId'>): string {
	return name === `Chain ${chainId}` ? name : `${name} (chain ${chainId})`;
}

/** The same as JSON-RPC takes it (eth_signTypedData_v4), and scripts. */
export function typedDataJson({ domain, types, primaryType, message }: ApprovalTypedData): string {
	const EIP712Domain = [
		{ name: 'name', type: 'string' },
		{ name: 'version', type: 'string' },
		{ name: 'chainId', type: 'uint256' },
		{ name: 'verifyingContract', type: 'address' },
	];
	return JSON.stringify({
		domain,
		types: { EIP712Domain, ...types },
		primaryType,
		message: { ...message, payments: message.payments.toString() },
	});
}
