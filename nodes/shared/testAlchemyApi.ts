import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import { zeroHash, type Hex } from 'viem';
import { InputError } from '../../core/errors';
import { ENTRY_POINT, SESSION_KEY_PLUGIN } from '../../core/contracts';
import type { Network } from '../../core/networks';
import { ANOTHER_BUNDLER, NO_ENTRY_POINT } from '../../core/refusal/reasons/answers';
import { isNotServed } from '../../core/rpc/errors';
import { orElse, read, rpcRead, type Answers } from '../../core/rpc/read';
import type { Rpc } from '../../core/rpc/rpc';
import { BUNDLER, connectionOf, SECOND_BUNDLER, type AlchemyCredential } from './connection';
import { outcomeOfTest, postInTest } from './testNetwork';

const id = (hex: Hex) => Number(hex);

/** The endpoint answers, is the chain that the credential says, has the contracts, and a bundler for them; the second one too. */
export async function testAlchemyApi(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const data = credential.data as unknown as AlchemyCredential;
	const secrets = [data.apiKey, data.secretRpcUrl, data.secretBundlerUrl, data.secretSecondBundlerUrl];
	return outcomeOfTest(
		secrets.map((one) => String(one ?? '')),
		async () => {
			const post = postInTest(this.helpers);
			const { network } = connectionOf(data, post);
			const { secretSecondBundlerUrl: secondUrl, ...firstAlone } = data;
			const first = await bundlerOf(connectionOf(firstAlone, post).rpc, network);
			if (!secondUrl) return connectedTo(network, first);
			const { rpc } = connectionOf({ network: 'custom', secretRpcUrl: secondUrl, chainId: network.chainId }, post);
			const second = await secondBundlerAt(rpc, network);
			if (second !== 'serves') throw refusalOf(second, SECOND_BUNDLER);
			return first === 'serves'
				? `Connected to ${network.name}, with a second bundler`
				: `Connected to ${network.name}. Only the second bundler takes operations for EntryPoint v0.6: they all go there`;
		},
	);
}

/** Whether a bundler for EntryPoint v0.6 answers, as far as it says. */
type BundlerFound = 'serves' | 'otherEntryPoints' | 'none';

function bundlerReads() {
	return {
		entryPoints: orElse(
			rpcRead('eth_supportedEntryPoints', [], (list: string[] | null) => list?.map((one) => one.toLowerCase())),
			() => undefined,
		),
		// Not every bundler says which EntryPoints it serves; each has this one, or says something else of it.
		hasLookup: orElse(
			rpcRead('eth_getUserOperationByHash', [zeroHash], () => true),
			(error) => !isNotServed(error),
		),
	};
}

function foundIn({ entryPoints, hasLookup }: Answers<ReturnType<typeof bundlerReads>>): BundlerFound {
	if (entryPoints) return entryPoints.includes(ENTRY_POINT.toLowerCase()) ? 'serves' : 'otherEntryPoints';
	return hasLookup ? 'serves' : 'none';
}

/** @throws {InputError} where it is another chain, or one without the plugin */
async function bundlerOf(rpc: Rpc, network: Network): Promise<BundlerFound> {
	const { chainId, plugin, bundler } = await read(rpc, {
		chainId: rpcRead('eth_chainId', [], id),
		plugin: rpcRead('eth_getCode', [SESSION_KEY_PLUGIN, 'latest'], (code: Hex) => code !== '0x'),
		bundler: bundlerReads(),
	});
	if (chainId !== network.chainId) {
		throw new InputError(
			'Network',
			`The endpoint is on chain ${chainId}, but this credential says ${network.name} (chain ${network.chainId})`,
			'Choose the right network, or correct the URL.',
		);
	}
	if (!plugin) throw new InputError('Network', `${network.name} has no session key plugin`, 'Choose another network.');
	return foundIn(bundler);
}

/** @throws {InputError} where it is of another chain */
async function secondBundlerAt(rpc: Rpc, network: Network): Promise<BundlerFound> {
	const { chainId, bundler } = await read(rpc, {
		chainId: orElse(rpcRead('eth_chainId', [], id), () => network.chainId),
		bundler: bundlerReads(),
	});
	if (chainId === network.chainId) return foundIn(bundler);
	throw new InputError(
		SECOND_BUNDLER,
		`"${SECOND_BUNDLER}" is a bundler of chain ${chainId}, but this credential is for ${network.name} (chain ${network.chainId})`,
		'Fill in a bundler of the same network.',
	);
}

function connectedTo(network: Network, bundler: BundlerFound): string {
	if (bundler !== 'serves') throw refusalOf(bundler, BUNDLER);
	return `Connected to ${network.name}`;
}

function refusalOf(bundler: Exclude<BundlerFound, 'serves'>, field: string): InputError {
	if (bundler === 'none') {
		return new InputError(
			field,
			`${field === BUNDLER ? 'The endpoint' : `"${field}"`} answers, but not as a bundler for EntryPoint v0.6`,
			'Fill in the URL of a bundler (ERC-4337) that serves EntryPoint v0.6.',
		);
	}
	return field === BUNDLER
		? new InputError(field, NO_ENTRY_POINT, ANOTHER_BUNDLER)
		: new InputError(
				field,
				`"${field}" does not take operations for EntryPoint v0.6 (${ENTRY_POINT}), or no longer does`,
				'Fill in a bundler that does: of another provider, or one of your own (docs/providers.md).',
			);
}
