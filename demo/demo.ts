import { parseEther, parseUnits, type Address, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';
import { startDevnet, type Devnet } from '../devnet';
import { accountOf, fundedAccount } from '../devnet/accounts';
import { isFree } from '../devnet/guarded';
import {
	installN8n,
	signIn,
	startN8n,
	type Credential,
	type InstalledN8n,
	type Log,
	type Rest,
	type RunningN8n,
} from './n8n';
import { packPackage } from './package';
import { readWorkflow, WORKFLOWS, type WorkflowName } from './workflows';

/** The demo, set up and running. */
export interface Demo {
	devnet: Devnet;
	server: RunningN8n;
	/** n8n, as the demo's only user. */
	rest: Rest;
	/** The smart account that pays. */
	account: Address;
	/** n8n's ids of the workflows. */
	workflows: Record<WorkflowName, string>;
}

/** Where n8n is usually found. */
const USUAL_PORT = 5678;

/** Seconds: a key expires on time, also while nobody pays. */
const IDLE_BLOCK_TIME = 5;

/** What the account starts with, in whole units. */
const MONEY = { eth: '10', usd: '50000' };

/**
 * Starts a chain and an n8n with this package, gives it credentials and workflows, and lets the owner's workflow set up
 * the account.
 */
export async function startDemo(log: Log): Promise<Demo> {
	const packageTarball = await packPackage(log);
	const n8n = await installN8n(2, log);
	log('starting a chain with a bundler ...');
	const [devnet, server] = await Promise.all([
		startDevnet({ idleBlockTime: IDLE_BLOCK_TIME }),
		startServer(n8n, packageTarball, log),
	]);
	const rest = await signIn(server.url);
	log('setting up the account with two session keys, by a workflow of its owner ...');
	const people = await makePeople(devnet);
	const workflows = await importAll(rest, devnet, people);
	await setUp(rest, workflows.setup);
	return { devnet, server, rest, account: people.account, workflows };
}

async function startServer(n8n: InstalledN8n, packageTarball: string, log: Log): Promise<RunningN8n> {
	const port = (await isFree(USUAL_PORT)) ? USUAL_PORT : undefined;
	return startN8n({ n8n, packageTarball, port, log });
}

interface KeyPair {
	address: Address;
	privateKey: Hex;
}

interface People {
	owner: KeyPair;
	salariesAgent: KeyPair;
	invoicesAgent: KeyPair;
	account: Address;
}

/** New keys at every start, and money for an account that nobody has created yet. */
async function makePeople(devnet: Devnet): Promise<People> {
	const ownerKey = generatePrivateKey();
	const eth = parseEther(MONEY.eth);
	const tokens = { usd6: parseUnits(MONEY.usd, devnet.tokens.usd6.decimals), coin18: 0n };
	const { owner, address } = await fundedAccount(devnet, { ownerKey, deployed: false, eth, tokens });
	return { owner, salariesAgent: accountOf(), invoicesAgent: accountOf(), account: address };
}

async function importAll(rest: Rest, devnet: Devnet, people: People): Promise<Demo['workflows']> {
	const credentialIds: Record<string, string> = {};
	for (const credential of credentialsOf(devnet, people)) {
		credentialIds[credential.name] = (await rest.createCredential(credential)).id;
	}
	const addresses = {
		TOKEN_ADDRESS: devnet.tokens.usd6.address,
		SALARIES_KEY: people.salariesAgent.address,
		INVOICES_KEY: people.invoicesAgent.address,
	};
	const ids: Array<[WorkflowName, string]> = [];
	for (const name of WORKFLOWS) {
		ids.push([name, (await rest.createWorkflow(readWorkflow(name, addresses, credentialIds))).id]);
	}
	return Object.fromEntries(ids) as Demo['workflows'];
}

function credentialsOf({ url, chainId }: Devnet, people: People): Credential[] {
	const agent = (name: string, key: KeyPair): Credential => ({
		name,
		type: 'agentSessionKeyApi',
		data: {
			accountAddress: people.account,
			privateKey: key.privateKey,
			keyAddress: key.address,
			testNetwork: 'custom',
			secretTestUrl: url,
		},
	});
	return [
		{
			name: 'Local chain',
			type: 'alchemyApi',
			data: { network: 'custom', secretRpcUrl: url, chainId, nativeSymbol: 'ETH' },
		},
		{
			name: 'The owner',
			type: 'smartAccountOwnerApi',
			data: {
				signWith: 'privateKey',
				privateKey: people.owner.privateKey,
				accountAddress: '',
				salt: '0',
				testNetwork: 'custom',
				secretTestUrl: url,
			},
		},
		agent('Salaries agent', people.salariesAgent),
		agent('Invoices agent', people.invoicesAgent),
	];
}

async function setUp(rest: Rest, workflowId: string): Promise<void> {
	const { status, error } = await rest.runAndWait(workflowId, 'When the owner clicks');
	if (status === 'success') return;
	throw new Error(`the account could not be set up: ${error?.message ?? status}. ${error?.description ?? ''}`);
}
