import { IPluginManagerAbi, SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { decodeErrorResult, encodeFunctionData, parseEther, type Address, type Hex } from 'viem';
import { referenceRegistryAbi } from '../../../contracts/referenceRegistry';
import { fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../../devnet';
import { accountOf, installPlugin } from '../../../devnet/accounts';
import { includeOperations, type Inclusion, type Operation } from '../../../devnet/operations';
import { freshAddress } from '../../support/payer';
import { connect } from '../support/devnet';
import { dollarsOf } from '../support/onChain';
import { AMOUNT, byKey, byOwner, claim, freshReference, transfer } from './paying';
import { claimAs, headOf, isClaimed, recordOf, walkBack } from './registry';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let account: SmartAccount;
let to: Address;
let reference: Hex;

beforeAll(async () => {
	devnet = await connect();
});

/** Two free keys and one with a gas limit. */
beforeEach(async () => {
	account = await fundedAccount(devnet, {
		eth: parseEther('5'),
		keys: [
			{ permissions: budget() },
			{ permissions: budget() },
			{ permissions: budget().setGasSpendLimit({ spendLimit: parseEther('1') }) },
		],
	});
	to = freshAddress();
	reference = freshReference();
});

const budget = (): SessionKeyPermissionsBuilder => tokenBudget(devnet.tokens.usd6, 10n ** 12n);
const payment = (of = reference) => [claim(of), transfer(devnet.tokens.usd6.address, to)];
const include = async (...operations: Promise<Operation>[]) => includeOperations(devnet, await Promise.all(operations));
const free = (index: 0 | 1 = 0) => byKey(devnet, account, account.keys[index]!, payment());
/** A key with a gas limit has one nonce key, its own address. */
const limited = () => {
	const key = account.keys[2]!;
	const gas = { callGasLimit: 500_000n, verificationGasLimit: 500_000n };
	return byKey(devnet, account, key, payment(), { nonceKey: BigInt(key.address), ...gas });
};
const owner = () => byOwner(devnet, account, payment());

/** @throws when it didn't fail because the reference was claimed */
function claimedInBlock({ success, revertReason }: Inclusion): bigint {
	expect(success).toBe(false);
	// Where an owner's batch fails, the account hands the reason on as it is; so does the plugin.
	const { errorName, args } = decodeErrorResult({ abi: referenceRegistryAbi, data: revertReason! });
	expect([errorName, args[0]]).toEqual(['AlreadyClaimed', reference]);
	return args[1];
}

const WAYS = {
	'a free key': () => free(),
	'another free key': () => free(1),
	'a key with a gas limit': limited,
	'the owner': owner,
};
type Way = keyof typeof WAYS;
const names = Object.keys(WAYS) as Way[];
const pairs = names.flatMap((first) => names.map((second) => [first, second] as const));

describe('the same reference', () => {
	it.each(pairs)('by %s, and then by %s, pays once', async (first, second) => {
		const [paid] = await include(WAYS[first]());
		expect(paid).toMatchObject({ success: true });
		const [again] = await include(WAYS[second]());
		expect(claimedInBlock(again!)).toBe(paid!.blockNumber);
		expect(await dollarsOf(devnet, to)).toBe(AMOUNT);
		expect(await headOf(devnet.request, account.address)).toMatchObject({ count: 1n, blockNumber: paid!.blockNumber });
	});

	it('twice in one bundle, under two nonce keys, pays once', async () => {
		const [first, second] = await include(free(), free());
		expect(first).toMatchObject({ success: true });
		expect(claimedInBlock(second!)).toBe(first!.blockNumber);
		expect(await dollarsOf(devnet, to)).toBe(AMOUNT);
	});

	it('by every key and the owner in one bundle, in whatever order, pays once', async () => {
		for (const shift of [0, 1, 2, 3]) {
			reference = freshReference();
			to = freshAddress();
			const order = names.map((_, index) => WAYS[names[(index + shift) % names.length]!]);
			const included = await include(...order.map((way) => way()), ...order.slice(0, 1).map(() => free()));
			expect(included.map(({ success }) => success)).toEqual([true, false, false, false, false]);
			included.slice(1).forEach(claimedInBlock);
			expect(await dollarsOf(devnet, to)).toBe(AMOUNT);
		}
		expect((await walkBack(devnet.request, account.address)).map(({ index }) => index)).toEqual([4n, 3n, 2n, 1n]);
	});

	it('twice in one operation pays nothing at all', async () => {
		const [included] = await include(byKey(devnet, account, account.keys[0]!, [...payment(), ...payment()]));
		claimedInBlock(included!);
		expect(await dollarsOf(devnet, to)).toBe(0n);
		expect(await isClaimed(devnet.request, account.address, reference)).toBe(false);
	});

	it('is another account’s own', async () => {
		const other = await fundedAccount(devnet, { keys: [{ permissions: budget() }] });
		expect(await include(free(), byKey(devnet, other, other.keys[0]!, payment()))).toMatchObject([
			{ success: true },
			{ success: true },
		]);
		expect(await dollarsOf(devnet, to)).toBe(2n * AMOUNT);
	});
});

it('several references in one operation are claimed together, with one block and numbers in a row', async () => {
	const more = [freshReference(), freshReference()];
	const [first] = await include(free());
	const calls = [...more.map(claim), transfer(devnet.tokens.usd6.address, to)];
	const [second] = await include(byKey(devnet, account, account.keys[0]!, calls));
	expect([first, second]).toMatchObject([{ success: true }, { success: true }]);
	for (const [position, one] of more.entries()) {
		expect(await recordOf(devnet.request, account.address, one)).toMatchObject({
			blockNumber: second!.blockNumber,
			previousBlock: first!.blockNumber,
			index: BigInt(position + 2),
		});
	}
	const walked = await walkBack(devnet.request, account.address);
	expect(walked.map((one) => one.reference)).toEqual([...more, reference].map((_, i, all) => all[[1, 0, 2][i]!]));
});

it('a stranger who claims the same hash, before or after, touches nothing of the account’s', async () => {
	const strangers = devnet.accounts.slice(3, 5).map(({ address }) => address);
	expect(await claimAs(devnet.request, strangers[0]!, reference)).toMatchObject({ status: '0x1' });
	expect(await headOf(devnet.request, account.address)).toEqual({ blockNumber: 0n, previousBlock: 0n, count: 0n });
	const [included] = await include(free());
	expect(included).toMatchObject({ success: true });
	const before = await recordOf(devnet.request, account.address, reference);
	expect(await claimAs(devnet.request, strangers[1]!, reference)).toMatchObject({ status: '0x1' });
	expect(await recordOf(devnet.request, account.address, reference)).toEqual(before);
	expect((await walkBack(devnet.request, account.address)).map((one) => one.reference)).toEqual([reference]);
});

it('a key without the registry on its list can’t claim', async () => {
	const methodSelector = '0xa9059cbb';
	const contractAddress = devnet.tokens.usd6.address;
	const permissions = new SessionKeyPermissionsBuilder()
		.addContractAddressAccessEntry({ contractAddress, isOnList: true, checkSelectors: true })
		.addContractFunctionAccessEntry({ contractAddress, methodSelector, isOnList: true })
		.addErc20TokenSpendLimit({ tokenAddress: contractAddress, spendLimit: AMOUNT });
	const other = await fundedAccount(devnet, { keys: [{ permissions }] });
	await expect(include(byKey(devnet, other, other.keys[0]!, payment()))).rejects.toThrow('AA23');
	expect(await isClaimed(devnet.request, other.address, reference)).toBe(false);
});

it('what was claimed stays claimed when the plugin is uninstalled and installed again', async () => {
	const [paid] = await include(free());
	const args = [devnet.contracts.SessionKeyPlugin, '0x', '0x'] as const;
	const uninstall = encodeFunctionData({ abi: IPluginManagerAbi, functionName: 'uninstallPlugin', args });
	expect(await account.asOwner(uninstall)).toMatchObject({ success: true });
	const key = accountOf();
	const install = await installPlugin(devnet, [{ permissions: budget() }], [key]);
	expect(await account.asOwner(install)).toMatchObject({ success: true });
	const [again] = await include(byKey(devnet, account, key, payment()));
	expect(claimedInBlock(again!)).toBe(paid!.blockNumber);
	const other = freshReference();
	expect(await include(byKey(devnet, account, key, payment(other)))).toMatchObject([{ success: true }]);
	expect(await recordOf(devnet.request, account.address, other)).toMatchObject({ index: 2n });
	expect(await dollarsOf(devnet, to)).toBe(2n * AMOUNT);
});
