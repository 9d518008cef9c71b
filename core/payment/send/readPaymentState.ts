import type { Address, Hex } from 'viem';
import type { Network } from '../../networks';
import { refuse, RefusalError } from '../../refusal/refusal';
import {
	CLAIM_SELECTOR,
	claimRecordRead,
	hashReference,
	isRegistryDeployedRead,
	NO_REGISTRY,
	orNoRegistry,
	REFERENCE_REGISTRY,
} from '../../registry/referenceRegistry';
import { read, rpcRead } from '../../rpc/read';
import { presentTime } from '../../text/presentTime';
import { decimalsRefusal } from '../../contractInfo';
import { feeReads, latestBlock } from '../../userOperation/fees';
import { nonceRead } from '../../userOperation/userOperation';
import { checkReads, toCheckState, withCode, type CheckQuestions } from '../check/checkReads';
import type { CheckState, ClaimState, TokenState } from '../check/checkState';
import type { Payer } from './payment';
import { nonceKeyOfReference, nonceKeyOfSessionKey } from './nonceKeys';

/** What is asked besides the state of account and key. */
export interface ClaimQuestion {
	/** Whether a reference is to be claimed with the payment: then the registry is looked at too. */
	claims: boolean;
	/** The reference itself, where there is just one. */
	reference?: string;
}

/**
 * Reads in one batch everything that decides whether and how something is paid.
 *
 * @throws {RefusalError} when the endpoint is another chain than the credential says, or tells other decimals of a token than
 * are known; {EndpointError}
 */
export async function readPaymentState(
	{ rpc, network, account, key }: Payer,
	given: CheckQuestions,
	{ claims, reference }: ClaimQuestion,
) {
	const asked = claims ? { ...given, questions: [...given.questions, REGISTRY_QUESTION] } : given;
	const answers = await read(rpc, {
		chainId: rpcRead('eth_chainId', [], (id: Hex) => Number(id)),
		block: latestBlock(),
		fee: feeReads(),
		keyNonce: nonceRead(account, nonceKeyOfSessionKey(key)),
		referenceNonce:
			reference === undefined
				? undefined
				: nonceRead(account, nonceKeyOfReference(network.chainId, account, reference)),
		registryDeployed: claims ? isRegistryDeployedRead() : undefined,
		record: reference === undefined ? undefined : orNoRegistry(claimRecordRead(account, hashReference(reference))),
		check: checkReads(account, key, asked),
	});
	if (answers.chainId !== network.chainId) {
		throw new RefusalError([
			refuse('wrongNetwork', { expected: network.chainId, found: answers.chainId, network: network.name }),
		]);
	}
	const seen = toCheckState(network, account, key, asked, answers.check, answers.block.timestamp);
	const state = { ...(await withCode(rpc, seen)), clock: presentTime(answers.block.timestamp) };
	refuseOtherDecimals(network, state, given);
	const { record } = answers;
	const registryDeployed = answers.registryDeployed === true && record !== NO_REGISTRY;
	const claim: ClaimState = { registryDeployed, record: record === NO_REGISTRY ? undefined : record };
	return {
		state: claims ? { ...state, claim } : state,
		block: answers.block,
		fee: answers.fee,
		referenceNonce: answers.referenceNonce,
		keyNonce: answers.keyNonce,
	};
}

/** Whoever answers with other decimals multiplies every amount: nothing is made of such an answer. */
function refuseOtherDecimals(network: Network, { tokens }: CheckState, { decimals: pinned }: CheckQuestions): void {
	for (const [token, { decimals }] of Object.entries(tokens) as [Address, TokenState][]) {
		const refusal = decimalsRefusal(network, token, decimals, pinned?.[token]);
		if (refusal) throw new RefusalError([refusal]);
	}
}

const REGISTRY_QUESTION = { contract: REFERENCE_REGISTRY, selectors: [CLAIM_SELECTOR] };

/** What `readPaymentState` found. */
export type PaymentState = Awaited<ReturnType<typeof readPaymentState>>;
