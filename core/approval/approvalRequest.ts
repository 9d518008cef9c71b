import type { Address, Hex } from 'viem';
import { gasOutlook, prepareOperation, type GasOutlook } from '../ownerOperation/executePlan';
import { prepareStop } from '../emergencyStop/prepareStop';
import type { Manager } from '../ownerOperation/sendOwnerOperation';
import type { Network } from '../networks';
import { REFERENCE_REGISTRY } from '../registry/referenceRegistry';
import type { DecimalsSource } from '../contractInfo';
import { permissionSentences } from '../sessionKey/describe/permissionSentences';
import { headlineOf } from './headline';
import type { Plan, PlannedKey, AccountSnapshot } from '../sessionKey/plan/plan';
import { hashUserOperation, toRpcUserOperation } from '../userOperation/userOperation';

/** What an owner is asked to sign, as plain data: in words, and as the operation itself. */
export interface ApprovalRequest {
	account: Address;
	/** Whoever of these signs. */
	owners: Address[];
	network: string;
	chainId: number;
	/** What it comes to, in one line. */
	headline: string;
	/** What will change, in order. */
	changes: string[];
	/** What hurts people who didn't mean it. */
	warnings: string[];
	keys: KeyOutlook[];
	/** The contracts that the sentences name shortly, in full. */
	contracts: NamedContract[];
	gas: GasOutlook;
	/** The hash of the operation: a wallet signs these 32 bytes with personal_sign (EIP-191). */
	message: Hex;
	/** As JSON-RPC takes it, without the signature. */
	operation: Record<string, string>;
}

/** A contract that the keys have to do with. */
export interface NamedContract {
	address: Address;
	/** What it calls itself: anybody can call a token USDC. */
	symbol?: string;
	/** Whether it is the well-known token of that name on this network. */
	known: boolean;
	/** Of a token: with how many decimals its amounts are shown, and who says so. */
	decimals?: number;
	decimalsFrom?: DecimalsSource;
}

/** A key as it will be. */
export interface KeyOutlook {
	sessionKey: Address;
	/** All that it may do, as far as the changes don't say it. */
	permissions: string[];
	/** The most that a thief of the key could take. */
	risk: string[];
}

/**
 * Builds the operation of a plan, fees and nonce fresh, and says what signing it means. Nothing is sent.
 * @throws {RefusalError} {OwnerOperationFailed} when it would not go through; {EndpointError}
 */
export async function requestApproval(
	manager: Manager,
	snapshot: AccountSnapshot,
	plan: Plan,
): Promise<ApprovalRequest> {
	const { account } = snapshot;
	const { signature: _none, ...operation } = plan.isEmergencyStop
		? await prepareStop(manager, account)
		: await prepareOperation(manager, account, plan);
	const op = { ...operation, signature: '0x' as const };
	return {
		account: plan.account,
		owners: account.owners,
		network: manager.network.name,
		chainId: manager.network.chainId,
		headline: headlineOf(plan),
		changes: plan.sentences,
		warnings: [...plan.hazards.map(({ sentence }) => sentence), ...gapWarning(snapshot)],
		keys: plan.keys.map((key) => keyOutlook(key, plan, snapshot)),
		contracts: contractsIn(plan, snapshot, manager.network),
		gas: gasOutlook(manager, op),
		message: hashUserOperation(op, manager.network.chainId),
		operation: toRpcUserOperation(operation),
	};
}

function gapWarning({ gap }: AccountSnapshot): string[] {
	if (!gap) return [];
	return [`The key may be allowed more than is said here. ${gap}`];
}

function contractsIn({ keys }: Plan, { labels }: AccountSnapshot, { tokens }: Network): NamedContract[] {
	const addresses = new Set(keys.flatMap(({ state }) => Object.keys(state.contracts) as Address[]));
	return [...addresses].map((address) => {
		if (address === REFERENCE_REGISTRY) return { address, symbol: 'Registry of payment references', known: true };
		const { symbol, decimals, decimalsFrom } = labels.contracts[address]?.token ?? {};
		const known = tokens.some((token) => token.address === address && token.symbol === symbol);
		return { address, symbol, known, decimals, decimalsFrom };
	});
}

/** Of a new key the changes say everything already. */
function keyOutlook(
	{ key, state, risk }: PlannedKey,
	{ sentences }: Plan,
	{ labels, now }: AccountSnapshot,
): KeyOutlook {
	const permissions = permissionSentences(state, labels, now).filter((sentence) => !sentences.includes(sentence));
	return { sessionKey: key, permissions, risk: risk.sentences };
}
