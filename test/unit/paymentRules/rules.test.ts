import { encodeFunctionData, getAddress, maxUint256, parseAbi, type Address, type Hex } from 'viem';
import fc from 'fast-check';
import { nativeTransfer, tokenTransfer, type Call } from '../../../core/calls';
import { InputError } from '../../../core/errors';
import { customNetwork } from '../../../core/networks';
import { parseCaps } from '../../../core/paymentRules/caps';
import { outflowsOf } from '../../../core/paymentRules/outflows';
import {
	requireAllowedByRules,
	ruleRefusals,
	type PaymentRules,
} from '../../../core/paymentRules/requireAllowedByRules';
import { RefusalError } from '../../../core/refusal/refusal';

const person = (digits: string) => getAddress(`0x${digits.repeat(20)}`);
const [ANNA, BEN, EVE] = [person('a1'), person('b2'), person('e3')];
const [USD, EUR] = [person('c4'), person('d5')];
const network = customNetwork(31337, 'ETH');
const tokens = { [USD]: { decimals: 6 }, [EUR]: { decimals: 18 } };
const payees = [
	{ name: 'Anna', address: ANNA },
	{ name: 'Ben', address: BEN },
];
const abi = parseAbi([
	'function approve(address,uint256)',
	'function increaseAllowance(address,uint256)',
	'function transferFrom(address,address,uint256)',
	'function transferAndCall(address,uint256,bytes)',
	'function aggregate3Value((address,bool,uint256,bytes)[])',
	'function deposit()',
]);
type Function = (typeof abi)[number]['name'];
const call = (target: Address, functionName: Function, args: readonly unknown[] = [], value = 0n): Call => ({
	target,
	value,
	data: encodeFunctionData({ abi, functionName, args } as never),
});

const rules = (more: Partial<PaymentRules>): PaymentRules => ({
	payees,
	onlyPayees: false,
	mostPerPayment: [],
	mostPerRun: [],
	...more,
});
const only = rules({ onlyPayees: true });
const capped = (text: string) => parseCaps(text, 'Most per Payment', network);
const codesOf = (one: PaymentRules, calls: readonly Call[], more = {}) =>
	ruleRefusals(one, { calls, network, tokens, ...more }).map(({ code }) => code);

describe('functions of a token that pay in their own way', () => {
	test.each<[string, string, readonly unknown[]]>([
		['ERC-677, ERC-1363', 'transferAndCall(address,uint256,bytes)', [ANNA, 6_000_000n, '0x']],
		['ERC-1363', 'transferAndCall(address,uint256)', [ANNA, 6_000_000n]],
		['ERC-1363, taken', 'transferFromAndCall(address,address,uint256)', [EVE, ANNA, 6_000_000n]],
		['ERC-1363, taken, data', 'transferFromAndCall(address,address,uint256,bytes)', [EVE, ANNA, 6_000_000n, '0x']],
		['ERC-1363, approval', 'approveAndCall(address,uint256)', [ANNA, 6_000_000n]],
		['ERC-1363, approval, data', 'approveAndCall(address,uint256,bytes)', [ANNA, 6_000_000n, '0x']],
		['ERC-777', 'send(address,uint256,bytes)', [ANNA, 6_000_000n, '0x']],
		['older tokens', 'increaseApproval(address,uint256)', [ANNA, 6_000_000n]],
	])('no maximum is passed by %s: %s', (_, signature, args) => {
		const data = encodeFunctionData({ abi: parseAbi([`function ${signature}`] as never), args } as never);
		const calls = [{ target: USD, value: 0n, data }];
		const caps = capped(`5 ${USD}`);
		expect(codesOf(rules({ mostPerPayment: caps }), calls)).toEqual(['aboveMaximum']);
		expect(codesOf(rules({ mostPerRun: caps }), calls)).toEqual(['aboveMaximum']);
		expect(codesOf(rules({ mostPerPayment: capped(`6 ${USD}`) }), calls)).toEqual([]);
	});
});

