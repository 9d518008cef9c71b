import { encodeFunctionData, parseAbi, parseSignature, serializeSignature } from 'viem';
import { hashTypedData } from 'viem';
import type { Approved } from '../../../core/paymentApproval/approval';
import { looksLikeApproval, parseApproval } from '../../../core/paymentApproval/approval';
import { hashLines, totalWords } from '../../../core/paymentApproval/lines';
import { approvalTypedData, typedDataJson } from '../../../core/paymentApproval/typedData';
import { APPROVE, TRANSFER_FROM, type Call } from '../../../core/calls';
import {
	account,
	address,
	agent,
	anna,
	approvedBy,
	ben,
	callOf,
	EURX,
	line,
	network,
	NOW,
	outcomeOf,
	rule,
	stranger,
	USDX,
	verdictOn,
} from './approving';

const SALARIES = [
	line(),
	line({ reference: 'salary/2026-11/ben', to: address(2), amount: '800.5' }),
	line({ reference: 'bonus', to: address(3), amount: '0.25', token: 'ETH', tokenAddress: undefined, decimals: 18 }),
];

describe('what needs an approval', () => {
	const above = [{ token: USDX, unit: 'USDX', amount: '1000' }];
	const limited = { approvalRule: rule({ above }) };

	it('is every payment, where the credential names approvers and no amount', async () => {
		expect(await outcomeOf([line({ amount: '0.000001' })])).toBe('approvalMissing: none');
		expect(await outcomeOf([line()], { approvalRule: null })).toBe('paid');
	});

	it('is what is above the amount, alone or with what the same run has paid', async () => {
		expect(await outcomeOf([line({ amount: '1000' })], limited)).toBe('paid');
		expect(await outcomeOf([line({ amount: '1000.000001' })], limited)).toBe('approvalMissing: none');
		const others = { [USDX]: 400_000_000n };
		expect(await outcomeOf([line({ amount: '600' })], { ...limited, others })).toBe('paid');
		expect(await outcomeOf([line({ amount: '600.000001' })], { ...limited, others })).toBe('approvalMissing: none');
		const split = [line({ amount: '600' }), line({ to: address(2), amount: '600' })];
		expect(await outcomeOf(split, limited)).toBe('approvalMissing: none');
	});

	it('is every payment in a token that is not named, and 0 stands for always', async () => {
		const euros = line({ amount: '0.01', token: 'EURX', tokenAddress: EURX, decimals: 2 });
		expect(await outcomeOf([euros], limited)).toBe('approvalMissing: none');
		const always = rule({ above: [{ token: USDX, unit: 'USDX', amount: '0' }] });
		expect(await outcomeOf([line({ amount: '0.000001' })], { approvalRule: always })).toBe('approvalMissing: none');
	});

	const abi = parseAbi(['function increaseAllowance(address,uint256)', 'function mint(uint256)']);
	const arguments64 = (amount: number) =>
		`${address(9).slice(2).padStart(64, '0')}${amount.toString(16).padStart(64, '0')}`;
	const calls: [string, Call, Call][] = [
		[
			'approve',
			{ target: USDX, value: 0n, data: `${APPROVE}${arguments64(1_000_000_000)}` as `0x${string}` },
			{ target: USDX, value: 0n, data: `${APPROVE}${arguments64(1_000_000_001)}` as `0x${string}` },
		],
		[
			'increaseAllowance',
			{
				target: USDX,
				value: 0n,
				data: encodeFunctionData({ abi, functionName: 'increaseAllowance', args: [address(9), 10n ** 9n] }),
			},
			{
				target: USDX,
				value: 0n,
				data: encodeFunctionData({ abi, functionName: 'increaseAllowance', args: [address(9), 10n ** 9n + 1n] }),
			},
		],
		[
			'transferFrom',
			{
				target: USDX,
				value: 0n,
				data: `${TRANSFER_FROM}${account.slice(2).padStart(64, '0')}${arguments64(1_000_000_000)}` as `0x${string}`,
			},
			{
				target: USDX,
				value: 0n,
				data: `${TRANSFER_FROM}${account.slice(2).padStart(64, '0')}${arguments64(1_000_000_001)}` as `0x${string}`,
			},
		],
	];

	it.each(calls)('is %s of more than the amount', async (_, below, aboveIt) => {
		expect(await outcomeOf([], { ...limited, calls: [below], reference: 'r' })).toBe('paid');
		expect(await outcomeOf([], { ...limited, calls: [aboveIt], reference: 'r' })).toBe('approvalMissing: none');
	});

	it('is every call of another function, since nobody can tell what it moves', async () => {
		const call = { target: USDX, value: 0n, data: encodeFunctionData({ abi, functionName: 'mint', args: [1n] }) };
		expect(await outcomeOf([], { ...limited, calls: [call], reference: 'r' })).toBe('approvalMissing: none');
		const short = { target: USDX, value: 0n, data: `${APPROVE}00` as const };
		expect(await outcomeOf([], { ...limited, calls: [short], reference: 'r' })).toBe('approvalMissing: none');
	});
});

