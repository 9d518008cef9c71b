import { randomBytes, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { english, generateMnemonic, generatePrivateKey } from 'viem/accounts';
import { parseUnits, type Hex } from 'viem';
import { installN8n, signIn, startN8n, type Credential, type Execution, type Item, type Rest } from '../../demo/n8n';
import type { RunningN8n, Workflow, WorkflowNode } from '../../demo/n8n';
import { connectDevnet, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../devnet';
import { freshAddress } from '../support/payer';
import { agentWorkflow, chat } from './support/agent';
import {
	calling,
	said,
	startModelStandIn,
	startTalkative,
	type Manner,
	type ModelStandIn,
	type Talkative,
} from './support/standIns';

jest.setTimeout(600_000);

const MANNERS: Manner[] = [
	'forwards',
	'echoes',
	'echoesOperations',
	'reverts',
	'unauthorized',
	'outOfOrder',
	'page',
	'redirects',
	'hangsUp',
];

const random = (bytes: number): string => randomBytes(bytes).toString('hex');
/** What nobody but the credentials may hold. Each is found by itself, wherever it turns up. */
const secret = {
	inPath: random(16),
	inQuery: random(16),
	user: `user${random(6)}`,
	password: random(12),
	apiKey: random(16),
	inNoUrl: random(16),
	strangerKey: generatePrivateKey(),
	ownersOtherKey: generatePrivateKey(),
	brokenKey: `0x${random(31)}zz`,
	mnemonic: generateMnemonic(english),
	brokenMnemonic: `${random(8)} ${generateMnemonic(english)}`,
};
const basic = Buffer.from(`${secret.user}:${secret.password}`).toString('base64');

let devnet: DevnetClient;
let account: SmartAccount;
let provider: Talkative;
let model: ModelStandIn;
let n8n: RunningN8n;
let rest: Rest;
/** Everything that n8n answered. */
const answers: string[] = [];
/** Everything that it printed. */
let printed = '';

beforeAll(async () => {
	const { DEVNET_URL, N8N_TEST_FOLDER = '', N8N_TEST_MAJOR } = process.env;
	devnet = (await connectDevnet(DEVNET_URL as string)).withKey(`leaks-${randomUUID()}`);
	provider = await startTalkative(devnet.url);
	model = await startModelStandIn((messages) =>
		messages.some(({ role }) => role === 'tool')
			? said('Done.')
			: calling('Pay', { recipient: freshAddress(), amount: '1', invoice: random(4) }),
	);
	const permissions = tokenBudget(devnet.tokens.usd6, parseUnits('100', 6));
	account = await fundedAccount(devnet, { keys: [{ permissions }] });
	// One of its own, that tells everything; with the package that the others were given.
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-leaks-'));
	const installed = await installN8n(N8N_TEST_MAJOR === '1' ? 1 : 2);
	await cp(installed.emptyDatabase, join(userFolder, '.n8n'), { recursive: true });
	await cp(join(N8N_TEST_FOLDER, '.n8n/nodes'), join(userFolder, '.n8n/nodes'), { recursive: true });
	n8n = await startN8n({
		n8n: installed,
		userFolder,
		env: {
			N8N_LOG_LEVEL: 'debug',
			N8N_LOG_OUTPUT: 'console,file',
			N8N_LOG_FILE_LOCATION: join(userFolder, 'n8n.log'),
			// With a single connection n8n 1.x mixes up what is written at the same moment; 2.x has several anyway.
			DB_SQLITE_POOL_SIZE: '3',
			// Nothing outside is asked, not even with a key that is none.
			HTTPS_PROXY: 'http://127.0.0.1:9',
		},
	});
	const { fetch } = globalThis;
	jest.spyOn(globalThis, 'fetch').mockImplementation(async (...request) => {
		const reply = await fetch(...request);
		if (String(request[0]).startsWith(n8n.url)) answers.push(await reply.clone().text());
		return reply;
	});
	rest = await signIn(n8n.url);
});

afterAll(async () => {
	jest.restoreAllMocks();
	await n8n?.stop();
	await rm(n8n.userFolder, { recursive: true, force: true });
	await Promise.all([provider?.close(), model?.close()]);
});

/** n8n's output is kept up to a limit: what is new in it since the last time. */
function keepPrinted(): void {
	const now = n8n.logs();
	const overlap = printed.slice(-2_000);
	const at = overlap ? now.lastIndexOf(overlap) : 0;
	printed += at < 0 ? now : now.slice(at + overlap.length);
}

afterEach(keepPrinted);

/** The address of the provider in one of its manners, with secrets wherever an address can hold some. */
function urlFor(manner: Manner): string {
	const { user, password, inPath, inQuery } = secret;
	return `http://${user}:${password}@127.0.0.1:${provider.port}/v2/${inPath}?manner=${manner}&apikey=${inQuery}`;
}

const endpoint = (secretRpcUrl: string, more: Item = {}): Item => ({
	network: 'custom',
	secretRpcUrl,
	chainId: devnet.chainId,
	nativeSymbol: 'ETH',
	...more,
});
const agentKey = (): Hex => account.keys[0]!.privateKey;
const agentWith = (privateKey: string): Item => ({ accountAddress: account.address, privateKey });
const ownerWith = (more: Item): Item => ({ accountAddress: account.address, signWith: 'privateKey', ...more });

type Chosen = NonNullable<WorkflowNode['credentials']>;

async function choose(all: Record<string, Item>): Promise<Chosen> {
	const chosen: Chosen = {};
	for (const [type, data] of Object.entries(all)) {
		const { id, name } = await rest.createCredential({ name: `${type} ${randomUUID()}`, type, data } as Credential);
		chosen[type] = { id, name };
	}
	return chosen;
}

const byAddress = (value: string): Item => ({ __rl: true, mode: 'address', value });
const dollar = (): Item => byAddress(devnet.tokens.usd6.address);
const transfer = (amount = '1'): Item => ({
	recipient: freshAddress(),
	token: dollar(),
	amount,
	reference: `leaks/${randomUUID()}`,
	options: { timeLimit: 3 },
});
const call = (): Item => ({
	contract: devnet.tokens.usd6.address,
	functionSource: 'signature',
	function: 'balanceOf(address who) view returns (uint256)',
	arguments: { mappingMode: 'defineBelow', value: { who: account.address } },
});

interface Operation {
	node: 'sessionKey' | 'sessionKeyManager';
	parameters: Item;
}

/** Every kind of operation, and what a person fills in. */
const operations = (): Operation[] => {
	const key = byAddress(account.keys[0]!.address);
	const agents: Array<[string, string, Item]> = [
		['payment', 'send', transfer()],
		['payment', 'send', { ...transfer(), reference: '', allowRepeats: true }],
		['payment', 'send', transfer('900')],
		['payment', 'sendBatch', transfer()],
		['payment', 'check', transfer()],
		['payment', 'get', { findBy: 'reference', reference: 'leaks' }],
		['payment', 'get', { findBy: 'hash', userOperationHash: `0x${random(32)}` }],
		['payment', 'getMany', {}],
		['contract', 'execute', { ...call(), reference: `leaks/${randomUUID()}`, options: { timeLimit: 3 } }],
		['contract', 'read', call()],
		['key', 'get', {}],
	];
	const owners: Array<[string, string, Item]> = [
		['account', 'get', {}],
		['account', 'getApprovalLink', {}],
		['plugin', 'get', {}],
		['plugin', 'uninstall', { dryRun: true }],
		['key', 'add', { newSessionKey: freshAddress(), tag: 'new', gasLimit: '0.01', options: { timeLimit: 3 } }],
		['key', 'get', { sessionKey: key }],
		['key', 'getMany', {}],
		['key', 'remove', { sessionKey: byAddress(freshAddress()) }],
		['permission', 'setSpendLimit', { sessionKey: key, token: dollar(), amount: '101', options: { timeLimit: 3 } }],
	];
	const of = (node: 'sessionKey' | 'sessionKeyManager') => (one: [string, string, Item]) => {
		const [resource, operation, more] = one;
		return { node, parameters: { resource, operation, ...more } };
	};
	return [...agents.map(of('sessionKey')), ...owners.map(of('sessionKeyManager'))];
};

const CREDENTIALS_OF = {
	sessionKey: ['alchemyApi', 'agentSessionKeyApi'],
	sessionKeyManager: ['alchemyApi', 'smartAccountOwnerApi'],
};

const start = (): WorkflowNode => ({
	name: 'Start',
	type: 'n8n-nodes-base.manualTrigger',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
});

/** A workflow with nodes that run one beside the other. */
function beside(nodes: WorkflowNode[], more: Partial<Workflow> = {}): Workflow {
	const main = [nodes.map(({ name }) => ({ node: name, type: 'main', index: 0 }))];
	return {
		name: `Leaks ${randomUUID()}`,
		nodes: [start(), ...nodes],
		connections: { Start: { main } },
		settings: { executionOrder: 'v1' },
		...more,
	};
}

function nodeFor({ node, parameters }: Operation, chosen: Chosen, onError: string) {
	const credentials = Object.fromEntries(
		CREDENTIALS_OF[node].flatMap((type) => (chosen[type] ? [[type, chosen[type]]] : [])),
	);
	return {
		name: `${nameOf({ node, parameters })} ${randomUUID()}`,
		type: `n8n-nodes-session-keys.${node}`,
		typeVersion: 1,
		position: [200, 0] as [number, number],
		parameters,
		credentials,
		onError,
	};
}

async function run(workflow: Workflow): Promise<Execution> {
	return rest.runAndWait((await rest.createWorkflow(workflow)).id, 'Start', 300);
}

/** So many operations of `operations` fail wherever nothing can be read: one only gives a link. */
const READING = 19;
/** Those that end their execution when they fail: they run for each item, for all items at once, and as the owner. */
const STOPPING = new Set(['payment send', 'payment sendBatch', 'key add', 'permission setSpendLimit']);

const nameOf = ({ parameters }: Operation): string =>
	`${parameters.resource as string} ${parameters.operation as string}`;

/**
 * Runs every operation with these credentials: going on in spite of errors in one way or the other, and some again that
 * stop. Gives the names of those that failed, in both cases, and of those that are left pending.
 */
async function runAll(credentials: Record<string, Item>) {
	const chosen = await choose(credentials);
	const ways = ['continueRegularOutput', 'continueErrorOutput'];
	const all = operations();
	const nodes = all.map((one, index) => nodeFor(one, chosen, ways[index % 2] as string));
	const { data, output } = await run(beside(nodes));
	const hasFailed = ({ name }: WorkflowNode) =>
		data.resultData.runData[name]?.some(({ error }) => error) ||
		[...output(name), ...output(name, 1)].some(({ error }) => error);
	const stopping = operations().filter((one) => STOPPING.has(nameOf(one)));
	const alone = await Promise.all(stopping.map((one) => run(beside([nodeFor(one, chosen, 'stopWorkflow')]))));
	return {
		failed: all.filter((_, index) => hasFailed(nodes[index] as WorkflowNode)).map(nameOf),
		pending: all
			.filter((_, index) => output((nodes[index] as WorkflowNode).name).some(({ status }) => status === 'pending'))
			.map(nameOf),
		stopped: stopping.filter((_, index) => alone[index]?.status === 'error').map(nameOf),
	};
}

const everyone = (url: string): Record<string, Item> => ({
	alchemyApi: endpoint(url),
	agentSessionKeyApi: agentWith(agentKey()),
	smartAccountOwnerApi: ownerWith({ privateKey: account.owner.privateKey }),
});

/** Everything that may hold a text: each file of n8n's, what it printed and what it answered, and what a model was told. */
async function places(): Promise<Array<{ place: string; text: string }>> {
	const names = await readdir(n8n.userFolder, { recursive: true });
	const paths = names
		.filter((name) => !name.startsWith(join('.n8n', 'nodes')))
		.map((name) => join(n8n.userFolder, name));
	const files = paths.filter((path) => statSync(path).isFile());
	const contents = await Promise.all(
		files.map(async (file) => ({ place: relative(n8n.userFolder, file), text: await readFile(file, 'latin1') })),
	);
	keepPrinted();
	return [
		...contents,
		{ place: 'printed', text: printed },
		{ place: 'answers', text: answers.join('\n') },
		{ place: 'told to the model', text: model.told.join('\n') },
	];
}

/** Where one of these turns up. The database may break a text where one of its pages ends, but only one of the halves. */
async function found(secrets: Record<string, string>): Promise<string[]> {
	const all = (await places()).map(({ place, text }) => ({ place, text: text.toLowerCase() }));
	return Object.entries(secrets).flatMap(([name, value]) => {
		const bare = value.replace(/^0x/, '').toLowerCase();
		const middle = Math.ceil(bare.length / 2);
		const halves = [bare.slice(0, middle), bare.slice(middle)];
		return all.filter(({ text }) => halves.some((half) => text.includes(half))).map(({ place }) => `${name}: ${place}`);
	});
}

describe('with marked secrets', () => {
	it('every operation runs, whatever manners the provider has', async () => {
		const runs = MANNERS.map(async (manner) => [manner, await runAll(everyone(urlFor(manner)))] as const);
		const { forwards, echoesOperations, reverts, ...others } = Object.fromEntries(await Promise.all(runs));
		// Too much, a function that isn't allowed, and a key that isn't one.
		expect(forwards?.failed).toEqual(['payment send', 'contract execute', 'key remove']);
		// What the bundler says of an operation is understood by nobody: a payment may have been sent, an owner's change fails.
		expect(echoesOperations?.failed).toEqual(
			expect.arrayContaining(['payment send', 'contract execute', 'key remove']),
		);
		expect(echoesOperations?.pending).toEqual(expect.arrayContaining(['payment send', 'payment sendBatch']));
		expect(reverts?.failed).toEqual(expect.arrayContaining(['payment check', 'contract read', 'plugin get']));
		for (const { failed, stopped } of Object.values(others)) {
			expect([failed.length, new Set(stopped)]).toEqual([READING, STOPPING]);
		}
	});

	it('every operation runs with credentials that are none', async () => {
		const good = everyone(urlFor('forwards'));
		const wrong: Array<Record<string, Item>> = [
			{ ...good, alchemyApi: endpoint(`htp://${secret.inNoUrl}`) },
			{ ...good, alchemyApi: endpoint(`http://${secret.inNoUrl}.invalid/${secret.inPath}`) },
			{ ...good, alchemyApi: endpoint(urlFor('forwards'), { chainId: 1 }) },
			{ ...good, alchemyApi: { network: 'base-sepolia', apiKey: secret.apiKey } },
			{ ...good, alchemyApi: endpoint(urlFor('forwards'), { secretBundlerUrl: urlFor('echoes') }) },
			{
				...good,
				agentSessionKeyApi: agentWith(secret.strangerKey),
				smartAccountOwnerApi: ownerWith({ privateKey: secret.ownersOtherKey }),
			},
			{
				...good,
				agentSessionKeyApi: agentWith(secret.brokenKey),
				smartAccountOwnerApi: ownerWith({ privateKey: secret.brokenKey }),
			},
			{ ...good, smartAccountOwnerApi: ownerWith({ signWith: 'mnemonic', secretMnemonic: secret.mnemonic }) },
			{ ...good, smartAccountOwnerApi: ownerWith({ signWith: 'mnemonic', secretMnemonic: secret.brokenMnemonic }) },
			{ alchemyApi: good.alchemyApi! },
		];
		const results = await Promise.all(wrong.map(runAll));
		for (const { failed, stopped } of results) {
			expect(failed.length).toBeGreaterThan(6);
			expect(stopped.length).toBeGreaterThan(1);
		}
	});

	it('a gas policy refuses', async () => {
		for (const manner of ['forwards', 'echoes'] as const) {
			const gasPolicyId = devnet.gasManager.policies.exhausted;
			const credentials = { ...everyone(urlFor('forwards')), alchemyApi: endpoint(urlFor(manner), { gasPolicyId }) };
			const { stopped } = await runAll(credentials);
			expect(stopped).toEqual(expect.arrayContaining(['payment send', 'payment sendBatch']));
		}
	});

	it('every credential is tested', async () => {
		const test = async (type: string, data: Item) => {
			const credential = { name: `Test ${randomUUID()}`, type, data } as Credential;
			const { id } = await rest.createCredential(credential);
			return rest.testCredential({ ...credential, id });
		};
		const on = (url: string) => ({ testNetwork: 'custom', secretTestUrl: url });
		for (const manner of MANNERS) {
			const url = urlFor(manner);
			const results = [
				await test('alchemyApi', endpoint(url)),
				await test('agentSessionKeyApi', { ...agentWith(agentKey()), ...on(url) }),
				await test('smartAccountOwnerApi', ownerWith({ privateKey: account.owner.privateKey, ...on(url) })),
			];
			const statuses = results.map(({ status }) => status);
			if (manner === 'reverts') expect(statuses).toEqual(['OK', 'Error', 'Error']);
			else if (['forwards', 'echoesOperations'].includes(manner)) expect(statuses).toEqual(['OK', 'OK', 'OK']);
			else expect(statuses).toEqual(['Error', 'Error', 'Error']);
		}
		const url = urlFor('forwards');
		const wrong = [
			await test('alchemyApi', endpoint(`htp://${secret.inNoUrl}`)),
			await test('alchemyApi', { network: 'base-sepolia', apiKey: secret.apiKey }),
			await test('agentSessionKeyApi', { ...agentWith(secret.brokenKey), ...on(url) }),
			await test('agentSessionKeyApi', { ...agentWith(secret.strangerKey), ...on(url) }),
			await test('smartAccountOwnerApi', ownerWith({ privateKey: secret.brokenKey, ...on(url) })),
			await test('smartAccountOwnerApi', ownerWith({ privateKey: secret.ownersOtherKey, ...on(url) })),
			await test(
				'smartAccountOwnerApi',
				ownerWith({ signWith: 'mnemonic', secretMnemonic: secret.brokenMnemonic, ...on(url) }),
			),
		];
		expect(wrong.map(({ status }) => status)).toEqual(wrong.map(() => 'Error'));
	});

	it('a trigger is switched on, and runs by hand', async () => {
		for (const manner of MANNERS) {
			const { alchemyApi } = await choose({ alchemyApi: endpoint(urlFor(manner)) });
			const { id } = await rest.createWorkflow({
				name: `Leaks ${randomUUID()}`,
				nodes: [
					{
						name: 'Trigger',
						type: 'n8n-nodes-session-keys.sessionKeyTrigger',
						typeVersion: 1,
						position: [0, 0],
						parameters: { accountAddress: account.address, events: ['paymentMade', 'budgetLow', 'keyExpiring'] },
						credentials: { alchemyApi: alchemyApi! },
					},
				],
				connections: {},
				settings: {},
			});
			await rest.activate(id).catch(() => undefined);
			const byHand = await rest.run(id, 'Trigger').catch(() => undefined);
			if (byHand) await rest.waitForExecution(byHand);
			await rest.deactivate(id).catch(() => undefined);
		}
	});

	it('the lists of a form are opened', async () => {
		for (const manner of MANNERS) {
			const credentials = await choose(everyone(urlFor(manner)));
			for (const [node, methodName] of [
				['sessionKey', 'searchTokens'],
				['sessionKeyManager', 'searchTokens'],
				['sessionKeyManager', 'searchKeys'],
			] as const) {
				const body = {
					path: 'parameters.token',
					nodeTypeAndVersion: { name: `n8n-nodes-session-keys.${node}`, version: 1 },
					methodName,
					credentials,
					currentNodeParameters: { resource: 'key', operation: 'get' },
				};
				const list = rest.request('POST', '/dynamic-node-parameters/resource-locator-results', body);
				await list.catch((error: Error) => answers.push(error.message));
			}
		}
	});

	it('an AI agent is refused, and told why', async () => {
		for (const manner of MANNERS) {
			const chosen = await choose({
				...everyone(urlFor(manner)),
				openAiApi: { apiKey: 'none', url: model.url, header: false },
			});
			const { id } = await rest.createWorkflow(agentWorkflow(devnet, chosen));
			const before = model.told.length;
			await rest.waitForExecution(await chat(rest, id, 'Pay it.'), 200);
			expect(model.told.length).toBeGreaterThan(before);
		}
	});

	it('leaves none of them in what n8n stores, prints and answers, nor in what leaves it', async () => {
		for (const type of await rest.request<Array<{ id: string }>>('GET', '/credentials?includeScopes=true')) {
			await rest.request('GET', `/credentials/${type.id}?includeData=true`);
		}
		for (const { id } of await rest.request<Array<{ id: string }>>('GET', '/workflows')) {
			for (const execution of await rest.executions(id)) await rest.execution(execution.id);
		}
		const keys = { agentKey: agentKey(), ownerKey: account.owner.privateKey };
		expect(await found({ ...secret, ...keys, basic })).toEqual([]);

		const { inPath: _, inQuery: __, user: ___, password: ____, ...never } = secret;
		const asked = provider.asked.join('\n').toLowerCase();
		expect(asked).toContain('eth_senduseroperation');
		for (const value of [...Object.values(never), ...Object.values(keys)]) {
			expect(asked).not.toContain(value.replace(/^0x/, '').toLowerCase());
		}
	});

	it('would have found one: a mark that was planted is found wherever it stands', async () => {
		// While everything was searched the connection was idle, and n8n may have closed it: what only reads is asked again.
		await rest.request('GET', '/workflows');
		const mark = random(32);
		const node = {
			// n8n prints the names of nodes.
			name: `Planted ${mark}`,
			type: 'n8n-nodes-base.set',
			typeVersion: 3.4,
			position: [200, 0] as [number, number],
			parameters: {
				mode: 'raw',
				jsonOutput: JSON.stringify({ padding: 'x'.repeat(20_000), planted: `0x${mark.toUpperCase()}` }),
			},
		};
		expect(await run(beside([node]))).toMatchObject({ status: 'success' });
		const where = await found({ mark });
		expect(where).toEqual(expect.arrayContaining(['mark: n8n.log', 'mark: printed', 'mark: answers']));
		expect(where.join()).toContain('mark: .n8n/database.sqlite');
	});
});
