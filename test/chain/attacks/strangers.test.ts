import { encodeFunctionData, numberToHex, parseEther, toBytes, toHex, type Address, type Hex } from 'viem';
import { entryPoint06Abi } from 'viem/account-abstraction';
import { claimCall, hashReference } from '../../../core/registry/referenceRegistry';
import { findByReference } from '../../../core/payment/findPayment';
import { callRequest, transferRequest } from '../../../core/payment/check/paymentRequest';
import { pay } from '../../../core/payment/pay';
import type { Payer } from '../../../core/payment/send/payment';
import { tokenTransfer } from '../../../core/calls';
import { encodeSessionKeyCalls } from '../../../core/plugin/sessionKeyCalls';
import type { UserOperation } from '../../../core/userOperation/userOperation';
import { fundedAccount, type SmartAccount } from '../../../devnet';
import { compileFolder } from '../../../devnet/contracts/compile';
import { deployContract } from '../../../devnet/contracts/deploy';
import { minedReceipt } from '../../../devnet/operations';
import { dollars, freshAddress, KINDS, payerWith, payOptions, permissionsFor } from '../../support/payer';
import { laterBlocks } from '../support/attempts';
import { connect, includeOperations, signOperation, type DevnetClient } from '../support/devnet';
import { dollarsOf, refusalOf } from '../support/onChain';
import { keeper } from './liar';

jest.setTimeout(60_000);

const PAID = 1_500_000n;

let devnet: DevnetClient;
let includer: Address;

beforeAll(async () => {
	devnet = await connect();
	const { Includer } = await compileFolder(__dirname);
	includer = await deployContract(devnet.request, Includer!, [devnet.contracts.EntryPoint], { from: devnet.operator });
});

/** An account with a key of each kind. */
async function twoKeys(): Promise<{ account: SmartAccount; limited: Payer; free: Payer }> {
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: (['gas limit', 'free lanes'] as const).map((kind) => ({ permissions: permissionsFor(devnet, { kind }) })),
	});
	const [limited, free] = account.keys.map(({ privateKey }) => payerWith(devnet, account.address, privateKey));
	return { account, limited: limited!, free: free! };
}

/** A stranger includes an operation so that no node can tell from the transaction what it was. */
async function includeUnreadably(operation: UserOperation): Promise<void> {
	const abi = entryPoint06Abi;
	const data = encodeFunctionData({ abi, functionName: 'handleOps', args: [[operation], devnet.operator] });
	const turned = toHex(toBytes(data).map((byte) => byte ^ 0x5a));
	const transaction = { from: devnet.operator, to: includer, data: turned, gas: numberToHex(12_000_000) };
	const receipt = await minedReceipt(devnet, await devnet.request<Hex>('eth_sendTransaction', [transaction]));
	expect(receipt.status).toBe('0x1');
}

