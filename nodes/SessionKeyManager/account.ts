import { encodeFunctionData, type Address } from 'viem';
import { IStandardExecutorAbi } from '@alchemy/aa-accounts';
import { readAccount, type AccountState } from '../../core/accountState';
import { readContractInfos, type DecimalsPins } from '../../core/contractInfo';
import { InputError } from '../../core/errors';
import { findPaymaster } from '../../core/ownerOperation/executePlan';
import { registryReads } from '../../core/permissions/references';
import { refuse, RefusalError } from '../../core/refusal/refusal';
import { read, rpcRead } from '../../core/rpc/read';
import { changeNumberReads, toChangeNumbers } from '../../core/sessionKey/plan/changeRecord';
import type { AccountSnapshot } from '../../core/sessionKey/plan/plan';
import { latestBlock } from '../../core/userOperation/fees';
import type { OwnerRun } from './run';

/**
 * Reads the account and makes sure that network and owner are the right ones.
 * @throws {RefusalError} on another chain than the credential says, {InputError} when the credential's owner owns it not
 */
export async function readOwnedAccount({ session }: OwnerRun): Promise<AccountState> {
	const { rpc, network, owner, sign, reference } = session;
	const { chainId } = await read(rpc, { chainId: rpcRead('eth_chainId', [], Number) });
	if (chainId !== network.chainId) {
		throw new RefusalError([
			refuse('wrongNetwork', { expected: network.chainId, found: chainId, network: network.name }),
		]);
	}
	const account = await readAccount(rpc, reference);
	if (owner && !account.owners.includes(owner)) {
		throw new InputError(
			'Smart Account Address',
			`${owner}, the owner in the ${sign ? 'credential' : 'form'}, does not own the smart account ${account.address}`,
			`Its owners are: ${account.owners.join(', ') || 'not known'}. Check ${sign ? 'address, key and network in the credentials' : 'Smart Account Address and Owner Address in the form, and the network in the credential'}.`,
		);
	}
	return account;
}

/** The chain as it is now, with what these addresses are. */
export async function readAccountSnapshot(
	run: OwnerRun,
	addresses: readonly Address[] = [],
	pins?: DecimalsPins,
): Promise<AccountSnapshot> {
	const { rpc, network } = run.session;
	const account = await readOwnedAccount(run);
	const [{ block, registry, numbers }, contracts] = await Promise.all([
		read(rpc, { block: latestBlock(), registry: registryReads(), numbers: changeNumberReads(account) }),
		readContractInfos(rpc, network, addresses, pins),
	]);
	const labels = { nativeSymbol: network.nativeSymbol, contracts };
	const changeNumbers = toChangeNumbers(account, numbers);
	return { account, labels, now: block.timestamp, registry: { ...registry, network }, changeNumbers };
}

/** Asked of the gas policy itself: no list of paymasters could stay true. */
export async function policyPaymaster(run: OwnerRun): Promise<Address> {
	const { session } = run;
	const { gasPolicyId } = session;
	if (!gasPolicyId) {
		throw new InputError(
			'Gas Policy ID',
			'The Alchemy API credential has no gas policy, so there is no paymaster of one',
			'Fill in Gas Policy ID in the credential, or give the address of the paymaster instead.',
		);
	}
	const { address, initCode, owners } = await readOwnedAccount(run);
	const args = [owners[0] ?? address, 0n, '0x'] as const;
	const callData = encodeFunctionData({ abi: IStandardExecutorAbi, functionName: 'execute', args });
	const paymaster = await findPaymaster({ ...session, gasPolicyId }, { account: address, callData, initCode });
	if (paymaster) return paymaster;
	throw new InputError(
		'Gas Policy ID',
		'The gas policy named no paymaster',
		'Give the address of the paymaster instead.',
	);
}
