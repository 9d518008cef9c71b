import { parseEther } from 'viem';
import { transferRequest } from '../../../core/payment/check/paymentRequest';
import { pay } from '../../../core/payment/pay';
import { fundedAccount, tokenBudget } from '../../../devnet';
import { compileFolder } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import { freshAddress, payerWith, payOptions } from '../../support/payer';
import { connect, type DevnetClient } from '../support/devnet';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

it.each([
	[0n, 'notTransferred', '0'],
	[90n, 'transferredLess', '9'],
] as const)('a token that moves %s %% of what it says is never told as paid', async (percent, status, moved) => {
	const { LyingToken } = await compileFolder(__dirname);
	const token = await deployContract(devnet.request, LyingToken!, [percent], { from: devnet.operator });
	const account = await fundedAccount(devnet, {
		eth: parseEther('1'),
		keys: [{ permissions: tokenBudget({ address: token }, 1_000_000_000n) }],
	});
	const payer = payerWith(devnet, account.address, account.keys[0]!.privateKey);
	const request = transferRequest([{ to: freshAddress(), amount: '10', token }]);
	const first = await pay(payer, request, payOptions('lied'));
	const line = { amount: '10', moved };
	expect(first).toMatchObject({ status, lines: [line], included: { success: true } });
	const later = await pay(payer, request, payOptions('lied'));
	expect(later).toMatchObject({ status, lines: [line], userOperationHash: first.userOperationHash });
});

it('two payments at the same moment, of which the token moves none, are not both told as paid', async () => {
	const { LyingToken } = await compileFolder(__dirname);
	const token = await deployContract(devnet.request, LyingToken!, [0n], { from: devnet.operator });
	const account = await fundedAccount(devnet, {
		eth: parseEther('1'),
		keys: [{ permissions: tokenBudget({ address: token }, 1_000_000_000n) }],
	});
	const payer = payerWith(devnet, account.address, account.keys[0]!.privateKey);
	const payments = await Promise.all(
		['one', 'other'].map((reference) =>
			pay(payer, transferRequest([{ to: freshAddress(), amount: '10', token }]), payOptions(reference)),
		),
	);
	expect(payments.map(({ status }) => status)).toEqual(['notTransferred', 'notTransferred']);
});
