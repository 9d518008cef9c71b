import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { getContractAddress, multicall3Abi, toFunctionSelector } from 'viem';
import { MULTICALL3, MULTICALL3_INIT_CODE } from '../../../contracts/multicall3';

/** The one that signed its creation for every chain (github.com/mds1/multicall). */
const DEPLOYER = '0x05f32B3cC3888453ff71B01135B34FF8e41263F2';

test('the pinned code is viem’s own, which viem does not export', () => {
	const { resolve } = createRequire(__filename);
	const file = join(dirname(resolve('viem/package.json')), '_cjs/constants/contracts.js');
	const { multicall3Bytecode } = createRequire(__filename)(file) as { multicall3Bytecode: string };
	expect(MULTICALL3_INIT_CODE).toBe(multicall3Bytecode);
});

test('it has every function of Multicall3', () => {
	const functions = multicall3Abi.filter(({ type }) => type === 'function');
	for (const one of functions) expect(MULTICALL3_INIT_CODE).toContain(toFunctionSelector(one).slice(2));
});

test('the address is that of its deployer’s first contract', () => {
	expect(getContractAddress({ from: DEPLOYER, nonce: 0n })).toBe(MULTICALL3);
});
