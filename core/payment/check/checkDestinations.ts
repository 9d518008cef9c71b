import { getAddress, size, slice, zeroAddress, type Address } from 'viem';
import { MULTICALL3 } from '../../../contracts/multicall3';
import { CHANGE_REGISTRY, DETERMINISTIC_DEPLOYER, REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { selectorOf, TRANSFER, TRANSFER_FROM, type Call } from '../../calls';
import { ACCOUNT_FACTORY, ENTRY_POINT, MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../contracts';
import { refuse, type Refusal } from '../../refusal/refusal';

import type { LossKind } from '../../refusal/refusals';
import type { CheckState } from './checkState';

/** ERC-20 functions that move tokens, and which of their arguments receives them. */
const RECEIVER: Readonly<Record<string, number>> = { [TRANSFER]: 0, [TRANSFER_FROM]: 1 };

/**
 * Nobody can have the key of an address this low: to find one would take 2^144 tries. What stands there is the chain's own:
 * precompiles (0x1 to 0x11, 0x100), contracts of the rollup (0x64 and on), 0x1010, and 0xdEaD, where tokens are burned.
 */
const HIGHEST_OF_SYSTEM = 0xffffn;

/**
 * Nor of these: the contracts that a rollup of the OP stack is born with (specs.optimism.io, "Predeploys"), one
 * digit over and over, and two more places where tokens are burned.
 */
const OF_NOBODY = /^0x(?:420{34}[0-9a-f]{4}|([0-9a-f])\1{39}|dead0{36}|dead0{16}42069420694206942069)$/i;

/** Money that is sent there is wrapped, and the account's own. */
const WRAPPED_ETHER: Address = '0x4200000000000000000000000000000000000006';

/** What wallets and exchanges write for "the chain's own money" in the place of a token's address (ERC-7528). */
const NATIVE_PLACEHOLDER: Address = '0xEeeeeEeeeEeEeeEeEeEeeEEEeeeeEeeeeeeeEEeE';

/**
 * Money that would go where it is lost, or to nowhere: each such recipient is a reason not to pay. The chain would carry
 * every one of them out. Only who receives money is looked at; calling a contract that takes some is the contract's matter.
 */
export function checkDestinations(state: CheckState, calls: readonly Call[]): Refusal[] {
	return calls.flatMap((call, index) => {
		const tokensTo = receiverOfTokens(call);
		const recipient = tokensTo ?? (call.value > 0n ? getAddress(call.target) : undefined);
		if (!recipient) return [];
		if (!tokensTo && recipient === WRAPPED_ETHER) return [];
		const kind = lossOfAny(recipient) ?? (tokensTo ? lossOfTokens(state, call, tokensTo) : lossOfNative(call));
		return kind ? [refuse('moneyLost', { recipient, kind, index })] : [];
	});
}

function receiverOfTokens({ data }: Call): Address | undefined {
	const place = RECEIVER[selectorOf(data)];
	if (place === undefined || size(data) < 36 + 32 * place) return undefined;
	return getAddress(slice(data, 16 + 32 * place, 36 + 32 * place));
}

/** What of an address that is lost whatever is sent there; undefined for all others. */
export function lossOfAny(recipient: Address): LossKind | undefined {
	if (recipient === zeroAddress) return 'zero';
	const isOfSystem = BigInt(recipient) <= HIGHEST_OF_SYSTEM || OF_NOBODY.test(recipient);
	return isOfSystem || recipient === NATIVE_PLACEHOLDER ? 'system' : undefined;
}

/**
 * With a function a contract is called, not paid: the EntryPoint's depositTo takes money for gas. That a session key never
 * pays the account and its plugins, checkAccess says.
 */
function lossOfNative({ target, data }: Call): LossKind | undefined {
	return data === '0x' ? lossOfContract(getAddress(target)) : undefined;
}

function lossOfTokens({ account, network, tokens }: CheckState, { target }: Call, recipient: Address) {
	const plugins = [SESSION_KEY_PLUGIN, MULTI_OWNER_PLUGIN, ...(account.plugins ?? [])];
	const known = [...network.tokens.map(({ address }) => address), ...(Object.keys(tokens) as Address[])];
	const isOneOf = (addresses: readonly Address[]) => addresses.some((one) => getAddress(one) === recipient);
	const kinds: [LossKind | undefined, boolean][] = [
		[lossOfContract(recipient), true],
		['tokenItself', isOneOf([target])],
		['account', isOneOf([account.address])],
		['plugin', isOneOf(plugins)],
		['token', isOneOf(known)],
	];
	return kinds.find(([kind, is]) => kind && is)?.[0];
}

function lossOfContract(recipient: Address): LossKind | undefined {
	if (recipient === ENTRY_POINT) return 'entryPoint';
	return OWN_CONTRACTS.includes(recipient) ? 'contract' : undefined;
}

/** What this package itself uses, and what gives no money back; what Multicall3 has, anybody may take. */
const OWN_CONTRACTS: readonly Address[] = [
	REFERENCE_REGISTRY,
	CHANGE_REGISTRY,
	DETERMINISTIC_DEPLOYER,
	ACCOUNT_FACTORY,
	MULTICALL3,
].map((one) => getAddress(one));
