import { IAccountLoupeAbi } from '@alchemy/aa-accounts';
import { getAddress, type Address } from 'viem';
import { SESSION_KEY_PLUGIN } from '../contracts';
import { contractRead, orElse, read } from '../rpc/read';
import type { Rpc } from '../rpc/rpc';
import { isAsPlanned, questionsFor } from '../sessionKey/plan/asPlanned';
import { keyStateReads, pluginView, toKeyState, type KeyState } from '../plugin/keyState';
import type { Plan } from '../sessionKey/plan/plan';

/** What the chain shows once a plan is carried out, whoever carried it out. */
export interface Goal {
	account: Address;
	/** Keys as they will be. */
	keys: KeyState[];
	/** Keys that will be none any more. */
	gone: readonly Address[];
	/** Whether the account will have the session key plugin; missing where the plan leaves that alone. */
	plugin?: boolean;
}

/** What a plan comes to. */
export function goalOf({ account, keys, gone, plugin }: Plan): Goal {
	return { account, keys: keys.map(({ state }) => state), gone, plugin };
}

/**
 * Whether the chain shows it: the change is made.
 * @throws {EndpointError} {RpcError} when that can't be told
 */
export async function isReached(rpc: Rpc, { account, keys, gone, plugin }: Goal): Promise<boolean> {
	const answers = await read(rpc, {
		keys: keys.map((state) => keyStateReads(account, state.key, questionsFor(state))),
		gone: gone.map((key) => pluginView('isSessionKeyOf', [account, key])),
		// Where no account stands its views answer nothing.
		plugins:
			plugin === undefined
				? undefined
				: orElse(contractRead(IAccountLoupeAbi, account, 'getInstalledPlugins', []), (): readonly Address[] => []),
	});
	const hasPlugin = answers.plugins?.some((one) => getAddress(one) === SESSION_KEY_PLUGIN);
	return (
		plugin === hasPlugin &&
		answers.gone.every((isKey) => !isKey) &&
		keys.every((planned, index) => {
			const answer = answers.keys[index] as (typeof answers.keys)[number];
			return isAsPlanned(planned, toKeyState(account, planned.key, questionsFor(planned), answer));
		})
	);
}

const BIGINT = /^(\d+)n$/;

/** As text that can be kept with an execution. */
export function goalToText(goal: Goal): string {
	return JSON.stringify(goal, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** The opposite of `goalToText`. */
export function goalFromText(text: string): Goal {
	return JSON.parse(text, (_, value: unknown) => {
		const [, digits] = typeof value === 'string' ? (BIGINT.exec(value) ?? []) : [];
		return digits ? BigInt(digits) : value;
	}) as Goal;
}
