import type {
	ICredentialsDecrypted,
	ICredentialTestFunctions,
	IDataObject,
	INodeCredentialTestResult,
} from 'n8n-workflow';
import type { Address, Hex } from 'viem';
import { mnemonicToAccount, privateKeyToAccount } from 'viem/accounts';
import { readAccount, type AccountReference } from '../../core/account/accountState';
import type { Manager } from '../../core/account/ownerOperation';
import { InputError } from '../../core/errors';
import { parseAddress } from '../../core/input/address';
import type { SignHash } from '../../core/userOperation/submit';
import { connect, type ConnectionContext } from '../shared/connection';
import { outcomeOfTest, testRpc } from '../shared/testNetwork';

/** What is inside a `smartAccountOwnerApi` credential. */
export interface OwnerCredential {
	signWith?: 'privateKey' | 'mnemonic';
	privateKey?: string;
	secretMnemonic?: string;
	accountAddress?: string;
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
	const signer = signerOf(credential);
	return {
		...connection,
		owner: signer.address,
		sign: (hash) => signer.signMessage({ message: { raw: hash } }),
		reference: referenceOf(credential, [signer.address]),
	};
}

/** Everything in the credential that must never be seen. */
function secretsOf({ privateKey = '', secretMnemonic = '' }: OwnerCredential): string[] {
	return [privateKey, secretMnemonic].filter(Boolean);
}

/** Which account is meant by an address, or by owner and salt of one that doesn't exist yet. */
export function referenceOf(
	{ accountAddress, salt }: Pick<OwnerCredential, 'accountAddress' | 'salt'>,
	owners: Address[],
	place = ' in the Smart Account Owner API credential',
): AccountReference {
	const text = String(salt ?? '').trim() || '0';
	if (!/^\d{1,77}$/.test(text)) {
		throw new InputError(
			'Salt',
			`"Salt"${place} is not a whole number`,
			'Leave it at 0 unless the account was made with another one.',
		);
	}
	const address = accountAddress?.trim() ? parseAddress(accountAddress, 'Smart Account Address') : undefined;
	return { address, owners, salt: BigInt(text) };
}

/**
 * The signer of the credential.
 * @throws {InputError} whose words never hold what was typed
 */
export function signerOf({ signWith, privateKey, secretMnemonic }: OwnerCredential) {
	try {
		return signWith === 'mnemonic'
			? mnemonicToAccount((secretMnemonic ?? '').trim().toLowerCase().replace(/\s+/g, ' '))
			: privateKeyToAccount(toHex(privateKey ?? ''));
	} catch {
		// The library's own words could hold the secret.
		throw signWith === 'mnemonic'
			? new InputError(
					'Mnemonic',
					'"Mnemonic" in the Smart Account Owner API credential is not a mnemonic',
					'Type 12, 15, 18, 21 or 24 words with single spaces between them. (They are not shown here.)',
				)
			: new InputError(
					'Private Key',
					'"Private Key" in the Smart Account Owner API credential is not a private key',
					'A private key is 64 hexadecimal digits, with or without 0x before them. (It is not shown here.)',
				);
	}
}

function toHex(privateKey: string): Hex {
	const plain = privateKey.trim();
	return plain.startsWith('0x') ? (plain as Hex) : `0x${plain}`;
}

/** The credential's Test button: whose key it is, and whether they own the account, on the network chosen for the test. */
export async function smartAccountOwnerTest(
	this: ICredentialTestFunctions,
	credential: ICredentialsDecrypted<IDataObject>,
): Promise<INodeCredentialTestResult> {
	const data = (credential.data ?? {}) as unknown as OwnerCredential & IDataObject;
	const secrets = [...secretsOf(data), (data.secretTestUrl as string) ?? ''];
	return outcomeOfTest(secrets, async () => {
		const { address } = signerOf(data);
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
			: `${address} will own the account ${account.address}, which does not exist yet: the first change creates it`;
	});
}
