import { toFunctionSelector, type Hex } from 'viem';

/** ERC-20 `transfer` and `approve`: what a spend limit counts, and the only functions that it leaves open. */
export const TRANSFER: Hex = '0xa9059cbb';
export const APPROVE: Hex = '0x095ea7b3';

/** Whether a spend limit of the token counts calls of this function. */
export function isTokenPayment(selector: Hex): boolean {
	return selector === TRANSFER || selector === APPROVE;
}

/** Functions that people meet; others are shown by their selector. */
const KNOWN = [
	'transfer(address,uint256)',
	'approve(address,uint256)',
	'transferFrom(address,address,uint256)',
	'increaseAllowance(address,uint256)',
	'decreaseAllowance(address,uint256)',
	'permit(address,address,uint256,uint256,uint8,bytes32,bytes32)',
	'deposit()',
	'withdraw(uint256)',
	'mint(address,uint256)',
	'burn(uint256)',
	'safeTransferFrom(address,address,uint256)',
	'setApprovalForAll(address,bool)',
	'multicall(bytes[])',
];

const NAMES = new Map<Hex, string>(
	KNOWN.map((signature) => [toFunctionSelector(signature), signature.slice(0, signature.indexOf('('))]),
);

/** The name of a well-known function; undefined for others. */
export function functionNameOf(selector: Hex): string | undefined {
	return NAMES.get(selector);
}
