import type { IDataObject } from 'n8n-workflow';
import type { Address } from 'viem';
import { tokenTransfer, TRANSFER } from '../../core/calls';
import { encodePermissionUpdates } from '../../core/plugin/permissionUpdates';
import { DUMMY_SIGNATURE } from '../../core/userOperation/gas';
import { freshAddress } from '../support/payer';
import { byAddress, byTag, managedAccount, NATIVE_TOKEN, safeKey } from '../support/managerForms';
import { connect, fundedAccount, type DevnetClient, type SmartAccount } from './support/devnet';
import { managerOf } from './support/manager';

jest.setTimeout(120_000);

let devnet: DevnetClient;
let usdc: Address;

beforeAll(async () => {
	devnet = await connect();
	// With all logs: whether they are whole would change from read to read, as blocks pass.
	await devnet.plan.set('payg');
	usdc = devnet.tokens.usd6.address;
});

describe('limits and permissions', () => {
	let account: SmartAccount;
	let manager: ReturnType<typeof managerOf>;
	let key: string;

	beforeAll(async () => {
		({ account, manager } = await managedAccount(devnet, 'payroll'));
		key = account.keys[0]?.address as string;
	});

	const set = (parameters: IDataObject) => ({
		sessionKey: byAddress(key),
		limitOn: 'payments',
		token: byAddress(usdc),
		change: 'set',
		refresh: 'never',
		used: 'keep',
		...parameters,
	});

	it('change one limit, keep what was used, and nothing else', async () => {
		await account.asKey([tokenTransfer(usdc, freshAddress(), 40_000_000n)]);
		const done = await manager.item('permission', 'setSpendLimit', set({ amount: '250', refresh: 'weekly' }));
		expect(done).toMatchObject({ status: 'done', key: { asPlanned: true, listType: 'allowlist' } });
		expect((done.key as IDataObject).tokenLimits).toMatchObject([{ limit: '250', used: '40', left: '210' }]);
	});

	it('forget what was used when told so', async () => {
		const done = await manager.item(
			'permission',
			'setSpendLimit',
			set({ amount: '50', refresh: 'weekly', used: 'reset' }),
		);
		expect((done.key as IDataObject).tokenLimits).toMatchObject([{ limit: '50', used: '0', left: '50' }]);
	});

	it('keep their window while an amount is raised, unless another one is chosen', async () => {
		const { refresh: _, ...raised } = set({ amount: '60' }) as Record<string, unknown>;
		const kept = await manager.item('permission', 'setSpendLimit', raised as IDataObject);
		expect((kept.key as IDataObject).tokenLimits).toMatchObject([{ limit: '60', renews: 'every 7 days' }]);
		const six = await manager.item('permission', 'setSpendLimit', set({ amount: '60', refresh: 'sixDays' }));
		expect((six.key as IDataObject).tokenLimits).toMatchObject([{ limit: '60', renews: 'every 6 days' }]);
		const once = await manager.item('permission', 'setSpendLimit', set({ amount: '60' }));
		expect((once.key as IDataObject).tokenLimits).toMatchObject([{ limit: '60', renews: 'never' }]);
	});

	it('ask before a limit below what was used', async () => {
		await account.asKey([tokenTransfer(usdc, freshAddress(), 20_000_000n)]);
		const parameters = set({ amount: '10', refresh: 'weekly' });
		expect(await manager.refusal('permission', 'setSpendLimit', parameters)).toContain('below what was already used');
		const options = { acceptedRisks: ['limitBelowUsed'] };
		expect(await manager.item('permission', 'setSpendLimit', { ...parameters, options })).toMatchObject({
			status: 'done',
		});
		await manager.item('permission', 'setSpendLimit', set({ amount: '100', refresh: 'weekly', used: 'reset' }));
	});

	it('set limits on native money and gas, and take them away only when agreed', async () => {
		const eth = await manager.item('permission', 'setSpendLimit', set({ token: NATIVE_TOKEN, amount: '0.1' }));
		expect(eth.key).toMatchObject({ nativeLimit: { limit: '0.1' } });
		const gas = await manager.item(
			'permission',
			'setSpendLimit',
			set({ limitOn: 'gas', amount: '0.2', refresh: 'daily' }),
		);
		expect(gas.key).toMatchObject({ gasLimit: { limit: '0.2', renews: 'every 1 day' } });
		const remove = set({ limitOn: 'gas', change: 'remove' });
		expect(await manager.refusal('permission', 'setSpendLimit', remove)).toContain('Gas Without Limit');
		const options = { acceptedRisks: ['gasWithoutLimit'] };
		const gone = await manager.item('permission', 'setSpendLimit', { ...remove, options });
		expect((gone.key as IDataObject).gasLimit).toBeUndefined();
	});

	it('tell which paydays a limit misses, and that 30 days is no month', async () => {
		const options = { payday: { day: { dayOfMonth: 1, hour: 9, timeZone: 'Europe/Berlin' } } };
		const done = await manager.item('permission', 'setSpendLimit', {
			...set({ amount: '100', refresh: 'custom', refreshEvery: 30, refreshUnit: 'days', used: 'reset' }),
			options,
		});
		expect((done.paydays as { missed: string[] }).missed.some((time) => time.includes('-03-01T'))).toBe(true);
		expect(done.monthWarning).toContain('1 March');
		const full = await manager.item('key', 'get', { sessionKey: byAddress(key), simplify: false, options });
		expect((full.warnings as string[]).join(' ')).toContain('no month');
	});

	it('update everything in one operation', async () => {
		const recipient = freshAddress();
		const done = await manager.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: {
				contracts: {
					values: [
						{
							contract: devnet.testTarget,
							change: 'putFunctions',
							functionSource: 'abi',
							abi: JSON.stringify([
								{ type: 'function', name: 'hit', inputs: [], outputs: [], stateMutability: 'payable' },
							]),
							functionNames: ['hit()'],
						},
					],
				},
				recipients: recipient,
				requiredPaymaster: devnet.gasManager.paymaster,
				validUntil: '2099-06-30',
			},
		});
		expect(done.key).toMatchObject({
			asPlanned: true,
			requiredPaymaster: devnet.gasManager.paymaster,
			validUntil: '2099-06-30T00:00:00Z',
			tokenLimits: [{ limit: '100' }],
		});
		const undone = await manager.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: {
				contracts: { values: [{ contract: devnet.testTarget, change: 'takeOff' }] },
				removeRules: ['timeRange', 'requiredPaymaster'],
			},
			options: { acceptedRisks: ['gasWithoutLimit'] },
		});
		expect(undone.key).toMatchObject({ asPlanned: true });
		expect((undone.key as IDataObject).validUntil).toBeUndefined();
		const names = (undone.key as { contracts: IDataObject[] }).contracts.map(({ contract }) => contract);
		expect(names).not.toContain(devnet.testTarget);
	});

	it('find the paymaster by asking the gas policy, which then pays', async () => {
		const sponsored = managerOf(devnet, {
			ownerKey: account.owner.privateKey,
			account: account.address,
			gasPolicyId: devnet.gasManager.policies.sponsoring,
		});
		const done = await sponsored.item('permission', 'update', {
			sessionKey: byTag('payroll'),
			changes: { policyPaymaster: true },
		});
		expect(done.gasPaidBy).toBe(devnet.gasManager.paymaster);
		expect(done.key).toMatchObject({ requiredPaymaster: devnet.gasManager.paymaster });
		expect(
			await manager.refusal('permission', 'update', {
				sessionKey: byTag('payroll'),
				changes: { policyPaymaster: true },
			}),
		).toContain('has no gas policy');
	});
});

