import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileSources, type Artifact } from '../devnet/contracts/compile';

const FILE = 'ReferenceRegistry.sol';

/** Without metadata the bytes depend on the code alone; "paris" runs on every chain of the list, also without PUSH0. */
const SETTINGS = {
	viaIR: true,
	optimizer: { enabled: true, runs: 200 },
	evmVersion: 'paris',
	metadata: { bytecodeHash: 'none', appendCBOR: false },
};

/** Compiles ReferenceRegistry.sol as its pinned bytes were made: solc 0.8.37, the file alone under its own name. */
export async function compileReferenceRegistry(): Promise<Artifact> {
	const content = await readFile(join(__dirname, FILE), 'utf8');
	const { ReferenceRegistry } = await compileSources({ [FILE]: { content } }, SETTINGS);
	return ReferenceRegistry!;
}
