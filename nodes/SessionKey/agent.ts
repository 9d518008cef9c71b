import type { IExecuteFunctions } from 'n8n-workflow';
import type { Address } from 'viem';
import type { PrivateKeyAccount } from 'viem/accounts';
import { namingStop } from '../../core/emergencyStop/stoppedBy';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { parseBoolean } from '../../core/input/boolean';
import type { Payer } from '../../core/payment/send/payment';
import { RefusalError } from '../../core/refusal/refusal';
import { read } from '../../core/rpc/read';
import type { Rpc } from '../../core/rpc/rpc';
import { pluginView } from '../../core/plugin/keyState';
import { connect, type Connection } from '../shared/connection';
import {
	AGENT_CREDENTIAL,
	isFilledIn,
	keysOf,
	secretsOf,
	type AgentCredential,
	type AgentKeys,
} from './agentCredential';
import { rulesIn, runStoreIn } from './rules';

/** Who pays, with whichever of the credential's keys is the registered one. */
export interface Agent {
	/** Takes the credentials' secrets out of a text. */
	redact: Rpc['redact'];
	/**
	 * Does something as the registered key. When the owner rotates while it is being done, it is done once more as the new
	 * key: a payment reference is paid once, whichever key pays it.
	 */
	act<T>(what: (payer: Payer) => Promise<T>): Promise<T>;
}

/** The agent that the node's two credentials describe. Private keys stay inside `sign`. */
export async function readAgent(context: IExecuteFunctions, itemIndex = 0): Promise<Agent> {
	const { credential, connection } = await agentConnection(context, itemIndex);
	const { rpc } = connection;
	const keys = keysOf(credential);
	const toPayer = (of: AgentCredential, key: PrivateKeyAccount) => payerOf(context, of, connection, key);
	return {
		redact: rpc.redact,
		act: async (what) => {
			const key = keys.next ? ((await registeredKey(credential, keys, rpc)) ?? keys.current) : keys.current;
			const attempt = what(toPayer(credential, key));
			const readAgain = () => agentCredential(context, itemIndex);
			const successor = await readSuccessor(key, attempt, { readAgain, toPayer, rpc });
			const last = successor ? what(successor) : attempt;
			return last.catch(async (error: unknown) => {
				throw await namingStop(error, { rpc, account: accountOf(credential) });
			});
		},
	};
}

/** The node's two credentials, whether or not there is a key yet. */
export async function agentConnection(
	context: IExecuteFunctions,
	itemIndex = 0,
): Promise<{ credential: AgentCredential; connection: Connection }> {
	const credential = await agentCredential(context, itemIndex);
	return { credential, connection: await connect(context, secretsOf(credential), itemIndex) };
}

async function agentCredential(context: IExecuteFunctions, itemIndex: number): Promise<AgentCredential> {
	return (await context.getCredentials(AGENT_CREDENTIAL, itemIndex)) as unknown as AgentCredential;
}

/**
 * Fields of a credential may hold expressions. What is paid together is paid by one account over one connection.
 * @throws {InputError} when the credentials are not the same for all items
 */
export async function requireOneAgent(context: IExecuteFunctions): Promise<void> {
	const credentialsOf = async (itemIndex: number) =>
		JSON.stringify(await Promise.all(CREDENTIALS.map((name) => context.getCredentials(name, itemIndex))));
	const first = await credentialsOf(0);
	for (let itemIndex = 1; itemIndex < context.getInputData().length; itemIndex++) {
		if ((await credentialsOf(itemIndex)) === first) continue;
		throw new InputError(
			'Credential',
			`The credentials are not the same for item ${itemIndex + 1} as for the first one, but all items go together here`,
			'Use Send, which reads the credentials for each item, or split the items before this node.',
			itemIndex,
		);
	}
}

const CREDENTIALS = ['alchemyApi', AGENT_CREDENTIAL];

/** @throws {InputError} when a rule in the credential can't be read */
function payerOf(
	context: IExecuteFunctions,
	credential: AgentCredential,
	{ rpc, network, gasPolicyId }: Connection,
	signer: PrivateKeyAccount,
): Payer {
	const account = accountOf(credential);
	const rules = rulesIn(credential, network);
	const countsRuns = rules.mostPerRun.length > 0 || rules.approval !== undefined;
	return {
		rpc,
		network,
		account,
		key: signer.address,
		sign: (hash) => signer.signMessage({ message: { raw: hash } }),
		gasPolicyId,
		paused: isPaused(credential),
		rules,
		paidInRun: countsRuns ? runStoreIn(context, network, account) : undefined,
		// A page that n8n serves has nothing to stop.
		signal: context.getExecutionCancelSignal?.(),
	};
}

function accountOf({ accountAddress }: Pick<AgentCredential, 'accountAddress'>): Address {
	return parseAddress(accountAddress, 'Smart Account Address');
}

function isPaused({ pausePayments }: Pick<AgentCredential, 'pausePayments'>): boolean {
	return isFilledIn(pausePayments) && parseBoolean(pausePayments, 'Pause Payments');
}

/** Which of the credential's keys the account has registered. Both: the present one. */
export async function registeredKey(
	credential: AgentCredential,
	{ current, next }: AgentKeys,
	rpc: Rpc,
): Promise<PrivateKeyAccount | undefined> {
	const account = accountOf(credential);
	const signers = [current, ...(next ? [next] : [])];
	const registered = await read(
		rpc,
		signers.map(({ address }) => pluginView('isSessionKeyOf', [account, address])),
	);
	return signers.find((_, index) => registered[index]);
}

interface Again {
	readAgain: () => Promise<AgentCredential>;
	toPayer: (credential: AgentCredential, key: PrivateKeyAccount) => Payer;
	rpc: Rpc;
}

/**
 * Who pays with the key that took the place of one while it was in use, from the credential and the chain as they are now,
 * the credential's rules included; undefined when the attempt came to its end, or no other key is registered.
 */
async function readSuccessor(
	used: PrivateKeyAccount,
	attempt: Promise<unknown>,
	{ readAgain, toPayer, rpc }: Again,
): Promise<Payer | undefined> {
	// A refusal means that nothing was paid.
	const isOpen = await attempt.then(isLeftPending, (error: unknown) => error instanceof RefusalError);
	if (!isOpen) return undefined;
	try {
		const credential = await readAgain();
		// Nothing more is tried once somebody has paused it.
		if (isPaused(credential)) return undefined;
		const keys = keysOf(credential);
		if (!keys.next && keys.current.address === used.address) return undefined;
		const registered = await registeredKey(credential, keys, rpc);
		return registered && registered.address !== used.address ? toPayer(credential, registered) : undefined;
	} catch {
		// What became of the attempt says more.
		return undefined;
	}
}

/**
 * Sent, and not in a block within the time limit: with a key that was replaced before, it never will be. Only with a
 * reference is it safe to pay again.
 */
function isLeftPending(result: unknown): boolean {
	return [result].flat().some((one) => {
		const json = ((one as { json?: unknown } | null)?.json ?? one) as { status?: string; reference?: string } | null;
		return json?.status === 'pending' && json.reference !== undefined;
	});
}
