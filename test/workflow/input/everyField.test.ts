import { NodeApiError, NodeOperationError, type IDataObject, type INodeType } from 'n8n-workflow';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { managerOf } from '../../chain/support/manager';
import { connect, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { alchemyApiFor } from '../../support/credentials';
import { budget, byAddress, byTag, contractList, functionsOn, safeKey } from '../../support/managerForms';
import { readOperations } from '../../support/operations';
import { freshAddress, payingAccount } from '../../support/payer';
import { contextOf, fieldsOf, wireTo, type TriedField, type Wire } from './bench';
import { meansSomething } from './oracle';
import { HOSTILE_TEXTS, WRONG_VALUES } from './values';

jest.setTimeout(900_000);

/** Time passes at once where a node waits. */
let mockWaited = 0;
jest.mock('n8n-workflow', () => ({
	...jest.requireActual<object>('n8n-workflow'),
	sleep: async (milliseconds: number) => {
		mockWaited += milliseconds;
	},
}));
const { now } = Date;
jest.spyOn(Date, 'now').mockImplementation(() => now() + mockWaited);

/** With `INPUT_RUN=all` every field meets every text; otherwise every field meets every sixteenth, another one each. */
const STEP = process.env.INPUT_RUN === 'all' ? 1 : 16;

let devnet: DevnetClient;
let account: SmartAccount;
let credentials: Record<string, IDataObject>;
let wire: Wire;
let stopCode: string;

beforeAll(async () => {
	devnet = await connect();
	({ account } = await payingAccount(devnet, { kind: 'free lanes' }));
	// Only where approvals are asked for is "Approval" read as nothing else.
	const approvals = { approvers: account.owner.address, approvalAbove: `1000000 ${devnet.tokens.usd6.address}` };
	const key = { accountAddress: account.address, privateKey: account.keys[0]!.privateKey, ...approvals };
	credentials = {
		alchemyApi: alchemyApiFor(devnet),
		agentSessionKeyApi: key,
		smartAccountOwnerApi: {
			signWith: 'privateKey',
			privateKey: account.owner.privateKey,
			accountAddress: account.address,
			salt: '0',
		},
	};
	wire = wireTo();
	const manager = managerOf(devnet, { ownerKey: account.owner.privateKey, account: account.address });
	({ stopCode } = (await manager.item('account', 'prepareEmergencyStop')) as { stopCode: string });
});

/** Forms that would go well, of every operation; several where an operation has several ways. */
function forms(): [INodeType, string, string, IDataObject][] {
	const agent = new SessionKey();
	const owner = new SessionKeyManager();
	const token = devnet.tokens.usd6.address;
	const pays = { recipient: freshAddress(), token: byAddress(token), amount: '1.5' };
	const once = { reference: 'salary/2026-11/anna', allowRepeats: false, options: { feeCap: '1000', timeLimit: 5 } };
	const signature = {
		contract: token,
		functionSource: 'signature',
		function: 'transfer(address to, uint256 amount)',
		arguments: { mappingMode: 'defineBelow', value: { to: freshAddress(), amount: '5' } },
	};
	const abi = {
		...signature,
		functionSource: 'abi',
		abi: 'function transfer(address to, uint256 amount)',
		functionName: 'transfer(address,uint256)',
	};
	const reads = {
		...signature,
		function: 'balanceOf(address owner) view returns (uint256)',
		arguments: { value: { owner: account.address } },
	};
	const key = { sessionKey: byAddress(account.keys[0]!.address) };
	const risks = {
		options: { acceptedRisks: ['limitBelowUsed', 'tokenFunctionsOpen', 'gasWithoutLimit'], timeLimit: 5 },
	};
	const listed = contractList(functionsOn(token, 'transfer(address,uint256)'));
	const newKey = safeKey(token, freshAddress(), { further: { ...listed, listType: 'allowlist' }, ...risks });
	const wallet = {
		signedBy: 'wallet',
		accountAddress: account.address,
		ownerAddress: account.owner.address,
		approveWithin: 1,
	};
	return [
		[agent, 'payment', 'send', { ...pays, ...once }],
		[agent, 'payment', 'sendBatch', { ...pays, ...once }],
		[agent, 'payment', 'check', pays],
		[
			agent,
			'payment',
			'requestApproval',
			{ ...pays, reference: 'salary/2026-11/anna', approveWithin: 1, payWithin: 7 },
		],
		[agent, 'payment', 'get', { findBy: 'reference', reference: 'salary/2026-11/anna' }],
		[agent, 'payment', 'get', { findBy: 'hash', userOperationHash: `0x${'ab'.repeat(32)}` }],
		[agent, 'payment', 'getMany', { returnAll: false, limit: 5, simplify: true, options: { since: '2026-01-01' } }],
		[agent, 'contract', 'execute', { ...signature, value: '0', ...once }],
		[agent, 'contract', 'execute', { ...abi, value: '0', ...once }],
		[agent, 'contract', 'read', reads],
		[agent, 'key', 'create', { purpose: 'first' }],
		[agent, 'key', 'finishRotation', {}],
		[agent, 'key', 'get', { simplify: true }],
		[owner, 'account', 'get', {}],
		[owner, 'account', 'getApprovalLink', {}],
		[owner, 'account', 'submitSigned', { userOperation: {}, signature: '0x' }],
		[owner, 'account', 'prepareEmergencyStop', {}],
		[owner, 'account', 'pullEmergencyStop', { stopCode, options: { timeLimit: 5 } }],
		[
			owner,
			'account',
			'statement',
			{
				accountAddress: account.address,
				period: 'days',
				firstDay: '2026-01-01',
				lastDay: '2026-01-31',
				register: 'none',
				options: { assets: token, payees: `Anna, ${token}`, rates: 'USDC 0.92 EUR', references: 'a' },
			},
		],
		[owner, 'key', 'add', newKey],
		[
			owner,
			'key',
			'add',
			{ ...newKey, gasProtection: 'paymaster', paymaster: token, ...wallet, options: { ...risks.options, salt: '0' } },
		],
		[
			owner,
			'key',
			'get',
			{ ...key, simplify: true, options: { payday: { day: { dayOfMonth: 1, hour: 9, timeZone: 'UTC' } } } },
		],
		[owner, 'key', 'getMany', { returnAll: false, limit: 5, simplify: true }],
		[owner, 'key', 'remove', { ...key, ...risks }],
		[owner, 'key', 'rotate', { ...key, newSessionKey: freshAddress(), ...risks }],
		[
			owner,
			'permission',
			'setSpendLimit',
			{
				...key,
				limitOn: 'payments',
				token: byAddress(token),
				change: 'set',
				amount: '10',
				refresh: 'custom',
				refreshEvery: 3,
				refreshUnit: 'days',
				used: 'keep',
				...risks,
			},
		],
		[
			owner,
			'permission',
			'update',
			{ ...key, changes: { budgets: { values: [budget(token, '7')] }, ...listed, listType: 'allowlist' }, ...risks },
		],
		[owner, 'plugin', 'get', {}],
		[owner, 'plugin', 'install', { keys: { values: [safeKey(token, freshAddress())] }, ...risks }],
		[owner, 'plugin', 'uninstall', risks],
	];
}

interface Outcome {
	error?: Error & { description?: string | null };
	sends: number;
	milliseconds: number;
}

async function run(node: INodeType, parameters: IDataObject): Promise<Outcome> {
	const context = contextOf(node, parameters, credentials, wire);
	mockWaited = 0;
	const [before, start] = [wire.sent, performance.now()];
	const error = await ((node.execute ?? node.poll) as (this: unknown) => Promise<unknown>).call(context).then(
		() => undefined,
		(thrown: Error) => thrown,
	);
	return { error, sends: wire.sent - before, milliseconds: performance.now() - start };
}

/** What is said of something that nobody thought of, and what libraries say. */
const RAW =
	/cannot read|is not a function|is not iterable|not defined|undefined|\bNaN\b.*BigInt|viem|Version:|\[object |RangeError|convert|invalid BigInt|circular/i;

function isRaw({ error }: Outcome, value: unknown): boolean {
	if (!error) return false;
	if (!(error instanceof NodeOperationError || error instanceof NodeApiError)) return true;
	const said = `${error.message}\n${error.description ?? ''}`;
	if (/was not expected/.test(said) || !error.description) return true;
	// What came in is repeated, and may be such a word itself.
	return (
		RAW.test(said.replaceAll(String(typeof value === 'string' ? value.trim() : '\u0000'), '')) &&
		!/(undefined|\[object)/.test(JSON.stringify(value) ?? '')
	);
}

const figures = {
	fields: 0,
	runs: 0,
	refused: 0,
	refusedByName: 0,
	asMeant: 0,
	sentAsMeant: 0,
	raw: 0,
	wrong: 0,
	slowest: 0,
};
const faults: string[] = [];

async function tryField(
	node: INodeType,
	{ property, path, ...field }: TriedField,
	values: readonly unknown[],
	about: string,
) {
	figures.fields++;
	for (const value of values) {
		const outcome = await run(node, field.with(value));
		const isMeant = meansSomething(property, value);
		const told = () =>
			`${about} ${path} = ${String(JSON.stringify(value) ?? typeof value).slice(0, 60)}: ${outcome.error?.message ?? 'taken'}`;
		figures.runs++;
		figures.slowest = Math.max(figures.slowest, outcome.milliseconds);
		if (isRaw(outcome, value)) {
			figures.raw++;
			faults.push(`RAW ${told()} | ${outcome.error?.description}`);
		}
		if (outcome.error) {
			figures.refused++;
			if (outcome.error.message.includes(property.displayName.replace(' Name or ID', '').replace(' Names or IDs', 's')))
				figures.refusedByName++;
		} else if (isMeant) figures.asMeant++;
		if (isMeant) figures.sentAsMeant += outcome.sends;
		else if (outcome.sends > 0) {
			figures.wrong++;
			faults.push(`SENT ${told()}`);
		}
	}
}

/** Read in every case, so that what is no value of theirs is never taken. */
const texts = (offset: number) => HOSTILE_TEXTS.filter((_, index) => index % STEP === offset % STEP);

test('every form is filled in so that all goes well', async () => {
	const all = [new SessionKey(), new SessionKeyManager()].flatMap(({ description }) => readOperations(description));
	const tried = new Set(forms().map(([, resource, operation]) => `${resource}.${operation}`));
	expect(all.filter(({ resource, operation }) => !tried.has(`${resource}.${operation}`))).toEqual([]);
	const sends = new Map<string, number>();
	for (const [node, resource, operation, form] of forms()) {
		const { sends: count } = await run(node, { resource, operation, ...form });
		const name = `${resource}.${operation}`;
		sends.set(name, (sends.get(name) ?? 0) + count);
	}
	const sending = [...sends].filter(([, count]) => count > 0).map(([name]) => name);
	expect(sending).toEqual(
		expect.arrayContaining([
			'payment.send',
			'payment.sendBatch',
			'contract.execute',
			'key.add',
			'key.remove',
			'key.rotate',
			'permission.setSpendLimit',
			'permission.update',
			'plugin.install',
			'plugin.uninstall',
		]),
	);
});

test('no field of any operation takes what does not mean anything, and none ends in a raw error', async () => {
	for (const [index, [node, resource, operation, form]] of forms().entries()) {
		const whole = { resource, operation, ...form };
		for (const [place, field] of fieldsOf(node, whole).entries()) {
			await tryField(node, field, [...WRONG_VALUES, ...texts(index + place)], `${resource}.${operation}`);
		}
	}
	const trigger = {
		accountAddress: account.address,
		events: ['budgetLow', 'keyExpiring'],
		lowMeans: 'amount',
		amountLeft: '5',
		token: byTag('native'),
	};
	for (const [place, field] of fieldsOf(new SessionKeyTrigger(), trigger).entries()) {
		await tryField(new SessionKeyTrigger(), field, [...WRONG_VALUES, ...texts(place)], 'trigger');
	}
	figures.slowest = Math.round(figures.slowest);
	process.stdout.write(
		`every field: ${JSON.stringify({ ...figures, texts: HOSTILE_TEXTS.length, values: WRONG_VALUES.length })}\n`,
	);
	expect(faults.slice(0, 50)).toEqual([]);
	expect({ raw: figures.raw, wrong: figures.wrong }).toEqual({ raw: 0, wrong: 0 });
	expect(figures.runs).toBeGreaterThan(10_000);
});
