import type { IDataObject } from 'n8n-workflow';
import { parseEther, type Address } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { tokenTransfer } from '../../core/calls';
import { CHANGE_REGISTRY, changeHeadRead } from '../../core/registry/changeRegistry';
import {
	claimCall,
	claimRecordRead,
	DETERMINISTIC_DEPLOYER,
	isRegistryDeployedRead,
	NO_REGISTRY,
	orNoRegistry,
	REFERENCE_REGISTRY,
} from '../../core/registry/referenceRegistry';
import { read } from '../../core/rpc/read';
import { accountOf } from '../../devnet/accounts';
import { byAddress, safeKey } from '../support/managerForms';
import { connectionTo, freshAddress } from '../support/payer';
import { fundedAccount, startOwnDevnet, type Devnet, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(180_000);

let devnet: Devnet;
let usdc: Address;

beforeAll(async () => {
	devnet = await startOwnDevnet();
	usdc = devnet.tokens.usd6.address;
});
afterAll(() => devnet.close());

/** As on a network to which nobody has brought the registry yet. */
async function withoutRegistry(registry = REFERENCE_REGISTRY): Promise<void> {
	await devnet.request('anvil_setCode', [registry, '0x']);
	await devnet.request('anvil_setNonce', [registry, '0x0']);
}

const isDeployed = async () => (await read(connectionTo(devnet), { deployed: isRegistryDeployedRead() })).deployed;

/** Units of gas that an item's operation took. */
async function gasOf({ userOperationHash }: IDataObject): Promise<number> {
	const receipt = await devnet.request<{ actualGasUsed: string }>('eth_getUserOperationReceipt', [userOperationHash]);
	return Number(receipt.actualGasUsed);
}

/** A payment of a dollar that claims a reference, by the key alone. */
const payOnce = (account: SmartAccount, key: ReturnType<typeof accountOf>) =>
	account.asKey([claimCall(`0x${'11'.repeat(32)}`), tokenTransfer(usdc, freshAddress(), 1_000_000n)], {
		key,
		nonceKey: BigInt(key.address),
	});

describe('a new key', () => {
	it('brings the registry with it when the account is created, and pays a reference once', async () => {
		const ownerKey = generatePrivateKey();
		const future = await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
		const manager = managerOf(devnet, { ownerKey });
		await withoutRegistry();
		const key = accountOf();
		const keys = { values: [safeKey(usdc, key.address)] };
		const dry = await manager.item('plugin', 'install', { keys, dryRun: true });
		expect((dry.changes as string[]).join(' ')).toContain('The registry of payment references is created at');
		expect(await isDeployed()).toBe(false);
		const done = await manager.item('plugin', 'install', { keys });
		expect(done).toMatchObject({ status: 'done', key: { asPlanned: true, mayUseReferences: true, warnings: [] } });
		expect(await gasOf(done)).toBeLessThan(2_200_000);
		expect(await isDeployed()).toBe(true);

		expect(await payOnce(future, key)).toMatchObject({ success: true });
		expect(await payOnce(future, key)).toMatchObject({ success: false });
		const { record } = await read(connectionTo(devnet), {
			record: claimRecordRead(future.address, `0x${'11'.repeat(32)}`),
		});
		expect(record).toMatchObject({ index: 1 });
	});

	it('costs no deployment where the registry stands', async () => {
		const ownerKey = generatePrivateKey();
		await fundedAccount(devnet, { ownerKey, deployed: false, eth: parseEther('5') });
		const keys = { values: [safeKey(usdc, freshAddress())] };
		const done = await managerOf(devnet, { ownerKey }).item('plugin', 'install', { keys });
		expect((done.changes as string[]).join(' ')).not.toContain('is created at');
		expect(await gasOf(done)).toBeLessThan(1_900_000);
		const added = await managerOf(devnet, { ownerKey }).item('key', 'add', safeKey(usdc, freshAddress()));
		expect(added).toMatchObject({ status: 'done', key: { asPlanned: true, mayUseReferences: true } });
		expect(await gasOf(added)).toBeLessThan(400_000);
		await withoutRegistry();
		const withIt = await managerOf(devnet, { ownerKey }).item('key', 'add', safeKey(usdc, freshAddress()));
		expect(withIt).toMatchObject({ status: 'done', key: { asPlanned: true } });
		expect(await isDeployed()).toBe(true);
		expect(await gasOf(withIt)).toBeLessThan(700_000);
	});

	it('is refused, and nothing sent, where the registry can not be brought', async () => {
		const { manager } = await installed();
		await withoutRegistry();
		const code = await devnet.request<string>('eth_getCode', [DETERMINISTIC_DEPLOYER, 'latest']);
		await devnet.request('anvil_setCode', [DETERMINISTIC_DEPLOYER, '0x']);
		try {
			const refusal = await manager.refusal('key', 'add', safeKey(usdc, freshAddress()));
			expect(refusal).toContain("can't be brought there");
			expect(refusal).toContain('deterministic deployment proxy');
		} finally {
			await devnet.request('anvil_setCode', [DETERMINISTIC_DEPLOYER, code]);
		}
	});

	it('on a denylist with the registry is told that it may not use references', async () => {
		const { manager } = await installed();
		const further = {
			listType: 'denylist',
			contracts: { values: [{ contract: REFERENCE_REGISTRY, change: 'putWhole' }] },
		};
		const options = { acceptedRisks: ['everyContract', 'tokenFunctionsOpen'] };
		const key = freshAddress();
		const done = await manager.item('key', 'add', safeKey(usdc, key, { further, options, budgets: {} }));
		expect((done.changes as string[]).join(' ')).toContain('the registry of references is on its denylist');
		expect(done).toMatchObject({ key: { mayUseReferences: false } });
		const mended = await manager.item('permission', 'update', allow(key));
		expect(mended).toMatchObject({ status: 'done', key: { mayUseReferences: true, asPlanned: true } });
	});
});

describe('the registry of key changes', () => {
	const counted = async (account: Address) =>
		(await read(connectionTo(devnet), { head: orNoRegistry(changeHeadRead(account)) })).head;

	it('is brought by a new key, and by nothing else: changes go on without it', async () => {
		const { account, manager, key } = await installed();
		await withoutRegistry(CHANGE_REGISTRY);
		const limit = { sessionKey: byAddress(key.address), token: byAddress(usdc), amount: '7' };
		const unrecorded = await manager.item('permission', 'setSpendLimit', limit);
		expect(unrecorded).toMatchObject({ status: 'done', key: { asPlanned: true } });
		expect(JSON.stringify(unrecorded.changes)).not.toContain('noted');
		expect(await counted(account.address)).toBe(NO_REGISTRY);

		const added = await manager.item('key', 'add', safeKey(usdc, freshAddress()));
		expect(added).toMatchObject({ status: 'done', key: { asPlanned: true } });
		expect((added.changes as string[]).at(-1)).toContain('It is created in the same operation');
		expect(await counted(account.address)).toMatchObject({ blockNumber: BigInt(added.blockNumber as number) });
		expect(await manager.item('permission', 'setSpendLimit', limit)).toMatchObject({ status: 'done' });
		const head = await counted(account.address);
		expect(head).toMatchObject({ previousBlock: BigInt(added.blockNumber as number) });
	});

	it('is done without where it can not be brought', async () => {
		const { account, manager } = await installed();
		await withoutRegistry(CHANGE_REGISTRY);
		const code = await devnet.request<string>('eth_getCode', [DETERMINISTIC_DEPLOYER, 'latest']);
		await devnet.request('anvil_setCode', [DETERMINISTIC_DEPLOYER, '0x']);
		try {
			const added = await manager.item('key', 'add', safeKey(usdc, freshAddress()));
			expect(added).toMatchObject({ status: 'done', key: { asPlanned: true } });
			expect(await counted(account.address)).toBe(NO_REGISTRY);
		} finally {
			await devnet.request('anvil_setCode', [DETERMINISTIC_DEPLOYER, code]);
		}
	});
});

describe('Allow Payment References', () => {
	it('mends a key that was added without, and deploys the registry where it is missing', async () => {
		const { account, manager, key } = await installed();
		await manager.item('permission', 'update', {
			sessionKey: byAddress(key.address),
			changes: { contracts: { values: [{ contract: REFERENCE_REGISTRY, change: 'takeOff' }] } },
		});
		const before = await manager.item('key', 'get', { sessionKey: byAddress(key.address), simplify: false });
		expect(before).toMatchObject({ mayUseReferences: false });
		expect((before.warnings as string[]).join(' ')).toContain(
			'Permission > Update > Allow Payment References changes that.',
		);
		await expect(payOnce(account, key)).rejects.toThrow('AA23');

		const done = await manager.item('permission', 'update', allow(key.address));
		expect(done).toMatchObject({
			status: 'done',
			changes: ['Payment references: not allowed → allowed.', expect.stringContaining('noted as number 3')],
			key: { mayUseReferences: true, asPlanned: true },
		});
		expect(await gasOf(done)).toBeLessThan(200_000);
		expect(await payOnce(account, key)).toMatchObject({ success: true });
		expect(await manager.refusal('permission', 'update', allow(key.address))).toContain('already');

		await withoutRegistry();
		const brought = await manager.item('permission', 'update', allow(key.address));
		expect(brought).toMatchObject({ status: 'done', key: { mayUseReferences: true } });
		expect(await gasOf(brought)).toBeLessThan(400_000);
		expect(await isDeployed()).toBe(true);
	});

	it('is kept by a rotation', async () => {
		const { account, manager, key } = await installed();
		const next = accountOf();
		const rotation = { sessionKey: byAddress(key.address), newSessionKey: next.address };
		expect(await manager.item('key', 'rotate', rotation)).toMatchObject({ status: 'done' });
		expect(await payOnce(account, next)).toMatchObject({ success: true });
	});
});

const allow = (key: Address) => ({ sessionKey: byAddress(key), changes: { allowReferences: true } });

/** An account with the plugin and one key that may use references, made by the node. */
async function installed() {
	const account = await fundedAccount(devnet, { eth: parseEther('5') });
	const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
	const key = accountOf();
	await manager.item('plugin', 'install', { keys: { values: [safeKey(usdc, key.address)] } });
	return { account, manager, key };
}
