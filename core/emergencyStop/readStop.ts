import { formatGwei, type Hex } from 'viem';
import { readAccount, type AccountState } from '../accountState';
import { formatAmount } from '../amounts';
import { InputError } from '../errors';
import { decodeRevert } from '../explain/reverts';
import { NATIVE_DECIMALS, type Network } from '../networks';
import type { Manager } from '../ownerOperation/sendOwnerOperation';
import { callDataRead, validationRead } from '../payment/send/simulate';
import { refuse, RefusalError } from '../refusal/refusal';
import { read, rpcRead } from '../rpc/read';
import { getRequiredPrefund } from '../userOperation/bounds';
import { feeReads, presentFees } from '../userOperation/fees';
import { hashUserOperation, nonceKeyOf, nonceRead } from '../userOperation/userOperation';
import { roomForKeys } from './prepareStop';
import type { SignedStop } from './stopCode';

/** What can be against a stop. */
export type StopFault =
	| 'used'
	| 'notSignedByOwner'
	| 'wouldRevert'
	| 'balanceTooLow'
	| 'feesTooLow'
	| 'roomForFewerKeys';

/** Something that is against a stop, for programs and for people. */
export interface StopProblem {
	code: StopFault;
	sentence: string;
}

/** With these it can't be carried out now. With the others it may, so it is sent all the same. */
export const BLOCKING: ReadonlySet<StopFault> = new Set(['used', 'notSignedByOwner', 'wouldRevert', 'balanceTooLow']);
/** Money can be sent; against anything else only a new signature helps. */
const MENDED_BY_MONEY: StopFault = 'balanceTooLow';

/** A stop, and the account that it would stop, as they are now. */
export interface StopState {
	account: AccountState;
	problems: StopProblem[];
	/** `nothingToStop`: the account has no session key plugin at present. */
	status: 'valid' | 'nothingToStop' | 'sendMoney' | 'mustBeSignedAgain';
}

/**
 * Looks whether a stop could be pulled now: plugin, nonce, signature, fees and money.
 * @param name the code's field as a person sees it
 * @throws {InputError} when the code is for another network; {RefusalError} {EndpointError} {RpcError}
 */
export async function readStop(
	{ rpc, network }: Pick<Manager, 'rpc' | 'network'>,
	stop: SignedStop,
	name: string,
): Promise<StopState> {
	const { chainId, op } = stop;
	const { found } = await read(rpc, { found: rpcRead('eth_chainId', [], Number) });
	if (found !== network.chainId) {
		throw new RefusalError([refuse('wrongNetwork', { expected: network.chainId, found, network: network.name })]);
	}
	if (chainId !== found) throw otherNetwork(name, chainId, network);
	const account = await readAccount(rpc, { address: op.sender, owners: [], salt: 0n });
	const answers = await read(rpc, {
		nonce: nonceRead(op.sender, nonceKeyOf(op.nonce)),
		validation: validationRead(op, hashUserOperation(op, chainId)),
		execution: callDataRead(op),
		fee: feeReads(),
	});
	const { maxFeePerGas } = await presentFees(rpc, answers.fee);
	// Present fees are half as much again as what is paid.
	const price = (maxFeePerGas * 2n + 2n) / 3n;
	const problems = problemsOf(stop, { ...answers, account, price, network });
	return { account, problems, status: statusOf(account, problems) };
}

interface StopAnswers {
	nonce: bigint;
	validation: { signatureMatches: boolean; revertData?: undefined } | { revertData: Hex } | undefined;
	execution: { revertData?: Hex } | undefined;
	account: AccountState;
	/** Wei for a unit of gas. */
	price: bigint;
	network: Network;
}

function problemsOf({ op }: SignedStop, answers: StopAnswers): StopProblem[] {
	const { nonce, validation, execution, account, price, network } = answers;
	const used: StopProblem = {
		code: 'used',
		sentence: 'It is used up: it, or another one signed with it, was sent before.',
	};
	if (nonce !== op.nonce) return [used];
	const room = roomForKeys(op);
	const missing = getRequiredPrefund(op) - account.nativeBalance - account.deposit;
	const found: (StopProblem | false)[] = [
		(validation?.revertData !== undefined || !validation?.signatureMatches) && {
			code: 'notSignedByOwner',
			sentence: 'Whoever signed it is not an owner of the account, or is none any more.',
		},
		account.hasSessionKeyPlugin &&
			(!execution || execution.revertData !== undefined) && {
				code: 'wouldRevert',
				sentence: `The account would not uninstall the plugin (${revertWords(execution?.revertData)}).`,
			},
		missing > 0n && {
			code: 'balanceTooLow',
			sentence: `The account has too little for its gas: ${formatAmount(missing, NATIVE_DECIMALS)} ${network.nativeSymbol} are missing.`,
		},
		op.maxFeePerGas < price && {
			code: 'feesTooLow',
			sentence: `Gas costs about ${formatGwei(price)} gwei now, and it was signed for at most ${formatGwei(op.maxFeePerGas)}: it would only get into a block once gas is cheaper again.`,
		},
		account.sessionKeys.length > room && {
			code: 'roomForFewerKeys',
			sentence: `It was signed with gas for ${room} keys, and the account has ${account.sessionKeys.length}.`,
		},
	];
	return found.filter((one) => one !== false);
}

function statusOf({ hasSessionKeyPlugin }: AccountState, problems: readonly StopProblem[]): StopState['status'] {
	if (problems.some(({ code }) => code !== MENDED_BY_MONEY)) return 'mustBeSignedAgain';
	if (problems.length > 0) return 'sendMoney';
	return hasSessionKeyPlugin ? 'valid' : 'nothingToStop';
}

function revertWords(revertData: Hex | undefined): string {
	if (revertData === undefined) return 'it gave no answer';
	const revert = decodeRevert(revertData);
	if (revert.kind === 'own') return revert.name;
	return revert.kind === 'said' ? revert.said : 'no reason given';
}

function otherNetwork(name: string, signedFor: number, { name: network, chainId }: Network): InputError {
	return new InputError(
		name,
		`This emergency stop was signed for chain ${signedFor}, and the Alchemy API credential is for ${network} (chain ${chainId})`,
		'Choose the credential of the network that it was prepared on.',
	);
}
