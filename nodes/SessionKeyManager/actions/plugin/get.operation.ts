import type { IDataObject } from 'n8n-workflow';
import { SessionKeyPlugin } from '@alchemy/aa-accounts';
import { SESSION_KEY_PLUGIN } from '../../../../core/contracts';
import { showTag } from '../../../../core/plugin/keyEvents';
import { readKeyIndex } from '../../../../core/sessionKey/read/readKeys';
import { readOwnedAccount } from '../../account';
import type { OwnerRun } from '../../run';

export const description = [];

export async function execute(run: OwnerRun): Promise<IDataObject> {
	const account = await readOwnedAccount(run);
	const index = await readKeyIndex(run.session.rpc, account.address);
	return {
		account: account.address,
		installed: account.hasSessionKeyPlugin,
		accountDeployed: account.deployed,
		plugin: SESSION_KEY_PLUGIN,
		name: SessionKeyPlugin.meta.name,
		version: SessionKeyPlugin.meta.version,
		sessionKeys: index.keys.map((key) => {
			const tag = showTag(index.records.get(key)?.added?.tag ?? '0x');
			return { keyAddress: key, ...(tag && { tag }) };
		}),
		...(index.gap && { historyGap: `The provider gives no full history (${index.gap}): tags may be missing here.` }),
	};
}
