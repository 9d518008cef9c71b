import { getContractAddress, keccak256, zeroHash, type Abi } from 'viem';
import { compileReferenceRegistry } from '../../../contracts/compile';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
	referenceRegistryAbi,
} from '../../../contracts/referenceRegistry';
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

test('the address is where the deterministic deployer puts them, and the page names it', () => {
	const from = DETERMINISTIC_DEPLOYER;
	const bytecode = REFERENCE_REGISTRY_INIT_CODE;
	expect(getContractAddress({ opcode: 'CREATE2', from, salt: zeroHash, bytecode })).toBe(REFERENCE_REGISTRY);
	expect(textOf('contracts/README.md')).toContain(`\`${REFERENCE_REGISTRY}\``);
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
