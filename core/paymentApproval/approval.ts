import { getAddress, isHex, size, type Address, type Hex } from 'viem';
import { InputError } from '../errors';
import { parseAddress } from '../input/address';
import { parseAmount } from '../input/amount';
import { notThat } from '../input/shown';
import { parseWholeNumber } from '../input/wholeNumber';
import type { ApprovalLine } from './lines';
import type { ApprovedContent } from './typedData';

/** One who approved. */
export interface Approver {
	/** `click`: somebody pressed the button on the page, and n8n sealed it with the agent's key. Nobody signed. */
	by: 'wallet' | 'click';
	/** Whose signature it is: the approver's, or with a click that of the agent's key. */
	address: Address;
	/** EIP-712, of the wallet; or the seal of a click. */
	signature: Hex;
	/** ISO 8601: when n8n got it. It is not part of what is signed. */
	at: string;
}

/** An approval as items carry it. */
export interface Approved extends ApprovedContent {
	status: 'approved';
	chainId: number;
	/** In words, as it was signed. */
	network: string;
	total: string;
	approvers: Approver[];
}

/** That there is none, and why. */
interface NotApproved {
	status: 'declined' | 'expired';
	reason?: string;
}

/** What *Request Approval* gives to each of its items. */
export type Approval = Approved | NotApproved;

const REMEDY =
	'Give the field "approval" of the items that Payment > Request Approval gave out, as it is: {{ $json.approval }}.';

/** Whether it is what *Request Approval* gives out, and no other field that happens to be called so. */
export function looksLikeApproval(given: unknown): boolean {
	const object = toObject(given);
	return object !== undefined && ('lines' in object || ['declined', 'expired'].includes(String(object.status)));
}

/**
 * Reads an approval: the object of an item, or its JSON text. What it says is proven by its signatures alone, later.
 *
 * @returns undefined where nothing was given
 * @throws {InputError} when it is something else
 */
export function parseApproval(given: unknown, field: string): Approval | undefined {
	if (given === undefined || given === null || (typeof given === 'string' && given.trim() === '')) return undefined;
	const object = toObject(given);
	if (!object) throw notThat(given, field, 'an approval', REMEDY);
	const { status, reason } = object;
	if (status === 'declined' || status === 'expired') {
		return { status, ...(typeof reason === 'string' && reason && { reason }) };
	}
	const { lines, approvers } = object;
	if (status !== 'approved' || !Array.isArray(lines) || !Array.isArray(approvers)) {
		throw notThat(given, field, 'an approval', REMEDY);
	}
	return {
		status,
		account: parseAddress(object.account, field),
		chainId: parseWholeNumber(object.chainId, field, 1, Number.MAX_SAFE_INTEGER),
		network: textIn(object, 'network', field),
		total: textIn(object, 'total', field),
		request: textIn(object, 'request', field),
		validUntil: momentIn(object, field),
		lines: lines.map((line) => parseLine(line, field)),
		approvers: approvers.slice(0, MOST_APPROVERS).map((one) => parseApprover(one, field)),
	};
}

/**
 * Reads approvals that were kept: one, a list of them, or the JSON text of either. Each is read once, however often it is there.
 * @throws {InputError}
 */
export function parseApprovals(given: unknown, field: string): Approved[] {
	if (given === '') return [];
	const value = typeof given === 'string' ? fromJson(given) : given;
	const list = Array.isArray(value) ? value : [value];
	const read = list.map((one) => parseApproval(one, field));
	const approved = read.filter((one) => one?.status === 'approved');
	if (approved.length < read.length) throw notThat(given, field, 'a list of approvals', REMEDY);
	return [...new Map(approved.map((one) => [JSON.stringify(one), one])).values()];
}

/** Each costs the work of a signature. */
const MOST_APPROVERS = 50;

/** @throws {InputError} */
export function parseApprover(given: unknown, field: string): Approver {
	const object = toObject(given);
	const { signature } = object ?? {};
	if (!object || !isHex(signature) || size(signature) !== 65) throw notThat(given, field, 'a signature', REMEDY);
	const by = object.by === 'click' ? 'click' : 'wallet';
	return { by, address: parseAddress(object.address, field), signature, at: textIn(object, 'at', field) };
}

function parseLine(given: unknown, field: string): ApprovalLine {
	const object = toObject(given);
	if (!object) throw notThat(given, field, 'a line of an approval', REMEDY);
	const { tokenAddress, amount } = object;
	const decimals = parseWholeNumber(object.decimals, field, 0, 77);
	// Numbers may have lost a digit on their way.
	if (typeof amount !== 'string') throw notThat(amount, field, 'an amount as text', REMEDY);
	parseAmount(amount, decimals, field);
	return {
		reference: textIn(object, 'reference', field),
		to: parseAddress(object.to, field),
		amount,
		token: textIn(object, 'token', field),
		...(tokenAddress !== undefined && { tokenAddress: getAddress(parseAddress(tokenAddress, field)) }),
		decimals,
	};
}

function toObject(given: unknown): Record<string, unknown> | undefined {
	const value = typeof given === 'string' ? fromJson(given) : given;
	return value && typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
}

function fromJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function textIn(object: Record<string, unknown>, name: string, field: string): string {
	const text = object[name];
	if (typeof text === 'string' && text !== '') return text;
	throw new InputError(field, `"${field}" has no ${name}, so it is no approval that was given here`, REMEDY);
}

/** As it was written, since it is signed as text. */
function momentIn(object: Record<string, unknown>, field: string): string {
	const text = textIn(object, 'validUntil', field);
	if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
	throw notThat(text, field, 'an approval with a moment until which it is valid', REMEDY);
}
