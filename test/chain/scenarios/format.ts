import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A recorded scenario: a fresh account with one owner, 10 ETH and 1,000,000 of each of two tokens, and what happened to
 * it on the deployed contracts, step by step.
 *
 * Nothing in it is absolute. Addresses are names (`account`, `owner`, `stranger`, `keyA`, `recipient1`, `token`,
 * `target`, `paymaster`, `plugin`, `zero`, ...), times are seconds after the scenario's start (`null`: not set, `"max"`:
 * 2^48-1), amounts are decimal text in wei or base units (`"max"`: 2^256-1).
 */
export interface Scenario {
	id: string;
	title: string;
	/** The account shall not exist yet. */
	undeployed?: boolean;
	steps: Step[];
}

/** One block: an operation, or several in one bundle, or an empty block (`look`). */
export interface Step extends Operation {
	/** Time of the block. */
	at: number;
	ops?: Operation[];
	expect: Outcome & { state?: State };
}

/** What an owner, a session key or anyone does. */
export interface Operation {
	do:
		| 'look'
		| 'resetSessionKeyGasLimitTimestamp'
		| 'installPlugin'
		| 'uninstallPlugin'
		| 'addSessionKey'
		| 'removeSessionKey'
		| 'rotateSessionKey'
		| 'updateKeyPermissions'
		| 'execute'
		| 'executeBatch'
		| 'executeWithSessionKey';
	key?: string;
	/** Text, or 32 bytes. */
	tag?: string;
	permissions?: Update[];
	keys?: Array<{ key: string; tag: string; permissions: Update[] }>;
	/** Instead of those of the keys, to send malformed data. */
	tags?: string[];
	rawData?: string;
	/** Left out: the right one. */
	predecessor?: string;
	to?: string;
	call?: CallStep;
	calls?: CallStep[];
	/**
	 * The 192-bit nonce key: `zero`, `own` (the session key's address), the name of another key, a hex number, or any
	 * other word (one lane for each word). Left out: `zero` for the owner, a lane never used before for a key.
	 */
	lane?: string;
	/** Left out: the next one in the lane. */
	sequence?: number;
	/** Who signs, or the signature's bytes. Left out: the owner, or the key. */
	signer?: string;
	paymaster?: string;
	gas?: Partial<GasFields>;
	/** Bytes behind the operation's calldata. */
	suffix?: string;
	/** The operation creates the account. */
	initCode?: boolean;
	/** Sent as a plain transaction by this account, not as a user operation. */
	from?: string;
}

/** `maxFee` is in wei per gas. */
export interface GasFields {
	call: number;
	verification: number;
	pre: number;
	maxFee: number;
}

/** A call of the account. */
export interface CallStep {
	to: string;
	eth?: string;
	fn?: string;
	args?: string[];
	data?: string;
	suffix?: string;
	/** Keeps only so many bytes of the calldata. */
	cut?: number;
	/** Another step's call of the account itself. */
	step?: Operation;
}

/** `[function, ...arguments]` as in the contracts, or `['raw', bytes]`. */
export type Update = [string, ...Array<string | number | boolean | null>];

/** What happened in a step. */
export interface Outcome {
	/** `validation`: handleOps reverted; `execution`: included and failed. A look has none. */
	phase?: 'ok' | 'validation' | 'execution';
	/** The EntryPoint's code, such as AA23. */
	aa?: string;
	/** With AA23: the account's own error. */
	inner?: string;
	/** The decoded revert; `empty`: no revert data. */
	error?: string;
	/** `[validAfter, validUntil]` as simulated before the step; left out when both are open. */
	window?: [number | string | null, number | string | null];
	/** In a bundle: the position of the operation that was refused. */
	op?: number;
	ops?: Array<{ phase: 'ok' | 'execution'; error?: string }>;
	events?: string[];
}

/** What the views say, by name. In a record, only what changed since the step before; `null`: no longer there. */
export type State = Record<string, unknown>;

/** A step's outcome with all that the views say after it. */
export interface Observation extends Outcome {
	state: State;
}

/** All recorded scenarios. */
export function readScenarios(): Scenario[] {
	const lines = readFileSync(join(__dirname, 'scenarios.jsonl'), 'utf8').split('\n');
	return lines.filter((line) => line.trim()).map((line) => JSON.parse(line) as Scenario);
}

/** What was recorded, with the whole state in each step instead of its changes. */
export function recorded({ steps }: Scenario): Observation[] {
	let state: State = {};
	return steps.map(({ expect: { state: changes = {}, ...outcome } }) => {
		const entries = Object.entries({ ...state, ...changes }).filter(([, value]) => value !== null);
		state = Object.fromEntries(entries);
		return { ...outcome, state };
	});
}
