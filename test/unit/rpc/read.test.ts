import { encodeAbiParameters, erc20Abi, type Hex } from 'viem';
import { RpcError } from '../../../core/rpc/errors';
import { contractRead, mapRead, orElse, read, rpcRead } from '../../../core/rpc/read';
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

	it('lets a contract that does not stand there be told from one that answers', async () => {
		const { rpc } = scripted(answering(() => ({ result: '0x' })));
		const balance = contractRead(erc20Abi, TOKEN, 'balanceOf', [TOKEN]);
		await expect(read(rpc, [balance])).rejects.toThrow();
		expect(await read(rpc, [orElse(balance, () => undefined)])).toEqual([undefined]);
	});
});
