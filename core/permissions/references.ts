import type { Address } from 'viem';
import { InputError } from '../errors';
import type { Call } from '../calls';
import type { Network } from '../networks';
import {
	CLAIM_SELECTOR,
	deployRegistryCall,
	DETERMINISTIC_DEPLOYER,
	isDeployerThereRead,
	isRegistryDeployedRead,
	REFERENCE_REGISTRY,
} from '../registry/referenceRegistry';
import type { Answers } from '../rpc/read';
import { accessOf, mayCall } from './access';
import type { AccessQuestion, KeyState } from '../plugin/keyState';
import type { PermissionUpdate } from '../plugin/permissionUpdates';

/** What a key is always asked about, whatever its story says: without this it can pay nothing under a reference. */
export const REFERENCE_QUESTION: AccessQuestion = { contract: REFERENCE_REGISTRY, selectors: [CLAIM_SELECTOR] };

/** Whether a key may claim payment references, and so make payments that have one. */
export function mayClaim(state: Pick<KeyState, 'listType' | 'contracts'>): boolean {
	return mayCall(accessOf(state, state.contracts[REFERENCE_REGISTRY]), CLAIM_SELECTOR);
}

/** The contracts that a key has to do with for themselves. The registry is none: it holds nothing and moves nothing. */
export function namedContracts({ contracts }: Pick<KeyState, 'contracts'>): Address[] {
	return (Object.keys(contracts) as Address[]).filter((contract) => contract !== REFERENCE_REGISTRY);
}

/** What a key's payments under references come to, in a sentence. */
export function referenceSentence(state: KeyState): string {
	if (mayClaim(state)) return 'It may mark payments as paid once (payment references).';
	const why =
		state.listType === 'denylist' ? 'the registry of references is on its denylist' : 'they are not on its list';
	return `It may not use payment references (${why}): payments that have one are refused.`;
}

/** How an owner mends it for a key that is there already. */
export const ALLOW_REFERENCES_SENTENCE = 'Permission > Update > Allow Payment References changes that.';

/**
 * The update that lets a key claim references; none where it may already, or where the person named the registry on the
 * list themselves. An address entry is enough: there is nothing else to call, and it is the cheapest to check.
 */
export function referenceUpdates(before: KeyState, entries: readonly { contract: Address }[] = []): PermissionUpdate[] {
	if (mayClaim(before) || entries.some(({ contract }) => contract === REFERENCE_REGISTRY)) return [];
	const onList = before.listType === 'allowlist';
	return [{ kind: 'contractEntry', contract: REFERENCE_REGISTRY, onList, checkSelectors: false }];
}

/** The reads for `AccountSnapshot.registry`. */
export function registryReads() {
	return { deployed: isRegistryDeployedRead(), deployer: isDeployerThereRead() };
}

/** Whether the registry stands on this network, and whether it can be brought there. */
export type RegistryPlace = Answers<ReturnType<typeof registryReads>> & {
	network: Pick<Network, 'name'>;
};

/**
 * The call that brings the registry to a network where it is missing. Deployed twice it would undo the whole operation.
 * @throws {InputError} where it can't be brought
 */
export function deployIfMissing({ deployed, deployer, network }: RegistryPlace): {
	others: Call[];
	sentences: string[];
} {
	if (deployed) return { others: [], sentences: [] };
	if (!deployer) {
		throw new InputError(
			'Network',
			`The registry of payment references is not on ${network.name}, and can't be brought there: the contract ${DETERMINISTIC_DEPLOYER}, which creates it at its address, is missing too`,
			'Ask whoever runs this chain for the deterministic deployment proxy (github.com/Arachnid/deterministic-deployment-proxy). Then run this again.',
		);
	}
	return {
		others: [deployRegistryCall()],
		sentences: [
			`The registry of payment references is created at ${REFERENCE_REGISTRY}: nobody owns it, it holds no money, and all accounts of this network can use it.`,
		],
	};
}
