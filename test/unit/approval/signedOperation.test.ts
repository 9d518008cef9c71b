import { getAddress } from 'viem';
import { accountIn, parseSignedOperation } from '../../../core/approval/signedOperation';
import { requirePlanned } from '../../../core/approval/verifyApproval';
import { initCodeOf } from '../../../core/accountState';

const ACCOUNT = getAddress('0x1f9090aae28b8a3dceadf281b0f12828e676c326');
const OWNER = getAddress('0x70997970c51812dc3a010c7d01b50e0d17dc79c8');
const SIGNATURE = `0x${'11'.repeat(64)}1b`;

const operation = {
	sender: ACCOUNT,
	nonce: '0x1',
	initCode: '0x',
	callData: '0xabcd',
	callGasLimit: '0x10',
	verificationGasLimit: '0x20',
	preVerificationGas: '0x30',
	maxFeePerGas: '0x40',
	maxPriorityFeePerGas: '0x5',
	paymasterAndData: '0x',
};
const plan = { account: ACCOUNT, callData: '0xabcd', calls: [], sentences: [], hazards: [], keys: [] } as const;
const manager = { network: { chainId: 1 } } as never;

describe('reading a signed operation', () => {
	it('reads what was prepared', () => {
		expect(parseSignedOperation(operation, SIGNATURE)).toMatchObject({
			sender: ACCOUNT,
			nonce: 1n,
			maxFeePerGas: 64n,
			callData: '0xabcd',
			signature: SIGNATURE,
		});
	});

	it.each([
		['00', '1b'],
		['01', '1c'],
	])('takes the ending of a hardware wallet: %s', (given, wanted) => {
		const { signature } = parseSignedOperation(operation, `0x${'11'.repeat(64)}${given}`);
		expect(signature.slice(-2)).toBe(wanted);
	});

	it.each([
		['no operation', undefined, SIGNATURE],
		['text', 'x', SIGNATURE],
		['a missing field', { ...operation, nonce: undefined }, SIGNATURE],
		['a decimal number', { ...operation, nonce: '1' }, SIGNATURE],
		['a number too long', { ...operation, nonce: `0x${'f'.repeat(65)}` }, SIGNATURE],
		['half a byte', { ...operation, callData: '0xabc' }, SIGNATURE],
		['an object for bytes', { ...operation, callData: {} }, SIGNATURE],
		['a short sender', { ...operation, sender: '0x12' }, SIGNATURE],
		['an endless field', { ...operation, callData: `0x${'00'.repeat(300_000)}` }, SIGNATURE],
		['no signature', operation, ''],
		['an empty signature', operation, '0x'],
		['a signature of words', operation, 'please'],
	])('refuses %s', (_, given, signature) => {
		expect(() => parseSignedOperation(given, signature)).toThrow('cannot be read');
	});

	it('knows an account that is yet to be created', () => {
		const op = parseSignedOperation({ ...operation, initCode: initCodeOf([OWNER], 7n) }, SIGNATURE);
		expect(accountIn(op)).toEqual({ address: ACCOUNT, owners: [OWNER], salt: 7n });
		expect(() => accountIn({ ...op, initCode: '0x1234' })).toThrow('not known here');
	});
});

describe('comparing with the plan', () => {
	const op = parseSignedOperation(operation, SIGNATURE);

	it('lets through what was planned', () => {
		expect(() => requirePlanned(manager, plan as never, op)).not.toThrow();
	});

	it.each([
		['other calls', { callData: '0xabce' }],
		['another account', { sender: OWNER }],
		['another way to create it', { initCode: '0x12' }],
	])('refuses %s', (_, change) => {
		expect(() => requirePlanned(manager, plan as never, { ...op, ...change } as never)).toThrow(
			'not what this request',
		);
	});

	it('refuses another payer of the gas', () => {
		expect(() => requirePlanned(manager, plan as never, { ...op, paymasterAndData: '0x1234' })).toThrow(
			'somebody else',
		);
		const sponsored = { ...(manager as object), gasPolicyId: 'policy' } as never;
		for (const paymasterAndData of ['0x', '0x1234', `0x${'00'.repeat(20)}ab`] as const) {
			expect(() => requirePlanned(sponsored, plan as never, { ...op, paymasterAndData })).toThrow('somebody else');
		}
	});
});