describe('an approval', () => {
	it('lets its own lines be paid, one by one and together under one reference', async () => {
		const approval = await approvedBy([anna], SALARIES);
		for (const one of SALARIES) expect(await outcomeOf([one], { approval })).toBe('paid');
		const batch = SALARIES.map((one) => ({ ...one, reference: 'salaries/2026-11' }));
		const whole = await approvedBy([anna], batch);
		expect(await outcomeOf(batch, { approval: whole })).toBe('paid');
		expect(await outcomeOf(batch.slice(1), { approval: whole })).toBe('paid');
		const { approved } = await verdictOn(batch, { approval: whole });
		expect(approved).toEqual(whole);
	});

	it.each([
		['another amount', { amount: '1200.000001' }, 'amount'],
		['another recipient', { to: address(9) }, 'recipient'],
		['another token', { token: 'EURX', tokenAddress: EURX, decimals: 2 }, 'token'],
		['native money', { token: 'ETH', tokenAddress: undefined, decimals: 18 }, 'token+amount'],
		['another reference', { reference: 'salary/2026-12/anna' }, 'reference'],
	])('does not let %s be paid', async (_, edit, fields) => {
		const approval = await approvedBy([anna], SALARIES);
		const asked = await outcomeOf([line(edit)], { approval });
		expect(asked).toMatch(new RegExp(`^approvalDiffers: ${fields.replace('+', '\\+')}`));
	});

	it('counts each of its lines once in a payment', async () => {
		const twice = [line(), line()];
		const approval = await approvedBy([anna], twice);
		expect(await outcomeOf(twice, { approval })).toBe('paid');
		expect(await outcomeOf([...twice, line()], { approval })).toBe('approvalDiffers: reference');
	});

	it('says which field it was, of which payment, and both values', async () => {
		const approval = await approvedBy([anna], SALARIES);
		const { refusals } = await verdictOn([line({ amount: '12000' })], { approval });
		expect(refusals[0]?.message).toBe(
			'The payment under "salary/2026-11/anna" is not as it was approved: its amount was approved as 1,200 USDX and is now 12,000 USDX.',
		);
	});

	it('is of one account on one network, and until its time', async () => {
		const approval = await approvedBy([anna], SALARIES);
		const other = { payer: { account: address(5) }, approval };
		expect(await outcomeOf([line()], other)).toBe('approvalDiffers: account');
		expect(await outcomeOf([line()], { payer: { chainId: 1 }, approval })).toBe('approvalDiffers: network');
		// Who writes the present account or network into it breaks the signature.
		const moved = { ...approval, account: address(5) };
		expect(await outcomeOf([line()], { payer: { account: address(5) }, approval: moved })).toBe(
			'approvalDiffers: changed',
		);
		const elsewhere = { ...approval, chainId: 1 };
		expect(await outcomeOf([line()], { payer: { chainId: 1 }, approval: elsewhere })).toBe('approvalDiffers: changed');
		const end = Date.parse(approval.validUntil) / 1000;
		expect(await outcomeOf([line()], { approval, now: end })).toBe('paid');
		expect(await outcomeOf([line()], { approval, now: end + 1 })).toBe('approvalMissing: over');
		const later = { ...approval, validUntil: '2036-12-28T09:00:00Z' };
		expect(await outcomeOf([line()], { approval: later, now: end + 1 })).toBe('approvalDiffers: changed');
	});

	it('does not cover what is not a plain payment, or could be paid again and again', async () => {
		const approval = await approvedBy([anna], SALARIES);
		expect(await outcomeOf([line()], { approval, reference: undefined })).toBe('approvalMissing: noReference');
		const approve = { ...callOf(line()), data: callOf(line()).data.replace('0xa9059cbb', APPROVE) as `0x${string}` };
		expect(await outcomeOf([line()], { approval, calls: [approve] })).toBe('approvalMissing: call');
	});

	test('money that is taken from somebody else is not the payment that was approved', async () => {
		const approval = await approvedBy([anna], [line()]);
		const abi = parseAbi(['function transferFrom(address,address,uint256)']);
		const data = encodeFunctionData({ abi, args: [address(9), line().to, 1_200_000_000n] });
		const calls = [{ target: USDX, value: 0n, data }];
		expect(await outcomeOf([line()], { approval, calls })).toBe('approvalMissing: call');
	});

	it('counts even where none was needed: what is not in it is not paid', async () => {
		const approvalRule = rule({ above: [{ token: USDX, unit: 'USDX', amount: '1000000' }] });
		const approval = await approvedBy([anna], SALARIES.slice(1));
		expect(await outcomeOf([line()], { approvalRule, approval })).toBe('approvalDiffers: reference');
		expect(await outcomeOf([line()], { approvalRule, approval: { status: 'declined' } })).toBe(
			'approvalMissing: declined',
		);
		expect(await outcomeOf([line()], { approvalRule, approval: { status: 'expired' } })).toBe(
			'approvalMissing: expired',
		);
		expect(await outcomeOf([line()], { approvalRule: null, approval })).toBe('approvalMissing: noApprovers');
	});
});

