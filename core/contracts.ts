import { MultiOwnerModularAccountFactoryAbi, SessionKeyPluginAbi } from '@alchemy/aa-accounts';
import { parseAbi, type Address } from 'viem';

/** EntryPoint v0.6 (ERC-4337), the same address on every chain. */
export const ENTRY_POINT: Address = '0x5FF137D4b0FDCD49DcA30c7CF57E578a026d2789';

/** Creates Modular Account v1 accounts whose owners stand in the MultiOwnerPlugin. */
export const ACCOUNT_FACTORY: Address = '0x000000e92D78D90000007F0082006FDA09BD5f11';

/** Holds the owners of an account. */
export const MULTI_OWNER_PLUGIN: Address = '0xcE0000007B008F50d762D155002600004cD6c647';

/**
 * Session key plugin 1.0.1, the same address on every chain that has it (SessionKeyPlugin.meta.addresses of the SDK
 * lists its own chains; custom networks use the same).
 */
export const SESSION_KEY_PLUGIN: Address = '0x0000003E0000a96de4058e1E02a62FaaeCf23d8d';

/**
 * Its version before, which was on some accounts for two weeks of February 2024 (github.com/alchemyplatform/modular-account,
 * deployments). Keys of it are not seen and not used here.
 */
export const SESSION_KEY_PLUGIN_1_0_0: Address = '0x000000e30a00f600823700E975f1b1ac387f0017';

/** The plugin's ABI, with the error that the SDK's copy lacks. */
export const sessionKeyPluginAbi = [...SessionKeyPluginAbi, ...parseAbi(['error PermissionsCheckFailed()'])] as const;

export const accountFactoryAbi = MultiOwnerModularAccountFactoryAbi;

/** The parts of EntryPoint v0.6 that are used here. */
export const entryPointAbi = parseAbi([
	'struct UserOperation { address sender; uint256 nonce; bytes initCode; bytes callData; uint256 callGasLimit; uint256 verificationGasLimit; uint256 preVerificationGas; uint256 maxFeePerGas; uint256 maxPriorityFeePerGas; bytes paymasterAndData; bytes signature; }',
	'function handleOps(UserOperation[] ops, address beneficiary)',
	'function getNonce(address sender, uint192 key) view returns (uint256 nonce)',
	'function balanceOf(address account) view returns (uint256)',
	'function simulateValidation(UserOperation userOp)',
	'error FailedOp(uint256 opIndex, string reason)',
	'event BeforeExecution()',
	'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
	'event UserOperationRevertReason(bytes32 indexed userOpHash, address indexed sender, uint256 nonce, bytes revertReason)',
]);

/** The part of ERC-20 that is used here. */
export const erc20Abi = parseAbi([
	'function balanceOf(address owner) view returns (uint256)',
	'function decimals() view returns (uint8)',
	'function symbol() view returns (string)',
	'function name() view returns (string)',
	'function transfer(address to, uint256 amount) returns (bool)',
	'function approve(address spender, uint256 amount) returns (bool)',
	'function transferFrom(address from, address to, uint256 amount) returns (bool)',
	'function allowance(address owner, address spender) view returns (uint256)',
	'event Transfer(address indexed from, address indexed to, uint256 value)',
]);
