import {
	arbitrum,
	arbitrumSepolia,
	base,
	baseSepolia,
	mainnet,
	optimism,
	optimismSepolia,
	polygon,
	polygonAmoy,
	sepolia,
} from '@alchemy/aa-core';
import { isAddressEqual, parseEther, type Address } from 'viem';

/** A token that people can choose by name. */
interface KnownToken {
	symbol: string;
	address: Address;
	/** As its issuer documents them. What the chain says is compared with it: a wrong figure multiplies every amount. */
	decimals: number;
}

/** A chain as the product knows it. */
export interface Network {
	/** The name in parameters and items, e.g. `base-sepolia`. */
	slug: string;
	chainId: number;
	name: string;
	/** The unit of native payments and of gas. All supported chains use 18 decimals. */
	nativeSymbol: string;
	/** Alchemy's endpoint without the API key; undefined for a custom network. */
	alchemyUrl?: string;
	/** A public endpoint without a key, good for a single look; undefined for a custom network. */
	publicUrl?: string;
	explorerUrl?: string;
	testnet: boolean;
	tokens: readonly KnownToken[];
	/** The most that one user operation may cost here, in wei, unless a person allows more. */
	mostOperationCost: bigint;
}

export const NATIVE_DECIMALS = 18;

interface SdkChain {
	id: number;
	name: string;
	testnet?: boolean;
	nativeCurrency: { symbol: string };
	rpcUrls: { alchemy?: { http: readonly string[] }; default: { http: readonly string[] } };
	blockExplorers?: { default: { url: string } };
}

/**
 * The most that one operation may cost: enough for whatever is done here at high fees, far too little to do harm. The
 * largest things done in one operation take 2.1 million gas (create an account, install, deploy the registry, add a key) to
 * 9 million (200 payments to new holders), measured; what is signed is half as much again above the present fee.
 * - Ethereum: 9 million gas at 27 gwei, 2.1 million at 119. etherscan.io/chart/gasprice: days above 30 gwei are rare
 *   since 2024, and those who pay then raise the bound themselves.
 * - Base, OP Mainnet, Arbitrum: 9 million gas at 1.1 gwei, where base fees are 0.001 to 0.1 gwei (docs.base.org, docs.arbitrum.io,
 *   docs.optimism.io, on fees); the part for Ethereum's data stands in preVerificationGas and fits many times.
 * - Polygon: 9 million gas at 1,100 gwei, where 30 to 300 are paid (docs.polygon.technology, gas station).
 */
const ON_ETHEREUM = parseEther('0.25');
const ON_ROLLUP = parseEther('0.01');
const ON_POLYGON = parseEther('10');

/** By symbol: developers.circle.com (USDC and EURC), tether.to's contract, docs.makerdao.com (Dai). */
const DECIMALS = { USDC: 6, EURC: 6, USDT: 6, DAI: 18 } as const;

function network(
	slug: string,
	chain: unknown,
	mostOperationCost: bigint,
	tokens: Partial<Record<keyof typeof DECIMALS, Address>>,
): Network {
	const { id, name, nativeCurrency, rpcUrls, blockExplorers, testnet } = chain as SdkChain;
	return {
		slug,
		chainId: id,
		name,
		nativeSymbol: nativeCurrency.symbol,
		alchemyUrl: rpcUrls.alchemy?.http[0],
		publicUrl: rpcUrls.default.http[0],
		explorerUrl: blockExplorers?.default.url,
		testnet: testnet ?? false,
		tokens: Object.entries(tokens).map(([symbol, address]) => ({
			symbol,
			address,
			decimals: DECIMALS[symbol as keyof typeof DECIMALS],
		})),
		mostOperationCost,
	};
}

/**
 * The chains with an Alchemy endpoint on which Modular Account v1 and its session key plugin stand. Endpoints, names
 * and explorers are the SDK's. USDC: the issuer's own list (developers.circle.com/stablecoins/usdc-contract-addresses).
 */
export const NETWORKS: readonly Network[] = [
	network('ethereum', mainnet, ON_ETHEREUM, {
		USDC: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
		USDT: '0xdAC17F958D2ee523a2206206994597C13D831ec7',
		DAI: '0x6B175474E89094C44Da98b954EedeAC495271d0F',
		EURC: '0x1aBaEA1f7C830bD89Acc67eC4af516284b1bC33c',
	}),
	network('base', base, ON_ROLLUP, {
		USDC: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
		EURC: '0x60a3E35Cc302bFA44Cb288Bc5a4F316Fdb1adb42',
	}),
	network('arbitrum', arbitrum, ON_ROLLUP, { USDC: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831' }),
	network('optimism', optimism, ON_ROLLUP, { USDC: '0x0b2C639c533813f4Aa9D7837CAf62653d097Ff85' }),
	network('polygon', polygon, ON_POLYGON, { USDC: '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359' }),
	network('sepolia', sepolia, ON_ETHEREUM, { USDC: '0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238' }),
	network('base-sepolia', baseSepolia, ON_ROLLUP, { USDC: '0x036CbD53842c5426634e7929541eC2318f3dCF7e' }),
	network('arbitrum-sepolia', arbitrumSepolia, ON_ROLLUP, { USDC: '0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d' }),
	network('optimism-sepolia', optimismSepolia, ON_ROLLUP, { USDC: '0x5fd84259d66Cd46123540766Be93DFE6D43130D7' }),
	network('polygon-amoy', polygonAmoy, ON_POLYGON, { USDC: '0x41E94Eb019C0762f9Bfcf9Fb1E58725BfB0e7582' }),
];

/** The network of that slug; undefined when there is none. */
export function networkBySlug(slug: string): Network | undefined {
	return NETWORKS.find((one) => one.slug === slug);
}

/** A chain that isn't on the list: its endpoints are the person's own. */
export function customNetwork(chainId: number, nativeSymbol: string, explorerUrl?: string): Network {
	// Whose endpoint it is changes nothing about the chain: what is known of its tokens and its gas holds all the same.
	const known = NETWORKS.find((one) => one.chainId === chainId);
	return {
		slug: 'custom',
		chainId,
		name: `Chain ${chainId}`,
		nativeSymbol: nativeSymbol || 'ETH',
		explorerUrl: explorerUrl?.replace(/\/+$/, '') || undefined,
		testnet: known?.testnet ?? false,
		tokens: known?.tokens ?? [],
		mostOperationCost: known?.mostOperationCost ?? ON_ETHEREUM,
	};
}

/** A token's decimals where this package knows them. */
export function pinnedDecimals({ tokens }: Network, token: Address): number | undefined {
	return tokens.find(({ address }) => isAddressEqual(address, token))?.decimals;
}

/** The explorer's page of a transaction; undefined where the network has no explorer. */
export function transactionUrl({ explorerUrl }: Network, hash: string): string | undefined {
	return explorerUrl && `${explorerUrl}/tx/${hash}`;
}
