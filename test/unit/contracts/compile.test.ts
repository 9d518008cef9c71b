import { getContractAddress, keccak256, stringToHex, zeroHash, type Abi } from 'viem';
import { compileReferenceRegistry } from '../../../contracts/compile';
import {
	CHANGE_REGISTRY,
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
	referenceRegistryAbi,
	REGISTRY_SALTS,
} from '../../../contracts/referenceRegistry';
import { changeClaimCall, deployChangeRegistryCall, hashChange } from '../../../core/registry/changeRegistry';
import { claimCall, deployRegistryCall, hashReference } from '../../../core/registry/referenceRegistry';
import type { Artifact } from '../../../devnet/contracts/compile';
import { textOf } from '../../support/pages';

jest.setTimeout(60_000);

let compiled: Artifact;

beforeAll(async () => {
	compiled = await compileReferenceRegistry();
});

test('the source compiles to the pinned bytes', () => {
	expect(compiled.bytecode).toBe(REFERENCE_REGISTRY_INIT_CODE);
	expect(keccak256(compiled.deployedBytecode)).toBe(REFERENCE_REGISTRY_CODE_HASH);
});

test.each([
	['payment references', REFERENCE_REGISTRY, zeroHash],
	['key changes', CHANGE_REGISTRY, keccak256(stringToHex('n8n-nodes-session-keys/key-changes/v1'))],
])('the registry of %s is where the deterministic deployer puts them, and the page names it', (_, address, salt) => {
	const from = DETERMINISTIC_DEPLOYER;
	const bytecode = REFERENCE_REGISTRY_INIT_CODE;
	expect(getContractAddress({ opcode: 'CREATE2', from, salt, bytecode })).toBe(address);
	expect(REGISTRY_SALTS[address]).toBe(salt);
	expect(textOf('contracts/README.md')).toContain(`\`${address}\``);
});

test('the deployer is asked for each instance by its own salt', () => {
	expect(deployRegistryCall().data.startsWith(zeroHash)).toBe(true);
	expect(deployChangeRegistryCall().data.startsWith(REGISTRY_SALTS[CHANGE_REGISTRY] as string)).toBe(true);
	expect(deployChangeRegistryCall().data.slice(66)).toBe(deployRegistryCall().data.slice(66));
});

test('a change claims a hash that no payment reference has, and each number its own', () => {
	const hashes = [1, 2, 3].flatMap((n) => [hashChange(n), hashReference(String(n)), hashReference(hashChange(n))]);
	expect(new Set(hashes).size).toBe(hashes.length);
	expect(changeClaimCall(7)).toEqual({ ...claimCall(hashChange(7)), target: CHANGE_REGISTRY });
});

test('the pinned ABI is the source’s, word for word, and nothing in it takes money', () => {
	const sorted = (abi: Abi) => abi.map((item) => JSON.stringify(signatureOf(item))).sort();
	expect(sorted(referenceRegistryAbi)).toEqual(sorted(compiled.abi));
	const kinds = compiled.abi.map((item) => ('stateMutability' in item ? item.stateMutability : item.type));
	expect(new Set(kinds)).toEqual(new Set(['nonpayable', 'view', 'event', 'error']));
});

/** What decides encoding and meaning; the compiler adds its own names of types. */
function signatureOf(item: Abi[number]): unknown {
	const parametersOf = (list: readonly { name?: string; type: string; indexed?: boolean }[] = []) =>
		list.map(({ name, type, indexed }) => [name, type, indexed ?? false]);
	const { type } = item;
	const mutability = 'stateMutability' in item ? item.stateMutability : undefined;
	const name = 'name' in item ? item.name : undefined;
	return [
		type,
		name,
		mutability,
		parametersOf('inputs' in item ? item.inputs : []),
		parametersOf('outputs' in item ? item.outputs : []),
	];
}
