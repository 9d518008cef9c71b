import { sleep } from 'n8n-workflow';
import type { Address } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import {
	isFilledIn,
	keyLost,
	pinOf,
	toAgentSigner,
	unpinnedSigner,
	type AgentCredential,
	type GeneratedKey,
} from './agentCredential';
import { notWritable, type CredentialStore } from './credentialStore';

/** A key of the credential, and whether it was made just now. */
export interface MadeKey {
	address: Address;
	isNew: boolean;
}

/**
 * Until then another n8n process may still be writing its own key over this one: n8n has no lock over several processes.
 * An address is told only when it has stood for so long.
 */
const SETTLING_MS = 2_000;
const MOST_TRIES = 5;

/**
 * The address of the credential's key, which is made when there is none. However many ask at once, all are told the same.
 *
 * @throws {InputError} when the credential can't be written, or had a key once and has lost it
 */
export async function firstKey(store: CredentialStore): Promise<MadeKey> {
	return oneAtATime(store.id, () =>
		settledKey(
			store,
			(credential) => {
				const present = unpinnedSigner(credential);
				if (!present) return undefined;
				toAgentSigner(credential); // refuses a key that isn't the pinned one
				const { current } = credential.oauthTokenData ?? {};
				return { address: present.address, bornAt: isFilledIn(credential.privateKey) ? 0 : (current?.bornAt ?? 0) };
			},
			(credential, current) => {
				const pinned = pinOf(credential);
				if (pinned) throw keyLost(pinned);
				return { ...credential, keyAddress: current.address, oauthTokenData: { current } };
			},
		),
	);
}

/** The address of the key that the owner shall rotate to, which is made when none is waiting. */
export async function nextKey(store: CredentialStore): Promise<MadeKey> {
	return oneAtATime(store.id, () =>
		settledKey(
			store,
			({ oauthTokenData }) => oauthTokenData?.next,
			(credential, next) => ({ ...credential, oauthTokenData: { ...credential.oauthTokenData, next } }),
		),
	);
}

/** Makes the waiting key the one that pays; the old one is forgotten. */
export async function promote(store: CredentialStore, expected: Address): Promise<void> {
	await oneAtATime(store.id, async () => {
		const { oauthTokenData, ...credential } = await store.read();
		const { next } = oauthTokenData ?? {};
		// Somebody else may have done it meanwhile.
		if (next?.address !== expected) return;
		await store.write({
			...credential,
			privateKey: '',
			keyAddress: next.address,
			oauthTokenData: { current: next },
		});
	});
}

type Found = Pick<GeneratedKey, 'address' | 'bornAt'>;

async function settledKey(
	store: CredentialStore,
	find: (credential: AgentCredential) => Found | undefined,
	put: (credential: AgentCredential, key: GeneratedKey) => AgentCredential,
): Promise<MadeKey> {
	let isNew = false;
	let seen: Address | undefined;
	for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
		const credential = await store.read();
		const found = find(credential);
		if (!found) {
			// Written at once after it was read to be empty, so that no key is ever written over.
			await store.write(put(credential, newKey()));
			isNew = true;
			continue;
		}
		const { address, bornAt } = found;
		if (address === seen || Date.now() - bornAt >= SETTLING_MS) return { address, isNew };
		seen = address;
		await sleep(SETTLING_MS);
	}
	throw notWritable('n8n did not keep what was written');
}

function newKey(): GeneratedKey {
	const privateKey = generatePrivateKey();
	return { privateKey, address: privateKeyToAccount(privateKey).address, bornAt: Date.now() };
}

/** What is being done with each credential in this process. */
const underWay = new Map<string, Promise<unknown>>();

/** Does one thing with a credential after the other. */
async function oneAtATime<T>(id: string, act: () => Promise<T>): Promise<T> {
	const before = underWay.get(id) ?? Promise.resolve();
	const mine = before.then(act, act);
	underWay.set(id, mine);
	try {
		return await mine;
	} finally {
		if (underWay.get(id) === mine) underWay.delete(id);
	}
}
