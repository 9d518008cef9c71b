import type { IExecuteFunctions } from 'n8n-workflow';
import type { Hex } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { InputError } from '../../core/amounts';
import { parseAddress } from '../../core/calls';
import type { Payer } from '../../core/payment/payment';
import { connect } from '../shared/connection';

/** The order of secp256k1 (SEC 2, section 2.4.1): private keys are below it. */
const CURVE_ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** What is inside an `agentSessionKeyApi` credential. */
export interface AgentCredential {
	accountAddress: string;
	privateKey?: string;
	keyAddress?: string;
}

/** The payer that the node's two credentials describe. The private key stays inside `sign`. */
export async function payerOf(context: IExecuteFunctions): Promise<Payer> {
	const credential = (await context.getCredentials('agentSessionKeyApi')) as unknown as AgentCredential;
	const { network, rpc, gasPolicyId } = await connect(context, [credential.privateKey ?? '']);
	const account = parseAddress(credential.accountAddress, 'Smart Account Address');
	const signer = signerOf(credential);
	return {
		rpc,
		network,
		account,
		key: signer.address,
		sign: (hash) => signer.signMessage({ message: { raw: hash } }),
		gasPolicyId,
	};
}

/**
 * The signer of the credential's key.
 * @throws {InputError} when there is no key, or another one than the credential says
 */
export function signerOf({ privateKey, keyAddress }: AgentCredential) {
	const plain = privateKey?.trim() ?? '';
	if (!plain) {
		throw new InputError(
			'Session Key',
			'The Agent Session Key API credential holds no key yet',
			'Make one with Session Key > Key > Create, or paste an existing session key into the credential.',
		);
	}
	const hex = plain.startsWith('0x') ? plain : `0x${plain}`;
	// Checked here, because the library's own words could hold the key.
	if (!/^0x[0-9a-fA-F]{64}$/.test(hex) || BigInt(hex) === 0n || BigInt(hex) >= CURVE_ORDER) {
		throw new InputError(
			'Session Key',
			'"Session Key" in the Agent Session Key API credential is not a private key',
			'A private key is 64 hexadecimal digits, with or without 0x before them. (It is not shown here.)',
		);
	}
	const signer = privateKeyToAccount(hex as Hex);
	const pinned = keyAddress?.trim();
	if (pinned && parseAddress(pinned, 'Key Address') !== signer.address) {
		throw new InputError(
			'Key Address',
			`The key in the Agent Session Key API credential is ${signer.address}, but the credential says it must be ${pinned}`,
			'Somebody or something changed the key. If that was meant, correct "Key Address" after the owner has rotated to the new key (Session Key Manager > Key > Rotate). If not, have the owner remove the old key.',
		);
	}
	return signer;
}
