import { parseArgs } from 'node:util';
import { concat, getContractAddress, isHex, keccak256, size, type Address, type Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { transact } from '../devnet/contracts/deploy';
import { rpcClient, type Request } from '../devnet/rpc';
import { signingSender } from '../devnet/signer';
import { compileReferenceRegistry } from './compile';
import {
	DETERMINISTIC_DEPLOYER,
	REFERENCE_REGISTRY_CODE_HASH,
	REFERENCE_REGISTRY_INIT_CODE,
	REGISTRY_SALTS,
} from './referenceRegistry';

const USAGE = `npm run registry -- --verify <rpc url>   are both registries what the source says, and do they stand on this chain?
npm run registry -- --deploy <rpc url>   deploys those that are missing; without DEPLOYER_PRIVATE_KEY it prints the transactions to send
`;

/** About 280,000 are used; what is left over comes back. */
const DEPLOY_GAS = 400_000n;

/** Both instances: of payment references, and of key changes. */
const REGISTRIES = Object.entries(REGISTRY_SALTS) as [Address, Hex][];

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(): Promise<boolean> {
	const { values } = parseArgs({ options: { verify: { type: 'string' }, deploy: { type: 'string' } } });
	const url = values.verify ?? values.deploy;
	if (!url || (values.verify && values.deploy)) {
		say(USAGE);
		return false;
	}
	const request = rpcClient(url);
	return values.deploy ? deploy(request) : verify(request);
}

/** Source, pinned bytes, addresses and the chain's code, each against the one before. */
async function verify(request: Request): Promise<boolean> {
	const { bytecode, deployedBytecode } = await compileReferenceRegistry();
	const isSource =
		bytecode === REFERENCE_REGISTRY_INIT_CODE && keccak256(deployedBytecode) === REFERENCE_REGISTRY_CODE_HASH;
	say(
		`Source    ${isSource ? 'compiles to' : 'DOES NOT compile to'} the ${size(REFERENCE_REGISTRY_INIT_CODE)} pinned bytes`,
	);
	const found: boolean[] = [isSource];
	for (const [registry, salt] of REGISTRIES) {
		const address = getContractAddress({ opcode: 'CREATE2', from: DETERMINISTIC_DEPLOYER, salt, bytecode });
		const isAddress = address === registry;
		say(`Address   ${registry} ${isAddress ? 'follows' : 'DOES NOT follow'} from them`);
		found.push(isAddress, await isOnChain(request, registry));
	}
	return found.every(Boolean);
}

async function isOnChain(request: Request, registry: Address): Promise<boolean> {
	const [chainId, code] = await Promise.all([request<Hex>('eth_chainId'), codeAt(request, registry)]);
	const isThere = keccak256(code) === REFERENCE_REGISTRY_CODE_HASH;
	const found = isThere
		? 'has exactly its code'
		: code === '0x'
			? 'has nothing at that address'
			: 'HAS OTHER CODE there';
	say(`Chain     ${Number(chainId)} ${found}`);
	return isThere;
}

async function deploy(request: Request): Promise<boolean> {
	const found: boolean[] = [];
	for (const [registry, salt] of REGISTRIES) found.push(await deployOne(request, registry, salt));
	return found.every(Boolean);
}

async function deployOne(request: Request, registry: Address, salt: Hex): Promise<boolean> {
	say(`Registry  ${registry}`);
	if (await isOnChain(request, registry)) return true;
	if ((await codeAt(request, DETERMINISTIC_DEPLOYER)) === '0x') {
		say(`The deterministic deployer ${DETERMINISTIC_DEPLOYER} is not on this chain. It must be deployed there first.`);
		return false;
	}
	const data = concat([salt, REFERENCE_REGISTRY_INIT_CODE]);
	const privateKey = process.env.DEPLOYER_PRIVATE_KEY?.trim();
	if (!privateKey) {
		say('DEPLOYER_PRIVATE_KEY is not set. Send this transaction with any wallet:\n');
		say(`to     ${DETERMINISTIC_DEPLOYER}\nvalue  0\ngas    ${DEPLOY_GAS}\ndata   ${data}\n`);
		return false;
	}
	if (!isHex(privateKey) || size(privateKey) !== 32)
		throw new Error('DEPLOYER_PRIVATE_KEY must be a private key: 0x and 64 hexadecimal digits.');
	const { address: from } = privateKeyToAccount(privateKey);
	const send = signingSender(request, [{ address: from, privateKey }]);
	const sender = (method: string, params: readonly unknown[] = []) =>
		method === 'eth_sendTransaction' ? send(params) : request(method, params);
	const transaction = { from, to: DETERMINISTIC_DEPLOYER, data, gas: DEPLOY_GAS };
	const { transactionHash, gasUsed } = await transact(sender as Request, transaction);
	say(`Deployed  by ${from} in ${transactionHash}, ${BigInt(gasUsed)} gas`);
	return isOnChain(request, registry);
}

function codeAt(request: Request, address: Hex): Promise<Hex> {
	return request<Hex>('eth_getCode', [address, 'latest']);
}

main().then(
	(isSo) => (process.exitCode = isSo ? 0 : 1),
	(error: unknown) => {
		process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
		process.exitCode = 1;
	},
);
