import { getAddress, type Address, type Hex } from 'viem';
import { readContractInfos } from '../../contractInfo';
import { InputError } from '../../errors';
import type { Network } from '../../networks';
import { showNative, showToken, type Labels } from '../../permissions/labels';
import { keyStateReads, limitAt, toKeyState, type KeyState, type SpendLimit } from '../../plugin/keyState';
import { optional, read, rpcRead } from '../../rpc/read';
import type { Rpc } from '../../rpc/rpc';
import { presentTime } from '../../text/presentTime';
import { latestBlock } from '../../userOperation/fees';
import { questionsOf, readKeyIndex, readKeys } from './readKeys';

/** Whose key on which chain. */
interface KeyOnChain {
	rpc: Rpc;
	network: Network;
	account: Address;
	key: Address;
}

/** What a key can pay with, for a list in a form. */
export interface TokenChoices {
	/** What is left of the budgets, in words; the chain's own money has no address. */
	budgets: { token?: Address; symbol: string; left: string }[];
	/** What the account holds besides, as far as the provider tells it. */
	held: { token: Address; symbol: string }[];
}

/** Of what the provider says that the account holds, only so much is looked at: anybody can send tokens of their own. */
const MOST_HELD = 30;

/**
 * The tokens that a key has budgets for, and others that its account holds: from the key's story as far as the provider tells
 * it, from the known tokens, and from those that the account holds. It may miss some.
 */
export async function readTokenChoices({ rpc, network, account, key }: KeyOnChain): Promise<TokenChoices> {
	const [{ records }, { held }] = await Promise.all([
		readKeyIndex(rpc, account, [key]),
		read(rpc, { held: optional(rpcRead('alchemy_getTokenBalances', [account, 'erc20'], toHeld)) }),
	]);
	const named = questionsOf(records.get(key)).map(({ contract }) => contract);
	const tokens = [...new Set([...named, ...network.tokens.map(({ address }) => getAddress(address)), ...(held ?? [])])];
	const questions = tokens.map((contract) => ({ contract, selectors: [] }));
	const { block, states } = await read(rpc, { block: latestBlock(), states: keyStateReads(account, key, questions) });
	const state = toKeyState(account, key, questions, states);
	const budgets = budgetsOf(state);
	const shown = [...budgets.flatMap(({ token }) => (token ? [token] : [])), ...(held ?? [])];
	const labels: Labels = {
		nativeSymbol: network.nativeSymbol,
		contracts: await readContractInfos(rpc, network, shown),
	};
	const now = presentTime(block.timestamp);
	const others = (held ?? []).filter((token) => !budgets.some((budget) => budget.token === token));
	return {
		budgets: budgets.map(({ token, limit }) => ({
			...(token && { token }),
			symbol: symbolOf(labels, token),
			left: leftOf(labels, token, limit, now),
		})),
		held: others
			.filter((token) => labels.contracts[token]?.token)
			.map((token) => ({ token, symbol: symbolOf(labels, token) })),
	};
}

/**
 * The one token that a key has a budget for; undefined for the chain's own money.
 *
 * @throws {InputError} when there are several or none, or when it can't be told
 */
export async function readOnlyBudgetToken(on: KeyOnChain): Promise<Address | undefined> {
	const { budgets, symbols, gap } = await readBudgets(on);
	const refuse = (message: string, remedy: string) => new InputError('Token', `"Token" is ${message}`, remedy);
	const [only, ...others] = budgets;
	const names = symbols.join(', ');
	if (gap) {
		throw refuse(
			`the key's only budget, which can't be told: ${gap}`,
			`Choose the token under Token${names ? `. Budgets that are known: ${names}` : ''}. Nothing was sent.`,
		);
	}
	if (!only) {
		throw refuse(
			"the key's only budget, but this key has no budget for any token",
			'The owner can give it one with Session Key Manager > Permission > Update. Nothing was sent.',
		);
	}
	if (others.length > 0) {
		throw refuse(
			`the key's only budget, but this key has budgets for ${names}`,
			'Choose one of them under Token. Nothing was sent.',
		);
	}
	return only.token;
}

/** The symbols of the tokens that a key has budgets for, as far as it can be told; without the chain's own money. */
export async function readBudgetSymbols(on: KeyOnChain): Promise<string[]> {
	const { budgets, symbols } = await readBudgets(on);
	return symbols.filter((_, index) => budgets[index]?.token);
}

async function readBudgets({ rpc, network, account, key }: KeyOnChain) {
	const [report] = await readKeys(rpc, network, await readKeyIndex(rpc, account, [key]), [key]);
	if (!report) throw new Error('The key could not be read');
	const budgets = budgetsOf(report.state);
	return { budgets, symbols: budgets.map(({ token }) => symbolOf(report.labels, token)), gap: report.gap };
}

/** A limit of 0 is a prohibition, no budget. Of native money no limit at all is one without an end. */
function budgetsOf({ registered, native, contracts }: KeyState): { token?: Address; limit?: SpendLimit }[] {
	const ofTokens = (Object.keys(contracts) as Address[]).flatMap((token) => {
		const limit = contracts[token]?.tokenLimit;
		return limit && limit.limit > 0n ? [{ token, limit }] : [];
	});
	const paysNative = registered && native?.limit !== 0n;
	return [...ofTokens, ...(paysNative ? [{ limit: native }] : [])];
}

function symbolOf({ contracts, nativeSymbol }: Labels, token: Address | undefined): string {
	return token ? (contracts[token]?.token?.symbol ?? token) : nativeSymbol;
}

function leftOf(labels: Labels, token: Address | undefined, limit: SpendLimit | undefined, now: number): string {
	if (!limit) return 'no limit';
	const show = (amount: bigint) => (token ? showToken(labels, token, amount) : showNative(labels, amount));
	return `${show(limitAt(limit, now).remaining)} of ${show(limit.limit)} left`;
}

/** Those of which there is any (docs.alchemy.com, alchemy_getTokenBalances). */
function toHeld(answer: { tokenBalances: { contractAddress: Address; tokenBalance: Hex | null }[] }): Address[] {
	return answer.tokenBalances
		.filter(({ tokenBalance }) => tokenBalance && BigInt(tokenBalance) > 0n)
		.slice(0, MOST_HELD)
		.map(({ contractAddress }) => getAddress(contractAddress));
}
