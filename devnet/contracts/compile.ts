import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import entryPoint from '@account-abstraction/contracts/artifacts/EntryPoint.json';
import verifyingPaymaster from '@account-abstraction/contracts/artifacts/VerifyingPaymaster.json';
import type { Abi, Hex } from 'viem';

/** A compiled contract. */
export interface Artifact {
	abi: Abi;
	/** Code that creates the contract. */
	bytecode: Hex;
	/** Code that stands at its address afterwards. */
	deployedBytecode: Hex;
}

/** Compiled contracts by name. */
export type Artifacts = Readonly<Record<string, Artifact>>;

const CACHE = join(__dirname, '..', '.cache');
const SETTINGS = {
	optimizer: { enabled: true, runs: 200 },
	evmVersion: 'cancun',
	metadata: { bytecodeHash: 'none', appendCBOR: false },
};
const OUTPUT = { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] } };

/** Solidity files by name. */
type Sources = Readonly<Record<string, { content: string }>>;

/**
 * Every contract that a local chain needs: those of this folder, and EntryPoint v0.6 and VerifyingPaymaster as
 * their package publishes them. The first time takes some seconds, later ones read a cache.
 */
export async function compileContracts(): Promise<Artifacts> {
	const compiled = await compileFolder(__dirname);
	return { ...compiled, EntryPoint: published(entryPoint), VerifyingPaymaster: published(verifyingPaymaster) };
}

/** Compiles the Solidity files of a folder and its sub-folders; the result is cached by their contents. */
export async function compileFolder(folder: string): Promise<Artifacts> {
	return compileSources(await readSources(folder), SETTINGS);
}

/** Compiles files by their names, with these settings of the compiler; cached likewise. */
export async function compileSources(sources: Sources, settings: object): Promise<Artifacts> {
	const input = JSON.stringify({ language: 'Solidity', sources, settings: { ...settings, outputSelection: OUTPUT } });
	const file = join(CACHE, `contracts-${createHash('sha256').update(input).digest('hex').slice(0, 32)}.json`);
	return (await readCached(file)) ?? (await writeCached(file, await compile(input)));
}

async function readSources(folder: string): Promise<Sources> {
	const names = await readdir(folder, { recursive: true });
	const solidity = names.filter((name) => name.endsWith('.sol')).sort();
	const sources = solidity.map(async (name) => {
		const content = await readFile(join(folder, name), 'utf8');
		return [name.replaceAll('\\', '/'), { content }] as const;
	});
	return Object.fromEntries(await Promise.all(sources));
}

async function readCached(file: string): Promise<Artifacts | undefined> {
	try {
		return JSON.parse(await readFile(file, 'utf8')) as Artifacts;
	} catch {
		return undefined;
	}
}

/** Written aside and renamed: a test beside this one may be reading. */
async function writeCached(file: string, artifacts: Artifacts): Promise<Artifacts> {
	const aside = `${file}.${randomUUID()}`;
	await mkdir(CACHE, { recursive: true });
	await writeFile(aside, JSON.stringify(artifacts));
	await rename(aside, file);
	return artifacts;
}

interface CompilerOutput {
	errors?: Array<{ severity: string; formattedMessage: string }>;
	contracts?: Record<string, Record<string, CompiledContract>>;
}

interface CompiledContract {
	abi: Abi;
	evm: { bytecode: { object: string }; deployedBytecode: { object: string } };
}

async function compile(input: string): Promise<Artifacts> {
	// The compiler is large: it is loaded only when there is something to compile.
	const { default: solc } = await import('solc');
	const output = JSON.parse(solc.compile(input)) as CompilerOutput;
	const errors = (output.errors ?? []).filter(({ severity }) => severity === 'error');
	if (errors.length) throw new Error(errors.map(({ formattedMessage }) => formattedMessage).join('\n'));
	const contracts = Object.values(output.contracts ?? {}).flatMap((file) => Object.entries(file));
	return Object.fromEntries(contracts.map(([name, contract]) => [name, artifact(contract)]));
}

function artifact({ abi, evm }: CompiledContract): Artifact {
	return { abi, bytecode: `0x${evm.bytecode.object}`, deployedBytecode: `0x${evm.deployedBytecode.object}` };
}

function published({ abi, bytecode, deployedBytecode }: Record<keyof Artifact, unknown>): Artifact {
	return { abi: abi as Abi, bytecode: bytecode as Hex, deployedBytecode: deployedBytecode as Hex };
}
