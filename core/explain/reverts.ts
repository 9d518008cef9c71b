import { decodeAbiParameters, decodeErrorResult, parseAbi, slice, type Abi, type Hex } from 'viem';
import { referenceRegistryAbi } from '../../contracts/referenceRegistry';
import { entryPointAbi, sessionKeyPluginAbi } from '../contracts';
import { cut } from '../text/cut';
import { plain, quoted } from '../text/format';

/** What the account itself (UpgradeableModularAccount of Modular Account v1) reverts with around a session key. */
const accountErrors = parseAbi([
	'error UserOpValidationFunctionMissing(bytes4 selector)',
	'error RuntimeValidationFunctionMissing(bytes4 selector)',
	'error UnrecognizedFunction(bytes4 selector)',
	'error ExecFromPluginExternalNotPermitted(address plugin, address target, uint256 value, bytes data)',
	'error ExecFromPluginNotPermitted(address plugin, bytes4 selector)',
	'error PluginCallDenied(address plugin)',
	'error AlwaysDenyRule()',
	'error NativeTokenSpendingNotPermitted(address plugin)',
]);

/** What tokens and contracts say most often (ERC-6093, and OpenZeppelin's own). */
const commonErrors = parseAbi([
	'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
	'error ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)',
	'error ERC20InvalidSender(address sender)',
	'error ERC20InvalidReceiver(address receiver)',
	'error ERC20InvalidSpender(address spender)',
	'error SafeERC20FailedOperation(address token)',
	'error EnforcedPause()',
	'error OwnableUnauthorizedAccount(address account)',
	'error AccessControlUnauthorizedAccount(address account, bytes32 neededRole)',
	'error ReentrancyGuardReentrantCall()',
]);

const OWN = [...sessionKeyPluginAbi, ...accountErrors, ...entryPointAbi, ...referenceRegistryAbi].filter(
	({ type }) => type === 'error',
) as Abi;

/** Bytes that a contract reverted with, understood. */
export type Revert =
	| { kind: 'empty' }
	/** An error of the session key plugin, the account, the EntryPoint or the reference registry. */
	| { kind: 'own'; name: string; args: readonly unknown[] }
	/** The words of a called contract, short and quoted. */
	| { kind: 'said'; said: string; text?: string; panic?: bigint }
	/** A custom error that no given ABI explains. */
	| { kind: 'unknown'; selector: Hex };

/**
 * Understands revert data: the errors of plugin, account, EntryPoint and reference registry, texts (`Error(string)`), panics, and custom errors by
 * the given ABIs.
 */
export function decodeRevert(bytes: Hex, abis: readonly Abi[] = []): Revert {
	const data = bytes.slice(0, LONGEST_REVERT_DATA) as Hex;
	if (data.length <= 2) return { kind: 'empty' };
	if (data.length < 10) return { kind: 'unknown', selector: data };
	if (data.startsWith('0x08c379a0')) return saidText(data);
	if (data.startsWith('0x4e487b71')) return saidPanic(data);
	const own = decodeWith(OWN, data);
	if (own) return { kind: 'own', ...own };
	for (const abi of [...abis, commonErrors]) {
		const custom = decodeWith(abi, data);
		if (custom) return { kind: 'said', said: shown(custom) };
	}
	return { kind: 'unknown', selector: slice(data, 0, 4) };
}

/** Longer data is cut: no error that is understood here is as long. */
const LONGEST_REVERT_DATA = 2 + 2 * 8_192;

function decodeWith(abi: Abi, data: Hex): { name: string; args: readonly unknown[] } | undefined {
	try {
		const { errorName, args = [] } = decodeErrorResult({ abi, data });
		return { name: errorName, args: args as readonly unknown[] };
	} catch {
		return undefined;
	}
}

/** So much of an error's arguments is shown. */
const LONGEST_ARGUMENTS = 300;

function shown({ name, args }: { name: string; args: readonly unknown[] }): string {
	return `${plain(name, 100)}(${plain(args.slice(0, 20).map(showArgument).join(', '), LONGEST_ARGUMENTS)})`;
}

function showArgument(value: unknown): string {
	if (typeof value === 'object' && value !== null) return Object.values(value).map(showArgument).join(', ');
	return typeof value === 'string' && !/^0x[0-9a-f]*$/i.test(value) ? quoted(value) : plain(String(value), 100);
}

function saidText(data: Hex): Revert {
	try {
		const [text] = decodeAbiParameters([{ type: 'string' }], slice(data, 4));
		return { kind: 'said', said: quoted(text), text: cut(text) };
	} catch {
		return { kind: 'unknown', selector: slice(data, 0, 4) };
	}
}

/** Solidity's panic codes (docs.soliditylang.org, "Panic via assert and Error via require"). */
const PANICS: Record<string, string> = {
	'1': 'one of its own assumptions does not hold',
	'17': 'a number in it becomes too large or too small',
	'18': 'it would have to divide by zero',
	'33': 'a value is not on its list of choices',
	'34': 'its stored data cannot be read',
	'49': 'a list in it is already empty',
	'50': 'it looks beyond the end of a list',
	'65': 'it would need too much memory',
	'81': 'it would call a function that is not set',
};

function saidPanic(data: Hex): Revert {
	const panic = BigInt(`0x0${data.slice(10, 74)}`);
	const code = `0x${panic.toString(16).padStart(2, '0')}`;
	return { kind: 'said', said: `${PANICS[panic.toString()] ?? 'it stopped itself'} (panic ${code})`, panic };
}
