import type { Address, Hex } from 'viem';
import { privateKeyToAccount, type PrivateKeyAccount } from 'viem/accounts';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { parsePrivateKey } from '../../core/input/privateKey';

/** The name of the credential type. */
export const AGENT_CREDENTIAL = 'agentSessionKeyApi';

/** A key that was born in n8n. */
export interface GeneratedKey {
	privateKey: Hex;
	address: Address;
	/** Unix milliseconds. */
	bornAt: number;
}

/** The keys that were born in n8n: the one that pays, and the one that waits for the owner to rotate to it. */
interface BornKeys {
	current?: GeneratedKey;
	next?: GeneratedKey;
}

/** What is inside an `agentSessionKeyApi` credential. */
export interface AgentCredential {
	accountAddress: string;
	/** An existing key that was pasted in. It goes before one that was born here. */
	privateKey?: string;
	/** The pin: the address that the paying key must have. */
	keyAddress?: string;
	/** Payments are refused. */
	pausePayments?: boolean;
	/** One a line: name, address. */
	payees?: string;
	/** Nobody else is paid. */
	onlyPayees?: boolean;
	/** One a line: `500 USDC`. */
	mostPerPayment?: string;
	/** The same, for all payments of one execution. */
	mostPerRun?: string;
	/** One address a line: who approves payments. */
	approvers?: string;
	/** How many of them have to. */
	approvalsNeeded?: number;
	/** One a line, as the maximums: up to that nobody is asked. */
	approvalAbove?: string;
	/** A click without a wallet is enough. */
	approveByClick?: boolean;
	/**
	 * The name is n8n's. It is the one field that n8n keeps when a form is saved again that was opened before the key was
	 * born, that it shows to nobody, and that it leaves out of exports to Git: the place for what a node puts into a
	 * credential itself.
	 */
	oauthTokenData?: BornKeys;
}

/** The keys that may sign. */
export interface AgentKeys {
	current: PrivateKeyAccount;
	/** Only while the owner has been asked to rotate. */
	next?: PrivateKeyAccount;
}

/**
 * The signers of the credential's keys.
 * @throws {InputError} when there is no key, or another one than the credential says
 */
export function keysOf(credential: AgentCredential): AgentKeys {
	const current = toAgentSigner(credential);
	const { next } = credential.oauthTokenData ?? {};
	return next ? { current, next: signerOfBorn(next) } : { current };
}

/**
 * The signer of the key that pays.
 * @throws {InputError} when there is no key, or another one than the credential says
 */
export function toAgentSigner(credential: AgentCredential): PrivateKeyAccount {
	const signer = unpinnedSigner(credential);
	const pinned = pinOf(credential);
	if (!signer) throw pinned ? keyLost(pinned) : noKey();
	if (!pinned || pinned === signer.address) return signer;
	throw new InputError(
		'Key Address',
		`The key in the Agent Session Key API credential is ${signer.address}, but the credential says it must be ${pinned}`,
		'Somebody or something changed the key or the address. If that was meant, correct "Key Address" after the owner has rotated to the new key (Session Key Manager > Key > Rotate). If not, have the owner remove the key that you do not know.',
	);
}

/** Everything in the credential that must not be shown. */
export function secretsOf({ privateKey, oauthTokenData }: AgentCredential): string[] {
	const { current, next } = oauthTokenData ?? {};
	return [privateKey, current?.privateKey, next?.privateKey].map((one) => String(one ?? ''));
}

/** The address that the credential says its key has; undefined when it says none. */
export function pinOf({ keyAddress }: AgentCredential): Address | undefined {
	return isFilledIn(keyAddress) ? parseAddress(keyAddress, 'Key Address') : undefined;
}

/** The key that is there, whatever the pin says; undefined when there is none. */
export function unpinnedSigner({ privateKey, oauthTokenData }: AgentCredential): PrivateKeyAccount | undefined {
	if (isFilledIn(privateKey)) return signerOfKey(privateKey);
	return oauthTokenData?.current && signerOfBorn(oauthTokenData.current);
}

/** Whether a field of the credential holds anything: a credential is filled in by hand, and may be left empty. */
export function isFilledIn(value: unknown): boolean {
	return value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '');
}

function signerOfKey(given: unknown): PrivateKeyAccount {
	return privateKeyToAccount(parsePrivateKey(given, 'Session Key', 'in the Agent Session Key API credential'));
}

function signerOfBorn({ privateKey, address }: GeneratedKey): PrivateKeyAccount {
	const signer = signerOfKey(privateKey);
	if (signer.address === address) return signer;
	throw new InputError(
		'Session Key',
		`The Agent Session Key API credential holds another key than ${address}, which was made for it`,
		'Have the owner remove that key, make a new credential, and let it make a new key.',
	);
}

function noKey(): InputError {
	return new InputError(
		'Session Key',
		'The Agent Session Key API credential holds no key yet',
		'Make one with Session Key > Key > Create, or paste an existing session key into the credential.',
	);
}

/** The credential once had a key, and has it no more. */
export function keyLost(pinned: Address): InputError {
	return new InputError(
		'Session Key',
		`The Agent Session Key API credential says that its key is ${pinned}, but holds no key`,
		`The key is gone for good; it held no money. Empty "Key Address" in the credential, make a new key with Session Key > Key > Create, and have the owner rotate from ${pinned} to it (Session Key Manager > Key > Rotate).`,
	);
}
