import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IDataObject,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import type { Address } from 'viem';
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { readAccount, type AccountReference } from '../../core/accountState';
import type { Manager } from '../../core/ownerOperation/sendOwnerOperation';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import { parseMnemonic } from '../../core/input/mnemonic';
import { parsePrivateKey } from '../../core/input/privateKey';
import { parseSetting } from '../../core/input/text';
import { parseBigNumber } from '../../core/input/wholeNumber';
import type { SignHash } from '../../core/userOperation/submit';
import { connect, type ConnectionContext } from '../shared/connection';
import { outcomeOfTest, testRpc } from '../shared/testNetwork';

/** What is inside a `smartAccountOwnerApi` credential. */
export interface OwnerCredential {
	signWith?: 'privateKey' | 'mnemonic';
	privateKey?: string;
	secretMnemonic?: string;
	accountAddress?: string;
	/** Whether the salt counts. */
	anotherAccount?: boolean;
	salt?: string | number;
}

/** Who manages which account, over which connection. The owner's key stays inside `sign`. */
export interface OwnerSession extends Manager {
	/** Missing where it isn't known beforehand which owner will sign. */
	owner?: Address;
	/** Missing where the owner signs elsewhere. */
	sign?: SignHash;
	reference: AccountReference;
}

/** What the node's two credentials describe. Nothing is sent yet. */
export async function ownerSession(context: ConnectionContext): Promise<OwnerSession> {
	const credential = (await context.getCredentials('smartAccountOwnerApi')) as unknown as OwnerCredential;
	const connection = await connect(context, secretsOf(credential));
	const signer = toOwnerSigner(credential);
	return {
		...connection,
		owner: signer.address,
		sign: (hash) => signer.signMessage({ message: { raw: hash } }),
		reference: referenceOf(credential, [signer.address]),
	};
}

/** Everything in the credential that must never be seen. */
function secretsOf({ privateKey, secretMnemonic }: OwnerCredential): string[] {
	return [privateKey, secretMnemonic].map((one) => String(one ?? ''));
}

const PLACE = 'in the Smart Account Owner API credential';

/** Which account is meant by an address, or by owner and salt of one that doesn't exist yet. */
function referenceOf({ accountAddress, anotherAccount, salt }: OwnerCredential, owners: Address[]): AccountReference {
	const address = parseSetting(accountAddress, 'Smart Account Address');
	return {
		address: address ? parseAddress(address, 'Smart Account Address') : undefined,
		owners,
		salt: anotherAccount ? parseBigNumber(salt, 'Salt') : 0n,
	};
}

/**
 * The signer of the credential.
 * @throws {InputError} whose words never hold what was typed
 */
function toOwnerSigner({ signWith, privateKey, secretMnemonic }: OwnerCredential) {
	return signWith === 'mnemonic'
		? mnemonicToAccount(parseMnemonic(secretMnemonic, 'Mnemonic', PLACE))
		: privateKeyToAccount(parsePrivateKey(privateKey, 'Private Key', PLACE));
}

/** The credential's Test button: whose key it is, and whether they own the account, on the network chosen for the test. */
export async function smartAccountOwnerTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<IDataObject>,
): Promise<INodeCredentialTestResult> {
	const data = (credential.data ?? {}) as unknown as OwnerCredential & IDataObject;
	const secrets = [...secretsOf(data), String(data.secretTestUrl ?? '')];
	return outcomeOfTest(secrets, async () => {
		const { address } = toOwnerSigner(data);
		const reference = referenceOf(data, [address]);
		if (!data.testNetwork) return `This is the key of ${address}. Account > Get shows whether it owns the account.`;
		const account = await readAccount(testRpc(this.helpers, data, secrets), reference);
		if (!account.owners.includes(address)) {
			throw new InputError(
				'Smart Account Address',
				`${address} is not an owner of the account ${account.address}, which is owned by ${account.owners.join(', ') || 'nobody that is known'}`,
				'Compare the account address, the key or mnemonic, and the network of the test.',
			);
		}
		return account.deployed
			? `${address} is an owner of the account ${account.address}`
			: `${address} will own the account ${account.address}. It is not created yet: the first change does that, and money at its address is safe`;
	});
}
