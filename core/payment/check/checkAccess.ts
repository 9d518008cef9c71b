import { getAddress, zeroHash, type Address } from 'viem';
import { selectorOf, type Call } from '../../calls';
import { MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../contracts';
import { refuse, type Refusal } from '../../refusal/refusal';
import { claimCall, REFERENCE_REGISTRY } from '../../registry/referenceRegistry';
import { isTokenPayment } from '../../permissions/access';
import { functionName } from '../../permissions/functions';
import type { CheckState } from './checkState';

/**
 * The rules about what a key may call: the access list with its functions (at validation), and the targets that no
 * session key may call (at execution). Each contract and function is named once.
 */
export function checkAccess(state: CheckState, calls: readonly Call[]): Refusal[] {
	const named = new Set<string>();
	const ofCalls = calls.flatMap((call, index) => {
		const refusal = checkList(state, call) ?? checkTarget(state, call, index);
		if (!refusal) return [];
		const name = `${refusal.code} ${getAddress(call.target)} ${selectorOf(call.data)}`;
		if (named.has(name)) return [];
		named.add(name);
		return [refusal];
	});
	return [...ofCalls, ...checkClaim(state)];
}

/** What the claim of a reference needs: the registry itself, and the key's permission to call it. */
function checkClaim(state: CheckState): Refusal[] {
	const { claim, key, network } = state;
	if (!claim) return [];
	const registry = REFERENCE_REGISTRY;
	if (!claim.registryDeployed) return [refuse('registryMissing', { registry, network: network.name })];
	if (!checkList(state, claimCall(zeroHash))) return [];
	return [refuse('referencesNotAllowed', { registry, key: key.key, listType: key.listType })];
}

/**
 * The access list, as the plugin reads it for one call. An address entry without checkSelectors decides alone; only
 * where functions are looked at, or every contract is allowed, does a token's limit close the other functions.
 */
function checkList(state: CheckState, { target, data }: Call): Refusal | undefined {
	const { key, tokens } = state;
	const contract = getAddress(target);
	const selector = selectorOf(data);
	const access = knownAccess(state, contract);
	const about = { contract, symbol: tokens[contract]?.symbol, selector, function: functionName(selector) };
	const functionListed = (): boolean => {
		const listed = access.functions[selector];
		if (listed === undefined) throw new Error(`The function ${selector} of ${contract} was not read`);
		return listed;
	};
	if (key.listType === 'allowlist') {
		if (!access.onList) return refuse('contractNotAllowed', about);
		if (!access.checkSelectors) return undefined;
		if (!functionListed()) return refuse('functionNotAllowed', about);
	}
	if (key.listType === 'denylist') {
		if (!access.onList) return undefined;
		if (!access.checkSelectors) return refuse('contractDenied', about);
		if (functionListed()) return refuse('functionDenied', about);
	}
	return access.tokenLimit && !isTokenPayment(selector) ? refuse('functionClosedByLimit', about) : undefined;
}

/** What was read of a contract. Without it there is no answer, and no answer must never be a yes. */
export function knownAccess({ key }: CheckState, contract: Address) {
	const access = key.contracts[contract];
	if (!access) throw new Error(`The permissions for ${contract} were not read`);
	return access;
}

/** UpgradeableModularAccount: ExecFromPluginExternalNotPermitted for itself, PluginCallDenied for a plugin. */
function checkTarget({ account, network, withoutCode }: CheckState, { target, data }: Call, index: number) {
	const contract = getAddress(target);
	if (contract === getAddress(account.address)) {
		return refuse('accountIsTarget', { account: account.address, index });
	}
	if (pluginsOf(account.plugins).has(contract)) return refuse('pluginIsTarget', { contract, index });
	if (data !== '0x' && withoutCode.includes(contract)) {
		return refuse('noContract', { contract, network: network.name, index });
	}
	return undefined;
}

function pluginsOf(installed: readonly Address[] = []): Set<Address> {
	return new Set([SESSION_KEY_PLUGIN, MULTI_OWNER_PLUGIN, ...installed].map((plugin) => getAddress(plugin)));
}
