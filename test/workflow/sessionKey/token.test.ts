import type { IDataObject, ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { getAddress, parseEther, parseUnits, toFunctionSelector } from 'viem';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { setTokenLimit } from '../../chain/support/attempts';
import { connect, fundedAccount, tokenBudget, type DevnetClient } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, post } from '../../support/payer';
import { NATIVE, agentOf } from '../support/agent';

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

/** A key with a budget of 500 dollars, and of 20 coins too where that is said. */
async function keyFor(budgets: 1 | 2) {
	return agentOf(devnet, await accountFor(budgets));
}

async function accountFor(budgets: 1 | 2) {
	const { usd6, coin18 } = devnet.tokens;
	const permissions = tokenBudget(usd6, parseUnits('500', 6));
	if (budgets === 2) {
		permissions
			.addContractAddressAccessEntry({ contractAddress: coin18.address, isOnList: true, checkSelectors: true })
			.addContractFunctionAccessEntry({
				contractAddress: coin18.address,
				methodSelector: toFunctionSelector('transfer(address,uint256)'),
				isOnList: true,
			})
			.addErc20TokenSpendLimit({ tokenAddress: coin18.address, spendLimit: parseUnits('20', 18) });
	}
	return fundedAccount(devnet, { eth: parseEther('1'), keys: [{ permissions }] });
}

const payment = (more: IDataObject = {}): IDataObject => ({
	recipient: freshAddress(),
	amount: '1.5',
	reference: `token/${freshAddress()}`,
	...more,
});

describe('a token that was not chosen', () => {
	it('is the one that the key has its only budget for', async () => {
		const agent = await keyFor(1);
		const given = payment();
		expect(await agent.items('payment', 'check', given)).toMatchObject([{ allowed: true, token: 'dUSD' }]);
		expect(await agent.items('payment', 'send', given)).toMatchObject([{ status: 'paid', token: 'dUSD' }]);
		expect(await dollarsOf(devnet, given.recipient as `0x${string}`)).toBe(1_500_000n);
		const items = [{ who: freshAddress() }, { who: freshAddress() }];
		const batch = payment({ recipient: '={{ $json.who }}', reference: 'both' });
		const paid = await agent.items('payment', 'sendBatch', batch, { items });
		expect(paid.map(({ to, token }) => [to, token])).toEqual(items.map(({ who }) => [who, 'dUSD']));
	});

	it('is still found where a reference was paid before the budget went, and nothing is paid again', async () => {
		const account = await accountFor(1);
		const agent = agentOf(devnet, account);
		const given = payment();
		await agent.items('payment', 'send', given);
		await setTokenLimit(account, account.keys[0]!.address, { token: devnet.tokens.usd6.address, spendLimit: 0n });
		expect(await agent.items('payment', 'send', given)).toMatchObject([{ status: 'alreadyPaid', token: 'dUSD' }]);
		expect(await dollarsOf(devnet, given.recipient as `0x${string}`)).toBe(1_500_000n);
		expect((await agent.error('payment', 'send', payment())).message).toContain('has no budget for any token');
	});

	it('is refused where the key has several budgets, which are named', async () => {
		const agent = await keyFor(2);
		for (const operation of ['send', 'sendBatch', 'check']) {
			const error = await agent.error('payment', operation, payment());
			expect(error.message).toMatch(
				/^"Token" is the key's only budget, but this key has budgets for (dUSD, dCOIN|dCOIN, dUSD)$/,
			);
			expect(error.description).toContain('Choose one of them under Token');
		}
	});
});

it('native currency of a key that pays in a token is refused with just that, and the token', async () => {
	const agent = await keyFor(1);
	const given = payment({ token: NATIVE, amount: '0.5' });
	const said = 'This payment is in ETH, but the key pays in dUSD: for ETH it has no budget.';
	const error = await agent.error('payment', 'send', given);
	expect([error.message, error.description]).toEqual([said, expect.stringMatching(/^Choose dUSD under Token\. /)]);
	const [checked] = await agent.items('payment', 'check', { ...given, simplify: false });
	expect(checked).toMatchObject({ allowed: false, code: 'nativeNotAllowed', summary: expect.stringContaining(said) });
	expect((checked?.refusals as unknown[]).length).toBe(1);
});

describe('the list of tokens', () => {
	const listFor = async (agent: Awaited<ReturnType<typeof keyFor>>, without: string[] = []) => {
		const context = {
			getCredentials: (name: string) =>
				without.includes(name) ? Promise.reject(new Error('not chosen')) : Promise.resolve(agent.credentials[name]),
			helpers: {
				httpRequest: async ({ url, body: sent }: { url: string; body: unknown }) => {
					const { status, headers, body } = await post(url, sent, 20_000);
					return { statusCode: status, headers, body };
				},
			},
		} as unknown as ILoadOptionsFunctions;
		const { searchTokens } = new SessionKey().methods.listSearch;
		const { results }: INodeListSearchResult = await searchTokens.call(context);
		return results;
	};

	it('begins with what the key has budgets for, and what is left', async () => {
		const agent = await keyFor(1);
		await agent.items('payment', 'send', payment({ amount: '100' }));
		const usd6 = getAddress(devnet.tokens.usd6.address);
		const [only, first, second] = await listFor(agent);
		expect(only).toEqual({ name: "The Key's Only Budget", value: 'onlyBudget' });
		expect(first).toEqual({
			name: `dUSD: 400 dUSD of 500 dUSD left (${usd6.slice(0, 6)}…${usd6.slice(-4)})`,
			value: usd6,
		});
		expect(second).toEqual({ name: 'ETH (Native Currency)', value: 'native' });
	});

	// Alchemy's own method can't run here: its documented answer stands in, with a token of each sort.
	it("ends with what the account holds besides, where the provider tells it, and none that doesn't tell what it is", async () => {
		const { usd6, coin18 } = devnet.tokens;
		const [held, empty] = [`0x${'1'.padStart(64, '0')}`, `0x${'0'.repeat(64)}`];
		const tokenBalances = [
			{ contractAddress: usd6.address.toLowerCase(), tokenBalance: held },
			{ contractAddress: coin18.address.toLowerCase(), tokenBalance: held },
			{ contractAddress: freshAddress(), tokenBalance: held },
			{ contractAddress: freshAddress(), tokenBalance: empty },
		];
		const agent = await keyFor(1);
		const result = { address: `0x${'0'.repeat(40)}`, tokenBalances };
		await devnet.faults.set({ kind: 'answer', match: ['alchemy_getTokenBalances'], times: 1, result });
		const values = (await listFor(agent)).map(({ value }) => value);
		expect(values.filter((value) => value === getAddress(usd6.address))).toHaveLength(1);
		expect(values.at(-1)).toBe(getAddress(coin18.address));
		expect(values).toHaveLength(4);
	});

	it('is that of the network while there is no key', async () => {
		const results = await listFor(await keyFor(1), ['agentSessionKeyApi']);
		expect(results.map(({ value }) => value).slice(0, 2)).toEqual(['onlyBudget', 'native']);
	});
});
