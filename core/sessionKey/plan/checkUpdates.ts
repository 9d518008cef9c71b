import { getAddress, zeroAddress, type Address } from 'viem';
import { InputError } from '../../errors';
import { ENTRY_POINT, MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN } from '../../contracts';
import type { AccountState } from '../../accountState';
import { functionName } from '../../permissions/functions';
import type { KeyState } from '../../plugin/keyState';
import { decimalsOf } from './permissionInput';
import { NO_LIMIT, type PermissionUpdate } from '../../plugin/permissionUpdates';
import { nameOf, showDuration, showTime, type Labels } from '../../permissions/labels';

/** Longer intervals are typing mistakes, and near 2^48 seconds the plugin's own sums overflow. */
const LONGEST_INTERVAL = 100 * 365 * 86_400;

/**
 * Refuses updates that the chain would take but that can't be meant, or that would do nothing.
 *
 * @param after the key as it will be
 * @param now unix seconds
 * @throws {InputError}
 */
export function checkUpdates(updates: readonly PermissionUpdate[], after: KeyState, labels: Labels, now: number): void {
	for (const update of updates) {
		switch (update.kind) {
			case 'contractEntry':
				if (update.onList) checkTarget(update.contract, after.account);
				break;
			case 'functionEntry':
				if (update.onList) checkFunctionEntry(update, after, labels);
				break;
			case 'timeRange':
				checkTimeRange(update, now);
				break;
			case 'tokenLimit':
				if (update.limit !== NO_LIMIT) decimalsOf(update.token, labels.contracts);
				checkInterval(update.refreshInterval);
				break;
			case 'nativeLimit':
			case 'gasLimit':
				checkInterval(update.refreshInterval);
				break;
			case 'requiredPaymaster':
			case 'listType':
				break;
		}
	}
	checkPaymaster(after, labels);
}

/**
 * Refuses addresses that can't be a session key of this account.
 * @throws {InputError}
 */
export function checkNewKey(key: Address, account: AccountState, field = "Session Key's Address"): void {
	if (key === zeroAddress) {
		throw new InputError(
			field,
			`"${field}" is the zero address, for which nobody can sign`,
			"Type the address of the agent's session key.",
		);
	}
	if (account.owners.includes(key)) {
		throw new InputError(
			field,
			`"${field}" is ${key}, an owner of this account: an owner may do everything, so limits on that key would be worth nothing`,
			'Create a new key for the agent (Session Key node, Key > Create) and give its address here.',
		);
	}
	if ([account.address, ENTRY_POINT, SESSION_KEY_PLUGIN, MULTI_OWNER_PLUGIN].includes(key)) {
		throw new InputError(
			field,
			`"${field}" is ${key}, a contract of the account itself, which can't sign`,
			"Type the address of the agent's session key.",
		);
	}
}

function checkTarget(contract: Address, account: Address): void {
	if (contract === zeroAddress) {
		throw new InputError(
			'Contract',
			'"Contract" is the zero address: what is sent there is lost',
			'Type the address of the contract or the recipient.',
		);
	}
	if ([getAddress(account), SESSION_KEY_PLUGIN, MULTI_OWNER_PLUGIN].includes(contract)) {
		throw new InputError(
			'Contract',
			`${contract} is the account itself or one of its plugins: the account lets no session key call it, whatever the list says`,
			'Leave it off the list. Only an owner can change the account.',
		);
	}
}

function checkFunctionEntry(
	{ contract, selector }: Extract<PermissionUpdate, { kind: 'functionEntry' }>,
	after: KeyState,
	labels: Labels,
): void {
	const access = after.contracts[contract];
	const isRead = access?.onList && access.checkSelectors && after.listType !== 'allowAll';
	if (isRead) return;
	const what = `${functionName(selector, labels.functions) ?? selector} of ${nameOf(labels, contract)}`;
	if (after.listType === 'allowAll') {
		throw new InputError(
			'Functions',
			`Listing ${what} would do nothing: this key may call everything, and its list is not looked at`,
			'Change the list type to Allowlist or Denylist as well, or leave the function out.',
		);
	}
	throw new InputError(
		'Functions',
		access?.onList
			? `Listing ${what} would do nothing: the contract is on the list with all its functions`
			: `Listing ${what} would do nothing: the contract itself is not on the list`,
		'Put the contract on the list with only these functions, in the same step.',
	);
}

function checkTimeRange({ validAfter, validUntil }: { validAfter: number; validUntil: number }, now: number): void {
	if (validUntil === 0) return;
	if (validUntil <= now) {
		throw new InputError(
			'Valid Until',
			`"Valid Until" is ${showTime(validUntil)}, which is past: the key could never act`,
			'Choose a date to come. To end a key, remove it.',
		);
	}
	if (validAfter >= validUntil) {
		throw new InputError(
			'Valid From',
			`"Valid From" (${showTime(validAfter)}) is not before "Valid Until" (${showTime(validUntil)}): the key could never act`,
			'Choose an earlier start or a later end.',
		);
	}
}

function checkInterval(seconds: number): void {
	if (!Number.isSafeInteger(seconds) || seconds < 0) {
		throw new InputError(
			'Renewed After',
			`"Renewed After" is ${seconds}, not a whole number of seconds`,
			'Choose how often the limit is there again, or type a whole number.',
		);
	}
	if (seconds > LONGEST_INTERVAL) {
		throw new InputError(
			'Renewed After',
			`"Renewed After" is ${showDuration(seconds)}: the plugin can't calculate with so long a time`,
			'Choose Never for a limit that is not renewed.',
		);
	}
}

/** A paymaster is a contract; with any other address required, the key could do nothing at all. */
function checkPaymaster({ requiredPaymaster }: KeyState, { contracts }: Labels): void {
	if (!requiredPaymaster || contracts[requiredPaymaster]?.isContract !== false) return;
	throw new InputError(
		'Required Paymaster',
		`There is no contract at ${requiredPaymaster} on this network, so nothing could pay for the key and it could do nothing`,
		"Type the paymaster's address on this network, or have it found by the gas policy.",
	);
}
