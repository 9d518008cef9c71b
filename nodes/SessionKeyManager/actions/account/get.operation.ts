import type { IDataObject } from 'n8n-workflow';
import { SessionKeyPlugin } from '@alchemy/aa-accounts';
import { formatAmount } from '../../../../core/amounts';
import { MULTI_OWNER_PLUGIN, SESSION_KEY_PLUGIN, SESSION_KEY_PLUGIN_1_0_0 } from '../../../../core/contracts';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { readOwnedAccount } from '../../account';
import type { OwnerRun } from '../../run';

export const description = [];

const PLUGIN_NAMES: Record<string, string> = {
	[SESSION_KEY_PLUGIN]: SessionKeyPlugin.meta.name,
	[SESSION_KEY_PLUGIN_1_0_0]: `${SessionKeyPlugin.meta.name} 1.0.0, which is not used here`,
	[MULTI_OWNER_PLUGIN]: 'Multi Owner Plugin',
};

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const { network } = run.session;
	const account = await readOwnedAccount(run);
	const text = (wei: bigint) => `${formatAmount(wei, NATIVE_DECIMALS)} ${network.nativeSymbol}`;
	return {
		account: account.address,
		network: network.name,
		deployed: account.deployed,
		owners: account.owners,
		plugins: account.plugins.map((address) => ({ address, name: PLUGIN_NAMES[address] ?? 'Unknown plugin' })),
		sessionKeyPluginInstalled: account.hasSessionKeyPlugin,
		sessionKeys: account.sessionKeys.length,
		balance: text(account.nativeBalance),
		gasDeposit: text(account.deposit),
	};
}
