import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';
import { accountAddressRead } from '../../core/accountState';
import { read } from '../../core/rpc/read';
import { shortAddress } from '../../core/contractInfo';
import { showTag } from '../../core/plugin/keyEvents';
import { listKeys } from '../../core/sessionKey/read/readKeys';
import { listSession } from './signedBy';

/**
 * The list behind `keyField`: the keys of the account, with their tags where those are told in two requests. Else the addresses
 * alone: looking for tags would take seconds and a hundred times the quota, each time the list opens.
 */
export async function searchKeys(this: ILoadOptionsFunctions, filter = ''): Promise<INodeListSearchResult> {
	const { rpc, reference } = await listSession(this);
	const { owners, salt } = reference;
	const address = reference.address ?? (await read(rpc, { address: accountAddressRead(owners, salt) })).address;
	const { keys, records } = await listKeys(rpc, address);
	const choices = keys.map((key) => {
		const tag = showTag(records.get(key)?.added?.tag ?? '0x');
		return { name: tag ? `${tag} (${shortAddress(key)})` : key, value: key as string };
	});
	const wanted = filter.toLowerCase();
	return { results: choices.filter(({ name, value }) => `${name} ${value}`.toLowerCase().includes(wanted)) };
}
