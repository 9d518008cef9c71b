import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import type { Hex } from 'viem';
import { InputError } from '../../core/errors';
import { ENTRY_POINT, SESSION_KEY_PLUGIN } from '../../core/contracts';
import { orElse, read, rpcRead } from '../../core/rpc/read';
import { connectionOf, type AlchemyCredential } from './connection';
import { outcomeOfTest, postInTest } from './testNetwork';

const id = (hex: Hex) => Number(hex);

/** The endpoint answers, is the chain that the credential says, has the contracts, and a bundler for them. */
export async function testAlchemyApi(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const data = credential.data as unknown as AlchemyCredential;
	return outcomeOfTest(
		[data.apiKey, data.secretRpcUrl, data.secretBundlerUrl].map((one) => String(one ?? '')),
		async () => {
			const { network, rpc } = connectionOf(data, postInTest(this.helpers));
			const found = await read(rpc, {
				chainId: rpcRead('eth_chainId', [], id),
				plugin: rpcRead('eth_getCode', [SESSION_KEY_PLUGIN, 'latest'], (code: Hex) => code !== '0x'),
				entryPoints: orElse(
					rpcRead('eth_supportedEntryPoints', [], (list: string[]) => list),
					() => undefined,
				),
			});
			if (found.chainId !== network.chainId) {
				throw new InputError(
					'Network',
					`The endpoint is on chain ${found.chainId}, but this credential says ${network.name} (chain ${network.chainId})`,
					'Choose the right network, or correct the URL.',
				);
			}
			if (!found.plugin) {
				throw new InputError('Network', `${network.name} has no session key plugin`, 'Choose another network.');
			}
			if (!found.entryPoints?.some((address) => address.toLowerCase() === ENTRY_POINT.toLowerCase())) {
				throw new InputError(
					'Bundler URL',
					'The endpoint answers, but not as a bundler for EntryPoint v0.6',
					'Fill in the URL of a bundler (ERC-4337) that serves EntryPoint v0.6.',
				);
			}
			return `Connected to ${network.name}`;
		},
	);
}
