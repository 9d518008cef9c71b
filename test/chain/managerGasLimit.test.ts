import { SessionKeyPermissionsBuilder, SessionKeyAccessListType } from '@alchemy/aa-accounts';
import { encodeFunctionData, parseAbi, parseGwei, type Address } from 'viem';
import { fundedAccount, moveTime, startOwnDevnet } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

const target = parseAbi(['function hit() payable', 'function fail() payable']);
/** (2,000,000 + 1,000,000 + 100,000) gas at 1 gwei: one operation takes the whole limit. */
const GAS = {
	callGasLimit: 2_000_000n,
	verificationGasLimit: 1_000_000n,
	preVerificationGas: 100_000n,
	maxFeePerGas: parseGwei('1'),
	maxPriorityFeePerGas: parseGwei('1'),
};
const LIMIT = 3_100_000n * parseGwei('1');
const DAY = 86_400;

it('tells of a gas limit that is stuck, and frees it', async () => {
	const devnet = await startOwnDevnet();
	try {
		const permissions = new SessionKeyPermissionsBuilder()
			.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
			.setGasSpendLimit({ spendLimit: LIMIT, refreshInterval: DAY });
		const account = await fundedAccount(devnet, { keys: [{ tag: 'gas', permissions }] });
		const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
		const key = account.keys[0]?.address as Address;
		const call = (functionName: 'hit' | 'fail') =>
			account.asKey(
				[{ target: devnet.testTarget, value: 0n, data: encodeFunctionData({ abi: target, functionName }) }],
				{
					...GAS,
					nonceKey: BigInt(key),
				},
			);
		const sessionKey = { __rl: true, mode: 'tag', value: 'gas' };
		const look = () => manager.item('key', 'get', { sessionKey, simplify: false });

		expect((await call('hit')).success).toBe(true);
		expect(await look()).toMatchObject({ status: 'active', gasLimit: { left: '0', stuck: false } });
		await moveTime(devnet, DAY);
		expect((await call('fail')).success).toBe(false);
		expect(await look()).toMatchObject({ status: 'blocked', gasLimit: { stuck: true } });
		await expect(call('hit')).rejects.toThrow('AA23');

		const done = await manager.item('permission', 'update', { sessionKey, changes: { unstickGasLimit: true } });
		expect(done.changes).toContain('The gas limit is no longer stuck.');
		expect(done.key).toMatchObject({ asPlanned: true, status: 'active', gasLimit: { stuck: false, left: '0' } });
		await moveTime(devnet, DAY);
		expect((await call('hit')).success).toBe(true);
	} finally {
		await devnet.close();
	}
});
