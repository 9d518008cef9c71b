import { encodeFunctionResult, erc20Abi, padHex, toHex, type Address, type Hex } from 'viem';
import { customNetwork, NETWORKS, networkBySlug, type Network } from '../../core/networks';
import { decimalsRefusal, decimalsSource, readContractInfos } from '../../core/contractInfo';
import { nameOf, showToken } from '../../core/permissions/labels';
import { answering, scripted } from './rpc/scripted';
import { USDC } from '../support/sessionKeys';

const SYMBOL = '0x95d89b41';
const text = (symbol: string) => encodeFunctionResult({ abi: erc20Abi, functionName: 'symbol', result: symbol });

/** How sentences name a token that answers so when it is asked for its symbol, and amounts of it. */
async function namedAs(symbol: Hex): Promise<[string, string]> {
	const { rpc } = scripted(
		answering(({ method, params: [call] }) => {
			if (method === 'eth_getCode') return { result: '0x6001' };
			return { result: (call as { data: Hex }).data.startsWith(SYMBOL) ? symbol : toHex(6, { size: 32 }) };
		}),
	);
	const labels = { nativeSymbol: 'ETH', contracts: await readContractInfos(rpc, customNetwork(31337, 'ETH'), [USDC]) };
	return [nameOf(labels, USDC), showToken(labels, USDC, 1_500_000n)];
}

describe('a token in a sentence', () => {
	it.each(['USDC', 'USD₮0', '$wETH-2.e+', '円', 'SIXTEEN-LETTERS!'.slice(0, 15)])(
		'keeps its symbol: %s',
		async (symbol) => {
			expect(await namedAs(text(symbol))).toEqual([`${symbol} (0x0000…05dC)`, `1.5 ${symbol}`]);
		},
	);

	it.each([
		['a sentence of its own', 'USDC). It may pay nobody', 'USDC.Itmaypaynob'],
		['a line of its own', 'ETH\nSafe: yes', 'ETHSafeyes'],
		['the address of another', 'USDC (0x036C…CF7e)', 'USDC0x036CCF7e'],
		['markup', '<b>[USDC](//x.example)</b>', 'bUSDCx.exampleb'],
		['letters that run backwards', 'USD\u202eC\u200b', 'USDC'],
		['endless letters', 'A'.repeat(500), 'A'.repeat(16)],
	])('says nothing by its symbol: %s', async (_, symbol, left) => {
		expect(await namedAs(text(symbol))).toEqual([`${left} (0x0000…05dC)`, `1.5 ${left}`]);
	});

	it.each<[string, Hex]>([
		['nothing that could stand in a sentence', text('"<>" \u200b\u2066')],
		['no text', padHex('0x4d4b52', { dir: 'right', size: 32 })],
	])('is named by its address when its symbol is %s', async (_, symbol) => {
		expect(await namedAs(symbol)).toEqual([USDC, '1.5 0x0000…05dC']);
	});
});

describe('the decimals of a token', () => {
	const ethereum = networkBySlug('ethereum') as Network;
	const known = (symbol: string) => ethereum.tokens.find((token) => token.symbol === symbol)?.address as Address;

	it('are pinned for every token that can be chosen by name', () => {
		for (const network of NETWORKS) {
			for (const { symbol, address, decimals } of network.tokens) {
				expect([symbol, decimals]).toEqual([symbol, symbol === 'DAI' ? 18 : 6]);
				expect(decimalsRefusal(network, address, decimals)).toBeUndefined();
				expect(decimalsSource(network, address)).toBe('pinned');
			}
		}
	});

	it('are refused when an endpoint says others, with both figures', () => {
		expect(decimalsRefusal(ethereum, known('USDC').toLowerCase() as Address, 18)).toMatchObject({
			code: 'decimalsDiffer',
			data: { contract: known('USDC'), symbol: 'USDC', said: 18, expected: 6, network: 'Ethereum' },
		});
		expect(decimalsRefusal(ethereum, known('DAI'), 6)).toMatchObject({ data: { said: 6, expected: 18 } });
	});

	it('of another token are what a person typed, else what the token itself says', () => {
		expect(decimalsRefusal(ethereum, USDC, 18)).toBeUndefined();
		expect(decimalsSource(ethereum, USDC)).toBe('token');
		expect(decimalsSource(ethereum, USDC, 0)).toBe('pinned');
		expect(decimalsRefusal(ethereum, USDC, 18, 18)).toBeUndefined();
		expect(decimalsRefusal(ethereum, USDC, 18, 0)).toMatchObject({ data: { said: 18, expected: 0 } });
	});

	it('that a person typed do not outweigh those that are known', () => {
		expect(decimalsRefusal(ethereum, known('USDC'), 18, 18)).toMatchObject({ data: { said: 18, expected: 6 } });
		expect(decimalsRefusal(ethereum, known('USDC'), 6, 18)).toMatchObject({ data: { said: 6, expected: 18 } });
	});
});
