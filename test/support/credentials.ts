import type { DevnetClient } from '../../devnet';

/** What a person types into the form of Alchemy API, for a devnet. */
export function alchemyApiFor({ url, chainId }: Pick<DevnetClient, 'url' | 'chainId'>) {
	return { network: 'custom', secretRpcUrl: url, chainId, nativeSymbol: 'ETH' };
}