describe('Only These Payees', () => {
	test.each<[string, Call]>([
		['a token', tokenTransfer(USD, ANNA, 1n)],
		['native money', nativeTransfer(BEN, 1n)],
		['an approval', call(USD, 'approve', [ANNA, 5n])],
		['a token that is taken from somebody else', call(USD, 'transferFrom', [EVE, ANNA, 5n])],
		['a call of a contract that is a payee', call(BEN, 'deposit')],
	])('a payee may be paid: %s', (_, one) => {
		expect(codesOf(only, [one])).toEqual([]);
	});

	test.each<[string, Call, Address]>([
		['a token', tokenTransfer(USD, EVE, 1n), EVE],
		['nothing of a token', tokenTransfer(USD, EVE, 0n), EVE],
		['native money', nativeTransfer(EVE, 1n), EVE],
		['an approval', call(USD, 'approve', [EVE, maxUint256]), EVE],
		['a raised allowance', call(USD, 'increaseAllowance', [EVE, 5n]), EVE],
		['transferFrom the account, even from a payee', call(USD, 'transferFrom', [ANNA, EVE, 5n]), EVE],
		['a function of the token that pays in its own way', call(USD, 'transferAndCall', [ANNA, 5n, '0x']), USD],
		['many calls in one', call(EVE, 'aggregate3Value', [[[ANNA, false, 0n, '0x']]]), EVE],
		['native money that goes along with a transfer', { ...tokenTransfer(USD, ANNA, 1n), value: 1n }, USD],
		['native money with a call', call(EVE, 'deposit', [], 1n), EVE],
		['a transfer whose data is cut', { ...tokenTransfer(USD, ANNA, 1n), data: '0xa9059cbb' }, USD],
		['less than a selector', { target: EVE, value: 0n, data: '0x00' }, EVE],
	])('a stranger may not: %s', (_, one, recipient) => {
		const [refusal, ...others] = ruleRefusals(only, { calls: [one], network, tokens });
		expect(refusal).toMatchObject({ code: 'notAPayee', data: { recipient, index: 0, payments: 1, more: 0 } });
		expect(refusal?.message).toContain(recipient);
		expect(refusal?.remedy).toContain('the chain does not know it');
		expect(others).toEqual([]);
	});

	test('capitals in the data hide nobody', () => {
		const { data, ...rest } = tokenTransfer(USD, EVE, 1n);
		const shouted = { ...rest, data: `0x${data.slice(2).toUpperCase()}` as Hex };
		expect(codesOf(only, [shouted])).toEqual(['notAPayee']);
		expect(outflowsOf([shouted])).toEqual(outflowsOf([{ ...rest, data }]));
	});

	test('dirty bytes before an address hide nobody: tokens take its last 20', () => {
		const { data, ...rest } = tokenTransfer(USD, EVE, 1n);
		expect(codesOf(only, [{ ...rest, data: `0xa9059cbb${'ff'.repeat(12)}${data.slice(34)}` }])).toEqual(['notAPayee']);
	});

	test('the first of several is named, with how many more', () => {
		const calls = [ANNA, EVE, BEN, EVE, USD].map((to) => nativeTransfer(to, 1n));
		const [refusal] = ruleRefusals(only, { calls, network, tokens });
		expect(refusal?.message).toBe(
			`Payment 2 of 5: ${EVE} is not among the payees, and the credential "Agent Session Key API" lets only payees be paid. The same is true of 2 more payments in it.`,
		);
	});

	test('with no payees nobody is paid', () => {
		expect(codesOf(rules({ payees: [], onlyPayees: true }), [nativeTransfer(ANNA, 1n)])).toEqual(['notAPayee']);
	});

	test('switched off, everybody is', () => {
		expect(codesOf(rules({}), [nativeTransfer(EVE, 1n), call(USD, 'approve', [EVE, 5n])])).toEqual([]);
	});
});

describe('a name that was given with an address', () => {
	test('is told as changed where the list has another address for it', () => {
		const [refusal] = ruleRefusals(rules({}), {
			calls: [tokenTransfer(USD, ANNA, 1n), tokenTransfer(USD, EVE, 1n)],
			names: ['Anna', 'ben'],
			network,
			tokens,
		});
		expect(refusal).toMatchObject({ code: 'notAPayee', data: { name: 'ben', listed: BEN, recipient: EVE, index: 1 } });
		expect(refusal?.message).toBe(
			`Payment 2 of 2: The address of "ben" is ${BEN} under Payees, and this payment would go to ${EVE}.`,
		);
		expect(refusal?.remedy).toContain('a changed address is how payments are stolen');
	});

	test('that belongs to another payee is no excuse', () => {
		expect(codesOf(rules({}), [tokenTransfer(USD, ANNA, 1n)], { names: ['Ben'] })).toEqual(['notAPayee']);
	});
});