describe.each(KINDS)('a payment by a key with %s that a stranger included unreadably', (kind) => {
	it('is never made again, and stands in no other payment’s way', async () => {
		const { limited, free } = await twoKeys();
		const [payer, other] = kind === 'gas limit' ? [limited, free] : [free, limited];
		const to = freshAddress();
		const { rpc, kept } = keeper(devnet);
		const pending = await pay({ ...payer, rpc }, dollars(devnet, to), payOptions('anna', { timeLimit: 100 }));
		expect(pending.status).toBe('pending');
		await includeUnreadably(kept[0]!);
		expect(await dollarsOf(devnet, to)).toBe(PAID);
		await laterBlocks(devnet, 3);
		for (const one of [payer, other]) {
			const again = await pay(one, dollars(devnet, to), payOptions('anna'));
			expect(again).toMatchObject({ status: 'alreadyPaid', userOperationHash: pending.userOperationHash });
			const elsewhere = pay(one, dollars(devnet, freshAddress()), payOptions('anna'));
			expect(await refusalOf(elsewhere)).toMatchObject({ refusal: { code: 'historyUnavailable' } });
			expect(await pay(one, dollars(devnet, freshAddress()), payOptions(`ben/${one.key}`))).toMatchObject({
				status: 'paid',
			});
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

describe('another key of the account', () => {
	/** The key that may do little uses references up as it likes, in one operation. */
	async function useUp(account: SmartAccount, references: readonly string[], to?: Address): Promise<void> {
		const { address: key, privateKey: signerKey } = account.keys[1]!;
		const claims = references.map((reference) => claimCall(hashReference(reference)));
		const transfers = to ? [tokenTransfer(devnet.tokens.usd6.address, to, PAID)] : [];
		const callData = encodeSessionKeyCalls([...claims, ...transfers], key);
		const [included] = await includeOperations(devnet, [
			await signOperation(devnet, { sender: account.address, callData, nonceKey: 7n, signerKey }),
		]);
		expect(included!.success).toBe(true);
	}

	it('that pays something else under a reference: told with what, to whom and which operation', async () => {
		const { limited, free } = await twoKeys();
		const [elsewhere, to] = [freshAddress(), freshAddress()];
		const { userOperationHash } = await pay(free, dollars(devnet, elsewhere, '0.001'), payOptions('salary'));
		const refusal = await refusalOf(pay(limited, dollars(devnet, to, '50'), payOptions('salary')));
		expect(refusal).toMatchObject({
			refusal: { code: 'referencePaidDifferently', data: { paid: [{ to: elsewhere, amount: '0.001' }] } },
			userOperationHash,
		});
		expect(refusal.message).toContain('0.001 dUSD');
		expect(await findByReference(limited, 'salary')).toMatchObject({ status: 'mined', operation: { key: free.key } });
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('that claims a reference and pays nothing: told as no payment, never as one', async () => {
		const { account, limited } = await twoKeys();
		await useUp(account, ['salary']);
		const to = freshAddress();
		expect(await refusalOf(pay(limited, dollars(devnet, to), payOptions('salary')))).toMatchObject({
			refusal: { code: 'referenceClaimedOtherwise' },
		});
		expect(await findByReference(limited, 'salary')).toMatchObject({ status: 'claimed' });
		expect(await dollarsOf(devnet, to)).toBe(0n);
	});

	it('that claims several references with one payment: it is not told as the payment of each', async () => {
		const { account, limited } = await twoKeys();
		const to = freshAddress();
		await useUp(account, ['salary', 'bonus', 'rent'], to);
		for (const reference of ['salary', 'bonus', 'rent']) {
			const refusal = await refusalOf(pay(limited, dollars(devnet, to), payOptions(reference)));
			expect(refusal.refusal.code).toBe('referenceClaimedOtherwise');
			expect(await findByReference(limited, reference)).toMatchObject({ status: 'claimed' });
		}
		expect(await dollarsOf(devnet, to)).toBe(PAID);
	});
});

it('a contract that says that the reference was claimed is not believed: the registry is asked', async () => {
	const { Claimer } = await compileFolder(__dirname);
	const target = await deployContract(devnet.request, Claimer!, [], { from: devnet.operator });
	const account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [{ permissions: permissionsFor(devnet, { kind: 'free lanes', recipients: [target] }) }],
	});
	const payer = payerWith(devnet, account.address, account.keys[0]!.privateKey);
	const request = callRequest([{ target, value: 0n, data: '0x12345678' }]);
	const refusal = await refusalOf(pay(payer, request, payOptions('salary', { timeLimit: 500 })));
	expect(refusal.unclaimedAt).toBeGreaterThan(0n);
	expect(refusal.message).toContain('A contract that the payment calls says that its reference was claimed in block 1');
	const honest = transferRequest([{ to: freshAddress(), amount: '1', token: devnet.tokens.usd6.address }]);
	expect(await pay(payer, honest, payOptions('salary'))).toMatchObject({ status: 'paid' });
});
