import {
	sleep,
	type ICredentialTestFunctions,
	type IDataObject,
	type INodeProperties,
	type INodePropertyOptions,
} from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { parseSetting } from '../../core/input/text';
import { NETWORKS, networkBySlug } from '../../core/networks';
import { EndpointError, type EndpointFault } from '../../core/rpc/errors';
import { redact } from '../../core/rpc/redact';
import { createRpc, type Post, type Rpc } from '../../core/rpc/rpc';
import { within } from './http';

/** The networks as choices of a credential. */
export const networkOptions: INodePropertyOptions[] = [
	...NETWORKS.map(({ name, slug, testnet }) => ({ name: testnet ? `${name} (Test Network)` : name, value: slug })),
	{ name: 'Custom (Any Provider)', value: 'custom' },
];

/**
 * Where a credential's Test looks things up: n8n gives a credential's test no other credential, so the endpoint can't come
 * from the Alchemy API one.
 */
export const testNetworkProperties: INodeProperties[] = [
	{
		displayName: 'Test On',
		name: 'testNetwork',
		type: 'options',
		options: networkOptions,
		default: 'base-sepolia',
		description:
			'Where the test of this credential looks, through a public endpoint. Nodes use the network of the Alchemy API credential.',
	},
	{
		displayName: 'RPC URL for the Test',
		name: 'secretTestUrl',
		type: 'string',
		typeOptions: { password: true },
		default: '',
		placeholder: 'e.g. https://rpc.example.com/v1/your-key',
		displayOptions: { show: { testNetwork: ['custom'] } },
		description: "Your provider's JSON-RPC URL for the chain",
	},
];

/** The credential's own choice of `testNetworkProperties`. */
export function testRpc(
	helpers: ICredentialTestFunctions['helpers'],
	data: IDataObject,
	secrets: readonly string[],
): Rpc {
	const { testNetwork } = data as { testNetwork?: string };
	const url =
		testNetwork === 'custom'
			? parseSetting(data.secretTestUrl, 'RPC URL for the Test')
			: networkBySlug(testNetwork ?? '')?.publicUrl;
	if (!url || !/^https?:\/\//i.test(url)) {
		throw new InputError(
			'RPC URL for the Test',
			'"RPC URL for the Test" is not an http address',
			'Fill it in, or choose a network.',
		);
	}
	return createRpc({ chainUrl: url, post: postInTest(helpers), sleep, secrets });
}

/** n8n gives credential tests an HTTP helper of another form than nodes: one that follows no redirect of a POST. */
export function postInTest(helpers: ICredentialTestFunctions['helpers']): Post {
	return (uri, body, timeout) =>
		within(timeout, () => {
			const whole = { resolveWithFullResponse: true, simple: false, useStream: true };
			return helpers.request({ method: 'POST', uri, body, json: true, timeout, ...whole });
		});
}

/** What the Test button shows: OK with a sentence, or what is to be mended. */
export async function outcomeOfTest(
	secrets: readonly string[],
	test: () => Promise<string>,
): Promise<{ status: 'OK' | 'Error'; message: string }> {
	try {
		return { status: 'OK', message: await test() };
	} catch (error) {
		return { status: 'Error', message: redact(wordsOf(error).replace('..', '.'), secrets) };
	}
}

function wordsOf(error: unknown): string {
	if (error instanceof EndpointError) return `${error.sentence}. ${REMEDIES[error.fault]}`;
	return `${(error as Error).message}.${error instanceof InputError ? ` ${error.remedy}` : ''}`;
}

const REMEDIES: Record<EndpointFault, string> = {
	unreachable: "Check the URL, and that this n8n may reach it: n8n's proxy settings apply.",
	timedOut: 'Test again. If this persists, choose another endpoint.',
	unauthorized: 'Check the API key, and that its app has this network switched on.',
	rateLimited: 'Wait a little and test again.',
	planUsedUp: "Look at your usage in the provider's dashboard.",
	unavailable: 'The provider is out of order for now: test again later.',
	redirected: 'Enter the address that it leads to as the URL, if you trust it.',
	tooLarge: 'Choose another endpoint.',
	unintelligible: 'Check the URL: something answers there, but no JSON-RPC endpoint.',
};