describe('a limit', () => {
	const limits: [IDataObject, string][] = [
		[{ limitOn: 'payments', token: NATIVE_TOKEN }, 'nativeLimit'],
		[{ limitOn: 'payments' }, 'tokenLimits'],
		[{ limitOn: 'gas' }, 'gasLimit'],
	];

	it.each(['denylist', 'allowAll', 'allowlist'] as const)(
		'is set and taken away on a key with everything, of type %s, and nothing else changes',
		async (listType) => {
			const permissions = encodePermissionUpdates([
				{ kind: 'listType', listType },
				{ kind: 'contractEntry', contract: usdc, onList: true, checkSelectors: true },
				{ kind: 'functionEntry', contract: usdc, selector: TRANSFER, onList: true },
				{ kind: 'contractEntry', contract: devnet.testTarget, onList: true, checkSelectors: false },
				{ kind: 'timeRange', validAfter: 1, validUntil: 4_000_000_000 },
				{ kind: 'nativeLimit', limit: 5n, refreshInterval: 0 },
				{ kind: 'tokenLimit', token: usdc, limit: 7_000_000n, refreshInterval: 0 },
				{ kind: 'gasLimit', limit: 9n, refreshInterval: 0 },
				{ kind: 'requiredPaymaster', paymaster: devnet.gasManager.paymaster },
			]);
			const { address, owner } = await fundedAccount(devnet, { keys: [{ tag: 'x', permissions }] });
			const manager = managerOf(devnet, { ownerKey: owner.privateKey, account: address });
			// What follows from the limits is left out: sentences, and what a key may call on a token by its limit.
			const read = async () => {
				const full = await manager.item('key', 'get', { sessionKey: byTag('x'), simplify: false });
				const { risk: _, warnings: __, lastChangedAt: ___, contracts, ...rest } = full;
				return { ...rest, contracts: (contracts as IDataObject[]).map(({ mayCall: ____, ...entry }) => entry) };
			};
			const common = { sessionKey: byTag('x'), token: byAddress(usdc), refresh: 'weekly', used: 'keep' };
			const options = { acceptedRisks: ['nativeWithoutLimit', 'tokenWithoutLimit', 'tokenFunctionsOpen'] };
			for (const [limitOn, name] of limits) {
				for (const change of ['set', 'remove']) {
					const { [name]: ____, ...before } = (await read()) as IDataObject;
					const parameters = { ...common, ...limitOn, change, amount: '0.25', options };
					const done = await manager.item('permission', 'setSpendLimit', parameters);
					expect(done).toMatchObject({ status: 'done', key: { asPlanned: true, listType } });
					const { [name]: limit, ...after } = (await read()) as IDataObject;
					expect(after).toEqual(before);
					const found = [limit ?? []].flat();
					expect(found).toEqual(change === 'set' ? [expect.objectContaining({ limit: '0.25' })] : []);
				}
			}
		},
	);
});

