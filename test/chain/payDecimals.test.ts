import { transferRequest } from '../../core/payment/check/paymentRequest';
import { pay } from '../../core/payment/pay';
import { checkPayments } from '../../core/payment/checkPayments';
import type { Network } from '../../core/networks';
import { freshAddress, payingAccount, payOptions } from '../support/payer';
import { connect, type DevnetClient } from './support/devnet';
import { dollarsOf, refusalOf } from './support/onChain';

jest.setTimeout(60_000);

let devnet: DevnetClient;

beforeAll(async () => {
	devnet = await connect();
});

/** The dollars of the local chain have 6 decimals; here they are said, or known, to have 18. */
const SAID = { said: 6, expected: 18 };

it('a token that is known with other decimals than the chain says is not paid, nor checked', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const { address } = devnet.tokens.usd6;
	const network: Network = { ...payer.network, tokens: [{ symbol: 'dUSD', address, decimals: 18 }] };
	const to = freshAddress();
	const request = transferRequest([{ to, amount: '1', token: address }]);
	expect(await refusalOf(pay({ ...payer, network }, request, payOptions('known')))).toMatchObject({
		refusal: { code: 'decimalsDiffer', data: SAID },
	});
	expect(await refusalOf(checkPayments({ ...payer, network }, [{ request, claims: true }]))).toMatchObject({
		refusal: { code: 'decimalsDiffer' },
	});
	expect(await dollarsOf(devnet, to)).toBe(0n);
});

it('decimals that the person says are held against the chain, and the item says who vouched for them', async () => {
	const { payer } = await payingAccount(devnet, { kind: 'free lanes' });
	const { address: token } = devnet.tokens.usd6;
	const to = freshAddress();
	const order = (decimals?: number) => transferRequest([{ to, amount: '1', token, decimals }]);
	expect(await refusalOf(pay(payer, order(18), payOptions('said')))).toMatchObject({
		refusal: { code: 'decimalsDiffer', data: SAID },
	});
	expect(await dollarsOf(devnet, to)).toBe(0n);
	const pinned = await pay(payer, order(6), payOptions('said'));
	expect(pinned).toMatchObject({ status: 'paid', lines: [{ decimals: 6, decimalsFrom: 'pinned' }] });
	const unpinned = await pay(payer, order(), payOptions('not-said'));
	expect(unpinned).toMatchObject({ status: 'paid', lines: [{ decimals: 6, decimalsFrom: 'token' }] });
});
