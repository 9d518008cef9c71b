import { functionName, namesIn, parseNamedFunction, parseNamedFunctions } from '../../../core/permissions/functions';

describe('functions', () => {
	it.each([
		['transfer(address,uint256)', '0xa9059cbb'],
		['function transfer(address to, uint amount) returns (bool);', '0xa9059cbb'],
		['receive()', '0x00000000'],
	])('reads %s', (text, selector) => {
		expect(parseNamedFunction(text).selector).toBe(selector);
	});

	it.each(['0xa9059cbb', '', 'transfer', 'transfer(adress)', null])('refuses %p', (text) => {
		expect(() => parseNamedFunction(text)).toThrow();
	});

	it('reads several, and refuses none', () => {
		expect(parseNamedFunctions('transfer(address to,uint amount)\n\napprove(address,uint256); receive()')).toEqual([
			{ selector: '0xa9059cbb', signature: 'transfer(address,uint256)' },
			{ selector: '0x095ea7b3', signature: 'approve(address,uint256)' },
			{ selector: '0x00000000', signature: 'receive()' },
		]);
		expect(() => parseNamedFunctions(' \n')).toThrow('empty');
	});

	it('names what is well known, or in the ABI given', () => {
		expect(functionName('0xa9059cbb')).toBe('transfer(address,uint256)');
		expect(functionName('0x00000000')).toBe('receive()');
		expect(functionName('0x12345678')).toBeUndefined();
		const abi = [{ type: 'function', name: 'hit', inputs: [], outputs: [], stateMutability: 'payable' }] as const;
		expect(functionName(parseNamedFunction('hit()').selector, namesIn(abi))).toBe('hit()');
	});
});
