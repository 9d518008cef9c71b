import { IAccountLoupeAbi } from '@alchemy/aa-accounts';
import { AbiDecodingZeroDataError, getAddress, type Address, type Hex } from 'viem';
import { ENTRY_POINT, entryPointAbi, erc20Abi } from '../../contracts';
import type { Network } from '../../networks';
import { EndpointError, isRevert, RpcError } from '../../rpc/errors';
import {
	blockParam,
	caught,
	contractRead,
	orElse,
	read,
	rpcRead,
	type Answers,
	type BlockTag,
	type Read,
	type Reads,
} from '../../rpc/read';
import type { Rpc } from '../../rpc/rpc';
import { contractInfoRead, shortAddress } from '../../contractInfo';
import { keyStateReads, toKeyState } from '../../plugin/keyState';
import type { CheckState, TokenState } from './checkState';
import type { PaymentRequest } from './paymentRequest';

/** Which contracts, functions and tokens a check looks at. */
export type CheckQuestions = Pick<PaymentRequest, 'questions' | 'tokens' | 'decimals'>;

/** The reads for a CheckState, to go into one batch with others; `toCheckState` puts the answers together. */
export function checkReads(account: Address, key: Address, asked: CheckQuestions, block: BlockTag = 'latest') {
	return {
		plugins: orElse(contractRead(IAccountLoupeAbi, account, 'getInstalledPlugins', [], block), silentOrRefused),
		balance: rpcRead('eth_getBalance', [account, blockParam(block)], (wei: Hex) => BigInt(wei)),
		deposit: contractRead(entryPointAbi, ENTRY_POINT, 'balanceOf', [account], block),
		key: nothingWithoutPlugin(keyStateReads(account, key, asked.questions, block)),
		tokens: tokensOf(asked).map((token) => ({
			...tokenNameReads(token),
			balance: orElse(contractRead(erc20Abi, token, 'balanceOf', [account], block), silentOrRefused),
		})),
	};
}

/**
 * Puts the answers to `checkReads` together. Give it the same account, key and questions.
 *
 * @param now unix seconds: the time of the latest block
 */
export function toCheckState(
	network: Network,
	account: Address,
	key: Address,
	asked: CheckQuestions,
	answers: Answers<ReturnType<typeof checkReads>>,
	now: number,
): CheckState {
	// Where the plugin doesn't stand its views answer nothing, whatever their types say.
	const pluginDeployed = (answers.key.registered as boolean | undefined) !== undefined;
	const keyAnswers = pluginDeployed ? answers.key : { ...answers.key, registered: false };
	const tokens = tokensOf(asked);
	return {
		network,
		account: {
			address: account,
			deployed: answers.plugins !== SILENT,
			pluginDeployed,
			plugins: answers.plugins === SILENT ? undefined : answers.plugins?.map((plugin) => getAddress(plugin)),
			balance: answers.balance,
			deposit: answers.deposit,
		},
		key: toKeyState(account, key, asked.questions, keyAnswers),
		tokens: Object.fromEntries(
			tokens.flatMap((token, index) => {
				const state = toTokenState(token, answers.tokens[index]);
				const pinned = asked.decimals?.[token];
				return state ? [[token, pinned === undefined ? state : { ...state, pinned }] as const] : [];
			}),
		),
		withoutCode: tokens.filter((_, index) => answers.tokens[index]?.balance === SILENT),
		now,
	};
}

function tokensOf({ tokens }: CheckQuestions): Address[] {
	return [...new Set(tokens.map((token) => getAddress(token)))];
}

function tokenNameReads(token: Address) {
	const { symbol } = contractInfoRead(token);
	return { decimals: orElse(contractRead(erc20Abi, token, 'decimals', []), nothingWhenRefused), symbol };
}

function toTokenState(
	token: Address,
	answer: { decimals?: number; symbol?: string; balance?: bigint | typeof SILENT } | undefined,
): TokenState | undefined {
	if (answer?.decimals === undefined || typeof answer.balance !== 'bigint') return undefined;
	return { symbol: answer.symbol || shortAddress(token), decimals: answer.decimals, balance: answer.balance };
}

/**
 * The same state, after asking for the code of what answered nothing at all: mostly there is none, but some contracts are
 * silent. Asked only then, so that what is usual takes no call for it.
 */
export async function withCode(rpc: Rpc, state: CheckState): Promise<CheckState> {
	const { account, withoutCode } = state;
	const silent = [...(account.deployed ? [] : [account.address]), ...withoutCode];
	if (silent.length === 0) return state;
	const codes = await read(rpc, silent.map(codeRead));
	const empty = new Set(silent.filter((_, index) => !codes[index]));
	return {
		...state,
		account: { ...account, deployed: !empty.has(account.address) },
		withoutCode: withoutCode.filter((address) => empty.has(address)),
	};
}

function codeRead(address: Address): Read<boolean> {
	return rpcRead('eth_getCode', [address, 'latest'], (code: Hex) => code.length > 2);
}

/** In place of an answer: no contract stands there, or one that is silent. */
const SILENT = 'silent';

function silentOrRefused(error: Error): typeof SILENT | undefined {
	return error instanceof AbiDecodingZeroDataError ? SILENT : nothingWhenRefused(error);
}

/** A contract that refuses or doesn't know the function has answered; an endpoint that gives no answer has not. */
function nothingWhenRefused(error: Error): undefined {
	if ((error instanceof RpcError || error instanceof EndpointError) && !isRevert(error)) throw error;
	return undefined;
}

/** The same reads, answering nothing where no contract stands instead of throwing. */
function nothingWithoutPlugin<R extends Reads>(reads: R): R {
	if (!reads) return reads;
	if ('decode' in reads) return nothingWithoutCode(reads as Read<unknown>) as R;
	if (Array.isArray(reads)) return reads.map((one: Reads) => nothingWithoutPlugin(one)) as unknown as R;
	return Object.fromEntries(
		Object.entries(reads).map(([name, one]) => [name, nothingWithoutPlugin(one as Reads)]),
	) as R;
}

/** Not `orElse`: the read has an understanding of its own for what a contract refuses. */
function nothingWithoutCode<T>(one: Read<T>): Read<T | undefined> {
	return caught(one, (error) => {
		if (error instanceof AbiDecodingZeroDataError) return undefined;
		throw error;
	});
}
