import fc from 'fast-check';
import { getAddress, type Hex } from 'viem';
import {
	isStopNonce,
	parseStopCode,
	requireStop,
	stopNonceKey,
	stopOf,
	toStopCode,
} from '../../../core/emergencyStop/stopCode';
import { toNonce, type UserOperation } from '../../../core/userOperation/userOperation';

const bytes = (count: number) =>
	fc.uint8Array({ minLength: count, maxLength: count }).map((one): Hex => `0x${Buffer.from(one).toString('hex')}`);
const gas = fc.bigInt(0n, 10n ** 20n);

const stops = fc
	.record({
		chainId: fc.integer({ min: 1, max: 2 ** 31 }),
		sender: bytes(20),
		random: bytes(32),
		sequence: fc.bigInt(0n, 5n),
		limits: fc.tuple(gas, gas, gas, gas, gas),
		signature: fc.oneof(bytes(65), bytes(130)),
	})
	.map(({ chainId, sender, random, sequence, limits, signature }) => {
		const [callGasLimit, verificationGasLimit, preVerificationGas, maxFeePerGas, maxPriorityFeePerGas] = limits;
		const fees = { callGasLimit, verificationGasLimit, preVerificationGas, maxFeePerGas, maxPriorityFeePerGas };
		const nonce = toNonce(stopNonceKey(random), sequence);
		const op: UserOperation = { ...stopOf(getAddress(sender)), nonce, ...fees, signature };
		return { chainId, op };
	});

it('gives back the very operation, also with blanks and line breaks of a chat in it', () => {
	fc.assert(
		fc.property(stops, fc.nat(), (stop, at) => {
			const code = toStopCode(stop);
			const place = at % code.length;
			expect(parseStopCode(code, 'Code')).toEqual(stop);
			expect(parseStopCode(` ${code.slice(0, place)}\r\n ${code.slice(place)}\n`, 'Code')).toEqual(stop);
			expect(parseStopCode(code.toUpperCase(), 'Code')).toEqual(stop);
		}),
	);
});

it('refuses a code of which a single sign is another, missing or too many', () => {
	fc.assert(
		fc.property(stops, fc.nat(), fc.constantFrom('0', 'f', ''), (stop, at, sign) => {
			const code = toStopCode(stop);
			const place = 6 + (at % (code.length - 6));
			const changed = `${code.slice(0, place)}${sign}${code.slice(place + 1)}`;
			fc.pre(changed !== code);
			expect(() => parseStopCode(changed, 'Code')).toThrow(/"Code"/);
			expect(() => parseStopCode(`${code.slice(0, place)}0${code.slice(place)}`, 'Code')).toThrow(/"Code"/);
		}),
	);
});

it.each([undefined, null, 7, {}, '', 'stop1', 'stop1--', 'stop2-00-00', 'hello', `0x${'11'.repeat(32)}`])(
	'refuses %p in words that name the field',
	(given) => {
		expect(() => parseStopCode(given, 'Emergency Stop Code')).toThrow(/^"Emergency Stop Code" /);
	},
);

it('has a nonce that nobody can know beforehand, and everybody recognises afterwards', () => {
	fc.assert(
		fc.property(bytes(32), bytes(32), (one, other) => {
			fc.pre(one.slice(0, 34) !== other.slice(0, 34));
			expect(stopNonceKey(one)).not.toBe(stopNonceKey(other));
			expect(isStopNonce(toNonce(stopNonceKey(one), 3n))).toBe(true);
			expect(stopNonceKey(one) < 1n << 192n).toBe(true);
		}),
	);
	expect(isStopNonce(0n)).toBe(false);
	expect(isStopNonce(toNonce(BigInt(`0x${'ab'.repeat(20)}`), 0n))).toBe(false);
});

it('takes nothing for a stop that does anything else', () => {
	const stop = fc.sample(stops, 1)[0]!;
	expect(requireStop(stop.op)).toBe(stop.op);
	for (const other of [{ callData: '0x12' }, { initCode: '0x12' }, { paymasterAndData: '0x12' }] as const) {
		expect(() => requireStop({ ...stop.op, ...other })).toThrow('does something else');
	}
});
