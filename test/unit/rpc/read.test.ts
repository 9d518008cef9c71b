import { encodeAbiParameters, erc20Abi, type Hex } from 'viem';
import { InputError } from '../../../core/errors';
import { EndpointError, RpcError } from '../../../core/rpc/errors';
import { contractRead, mapRead, orElse, read, rpcRead, type Read } from '../../../core/rpc/read';
import { answering, methodsIn, scripted } from './scripted';

const TOKEN = '0x036CbD53842c5426634e7929541eC2318f3dCF7e';
const number = (hex: Hex) => Number(hex);

describe('read', () => {
	it('asks for everything in one batch and answers in the shape of the question', async () => {
		const { rpc, requests } = scripted(answering(({ params }) => ({ result: params[0] })));
		const one = (value: number) => rpcRead('eth_x', [`0x${value.toString(16)}`], number);
		const answers = await read(rpc, {
			first: one(1),
			list: [one(2), one(3)],
			nothing: undefined,
			deep: { down: { here: one(4), list: [[one(5)], []] } },
		});
		expect(answers).toEqual({
			first: 1,
			list: [2, 3],
			nothing: undefined,
			deep: { down: { here: 4, list: [[5], []] } },
		});
		expect(requests).toHaveLength(1);
		expect(requests[0]?.calls).toHaveLength(5);
	});

	it('asks nothing when there is nothing to ask', async () => {
		const { rpc, requests } = scripted(answering(() => ({ result: null })));
		expect(await read(rpc, { nothing: undefined, list: [] })).toEqual({ nothing: undefined, list: [] });
		expect(requests).toEqual([]);
	});

	it('throws the error of a call that allows for none, and lets others decide', async () => {
		const { rpc } = scripted(answering(() => ({ error: { code: -32601, message: 'no such method' } })));
		const plain = rpcRead('rundler_maxPriorityFeePerGas', [], number);
		await expect(read(rpc, { plain })).rejects.toThrow(RpcError);
		const codeOf = (error: Error) => (error as RpcError).code;
		expect(
			await read(rpc, {
				fallback: orElse(plain, codeOf),
				mapped: mapRead(
					orElse(plain, () => 2),
					(two) => two * 2,
				),
			}),
		).toEqual({
			fallback: -32601,
			mapped: 4,
		});
	});

	it('reads views of contracts, at the newest block or at a past one', async () => {
		const { rpc, requests } = scripted(answering(() => ({ result: encodeAbiParameters([{ type: 'uint256' }], [7n]) })));
		const balance = (block?: bigint) => contractRead(erc20Abi, TOKEN, 'balanceOf', [TOKEN], block);
		expect(await read(rpc, [balance(), balance(258n)])).toEqual([7n, 7n]);
		expect(requests[0]?.calls.map(({ params }) => params[1])).toEqual(['latest', '0x102']);
		expect(methodsIn(requests)).toEqual([['eth_call', 'eth_call']]);
	});

	describe('of an answer that is none', () => {
		const block = rpcRead('eth_getBlockByNumber', ['latest', false], ({ number: height }: { number: Hex }) =>
			BigInt(height),
		);
		const READS: [string, Read<unknown>][] = [
			['a balance', rpcRead('eth_getBalance', [TOKEN, 'latest'], (wei: Hex) => BigInt(wei))],
			['a chain', rpcRead('eth_chainId', [], Number)],
			['code', rpcRead('eth_getCode', [TOKEN, 'latest'], (code: Hex) => code)],
			['a block', block],
			['a call', contractRead(erc20Abi, TOKEN, 'balanceOf', [TOKEN])],
			[
				'an estimate',
				rpcRead('eth_estimateUserOperationGas', [], ({ callGasLimit }: { callGasLimit: Hex }) => BigInt(callGasLimit)),
			],
		];
		const NOTHING = [null, undefined, '', 'x', {}, [], true, { number: null }, '0x1g', Number.NaN, -1];

		it.each(READS)('%s says so, whatever came', async (_, one) => {
			for (const result of NOTHING) {
				const { rpc } = scripted(answering(() => ({ result })));
				const thrown = await read(rpc, { one }).catch((error: unknown) => error);
				expect([result, thrown]).toEqual([result, expect.any(EndpointError)]);
				expect(thrown).toMatchObject({ fault: 'unintelligible', method: one.method });
			}
		});

		it('says so of what a contract answers that has another form, unless it is allowed for', async () => {
			const { rpc } = scripted(answering(() => ({ result: '0x01' })));
			const balance = contractRead(erc20Abi, TOKEN, 'balanceOf', [TOKEN]);
			await expect(read(rpc, { balance })).rejects.toMatchObject({ fault: 'unintelligible', method: 'eth_call' });
			expect(await read(rpc, { balance: orElse(balance, () => 'other') })).toEqual({ balance: 'other' });
		});

		it('lets errors pass that say something', async () => {
			const { rpc } = scripted(answering(() => ({ result: '0x1' })));
			const own = new InputError('Amount', 'message', 'remedy');
			const one = rpcRead('eth_x', [], () => {
				throw own;
			});
			await expect(read(rpc, { one })).rejects.toBe(own);
		});
	});

	it('lets a contract that does not stand there be told from one that answers', async () => {
		const { rpc } = scripted(answering(() => ({ result: '0x' })));
		const balance = contractRead(erc20Abi, TOKEN, 'balanceOf', [TOKEN]);
		await expect(read(rpc, [balance])).rejects.toThrow();
		expect(await read(rpc, [orElse(balance, () => undefined)])).toEqual([undefined]);
	});
});
