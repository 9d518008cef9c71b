import { MultiOwnerPluginAbi, SessionKeyPluginAbi, UpgradeableModularAccountAbi } from '@alchemy/aa-accounts';
import { parseAbi, toFunctionSelector, type Abi, type AbiFunction, type Hex } from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';

/** What is sent and read is encoded with the SDK's ABIs: those of the stand-ins could be wrong in the same way twice. */
export const accountAbi = UpgradeableModularAccountAbi;
export const entryPointAbi = entryPoint06Abi;
export const pluginAbi = SessionKeyPluginAbi;

export const updatesAbi = parseAbi([
	'function setAccessListType(uint8 contractAccessControlType)',
	'function updateAccessListAddressEntry(address contractAddress, bool isOnList, bool checkSelectors)',
	'function updateAccessListFunctionEntry(address contractAddress, bytes4 selector, bool isOnList)',
	'function updateTimeRange(uint48 validAfter, uint48 validUntil)',
	'function setNativeTokenSpendLimit(uint256 spendLimit, uint48 refreshInterval)',
	'function setERC20SpendLimit(address token, uint256 spendLimit, uint48 refreshInterval)',
	'function setGasSpendLimit(uint256 spendLimit, uint48 refreshInterval)',
	'function setRequiredPaymaster(address requiredPaymaster)',
]);

const tokenAbi = parseAbi([
	'function balanceOf(address who) view returns (uint256)',
	'function transfer(address to, uint256 value) returns (bool)',
	'function approve(address spender, uint256 value) returns (bool)',
	'function increaseAllowance(address spender, uint256 value) returns (bool)',
	'function transferFrom(address from, address to, uint256 value) returns (bool)',
]);

const targetAbi = parseAbi([
	'function hit() payable',
	'function fail() payable',
	'function failStr() payable',
	'error Nope(uint256 code)',
]);

/** Missing from the SDK's ABIs, or of no contract. */
const moreErrorsAbi = parseAbi([
	'error Error(string reason)',
	'error Panic(uint256 code)',
	'error PermissionsCheckFailed()',
]);

/** In the order in which a bare function name is looked up. */
const ABIS: readonly Abi[] = [
	tokenAbi,
	targetAbi,
	updatesAbi,
	pluginAbi,
	accountAbi,
	MultiOwnerPluginAbi,
	moreErrorsAbi,
];

const functions: readonly AbiFunction[] = ABIS.flat().filter((item) => item.type === 'function');
const selectors = new Map(
	functions.map((item) => [toFunctionSelector(item), item.name]).reverse() as Array<[Hex, string]>,
);

/** Errors by selector: asking viem to search all ABIs each time is slow. */
const errors = new Map(
	ABIS.flat()
		.filter((item) => item.type === 'error')
		.map((item) => [toFunctionSelector({ ...item, type: 'function', outputs: [], stateMutability: 'view' }), item]),
);

/** The ABI of one function. */
export function functionNamed(name: string): AbiFunction {
	const found = functions.find((item) => item.name === name);
	if (!found) throw new Error(`no function is called ${name}`);
	return found;
}

/** The name of a function, or the selector itself when nobody has it. */
export function functionName(selector: Hex): string {
	return selectors.get(selector) ?? selector;
}

/** The ABI of the error that this revert data begins with. */
export function errorAt(data: Hex): Extract<Abi[number], { type: 'error' }> | undefined {
	return errors.get(data.slice(0, 10) as Hex);
}
