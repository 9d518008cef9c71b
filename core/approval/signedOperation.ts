import { decodeFunctionData, getAddress, type Hex } from 'viem';
import type { AccountReference } from '../accountState';
import { accountFactoryAbi } from '../contracts';
import { OPERATION_NUMBERS, type UserOperation } from '../userOperation/userOperation';
import { ApprovalRefused } from './approvalRefused';

const BYTES = ['initCode', 'callData', 'paymasterAndData'] as const;

/** Longer answers are no operation of an owner: the largest real ones stay far below. */
const LONGEST = 400_000;

/**
 * Reads an operation and its signature from what a page, a script or a wallet gave: every field must be there.
 * @throws {ApprovalRefused} `unreadable`
 */
export function parseSignedOperation(operation: unknown, signature: unknown): UserOperation {
	if (typeof operation !== 'object' || operation === null) throw unreadable('the operation');
	const fields = operation as Record<string, unknown>;
	const numbers = OPERATION_NUMBERS.map((name) => [name, numberIn(fields, name)]);
	const bytes = BYTES.map((name) => [name, bytesIn(fields, name)]);
	const sender = bytesIn(fields, 'sender');
	if (sender.length !== 42) throw unreadable('sender');
	const parts = Object.fromEntries([...numbers, ...bytes]) as Omit<UserOperation, 'sender' | 'signature'>;
	return { sender: getAddress(sender), ...parts, signature: signatureIn(signature) };
}

function numberIn(fields: Record<string, unknown>, name: string): bigint {
	const value = fields[name];
	if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{1,64}$/.test(value)) throw unreadable(name);
	return BigInt(value);
}

function bytesIn(fields: Record<string, unknown>, name: string): Hex {
	return bytesOf(fields[name], name);
}

function bytesOf(value: unknown, name: string): Hex {
	if (typeof value !== 'string' || value.length > LONGEST || !/^0x(?:[0-9a-fA-F]{2})*$/.test(value)) {
		throw unreadable(name);
	}
	return value.toLowerCase() as Hex;
}

/** Some hardware wallets end a signature with 0 or 1, where contracts want 27 or 28. */
function signatureIn(value: unknown): Hex {
	const signature = bytesOf(typeof value === 'string' ? value.trim() : value, 'signature');
	if (signature === '0x') throw unreadable('signature');
	const last = signature.slice(-2);
	if (signature.length !== 132 || (last !== '00' && last !== '01')) return signature;
	return `${signature.slice(0, -2)}${last === '00' ? '1b' : '1c'}` as Hex;
}

function unreadable(what: string): ApprovalRefused {
	return new ApprovalRefused(
		'unreadable',
		`What came back cannot be read: ${what} is missing or not in the form that it must have`,
		'Sign what was prepared again, and give it back without changing it.',
	);
}

/**
 * The account of an operation. One that doesn't exist yet is known by the owners and the salt that it is created with.
 * @throws {ApprovalRefused} `unreadable`
 */
export function accountIn({ sender, initCode }: UserOperation): AccountReference {
	if (initCode === '0x') return { address: sender, owners: [], salt: 0n };
	try {
		const { args } = decodeFunctionData({ abi: accountFactoryAbi, data: `0x${initCode.slice(42)}` });
		const [salt, owners] = args as unknown as [bigint, AccountReference['owners']];
		return { address: sender, owners, salt };
	} catch {
		throw new ApprovalRefused(
			'unreadable',
			'The prepared operation creates an account in a way that is not known here',
			'Give the operation as it came out of Prepare Only.',
		);
	}
}
