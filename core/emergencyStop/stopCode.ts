import {
	concatHex,
	fromRlp,
	getAddress,
	hexToBigInt,
	isHex,
	keccak256,
	numberToHex,
	size,
	slice,
	stringToHex,
	toRlp,
	type Address,
	type Hex,
} from 'viem';
import { InputError } from '../errors';
import { UNINSTALL_CALL } from '../sessionKey/plan/planUninstallPlugin';
import { nonceKeyOf, OPERATION_NUMBERS, type UserOperation } from '../userOperation/userOperation';

/** An emergency stop that an owner has signed: the operation, and the chain that it is for. */
export interface SignedStop {
	chainId: number;
	op: UserOperation;
}

/**
 * The upper 64 bits of a stop's nonce key tell the chain's readers what it was; the lower 128 are random: who holds a session
 * key could otherwise use the nonce up beforehand, as a key without a gas limit may use any.
 */
const TAG = slice(keccak256(stringToHex('n8n-nodes-session-keys/emergency-stop/v1')), 0, 8);

/** @param random 32 random bytes, of which half are used */
export function stopNonceKey(random: Hex): bigint {
	return hexToBigInt(concatHex([TAG, slice(random, 0, 16)]));
}

/** Whether an operation with this nonce is an emergency stop. */
export function isStopNonce(nonce: bigint): boolean {
	return nonceKeyOf(nonce) >> 128n === hexToBigInt(TAG);
}

/** The version decides what the operation does: it stands in no code, so none can do anything else. */
const VERSION = 'stop1';

/** A signed stop as text that a person can paste: `stop1-<hex>-<checksum>`. No secret of the owner is in it. */
export function toStopCode({ chainId, op }: SignedStop): string {
	const payload = toRlp(
		[numberToHex(chainId), op.sender, ...OPERATION_NUMBERS.map((name) => numberToHex(op[name])), op.signature].map(
			evenHex,
		),
	);
	return [VERSION, payload.slice(2), checksum(payload)].join('-');
}

/**
 * Reads a code. Line breaks and blanks that came in by copying don't matter.
 * @param name the field's name as a person sees it
 * @throws {InputError} for anything but a whole code
 */
export function parseStopCode(given: unknown, name: string): SignedStop {
	const text = typeof given === 'string' ? given.replace(/\s+/g, '').toLowerCase() : '';
	const [version, hex = '', check, ...more] = text.split('-');
	if (!text || more.length > 0 || !/^stop\d+$/.test(version ?? '')) {
		throw notACode(name, 'is not the code of an emergency stop');
	}
	if (version !== VERSION) throw notACode(name, `is of another version (${version}) than is known here (${VERSION})`);
	const payload: Hex = `0x${hex}`;
	if (!isHex(payload) || hex.length % 2 || check !== checksum(payload)) {
		throw notACode(name, 'is not complete, or was changed on its way');
	}
	return fromPayload(payload, name);
}

function fromPayload(payload: Hex, name: string): SignedStop {
	try {
		const [chainId, sender, ...rest] = fromRlp(payload, 'hex') as Hex[];
		const numbers = OPERATION_NUMBERS.map((field, index) => [field, hexToBigInt(rest[index] as Hex)] as const);
		const signature = rest[OPERATION_NUMBERS.length] as Hex;
		const op: UserOperation = {
			...(Object.fromEntries(numbers) as Pick<UserOperation, (typeof OPERATION_NUMBERS)[number]>),
			...stopOf(getAddress(sender as Address)),
			signature,
		};
		if (rest.length !== OPERATION_NUMBERS.length + 1 || !isStopNonce(op.nonce) || size(signature) === 0)
			throw new Error();
		return { chainId: Number(hexToBigInt(chainId as Hex)), op };
	} catch {
		throw notACode(name, 'holds no operation that is known here');
	}
}

/** The fields in which all stops of an account are alike: nobody but the account pays, as a paymaster's word would expire. */
export function stopOf(account: Address) {
	return { sender: account, initCode: '0x', callData: UNINSTALL_CALL, paymasterAndData: '0x' } as const;
}

/**
 * An operation with a stop's nonce, when it is one in everything else too.
 * @throws {InputError}
 */
export function requireStop(op: UserOperation): UserOperation {
	const { callData, initCode, paymasterAndData } = stopOf(op.sender);
	const isStop = op.callData === callData && op.initCode === initCode && op.paymasterAndData === paymasterAndData;
	if (isStop) return op;
	throw new InputError(
		'Prepared Operation',
		'This operation has the nonce of an emergency stop, and does something else, so nothing was done with it',
		'Give the operation as it came out of Account > Prepare Emergency Stop.',
	);
}

function checksum(payload: Hex): string {
	return slice(keccak256(concatHex([stringToHex(VERSION), payload])), 0, 4).slice(2);
}

function evenHex(hex: Hex): Hex {
	return hex.length % 2 ? `0x0${hex.slice(2)}` : hex;
}

function notACode(name: string, what: string): InputError {
	return new InputError(
		name,
		`"${name}" ${what}`,
		'Paste the whole code that Account > Prepare Emergency Stop gave, from "stop1-" to its end.',
	);
}
