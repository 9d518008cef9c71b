import {
	concat,
	encodeAbiParameters,
	encodeFunctionData,
	hexToBigInt,
	isHex,
	keccak256,
	numberToHex,
	parseAbi,
	parseEther,
	type Address,
	type Hex,
} from 'viem';
import type { UserOperation } from 'viem/account-abstraction';
import { privateKeyToAccount } from 'viem/accounts';
import { ADDRESSES } from './contracts/addresses';
import type { Artifact } from './contracts/compile';
import { deployContract, transact } from './contracts/deploy';
import type { Handler } from './backends';
import { RpcError, type Request } from './rpc';

/** The gas policies there are. */
export const POLICIES = {
	/** Pays for every operation. */
	sponsoring: '0d4b8e1c-6f0a-4c57-9d3e-5a1f27c80001',
	/** Has spent all that it may. */
	exhausted: '0d4b8e1c-6f0a-4c57-9d3e-5a1f27c80002',
	/** Does not exist. */
	unknown: '0d4b8e1c-6f0a-4c57-9d3e-5a1f27c8ffff',
} as const;

/**
 * Alchemy's words: https://www.alchemy.com/docs/reference/gas-manager-errors. The code is that of its example for an
 * invalid policy (https://www.alchemy.com/support/how-to-fix-gas-manager-errors); for limits its pages give none.
 */
const REFUSALS: Readonly<Record<string, string>> = {
	[POLICIES.exhausted]: 'Policy max spend global exceeded.',
	unknown:
		"Invalid Policy ID. Please ensure you're sending requests with the api key associated with the policy's app, " +
		'and that the policy is active.',
};

/** How long a sponsorship is valid, in seconds: Alchemy's own default. */
const VALID_SECONDS = 600;

/** What the paymaster has for gas, and its stake, in wei. */
const DEPOSIT = parseEther('100');
const STAKE = parseEther('1');
const UNSTAKE_DELAY_SECONDS = 86_400;

type Operation = UserOperation<'0.6'>;

/** An operation as JSON-RPC carries it; any of its gas fields may be missing. */
type UserOperationRequest = Record<keyof Operation, Hex>;

const GAS_FIELDS = ['callGasLimit', 'verificationGasLimit', 'preVerificationGas'] as const;

const paymasterAbi = parseAbi([
	'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
	'function getHash(UserOperation userOp, uint48 validUntil, uint48 validAfter) view returns (bytes32)',
	'function addStake(uint32 unstakeDelaySec) payable',
	'function deposit() payable',
]);

/** A value that replaces the gas manager's own, or a factor to multiply its own with. */
type Override = Hex | { multiplier: number };

interface Sponsorship {
	policyId: string;
	entryPoint: Address;
	userOperation: UserOperationRequest;
	dummySignature?: Hex;
	overrides?: Partial<Record<keyof Operation, Override>>;
}

/** What a gas manager works with. */
export interface GasManagerOptions {
	/** Calls the chain. */
	chain: Request;
	/** Calls the bundler. */
	bundler: Request;
	paymaster: Address;
	/** The key that the paymaster trusts. */
	signerKey: Hex;
}

/** Deploys the paymaster that the gas manager signs for, with a deposit and a stake; `from` pays. */
export async function deployPaymaster(
	request: Request,
	artifact: Artifact,
	{ from, signer }: { from: Address; signer: Address },
): Promise<Address> {
	const paymaster = await deployContract(request, artifact, [ADDRESSES.EntryPoint, signer], { from });
	const stake = encodeFunctionData({ abi: paymasterAbi, functionName: 'addStake', args: [UNSTAKE_DELAY_SECONDS] });
	const deposit = encodeFunctionData({ abi: paymasterAbi, functionName: 'deposit' });
	await transact(request, { from, to: paymaster, data: stake, value: STAKE });
	await transact(request, { from, to: paymaster, data: deposit, value: DEPOSIT });
	return paymaster;
}

/** The gas manager's methods, as Alchemy's SDK calls them. */
export function gasManagerHandlers(options: GasManagerOptions): Readonly<Record<string, Handler>> {
	return {
		alchemy_requestGasAndPaymasterAndData: async ([request]) => sponsorWithGas(options, request as Sponsorship),
		alchemy_requestPaymasterAndData: async ([request]) => {
			const { policyId, entryPoint, userOperation } = request as Sponsorship;
			mustSponsor(policyId, entryPoint);
			return { paymasterAndData: await sign(options, userOperation) };
		},
	};
}

