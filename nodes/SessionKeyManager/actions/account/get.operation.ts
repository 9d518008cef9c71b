import type { IDataObject } from 'n8n-workflow';
import { SessionKeyPlugin } from '@alchemy/aa-accounts';
import { getAddress } from 'viem';
import type { AccountState } from '../../../../core/accountState';
import { formatAmount } from '../../../../core/amounts';
import { readContractInfos } from '../../../../core/contractInfo';
import { erc20Abi, MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN, SESSION_KEY_PLUGIN_1_0_0 } from '../../../../core/contracts';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { contractRead, orElse, read } from '../../../../core/rpc/read';
import { tokensOfBudgets } from '../../../../core/sessionKey/read/budgetsInRecords';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { readOwnedAccount } from '../../account';
import { InputError } from '../../../../core/errors';
import { readStop } from '../../../../core/emergencyStop/readStop';
import type { SignedStop } from '../../../../core/emergencyStop/stopCode';
import { orEmpty } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { optionsOf } from '../../fields/change';
import { optionsIn, type OwnerRun } from '../../run';
import { stopCode } from '../../../shared/stopCode';

const toCheck = orEmpty(stopCode);

export const description = showFor('account', 'get', [optionsOf(toCheck)]);

const PLUGIN_NAMES: Record<string, string> = {
	[SESSION_KEY_PLUGIN]: SessionKeyPlugin.meta.name,
	[SESSION_KEY_PLUGIN_1_0_0]: `${SessionKeyPlugin.meta.name} 1.0.0, which is not used here`,
	[MULTI_OWNER_PLUGIN]: 'Multi Owner Plugin',
};

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { network } = run.session;
	const account = await readOwnedAccount(run);
	const stop = optionsIn(run).get(toCheck);
	return {
		account: account.address,
		network: network.name,
		deployed: account.deployed,
		owners: account.owners,
		plugins: account.plugins.map((address) => ({ address, name: PLUGIN_NAMES[address] ?? 'Unknown plugin' })),
		sessionKeyPluginInstalled: account.hasSessionKeyPlugin,
		sessionKeys: account.sessionKeys.length,
		balances: [
			{ token: network.nativeSymbol, balance: formatAmount(account.nativeBalance, NATIVE_DECIMALS) },
			...(await tokenBalances(run, account)),
		],
		gasDeposit: formatAmount(account.deposit, NATIVE_DECIMALS),
		...(stop && { emergencyStop: await stopState(run, account, stop) }),
	};
}

/** Whether a code is still good, and what is against it. */
async function stopState({ session }: OwnerRun, { address }: AccountState, stop: SignedStop): Promise<IDataObject> {
	const name = toCheck.property.displayName;
	if (stop.op.sender !== address) {
		throw new InputError(
			name,
			`This emergency stop is of the account ${stop.op.sender}, not of ${address}`,
			'Choose the credential of that account, or the code of this one.',
		);
	}
	const { status, problems } = await readStop(session, stop, name);
	return { status, problems: problems.map(({ code, sentence }) => ({ code, sentence })) };
}

/** Of the known tokens, and of those that a key has, or had, a budget for; as far as they answer as tokens do. */
async function tokenBalances(run: OwnerRun, { address, sessionKeys }: AccountState): Promise<IDataObject[]> {
	const { rpc, network } = run.session;
	const index = sessionKeys.length > 0 ? await readKeyIndex(rpc, address) : undefined;
	const known = network.tokens.map((one) => getAddress(one.address));
	const tokens = [...new Set([...known, ...(index ? tokensOfBudgets(index) : [])])];
	const [infos, { held }] = await Promise.all([
		readContractInfos(rpc, network, tokens),
		read(rpc, {
			held: tokens.map((token) => orElse(contractRead(erc20Abi, token, 'balanceOf', [address]), () => undefined)),
		}),
	]);
	return tokens.flatMap((tokenAddress, place) => {
		const { token } = infos[tokenAddress] ?? {};
		const amount = held[place];
		if (!token || amount === undefined) return [];
		return [{ token: token.symbol, balance: formatAmount(amount, token.decimals), tokenAddress }];
	});
}