describe('a dry run', () => {
	it.each<[string, string, () => IDataObject]>([
		['plugin', 'install', () => ({ keys: { values: [safeKey(usdc, freshAddress())] } })],
		['plugin', 'uninstall', () => ({})],
		['key', 'add', () => safeKey(usdc, freshAddress())],
		['key', 'remove', () => ({ sessionKey: byTag('a') })],
		['key', 'rotate', () => ({ sessionKey: byTag('a'), newSessionKey: freshAddress() })],
		['permission', 'setSpendLimit', () => ({ sessionKey: byTag('a'), token: byAddress(usdc), amount: '3' })],
		['permission', 'update', () => ({ sessionKey: byTag('a'), changes: { validUntil: '2099-01-01' } })],
	])(
		'of %s %s says what would be done and what it costs, and signs and sends nothing',
		async (resource, operation, form) => {
			const { account, manager } = await managedAccount(devnet, 'a', 'b');
			const look = async () => (await manager.run('key', 'getMany', { simplify: false })).items.map(({ json }) => json);
			const before = await look();
			await devnet.calls.clear();
			const dry = await manager.item(resource, operation, { ...form(), dryRun: true });
			expect(dry).toMatchObject({
				status: 'dryRun',
				account: account.address,
				gas: {
					gas: expect.stringMatching(/^\d{5,}$/),
					mostItCosts: expect.stringMatching(/^0\.\d+$/),
					unit: 'ETH',
					paidBy: account.address,
				},
			});
			expect((dry.changes as string[]).length).toBeGreaterThan(0);
			const calls = await devnet.calls.list({ params: true });
			expect(calls.flatMap(({ methods }) => methods)).not.toContain('eth_sendUserOperation');
			// An owner's signature of a dry run could be sent by whoever sees it: every one is the one that fits nothing.
			const signatures = [...JSON.stringify(calls).matchAll(/"signature":"(0x\w+)"/g)].map(
				([, signature]) => signature,
			);
			expect(new Set(signatures)).toEqual(new Set([DUMMY_SIGNATURE]));
			expect(await look()).toEqual(before);
		},
	);
});