describe('who approved', () => {
	it('is an approver of the credential as it is when it is paid', async () => {
		const approval = await approvedBy([anna], SALARIES);
		const changed = { approvalRule: rule({ approvers: [ben.address] }), approval };
		expect(await outcomeOf([line()], changed)).toBe('approvalMissing: notAnApprover');
		const byStranger = await approvedBy([stranger], SALARIES);
		expect(await outcomeOf([line()], { approval: byStranger })).toBe('approvalMissing: notAnApprover');
		const claims = { ...byStranger, approvers: [{ ...byStranger.approvers[0]!, address: anna.address }] };
		expect(await outcomeOf([line()], { approval: claims })).toBe('approvalDiffers: changed');
	});

	const two = rule({ approvers: [anna.address, ben.address], needed: 2 });

	it('is as many different approvers as are needed', async () => {
		const one = await approvedBy([anna], SALARIES);
		expect(await outcomeOf([line()], { approvalRule: two, approval: one })).toBe('approvalMissing: tooFew');
		const both = await approvedBy([anna, ben], SALARIES);
		expect(await outcomeOf([line()], { approvalRule: two, approval: both })).toBe('paid');
		const none = { ...one, approvers: [] };
		expect(await outcomeOf([line()], { approval: none })).toBe('approvalMissing: tooFew');
	});

	it('is counted once, however often or in which form they signed', async () => {
		const one = await approvedBy([anna], SALARIES);
		const [first] = one.approvers;
		const { r, s, yParity } = parseSignature(first!.signature);
		const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
		const high = `0x${(order - BigInt(s)).toString(16).padStart(64, '0')}` as const;
		const malleated = serializeSignature({ r, s: high, yParity: 1 - yParity });
		const again = { ...one, approvers: [first!, first!, { ...first!, signature: malleated }] };
		expect(await outcomeOf([line()], { approvalRule: two, approval: again })).toBe('approvalMissing: tooFew');
	});

	it('did not sign what was changed afterwards', async () => {
		const approval = await approvedBy([anna], SALARIES);
		const raised = { ...approval, lines: [line({ amount: '12000' })] };
		expect(await outcomeOf([line({ amount: '12000' })], { approval: raised })).toBe('approvalDiffers: changed');
		const more = { ...approval, lines: [...SALARIES, line({ to: address(9) })] };
		expect(await outcomeOf([line({ to: address(9) })], { approval: more })).toBe('approvalDiffers: changed');
		const rubbish = {
			...approval,
			approvers: [{ ...approval.approvers[0]!, signature: `0x${'00'.repeat(65)}` as const }],
		};
		expect(await outcomeOf([line()], { approval: rubbish })).toBe('approvalDiffers: changed');
	});

	it('may be a click sealed by the agent key, where the credential takes clicks', async () => {
		const content = await approvedBy([], SALARIES);
		const hash = hashTypedData(approvalTypedData(network, content));
		const sealed = (by: typeof agent, at = 'now'): Approved =>
			content && { ...content, approvers: [{ by: 'click', address: by.address, signature: '0x', at }] };
		const clicked = async (by: typeof agent): Promise<Approved> => {
			const [approver] = sealed(by).approvers;
			return { ...content, approvers: [{ ...approver!, signature: await by.signMessage({ message: { raw: hash } }) }] };
		};
		const byClick = rule({ approvers: [], byClick: true });
		const approval = await clicked(agent);
		expect(await outcomeOf([line()], { approvalRule: byClick, approval })).toBe('paid');
		expect(await outcomeOf([line()], { approval })).toBe('approvalMissing: onlyClicked');
		expect(await outcomeOf([line({ amount: '1' })], { approvalRule: byClick, approval })).toBe(
			'approvalDiffers: amount',
		);
		expect(await outcomeOf([line()], { approvalRule: byClick, approval: await clicked(stranger) })).toBe(
			'approvalMissing: notAnApprover',
		);
		// A wallet's signature is no click, and the other way round.
		const typed = await agent.signTypedData(approvalTypedData(network, content));
		const forged: Approved = { ...content, approvers: [{ ...approval.approvers[0]!, signature: typed }] };
		expect(await outcomeOf([line()], { approvalRule: byClick, approval: forged })).toBe('approvalDiffers: changed');
	});
});

