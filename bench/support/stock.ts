import { sessionKeyPluginActions } from '@alchemy/aa-accounts';
import { createModularAccountAlchemyClient } from '@alchemy/aa-alchemy';
import { baseSepolia, LocalAccountSigner } from '@alchemy/aa-core';
import { encodeFunctionData, erc20Abi, slice } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { serve, told, type Subject, type Transfer, type Wallet } from './subject';

/** As its documents have it: https://accountkit.alchemy.com/using-smart-accounts/session-keys/getting-started */
async function connect({ url, chainId, account, privateKey, gasPolicyId }: Wallet) {
	if (chainId !== baseSepolia.id) throw new Error(`the stock SDK takes only its own chains, here ${baseSepolia.id}`);
	const signer = LocalAccountSigner.privateKeyToAccountSigner(privateKey);
	const client = await createModularAccountAlchemyClient({
		chain: baseSepolia,
		rpcUrl: url,
		signer,
		accountAddress: account,
		...(gasPolicyId && { gasManagerConfig: { policyId: gasPolicyId } }),
	});
	return { client: client.extend(sessionKeyPluginActions), key: await signer.getAddress() };
}

let connection: Awaited<ReturnType<typeof connect>>;

/** @param nonceKey another nonce key than 0, so that operations don't wait for each other */
function payOne(transfers: readonly Transfer[], nonceKey?: bigint) {
	const { client, key } = connection;
	const calls = transfers.map(({ to, token, amount }) => ({
		target: token,
		value: 0n,
		data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [to, amount] }),
	}));
	return told(async () => {
		const overrides = nonceKey === undefined ? {} : { overrides: { nonceKey } };
		const { hash } = await client.executeWithSessionKey({ args: [calls, key], ...overrides });
		await client.waitForUserOperationTransaction({ hash });
		return 'paid';
	});
}

const stock: Subject = {
	async use(wallet) {
		connection = await connect(wallet);
	},
	pay: (transfers) => payOne(transfers),
	async payEach(transfers, how) {
		if (how === 'parallel') {
			return Promise.all(transfers.map((one) => payOne([one], BigInt(slice(generatePrivateKey(), 0, 20)))));
		}
		const all = [];
		for (const transfer of transfers) all.push(await payOne([transfer]));
		return all;
	},
};

serve(stock);
