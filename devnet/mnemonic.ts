import { pbkdf2Sync } from 'node:crypto';
import { bytesToHex, type Address, type Hex } from 'viem';
import { HDKey, hdKeyToAccount } from 'viem/accounts';

/** The phrase that anvil and other local chains fund: everyone knows it, it is worth nothing anywhere else. */
const PHRASE = 'test test test test test test test test test test test junk';

/** An account with its key. */
export interface Account {
	address: Address;
	privateKey: Hex;
}

/** Which of the phrase's accounts does what. Anvil funds 0 to 9; the bundler's own are beyond them. */
export const ROLES = {
	/** Free for whoever uses the chain. */
	users: [0, 1, 2, 3, 4, 5, 6, 7],
	/** Deploys tokens and the like, mints, and includes operations directly. */
	operator: 9,
	/** Signs for the gas manager; never sends anything. */
	paymasterSigner: 20,
	bundlerUtility: 21,
	executors: [22, 23, 24, 25],
} as const;

/** Node's own derivation of the phrase's seed takes milliseconds, a JavaScript one a third of a second. */
const master = HDKey.fromMasterSeed(Uint8Array.from(pbkdf2Sync(PHRASE, 'mnemonic', 2048, 64, 'sha512')));

/** The account at a position of the phrase. */
export function defaultAccount(index: number): Account {
	const account = hdKeyToAccount(master, { addressIndex: index });
	const key = account.getHdKey().privateKey;
	if (!key) throw new Error('the phrase gives no key');
	return { address: account.address, privateKey: bytesToHex(key) };
}
