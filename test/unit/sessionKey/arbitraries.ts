import fc from 'fast-check';
import { getAddress, numberToHex, type Address, type Hex } from 'viem';
import type { ListType } from '../../../core/plugin/keyState';
import { NO_LIMIT, type PermissionUpdate } from '../../../core/plugin/permissionUpdates';

/** A few addresses only, so that updates meet each other. */
export const CONTRACTS: readonly Address[] = [1, 2, 3].map((n) => getAddress(numberToHex(0xc0de00 + n, { size: 20 })));
export const SELECTORS: readonly Hex[] = ['0xa9059cbb', '0x095ea7b3', '0x23b872dd', '0x00000000'];

const limit = fc.oneof(
	fc.bigInt({ min: 0n, max: 20n }),
	fc.constant(NO_LIMIT),
	fc.bigInt({ min: 0n, max: 2n ** 255n }),
);
const refreshInterval = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 3_000_000 }));
const time = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 ** 40 }));

/** Updates over the given contracts; the defaults don't exist on any chain. */
export function updateOver(
	contracts: readonly Address[] = CONTRACTS,
	paymasters: readonly Address[] = CONTRACTS,
): fc.Arbitrary<PermissionUpdate> {
	const contract = fc.constantFrom(...contracts);
	return fc.oneof(
		fc.record({
			kind: fc.constant('listType' as const),
			listType: fc.constantFrom<ListType>('allowlist', 'denylist', 'allowAll'),
		}),
		fc.record({
			kind: fc.constant('contractEntry' as const),
			contract,
			onList: fc.boolean(),
			checkSelectors: fc.boolean(),
		}),
		fc.record({
			kind: fc.constant('functionEntry' as const),
			contract,
			selector: fc.constantFrom(...SELECTORS),
			onList: fc.boolean(),
		}),
		fc.record({ kind: fc.constant('timeRange' as const), validAfter: time, validUntil: time }),
		fc.record({ kind: fc.constant('nativeLimit' as const), limit, refreshInterval }),
		fc.record({ kind: fc.constant('tokenLimit' as const), token: contract, limit, refreshInterval }),
		fc.record({ kind: fc.constant('gasLimit' as const), limit, refreshInterval }),
		fc.record({ kind: fc.constant('requiredPaymaster' as const), paymaster: fc.constantFrom(...paymasters) }),
	);
}

export const anyUpdate = updateOver();
