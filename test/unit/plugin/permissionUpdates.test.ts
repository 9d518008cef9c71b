import { SessionKeyAccessListType, SessionKeyPermissionsBuilder } from '@alchemy/aa-accounts';
import fc from 'fast-check';
import { getAddress, type Address, type Hex } from 'viem';
import {
	decodePermissionUpdate,
	encodePermissionUpdates,
	NO_LIMIT,
	type PermissionUpdate,
} from '../../../core/plugin/permissionUpdates';
import { anyUpdate } from '../sessionKey/arbitraries';

const TOKEN: Address = getAddress('0x00000000000000000000000000000000000000aa');

describe('permission updates', () => {
	it('encode to the bytes of the SDK builder, all kinds together', () => {
		const expected = new SessionKeyPermissionsBuilder()
			.setContractAccessControlType(SessionKeyAccessListType.DENYLIST)
			.addContractAddressAccessEntry({ contractAddress: TOKEN, isOnList: true, checkSelectors: true })
			.addContractFunctionAccessEntry({ contractAddress: TOKEN, methodSelector: '0xa9059cbb', isOnList: true })
			.setTimeRange({ validFrom: 5, validUntil: 9 })
			.setNativeTokenSpendLimit({ spendLimit: 1n, refreshInterval: 2 })
			.addErc20TokenSpendLimit({ tokenAddress: TOKEN, spendLimit: 3n, refreshInterval: 4 })
			.setGasSpendLimit({ spendLimit: 5n, refreshInterval: 6 })
			.setRequiredPaymaster(TOKEN)
			.encode();
		const updates: PermissionUpdate[] = [
			{ kind: 'listType', listType: 'denylist' },
			{ kind: 'contractEntry', contract: TOKEN, onList: true, checkSelectors: true },
			{ kind: 'functionEntry', contract: TOKEN, selector: '0xa9059cbb', onList: true },
			{ kind: 'timeRange', validAfter: 5, validUntil: 9 },
			{ kind: 'nativeLimit', limit: 1n, refreshInterval: 2 },
			{ kind: 'tokenLimit', token: TOKEN, limit: 3n, refreshInterval: 4 },
			{ kind: 'gasLimit', limit: 5n, refreshInterval: 6 },
			{ kind: 'requiredPaymaster', paymaster: TOKEN },
		];
		expect(encodePermissionUpdates(updates)).toEqual(expected);
	});

	it('never bring a list type along that was not asked for', () => {
		const [only, ...others] = encodePermissionUpdates([{ kind: 'nativeLimit', limit: NO_LIMIT, refreshInterval: 0 }]);
		expect(others).toEqual([]);
		expect(decodePermissionUpdate(only as Hex)).toEqual({ kind: 'nativeLimit', limit: NO_LIMIT, refreshInterval: 0 });
	});

	it('read back exactly', () => {
		fc.assert(
			fc.property(fc.array(anyUpdate, { maxLength: 8 }), (updates) => {
				expect(encodePermissionUpdates(updates).map(decodePermissionUpdate)).toEqual(updates);
			}),
		);
	});

	it('are undefined for bytes that are no update', () => {
		for (const data of ['0x', '0xdeadbeef', '0xa9059cbb00', encodeBadListType()] as Hex[]) {
			expect(decodePermissionUpdate(data)).toBeUndefined();
		}
	});
});

/** setAccessListType(7): the plugin has no such type. */
function encodeBadListType(): Hex {
	const [data = '0x'] = encodePermissionUpdates([{ kind: 'listType', listType: 'allowAll' }]);
	return `${data.slice(0, -1)}7` as Hex;
}
