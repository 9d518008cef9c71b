import { sleep, type IDataObject } from 'n8n-workflow';
import { keccak256, stringToHex, type Hex } from 'viem';
import { InputError } from '../../core/errors';
import { shown } from '../../core/input/shown';
import { parseSetting } from '../../core/input/text';
import { parseWholeNumber } from '../../core/input/wholeNumber';
import { customNetwork, networkBySlug, type Network } from '../../core/networks';
import { createRpc, type Post, type Rpc } from '../../core/rpc/rpc';
import { postThrough, type HttpHelpers } from './http';

/** A chain and a bundler, and who pays the gas. */
export interface Connection {
	network: Network;
	rpc: Rpc;
	gasPolicyId?: string;
	/** Tells connections apart without naming them: what one of them said is never taken for another's word. */
	origin: Hex;
}

/** The parts of n8n's function contexts that a connection needs: all of them have these. */
export interface ConnectionContext {
	helpers: HttpHelpers;
	getCredentials(type: string, itemIndex?: number): Promise<IDataObject>;
}

/** What is inside an `alchemyApi` credential. */
export interface AlchemyCredential {
	network: string;
	apiKey?: string;
	secretRpcUrl?: string;
	secretBundlerUrl?: string;
	secretSecondBundlerUrl?: string;
	chainId?: number | string;
	nativeSymbol?: string;
	explorerUrl?: string;
	gasPolicyId?: string;
}

/** Fields, as the form names them. */
export const BUNDLER = 'Bundler URL';
export const SECOND_BUNDLER = 'Second Bundler URL';

/** Connects with the node's `alchemyApi` credential. Nothing is sent yet. */
export async function connect(
	context: ConnectionContext,
	secrets: readonly string[] = [],
	itemIndex?: number,
): Promise<Connection> {
	const credential = (await context.getCredentials('alchemyApi', itemIndex)) as unknown as AlchemyCredential;
	return connectionOf(credential, postThrough(context.helpers), secrets);
}

/**
 * The connection that a credential describes.
 *
 * @param post carries the requests
 * @param secrets other credentials' secrets, to be taken out of every message
 * @throws {InputError} when something in it is missing or not understood
 */
export function connectionOf(credential: AlchemyCredential, post: Post, secrets: readonly string[] = []): Connection {
	const network = networkOf(credential);
	const apiKey = parseSetting(credential.apiKey, 'API Key');
	const [chainUrl, bundlerUrl] = network.alchemyUrl
		? [`${network.alchemyUrl}/${requireText(apiKey, 'API Key')}`, undefined]
		: [requireUrl(credential.secretRpcUrl, 'RPC URL'), optionalUrl(credential.secretBundlerUrl, BUNDLER)];
	const secondBundlerUrl = optionalUrl(credential.secretSecondBundlerUrl, SECOND_BUNDLER);
	const gasPolicyId = parseSetting(credential.gasPolicyId, 'Gas Policy ID') || undefined;
	const own = [apiKey, gasPolicyId ?? ''];
	return {
		network,
		rpc: createRpc({ chainUrl, bundlerUrl, secondBundlerUrl, post, sleep, secrets: [...secrets, ...own] }),
		gasPolicyId,
		origin: keccak256(stringToHex(JSON.stringify([network.chainId, chainUrl, bundlerUrl, secondBundlerUrl]))),
	};
}

function networkOf({ network, chainId, nativeSymbol, explorerUrl }: AlchemyCredential): Network {
	if (network !== 'custom') {
		const known = networkBySlug(network);
		if (known) return known;
		throw new InputError(
			'Network',
			`"Network" is ${shown(network)}, which is not known`,
			'Choose a network in the credential.',
		);
	}
	return customNetwork(
		parseWholeNumber(chainId, 'Chain ID', 1, Number.MAX_SAFE_INTEGER),
		parseSetting(nativeSymbol, 'Currency Symbol'),
		parseSetting(explorerUrl, 'Block Explorer URL'),
	);
}

function requireText(text: string, field: string): string {
	if (text) return text;
	throw new InputError(
		field,
		`"${field}" in the Alchemy API credential is empty`,
		'Open the credential and fill it in.',
	);
}

function requireUrl(url: unknown, field: string): string {
	const text = requireText(parseSetting(url, field), field);
	// The URL itself is a secret and stays out of the message.
	if (/^https?:\/\/[^\s/]+/i.test(text)) return text;
	throw new InputError(
		field,
		`"${field}" in the Alchemy API credential does not begin with http:// or https://`,
		'Copy the whole address from your provider.',
	);
}

function optionalUrl(url: unknown, field: string): string | undefined {
	return parseSetting(url, field) ? requireUrl(url, field) : undefined;
}