describe('Most per Payment', () => {
	const most = rules({ mostPerPayment: capped(`500 ${USD}\n0.1 ETH\n0 ${EUR}`) });

	test.each<[string, Call, string[]]>([
		['exactly the most', tokenTransfer(USD, EVE, 500_000_000n), []],
		['one base unit more', tokenTransfer(USD, EVE, 500_000_001n), ['aboveMaximum']],
		['native money', nativeTransfer(EVE, 100_000_000_000_000_001n), ['aboveMaximum']],
		['native money with a call', call(EVE, 'deposit', [], 100_000_000_000_000_001n), ['aboveMaximum']],
		['a call without money', call(EVE, 'deposit'), []],
		['an approval', call(USD, 'approve', [EVE, maxUint256]), ['aboveMaximum']],
		['a raised allowance', call(USD, 'increaseAllowance', [EVE, 500_000_001n]), ['aboveMaximum']],
		['anything of a token whose most is 0', tokenTransfer(EUR, EVE, 1n), ['aboveMaximum']],
		['a function of the token that pays in a way of its own', call(USD, 'deposit'), ['aboveMaximum']],
		[
			'many calls in one, by the token itself',
			call(USD, 'aggregate3Value', [[[EVE, false, 0n, '0x']]]),
			['aboveMaximum'],
		],
		['a transfer whose data is cut', { ...tokenTransfer(USD, EVE, 1n), data: '0xa9059cbb' }, ['aboveMaximum']],
		['native money that goes along with a transfer', { ...tokenTransfer(USD, EVE, 1n), value: 1n }, []],
		['native money to the token', nativeTransfer(USD, 1n), []],
		['a token that has no most', tokenTransfer(BEN, EVE, maxUint256), []],
	])('%s', (_, one, codes) => {
		expect(codesOf(most, [one])).toEqual(codes);
	});

	test('is of each payment: a batch may be more', () => {
		const calls = [ANNA, BEN, EVE].map((to) => tokenTransfer(USD, to, 500_000_000n));
		expect(codesOf(most, calls)).toEqual([]);
	});

	test('says the exact figures', () => {
		const [refusal] = ruleRefusals(most, { calls: [tokenTransfer(USD, EVE, 1_200_000_001n)], network, tokens });
		expect(refusal?.message).toContain(`This payment is 1,200.000001 ${USD}, more than the 500 ${USD}`);
		expect(refusal?.data).toMatchObject({ rule: 'payment', amount: '1200.000001', most: '500' });
	});

	test('says so where the amount can not be told', () => {
		const [refusal] = ruleRefusals(most, { calls: [call(USD, 'deposit')], network, tokens: {} });
		expect(refusal?.message).toBe(
			`How much ${USD} this call takes can't be told from its function, and "Most per Payment" allows 500 ${USD}.`,
		);
		expect(refusal?.remedy).toContain(`can take ${USD} out of "Most per Payment"`);
	});

	test('that has more decimals than the token is no amount of it', () => {
		const fine = rules({ mostPerPayment: capped(`0.0000001 ${USD}`) });
		const read = () => codesOf(fine, [tokenTransfer(USD, EVE, 1n)]);
		expect(read).toThrow(InputError);
		expect(read).toThrow('"Most per Payment" is 0.0000001, which has 7 decimal places; this unit has 6');
	});

	test('of a token that tells no decimals refuses it', () => {
		const payment = { calls: [tokenTransfer(USD, EVE, 1n)], network, tokens: {} };
		expect(() => requireAllowedByRules(most, payment)).toThrow('which does not tell its decimals');
	});
});

describe('Most per Run', () => {
	const most = rules({ mostPerRun: capped(`1000 ${USD}`) });

	test('lets nothing through of which the amount can not be told', () => {
		expect(codesOf(most, [call(USD, 'deposit')])).toEqual(['aboveMaximum']);
		expect(codesOf(most, [call(EVE, 'deposit')])).toEqual([]);
	});

	test('adds up what a batch pays, and names the payment that is too much', () => {
		const calls = [ANNA, BEN, EVE].map((to) => tokenTransfer(USD, to, 400_000_000n));
		const [refusal] = ruleRefusals(most, { calls, network, tokens });
		expect(refusal).toMatchObject({
			code: 'aboveMaximum',
			data: { rule: 'run', amount: '400', before: '800', most: '1000', index: 2, payments: 3 },
		});
	});

	test('adds what the run paid before', () => {
		const others = { [USD]: 700_000_000n, native: 5n };
		expect(codesOf(most, [tokenTransfer(USD, EVE, 300_000_000n)], { others })).toEqual([]);
		expect(codesOf(most, [tokenTransfer(USD, EVE, 300_000_001n)], { others })).toEqual(['aboveMaximum']);
	});
});

