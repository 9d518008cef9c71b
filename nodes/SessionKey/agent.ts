import type { IExecuteFunctions } from 'n8n-workflow';
import type { PrivateKeyAccount } from 'viem/accounts';
import { parseAddress } from '../../core/input/address';
import type { Payer } from '../../core/payment/payment';
import { RefusalError } from '../../core/refusal/refusal';
import { read } from '../../core/rpc/read';
import type { Rpc } from '../../core/rpc/rpc';
import { pluginView } from '../../core/sessionKey/keyState';
import { connect, type Connection } from '../shared/connection';
import { AGENT_CREDENTIAL, keysOf, secretsOf, type AgentCredential, type AgentKeys } from './agentCredential';

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
export async function agentOf(context: IExecuteFunctions): Promise<Agent> {
	const { credential, connection } = await agentConnection(context);
	const { rpc } = connection;
	const keys = keysOf(credential);
	const signal = context.getExecutionCancelSignal();
	return {
		redact: rpc.redact,
		act: async (what) => {
			const key = keys.next ? ((await registeredKey(credential, keys, rpc)) ?? keys.current) : keys.current;
			const attempt = what(payerOf(credential, connection, key, signal));
			const successor = await successorOf(key, attempt, context, rpc);
			return successor ? what(payerOf(credential, connection, successor, signal)) : attempt;
		},
	};
}

/** The node's two credentials, whether or not there is a key yet. */
export async function agentConnection(
	context: IExecuteFunctions,
): Promise<{ credential: AgentCredential; connection: Connection }> {
	const credential = await agentCredential(context);
	return { credential, connection: await connect(context, secretsOf(credential)) };
}

async function agentCredential(context: IExecuteFunctions): Promise<AgentCredential> {
	return (await context.getCredentials(AGENT_CREDENTIAL)) as unknown as AgentCredential;
}

function payerOf(
	{ accountAddress }: AgentCredential,
	{ rpc, network, gasPolicyId }: Connection,
	signer: PrivateKeyAccount,
	signal: AbortSignal | undefined,
): Payer {
	return {
		rpc,
		network,
		account: parseAddress(accountAddress, 'Smart Account Address'),
		key: signer.address,
		sign: (hash) => signer.signMessage({ message: { raw: hash } }),
		gasPolicyId,
		signal,
	};
}

/** Which of the credential's keys the account has registered. Both: the present one. */
export async function registeredKey(
	{ accountAddress }: AgentCredential,
	{ current, next }: AgentKeys,
	rpc: Rpc,
): Promise<PrivateKeyAccount | undefined> {
	const account = parseAddress(accountAddress, 'Smart Account Address');
	const signers = [current, ...(next ? [next] : [])];
	const registered = await read(
		rpc,
		signers.map(({ address }) => pluginView('isSessionKeyOf', [account, address])),
	);
	return signers.find((_, index) => registered[index]);
}

/**
 * The key that took the place of one while it was in use, from the credential and the chain as they are now; undefined
 * when the attempt came to its end, or no other key is registered.
 */
async function successorOf(
	used: PrivateKeyAccount,
	attempt: Promise<unknown>,
	context: IExecuteFunctions,
	rpc: Rpc,
): Promise<PrivateKeyAccount | undefined> {
	// A refusal means that nothing was paid.
	const isOpen = await attempt.then(isLeftPending, (error: unknown) => error instanceof RefusalError);
	if (!isOpen) return undefined;
	try {
		const credential = await agentCredential(context);
		const keys = keysOf(credential);
		if (!keys.next && keys.current.address === used.address) return undefined;
		const registered = await registeredKey(credential, keys, rpc);
		return registered?.address === used.address ? undefined : registered;
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
