import type { Address } from 'viem';
import type { Network } from '../../networks';
import type { ClaimRecord } from '../../registry/referenceRegistry';
import type { KeyState } from '../../plugin/keyState';

/** The smart account, as far as a check needs it. Amounts in wei. */
export interface PayingAccount {
	address: Address;
	/** Whether there is a contract at the address. */
	deployed: boolean;
	/** Whether the session key plugin stands on this chain. */
	pluginDeployed: boolean;
	/** The plugins that the account has installed; undefined when it isn't a modular account. */
	plugins?: readonly Address[];
	/** What the account holds. */
	balance: bigint;
	/** What the account has at the EntryPoint; it pays for gas first. */
	deposit: bigint;
}

/** An ERC-20 token, and how much of it the account holds in base units. */
export interface TokenState {
	symbol: string;
	decimals: number;
	/** What the person said of the decimals. */
	pinned?: number;
	balance: bigint;
}

/** What the reference registry says. */
export interface ClaimState {
	/** Whether the registry, and nothing else, stands at its address. */
	registryDeployed: boolean;
	/** Missing while the reference isn't claimed, or none is asked for. */
	record?: ClaimRecord;
}

/** Everything that decides whether a payment will be made, at one moment. */
export interface CheckState {
	network: Network;
	account: PayingAccount;
	key: KeyState;
	/** By checksummed address. */
	tokens: Record<Address, TokenState>;
	/** Checksummed addresses that are called with data although there is no contract. */
	withoutCode: readonly Address[];
	/** Present when the payment has a reference, which is claimed in the same operation. */
	claim?: ClaimState;
	/** Unix seconds: the time of the latest block. */
	now: number;
	/** Unix seconds, `presentTime`: what the key's beginning and end are compared with. Left out: `now`. */
	clock?: number;
}

/** Gas of the operation: gas in units, fee in wei. */
export interface GasPlan {
	maxFeePerGas: bigint;
	callGasLimit: bigint;
	verificationGasLimit: bigint;
	preVerificationGas: bigint;
	/** Who pays; the account itself when left out. */
	paymaster?: Address;
}