test('no rules, nothing against it', () => {
	expect(() => requireAllowedByRules(undefined, { calls: [nativeTransfer(EVE, 1n)], network, tokens })).not.toThrow();
});

test('of several rules the first call that one forbids comes first', () => {
	const strict = rules({ onlyPayees: true, mostPerPayment: capped(`5 ${USD}`) });
	const calls = [tokenTransfer(USD, ANNA, 6_000_000n), tokenTransfer(USD, EVE, 1n)];
	const refuse = () => requireAllowedByRules(strict, { calls, network, tokens });
	expect(refuse).toThrow(RefusalError);
	expect(codesOf(strict, calls)).toEqual(['aboveMaximum', 'notAPayee']);
	expect(codesOf(strict, [...calls].reverse())).toEqual(['notAPayee', 'aboveMaximum']);
});

/** The same rules once more, told from the payments and not from their calls. */
interface Line {
	to: Address;
	token?: Address;
	amount: bigint;
	by: 'transfer' | 'approve' | 'increaseAllowance' | 'transferFrom';
}
const line = fc.record<Line>({
	to: fc.constantFrom(ANNA, BEN, EVE),
	token: fc.constantFrom(USD, EUR, undefined),
	amount: fc.bigInt(0n, 12n),
	by: fc.constantFrom('transfer', 'approve', 'increaseAllowance', 'transferFrom'),
});
const toCall = ({ to, token, amount, by }: Line): Call => {
	if (!token) return nativeTransfer(to, amount);
	if (by === 'transfer') return tokenTransfer(token, to, amount);
	return call(token, by, by === 'transferFrom' ? [USD, to, amount] : [to, amount]);
};
const most = fc.option(fc.bigInt(0n, 12n), { nil: undefined });
const perToken = fc.record({ [USD]: most, [EUR]: most, native: most });
const capsFrom = (amounts: Record<string, bigint | undefined>) =>
	Object.entries(amounts).flatMap(([token, units]) => {
		if (units === undefined) return [];
		const decimals = token === USD ? 6 : 18;
		const amount = `0.${units.toString().padStart(decimals, '0')}`;
		return [token === 'native' ? { unit: 'ETH', amount } : { token: token as Address, unit: token, amount }];
	});

test('whatever is allowed obeys the rules, and what is refused is refused for its first line', () => {
	fc.assert(
		fc.property(
			fc.record({
				lines: fc.array(line, { minLength: 1, maxLength: 8 }),
				onlyPayees: fc.boolean(),
				listed: fc.subarray(payees),
				perPayment: perToken,
				perRun: perToken,
				before: fc.record({ [USD]: fc.bigInt(0n, 12n), native: fc.bigInt(0n, 12n) }),
			}),
			({ lines, onlyPayees, listed, perPayment, perRun, before }) => {
				const key = ({ token = 'native' as Address }: Line) => token;
				const offends = lines.map((one, index) => {
					const isStranger = onlyPayees && !listed.some(({ address }) => address === one.to);
					const cap = perPayment[key(one)];
					const runCap = perRun[key(one)];
					const until = lines.slice(0, index + 1).filter((other) => key(other) === key(one));
					const sum = until.reduce(
						(total, { amount }) => total + amount,
						(before as Record<string, bigint>)[key(one)] ?? 0n,
					);
					const isTooLarge = cap !== undefined && one.amount > cap;
					return isStranger || isTooLarge || (runCap !== undefined && one.amount > 0n && sum > runCap);
				});
				const refusals = ruleRefusals(
					{ payees: listed, onlyPayees, mostPerPayment: capsFrom(perPayment), mostPerRun: capsFrom(perRun) },
					{ calls: lines.map(toCall), network, tokens, others: before as Record<string, bigint> },
				);
				expect(refusals.length === 0).toBe(!offends.includes(true));
				if (refusals[0]) expect(refusals[0].data).toMatchObject({ index: offends.indexOf(true) });
			},
		),
		{ numRuns: Number(process.env.RULE_CASES ?? 300) },
	);
});
