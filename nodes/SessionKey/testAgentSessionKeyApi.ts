import type {
	ICredentialDataDecryptedObject,
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import type { Address, Hex } from 'viem';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { moment, showMoment } from '../../core/text/format';
import { customNetwork, networkBySlug } from '../../core/networks';
import type { PaymentRules } from '../../core/paymentRules/requireAllowedByRules';
import { read, rpcRead } from '../../core/rpc/read';
import { keyStateReads, toKeyState } from '../../core/plugin/keyState';
import { presentTime } from '../../core/text/presentTime';
import { latestBlock } from '../../core/userOperation/fees';
import { outcomeOfTest, testRpc } from '../shared/testNetwork';
import { pinOf, secretsOf, toAgentSigner, unpinnedSigner, type AgentCredential } from './agentCredential';
import { rulesIn } from './rules';

/** The key is registered on the account, and its time is not over. That there is none yet is how it begins, and no fault. */
export async function testAgentSessionKeyApi(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<ICredentialDataDecryptedObject>,
): Promise<INodeCredentialTestResult> {
	const data = credential.data as unknown as AgentCredential & ICredentialDataDecryptedObject;
	const secrets = [...secretsOf(data), String(data.secretTestUrl ?? '')];
	return outcomeOfTest(secrets, async () => {
		const account = parseAddress(data.accountAddress, 'Smart Account Address');
		const known = networkBySlug(String(data.testNetwork));
		if (known) rulesIn(data, known);
		const key = keyToTest(data);
		if (!key) return `There is no key for ${account} yet. Session Key > Key > Create creates one in this credential.`;
		const { state, block, chainId } = await read(testRpc(this.helpers, data, secrets), {
			state: keyStateReads(account, key),
			block: latestBlock(),
			chainId: rpcRead('eth_chainId', [], (id: Hex) => Number(id)),
		});
		const rules = rulesIn(data, known ?? customNetwork(chainId, ''));
		const { registered, validAfter, validUntil } = toKeyState(account, key, [], state);
		if (!registered) {
			throw new InputError(
				'Session Key',
				`The session key ${key} is not registered on the account ${account}`,
				'Give this address to the owner, who adds it with Session Key Manager > Key > Add. Also compare the network.',
			);
		}
		const now = presentTime(block.timestamp);
		if (validUntil !== 0 && validUntil < now) {
			throw new InputError(
				'Session Key',
				`The session key ${key} ended on ${showMoment(moment(validUntil))}`,
				'The owner can give it more time with Session Key Manager > Permission > Update.',
			);
		}
		const begins = validAfter > now ? `, from ${showMoment(moment(validAfter))} on` : '';
		return `The session key ${key} is registered on ${account}${begins}${rulesWords(rules)}`;
	});
}

function rulesWords({ payees, onlyPayees }: PaymentRules): string {
	if (payees.length === 0) return '';
	return `. It has ${payees.length} payee${payees.length === 1 ? '' : 's'}${onlyPayees ? ', and n8n pays nobody else with it' : ''}`;
}

/**
 * n8n gives the test what stands in the form. A key that was born here isn't in it; its address is.
 */
function keyToTest(data: AgentCredential): Address | undefined {
	return unpinnedSigner(data) ? toAgentSigner(data).address : pinOf(data);
}