async function sponsorWithGas(
	options: GasManagerOptions,
	request: Sponsorship,
): Promise<Partial<UserOperationRequest>> {
	const { policyId, entryPoint, userOperation, dummySignature, overrides = {} } = request;
	mustSponsor(policyId, entryPoint);
	const [fees, gas] = await Promise.all([
		currentFees(options.chain),
		estimate(options, { ...userOperation, signature: dummySignature ?? userOperation.signature }, overrides),
	]);
	const maxPriorityFeePerGas = overridden(fees.priority, overrides.maxPriorityFeePerGas);
	const maxFeePerGas = overridden((fees.base * 3n) / 2n + hexToBigInt(maxPriorityFeePerGas), overrides.maxFeePerGas);
	const filled = { ...gas, maxFeePerGas, maxPriorityFeePerGas };
	return { ...filled, paymasterAndData: await sign(options, { ...userOperation, ...filled }) };
}

function mustSponsor(policyId: string, entryPoint: Address): void {
	if (policyId !== POLICIES.sponsoring) throw new RpcError(-32602, REFUSALS[policyId] ?? REFUSALS.unknown!);
	if (entryPoint?.toLowerCase() === ADDRESSES.EntryPoint.toLowerCase()) return;
	throw new RpcError(-32602, `Entry point ${entryPoint} is not supported`);
}

async function currentFees(chain: Request): Promise<{ base: bigint; priority: bigint }> {
	const [block, priority] = await Promise.all([
		chain<{ baseFeePerGas: Hex }>('eth_getBlockByNumber', ['latest', false]),
		chain<Hex>('eth_maxPriorityFeePerGas'),
	]);
	return { base: hexToBigInt(block.baseFeePerGas), priority: hexToBigInt(priority) };
}

type Gas = Record<(typeof GAS_FIELDS)[number], Hex>;

async function estimate(
	options: GasManagerOptions,
	userOperation: UserOperationRequest,
	overrides: NonNullable<Sponsorship['overrides']>,
): Promise<Gas> {
	const given = GAS_FIELDS.every((field) => isHex(overrides[field]));
	const estimated = given ? undefined : await askBundler(options, userOperation);
	const fields = GAS_FIELDS.map((field) => [
		field,
		overridden(hexToBigInt(estimated?.[field] ?? '0x0'), overrides[field]),
	]);
	return Object.fromEntries(fields) as Gas;
}

async function askBundler(
	{ bundler, paymaster, signerKey }: GasManagerOptions,
	userOperation: UserOperationRequest,
): Promise<Gas> {
	// Any signature that is well formed will do here.
	const signature = await privateKeyToAccount(signerKey).sign({ hash: keccak256('0x') });
	const paymasterAndData = packed(paymaster, 0, signature);
	const unset = {
		callGasLimit: '0x0',
		verificationGasLimit: '0x0',
		preVerificationGas: '0x0',
		maxFeePerGas: '0x0',
		maxPriorityFeePerGas: '0x0',
	};
	const operation = { ...unset, ...userOperation, paymasterAndData };
	return bundler<Gas>('eth_estimateUserOperationGas', [operation, ADDRESSES.EntryPoint]);
}

function overridden(own: bigint, override: Override | undefined): Hex {
	if (isHex(override)) return override;
	if (!override) return numberToHex(own);
	const scale = 10_000n;
	const factor = BigInt(Math.round(override.multiplier * Number(scale)));
	return numberToHex((own * factor + scale - 1n) / scale);
}

/** The operation's fields are signed for as they are: nothing but its own signature may change afterwards. */
async function sign(
	{ chain, paymaster, signerKey }: GasManagerOptions,
	userOperation: UserOperationRequest,
): Promise<Hex> {
	const block = await chain<{ timestamp: Hex }>('eth_getBlockByNumber', ['latest', false]);
	// The bundler goes by the clock on the wall, the chain by its own, which tests may move.
	const validUntil = Math.max(Math.floor(Date.now() / 1000), Number(block.timestamp)) + VALID_SECONDS;
	const unsigned = packed(paymaster, validUntil, `0x${'00'.repeat(65)}`);
	const data = encodeFunctionData({
		abi: paymasterAbi,
		functionName: 'getHash',
		args: [numbers({ ...userOperation, paymasterAndData: unsigned }), validUntil, 0],
	});
	const raw = await chain<Hex>('eth_call', [{ to: paymaster, data }, 'latest']);
	return packed(paymaster, validUntil, await privateKeyToAccount(signerKey).signMessage({ message: { raw } }));
}

function packed(paymaster: Address, validUntil: number, signature: Hex): Hex {
	const window = encodeAbiParameters([{ type: 'uint48' }, { type: 'uint48' }], [validUntil, 0]);
	return concat([paymaster, window, signature]);
}

function numbers({ initCode = '0x', signature = '0x', ...operation }: UserOperationRequest) {
	return {
		...operation,
		initCode,
		signature,
		nonce: hexToBigInt(operation.nonce),
		callGasLimit: hexToBigInt(operation.callGasLimit),
		verificationGasLimit: hexToBigInt(operation.verificationGasLimit),
		preVerificationGas: hexToBigInt(operation.preVerificationGas),
		maxFeePerGas: hexToBigInt(operation.maxFeePerGas),
		maxPriorityFeePerGas: hexToBigInt(operation.maxPriorityFeePerGas),
	};
}
