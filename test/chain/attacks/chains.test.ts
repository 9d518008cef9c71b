import { SessionKeyPluginExecutionFunctionAbi } from '@alchemy/aa-accounts';
import { encodeFunctionData, numberToHex, pad, parseAbi, type Hex } from 'viem';
import { REFERENCE_REGISTRY } from '../../../contracts/referenceRegistry';
import { pay } from '../../../core/payment/pay';
import type { Payer } from '../../../core/payment/send/payment';
import { USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';
import { hashUserOperation, nonceKeyOf } from '../../../core/userOperation/userOperation';
import { startDevnet, type Devnet } from '../../../devnet';
import { mint } from '../../../devnet/tokens';
import { minedReceipt } from '../../../devnet/operations';
import {
	connectionTo,
	dollars,
	freshAddress,
	KINDS,
	payingAccount,
	payOptions,
	permissionsFor,
} from '../../support/payer';
import { rotate } from '../support/attempts';
import { balanceOf, includeOperations, startOwnDevnet } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { callTo, keeper, liar } from './liar';

jest.setTimeout(90_000);

const PAID = 1_500_000n;

/** A chain of one's own: blocks are undone, and code is taken away. */
let devnet: Devnet;

beforeAll(async () => {
	devnet = await startOwnDevnet();
}, 30_000);

afterAll(() => devnet.close());

const asOperator = async (transaction: object) =>
	minedReceipt(devnet, await devnet.request<Hex>('eth_sendTransaction', [{ from: devnet.operator, ...transaction }]));

describe.each(KINDS)('a key with %s', (kind) => {
	it('whose first attempt failed one block deep, and was tried again: both in blocks after a reorganisation pay once', async () => {
		const { account, payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const usd = devnet.tokens.usd6;
		/** The account's dollars leave just before the first attempt. */
		const drain = async () => {
			const all = await balanceOf(devnet.request, usd, account.address);
			const transfer = encodeFunctionData({
				abi: parseAbi(['function transfer(address,uint256)']),
				args: [devnet.operator, all],
			});
			const abi = parseAbi(['function execute(address,uint256,bytes)']);
			await account.asOwner(encodeFunctionData({ abi, args: [usd.address, 0n, transfer] }));
		};
		const bundler = keeper(devnet, async (method, params, truth) => {
			if (method !== 'eth_getUserOperationReceipt') return truth();
			const filter = { fromBlock: '0x0', toBlock: 'latest', topics: [USER_OPERATION_EVENT, params[0]] };
			const [log] = await devnet.request<{ transactionHash: Hex }[]>('eth_getLogs', [filter]);
			return log ? { receipt: { transactionHash: log.transactionHash } } : null;
		});
		const { kept } = bundler;
		/** What is sent is in a block at once: the first one after the dollars left. */
		const including: Payer = {
			...payer,
			rpc: liar(devnet.url, async (method, params) => {
				const answer = await bundler.rpc.request(method, params);
				if (method !== 'eth_sendUserOperation') return answer;
				if (kept.length === 1) await drain();
				await includeOperations(devnet, kept.slice(-1));
				return answer;
			}),
		};
		const snapshot = await devnet.request('evm_snapshot');
		const failed = await refusalOf(pay(including, dollars(devnet, to), payOptions('salary')));
		expect(failed.transactionHash).toMatch(/^0x/);
		await asOperator(mint(usd, account.address, 10_000_000n));
		expect(await pay(including, dollars(devnet, to), payOptions('salary'))).toMatchObject({ status: 'paid' });
		expect(kept.map((op) => hashUserOperation(op, devnet.chainId))).toHaveLength(2);

		await devnet.request('evm_revert', [snapshot]);
		const again: boolean[] = [];
		for (const op of kept) again.push((await includeOperations(devnet, [op]))[0]!.success);
		expect(again).toEqual([true, false]);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		expect(await pay(payer, dollars(devnet, to), payOptions('salary'))).toMatchObject({ status: 'alreadyPaid' });
	});

	it('pays nothing on a chain without the registry, though the endpoint says that it stands there', async () => {
		const { payer } = await payingAccount(devnet, { kind });
		const to = freshAddress();
		const code = await devnet.request<Hex>('eth_getCode', [REFERENCE_REGISTRY, 'latest']);
		await devnet.request('anvil_setCode', [REFERENCE_REGISTRY, '0x']);
		try {
			const saysSo: Payer = {
				...payer,
				rpc: liar(devnet.url, async (method, params, truth) => {
					if (method === 'eth_getCode' && params[0] === REFERENCE_REGISTRY) return code;
					return callTo(REFERENCE_REGISTRY, method, params) ? pad('0x', { size: 128 }) : truth();
				}),
			};
			expect(await refusalOf(pay(saysSo, dollars(devnet, to), payOptions('salary')))).toMatchObject({
				refusal: { code: 'notSimulated' },
			});
			expect(await refusalOf(pay(payer, dollars(devnet, to), payOptions('salary')))).toMatchObject({
				refusal: { code: 'registryMissing' },
			});
			expect(await dollarsOf(devnet, to)).toBe(0n);
		} finally {
			await devnet.request('anvil_setCode', [REFERENCE_REGISTRY, code]);
		}
	});
});

it('a gas limit that came by rotation, and is gone while a payment is under way: paid once', async () => {
	const { account, payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const rotated = await rotate(devnet, account, payer.key);
	const to = freshAddress();
	const { rpc, kept } = keeper(devnet);
	const first = await pay({ ...rotated, rpc }, dollars(devnet, to), payOptions('salary', { timeLimit: 100 }));
	expect(first.status).toBe('pending');
	expect(numberToHex(nonceKeyOf(kept[0]!.nonce), { size: 20 })).toBe(rotated.key.toLowerCase());
	const change = async (functionName: 'removeSessionKey' | 'addSessionKey', args: readonly unknown[]) => {
		const abi = SessionKeyPluginExecutionFunctionAbi;
		const done = await account.asOwner(encodeFunctionData({ abi, functionName, args } as never));
		expect(done.success).toBe(true);
	};
	await change('removeSessionKey', [rotated.key, pad('0x01')]);
	await change('addSessionKey', [rotated.key, pad('0x00'), permissionsFor(devnet, { kind: 'free lanes' }).encode()]);
	expect(await pay(rotated, dollars(devnet, to), payOptions('salary'))).toMatchObject({ status: 'paid' });
	await includeOperations(devnet, kept.slice(0, 1)).catch(() => undefined);
	expect(await dollarsOf(devnet, to)).toBe(PAID);
});

it('what was paid on a fork with the same chain id is not told on the other chain', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'gas limit' });
	const fork = await startDevnet({ forkUrl: devnet.chainUrl });
	try {
		expect(fork.chainId).toBe(devnet.chainId);
		const to = freshAddress();
		const there: Payer = { ...payer, rpc: connectionTo(fork) };
		const statuses = [];
		for (const one of [there, payer, there, payer])
			statuses.push((await pay(one, dollars(devnet, to), payOptions('salary'))).status);
		expect(statuses).toEqual(['paid', 'paid', 'alreadyPaid', 'alreadyPaid']);
		expect([await dollarsOf(devnet, to), await balanceOf(fork.request, devnet.tokens.usd6, to)]).toEqual([PAID, PAID]);
	} finally {
		await fork.close();
	}
});