describe('what is signed', () => {
	it('tells account, network, total and count in words, and hashes every line in whatever order', async () => {
		const content = await approvedBy([], SALARIES);
		const { message, domain } = approvalTypedData(network, content);
		expect(message).toMatchObject({
			account,
			network: 'Chain 31337',
			total: `0.25 ETH and 2,000.5 USDX (${USDX})`,
			payments: 3n,
			validUntil: '2026-12-28T09:00:00Z',
			request: 'Payroll, execution 7',
		});
		expect(domain).toEqual({
			name: 'n8n session key payments',
			version: '1',
			chainId: 31337,
			verifyingContract: account,
		});
		expect(hashLines([...SALARIES].reverse())).toBe(message.lines);
		expect(hashLines([...SALARIES, line()])).not.toBe(message.lines);
		expect(JSON.parse(typedDataJson(approvalTypedData(network, content)))).toMatchObject({
			message: { payments: '3' },
		});
	});

	it('tells a token apart that only calls itself like a known one', () => {
		const base = { ...network, tokens: [{ symbol: 'USDX', address: USDX, decimals: 6 }] };
		const fake = line({ tokenAddress: EURX });
		expect(totalWords([line(), fake, line({ amount: '1' })], base)).toBe(`1,200 USDX (${EURX}) and 1,201 USDX`);
	});
});

describe('reading an approval', () => {
	it('takes the object or its JSON text, and nothing for nothing', async () => {
		const approval = await approvedBy([anna], SALARIES);
		expect(parseApproval(approval, 'Approval')).toEqual(approval);
		expect(parseApproval(JSON.stringify(approval), 'Approval')).toEqual(approval);
		for (const nothing of [undefined, null, '', '  ']) expect(parseApproval(nothing, 'Approval')).toBeUndefined();
		expect(parseApproval({ status: 'declined', reason: 'no' }, 'Approval')).toEqual({
			status: 'declined',
			reason: 'no',
		});
	});

	it('refuses everything else', async () => {
		const approval = await approvedBy([anna], SALARIES);
		const [first] = approval.lines;
		const bad: unknown[] = [
			'approved',
			true,
			[],
			{},
			{ status: 'approved' },
			{ ...approval, lines: 'x' },
			{ ...approval, lines: [{ ...first, amount: 1200 }] },
			{ ...approval, lines: [{ ...first, amount: '1.0000001' }] },
			{ ...approval, lines: [{ ...first, reference: '' }] },
			{ ...approval, validUntil: '28 December' },
			{ ...approval, account: '0x1' },
			{ ...approval, approvers: [{ ...approval.approvers[0], signature: '0x12' }] },
		];
		for (const one of bad) expect(() => parseApproval(one, 'Approval')).toThrow();
		expect(bad.slice(0, 4).some(looksLikeApproval)).toBe(false);
		expect(looksLikeApproval(JSON.stringify(approval))).toBe(true);
		expect(NOW).toBeLessThan(Date.parse(approval.validUntil) / 1000);
	});
});
