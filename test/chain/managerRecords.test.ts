import { SessionKeyAccessListType, SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import { generatePrivateKey } from 'viem/accounts';
import { parseEther, type Address } from 'viem';
import type { IDataObject } from 'n8n-workflow';
import { readAccount } from '../../core/accountState';
import { previewPlan } from '../../core/ownerOperation/executePlan';
import type { Manager } from '../../core/ownerOperation/sendOwnerOperation';
import { networkBySlug, type Network } from '../../core/networks';
import { changeClaimCall, changeHeadRead, changeRecordRead } from '../../core/registry/changeRegistry';
import { read } from '../../core/rpc/read';
import { planRemoveKeys } from '../../core/sessionKey/plan/planRemoveKeys';
import { planRotateKeys } from '../../core/sessionKey/plan/planRotateKeys';
import { newKeyState } from '../../core/permissions/applyUpdates';
import type { Plan, AccountSnapshot } from '../../core/sessionKey/plan/plan';
import { connectionTo, freshAddress } from '../support/payer';
import { byAddress, byTag, managedAccount, safeKey } from '../support/managerForms';
import { connect, fundedAccount, type DevnetClient } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	usdc = devnet.tokens.usd6.address;
});

/** The newest recorded change of an account: its number, and the block it is in. */
async function recorded(account: Address) {
	const { head } = await read(connectionTo(devnet), { head: changeHeadRead(account) });
	return { count: head.count, blockNumber: Number(head.blockNumber) };
}

it('every change that an owner makes is recorded under the next number, in its own block', async () => {
	const ownerKey = generatePrivateKey();
	const { address } = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
	const manager = managerOf(devnet, { ownerKey });
	const first = freshAddress();
	const changes: [resource: string, operation: string, parameters: IDataObject][] = [
		['plugin', 'install', { keys: { values: [safeKey(usdc, first)] } }],
		['key', 'add', safeKey(usdc, freshAddress(), { tag: 'second' })],
		['permission', 'update', { sessionKey: byTag('second'), changes: { validUntil: '2100-01-01T00:00:00' } }],
		['permission', 'setSpendLimit', { sessionKey: byTag('second'), token: byAddress(usdc), amount: '7' }],
		['key', 'rotate', { sessionKey: byTag('second'), newSessionKey: freshAddress() }],
		['key', 'remove', { sessionKey: byAddress(first) }],
		['plugin', 'uninstall', {}],
		['plugin', 'install', {}],
	];
	for (const [index, [resource, operation, parameters]] of changes.entries()) {
		const done = await manager.item(resource, operation, parameters);
		const { blockNumber } = done;
		expect([operation, await recorded(address)]).toEqual([operation, { count: index + 1, blockNumber }]);
		expect((done.changes as string[]).at(-1)).toContain(`noted as number ${index + 1} of this account`);
	}
	const records = await read(
		connectionTo(devnet),
		changes.map((_, index) => changeRecordRead(address, index + 1)),
	);
	expect(records.map((record) => record?.index)).toEqual(changes.map((_, index) => index + 1));
});

it('of two changes planned from the same state the second one is stopped before it is sent, and says what to do', async () => {
	const { account, manager } = await managedAccount(devnet, 'a', 'b');
	const [a, b] = account.keys.map(({ address }) => address) as [Address, Address];
	const { manager: owner, snapshot } = await planning(account.address);
	const change = { sessionKey: byAddress(b), token: byAddress(usdc), amount: '7' };
	expect(await manager.item('permission', 'setSpendLimit', change)).toMatchObject({ status: 'done' });
	const plans: Plan[] = [
		planRemoveKeys(snapshot, [a], String),
		planRotateKeys(snapshot, [{ before: newKeyState(account.address, b), newKey: freshAddress() }], String),
	];
	for (const plan of plans) {
		await expect(previewPlan(owner, snapshot.account, plan)).rejects.toMatchObject({
			message: expect.stringContaining("The account's keys or plugins changed while this ran (AlreadyClaimed)"),
			remedy: expect.stringContaining('Run it again'),
		});
	}
	const { snapshot: fresh } = await planning(account.address);
	await expect(previewPlan(owner, fresh.account, planRemoveKeys(fresh, [a], String))).resolves.toBeDefined();
});

describe('a key that may call everything', () => {
	const everything = new SessionKeyPermissionsBuilder()
		.setContractAccessControlType(SessionKeyAccessListType.ALLOW_ALL_ACCESS)
		.encode();

	async function withThief() {
		const account = await fundedAccount(devnet, { keys: [{ permissions: everything }, {}] });
		const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
		const [thief, other] = account.keys.map(({ address }) => address) as [Address, Address];
		return { account, manager, thief, change: { sessionKey: byAddress(other), token: byAddress(usdc), amount: '7' } };
	}

	it('that claims numbers ahead can not keep the owner from removing it', async () => {
		const { account, manager, thief, change } = await withThief();
		expect(await account.asKey([1, 2, 3, 5].map(changeClaimCall))).toMatchObject({ success: true });
		const unrecorded = await manager.item('permission', 'setSpendLimit', change);
		expect(unrecorded).toMatchObject({ status: 'done', key: { asPlanned: true } });
		expect(JSON.stringify(unrecorded.changes)).not.toContain('noted');
		expect(await manager.item('key', 'remove', { sessionKey: byAddress(thief) })).toMatchObject({ deleted: true });
	});

	it('is stopped without a number that it could take while the removal is on its way', async () => {
		const { account, manager, thief, change } = await withThief();
		const recordedOne = await manager.item('permission', 'setSpendLimit', change);
		expect(JSON.stringify(recordedOne.changes)).toContain('noted as number 1');
		const removal = await manager.item('key', 'remove', { sessionKey: byAddress(thief) });
		expect(removal).toMatchObject({ deleted: true });
		expect(JSON.stringify(removal.changes)).not.toContain('noted');
		expect(await recorded(account.address)).toMatchObject({ count: 1 });
	});
});

async function planning(address: Address): Promise<{ manager: Manager; snapshot: AccountSnapshot }> {
	const network = { ...(networkBySlug('sepolia') as Network), chainId: devnet.chainId };
	const rpc = connectionTo(devnet);
	const account = await readAccount(rpc, { address, owners: [], salt: 0n });
	const labels = { nativeSymbol: 'ETH', contracts: {} };
	const registry = { deployed: true, deployer: true, network };
	return { manager: { rpc, network }, snapshot: { account, labels, now: 0, registry } };
}
