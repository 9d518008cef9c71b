import fc from 'fast-check';
import {
	decodeFunctionData,
	encodeFunctionResult,
	erc20Abi,
	getAddress,
	toFunctionSignature,
	toHex,
	type AbiFunction,
} from 'viem';
import { InputError } from '../../core/errors';
import { decodeAnswer, encodeCall, toJson } from '../../core/functionCall';
import { functionInAbi, functionsOf, parseContractAbi, parseFunctionSignature } from '../../core/input/abi';

const ANNA = '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326';

function argsOf(signature: string, values: Record<string, unknown>): unknown {
	const item = parseFunctionSignature(signature);
	return decodeFunctionData({ abi: [item], data: encodeCall(item, values) }).args;
}

describe('a function as a person types it', () => {
	it.each([
		['deposit(address receiver, uint256 amount)', 'deposit(address,uint256)'],
		['deposit(address,uint256)', 'deposit(address,uint256)'],
		[
			'  function deposit(address receiver, uint256 amount) external payable returns (uint256 shares);',
			'deposit(address,uint256)',
		],
		['balanceOf(address) view returns (uint256)', 'balanceOf(address)'],
		['pause()', 'pause()'],
		['pay((address to, uint256 amount)[] lines)', 'pay((address,uint256)[])'],
	])('%p is understood', (text, signature) => {
		expect(toFunctionSignature(parseFunctionSignature(text))).toBe(signature);
	});

	it.each(['', 'deposit', 'deposit(', 'deposit(adress)', '0xa9059cbb', 'event Paid(address)', null, 7])(
		'%p is not one',
		(text) => {
			expect(() => parseFunctionSignature(text)).toThrow(InputError);
		},
	);
});

describe('an ABI', () => {
	it.each([
		['the list of a block explorer', JSON.stringify(erc20Abi)],
		['a compiler’s file', JSON.stringify({ contractName: 'Token', abi: erc20Abi })],
		[
			'one function a line',
			'function transfer(address to, uint256 amount) returns (bool)\n\nfunction name() view returns (string)',
		],
	])('is read from %s', (_, text) => {
		const signatures = functionsOf(parseContractAbi(text)).map(({ signature }) => signature);
		expect(signatures).toEqual(expect.arrayContaining(['transfer(address,uint256)', 'name()']));
	});

	it.each(['', '{}', 'not an ABI', '{"abi": 7}', null])('is not read from %p', (text) => {
		expect(() => parseContractAbi(text)).toThrow(InputError);
	});

	it('with overloads wants the whole signature, and says which there are', () => {
		const abi = parseContractAbi('function pay(uint256)\nfunction pay(address)\nfunction stop()');
		expect(toFunctionSignature(functionInAbi(abi, 'pay(address)'))).toBe('pay(address)');
		expect(functionInAbi(abi, 'stop').name).toBe('stop');
		for (const name of ['pay', 'go', undefined]) {
			expect(() => functionInAbi(abi, name)).toThrow(
				expect.objectContaining({ remedy: expect.stringContaining('pay(uint256), pay(address), stop()') }),
			);
		}
	});
});

describe('arguments', () => {
	it('of whole numbers are exact, as text or as numbers, up to the ends of their type', () => {
		const type = fc.constantFrom(8n, 48n, 128n, 256n);
		fc.assert(
			fc.property(type, fc.boolean(), fc.bigInt(), (bits, signed, random) => {
				const [least, most] = signed ? [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] : [0n, 2n ** bits - 1n];
				const inside = least + BigInt.asUintN(Number(bits), random);
				const signature = `set(${signed ? '' : 'u'}int${bits} x)`;
				for (const value of [least, inside, most]) {
					expect(String((argsOf(signature, { x: ` ${value} ` }) as unknown[])[0])).toBe(value.toString());
				}
				for (const value of [least - 1n, most + 1n]) {
					expect(() => argsOf(signature, { x: value.toString() })).toThrow(InputError);
				}
			}),
		);
	});

	it.each(['1.5', '1e18', '', 'one', null, undefined, 1.5, 2 ** 60, true, '0x10'])('a whole number is not %p', (x) => {
		expect(() => argsOf('set(uint256 x)', { x })).toThrow(expect.objectContaining({ name: 'InputError', field: 'x' }));
	});

	it('of every other type are taken as a person gives them', () => {
		const all = argsOf('set(address a, bool b, bool c, string d, bytes e, bytes4 f)', {
			a: ANNA.toLowerCase(),
			b: true,
			c: 'false',
			d: 'ünï',
			e: '0x',
			f: '0xa9059cbb',
		});
		expect(all).toEqual([ANNA, true, false, 'ünï', '0x', '0xa9059cbb']);
	});

	it('without a name go by their place', () => {
		expect(argsOf('transfer(address,uint256)', { 'argument 1': ANNA, 'argument 2': '5' })).toEqual([ANNA, 5n]);
	});

	it('that are lists and structs are JSON, with large numbers in quotes', () => {
		const signature = 'pay((address to, uint256 amount)[] lines, uint256[2] pair)';
		const lines = [{ to: ANNA, amount: '340282366920938463463374607431768211456' }];
		const expected = [[{ to: ANNA, amount: 2n ** 128n }], [1n, 2n]];
		expect(argsOf(signature, { lines: JSON.stringify(lines), pair: '[1, "2"]' })).toEqual(expected);
		expect(argsOf(signature, { lines: [[ANNA, lines[0]?.amount]], pair: [1, 2] })).toEqual(expected);
	});

	it.each([
		['uint256[2] pair', 'pair', '[1]'],
		['uint256[] list', 'list[1]', '[1, "x"]'],
		['(address to, uint256 amount) line', 'line.amount', `{"to": "${ANNA}"}`],
		['(address to)[] lines', 'lines[0].to', '[{"to": "anna"}]'],
		['address a', 'a', '0x123'],
		['bool b', 'b', 'perhaps'],
		['bytes4 f', 'f', '0xa9059c'],
		['bytes e', 'e', '0x123'],
	])('%p: what does not fit is named as %p', (parameter, field, value) => {
		const name = parameter.split(' ').pop() as string;
		expect(() => argsOf(`set(${parameter})`, { [name]: value })).toThrow(
			expect.objectContaining({ name: 'InputError', field }),
		);
	});
});

describe('answers', () => {
	it('come out safe for JSON, whole numbers as exact text', () => {
		const item = parseFunctionSignature(
			'look() view returns (uint256 a, (address to, uint256[] amounts) b, bytes c)',
		) as AbiFunction;
		const huge = 2n ** 255n;
		const result = [huge, { to: getAddress(ANNA), amounts: [1n, huge] }, toHex('x')] as const;
		const answer = decodeAnswer(item, encodeFunctionResult({ abi: [item], functionName: 'look', result } as never));
		const expected = [huge.toString(), { to: ANNA, amounts: ['1', huge.toString()] }, '0x78'];
		expect(JSON.parse(JSON.stringify(answer))).toEqual(expected);
	});

	it('keep everything that is not a whole number', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				fc.pre(!JSON.stringify(value).includes('__proto__'));
				expect(JSON.stringify(toJson(value))).toBe(JSON.stringify(value));
			}),
		);
	});
});
