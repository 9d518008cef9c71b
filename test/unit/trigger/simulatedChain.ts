import { pad, toHex, type Address, type Hex } from 'viem';
import type { PastOperation } from '../../../core/history/pastOperations';
import { HistoryUnavailableError } from '../../../core/rpc/logs';
import type { ClaimHead } from '../../../core/registry/referenceRegistry';
import type { KeyState } from '../../../core/plugin/keyState';
import type { KeyChangeEvent } from '../../../core/trigger/events';
import type { Source } from '../../../core/trigger/poll';
import type { Snapshot } from '../../../core/trigger/snapshot';
import { ACCOUNT, KEY } from '../../support/sessionKeys';

/** What can be in a block. A payment without a reference and a change by other software stand in no registry. */
export type Act = 'payment' | 'paymentWithoutReference' | 'failedPayment' | 'change' | 'otherChange';

export interface Deed {
	act: Act;
	id: number;
	/** By a paymaster: a payment that fails leaves no trace in the account then. */
	isSponsored: boolean;
}

/** A chain with one account and one key, of which everything is computed from what is in its blocks. */
export class SimulatedChain {
	/** By height; heights that hold nothing are left out. */
	private blocks = new Map<number, Deed[]>();
	height = 1_000;

	/** @param secondsPerBlock between two blocks; @param range blocks that one request for logs may take */
	constructor(
		private readonly secondsPerBlock: number,
		private readonly range: number,
	) {}

	mine(count: number, deeds: readonly Deed[] = []): void {
		if (deeds.length > 0) this.blocks.set(this.height + 1, [...deeds]);
		this.height += count;
	}

	/** The newest blocks are made anew, and one more: what stood in them comes into the last one. */
	reorganise(depth: number): void {
		const from = this.height - depth;
		const moved = this.between(from + 1, this.height).flatMap(({ deeds }) => deeds);
		for (const height of [...this.blocks.keys()]) if (height > from) this.blocks.delete(height);
		this.height = from + depth;
		this.mine(1, moved);
	}

	/** Everything that happened from this height on, with where it is now. */
	deedsSince(height: number): Deed[] {
		return this.between(height, this.height).flatMap(({ deeds }) => deeds);
	}

	/**
	 * The chain as an endpoint shows it.
	 *
	 * @param stateBehind blocks that the node for state lags behind
	 * @param logsBehind blocks that the node for logs lags behind
	 */
	source(stateBehind: number, logsBehind: number): Source {
		const newestLogs = this.height - logsBehind;
		const logs = async <T>(from: bigint, to: bigint, most: number, find: (height: number, deeds: Deed[]) => T[]) => {
			const reached = Math.min(Number(to), Number(from) + most * this.range - 1);
			const seen = this.between(Number(from), Math.min(reached, newestLogs));
			return { found: seen.flatMap(({ height, deeds }) => find(height, deeds)), reached: BigInt(reached) };
		};
		const walk = (isClaim: (deed: Deed) => boolean) =>
			async function* (this: SimulatedChain, head: ClaimHead, until: bigint) {
				const heights = this.between(Number(until), Number(head.blockNumber)).filter(({ deeds }) =>
					deeds.some(isClaim),
				);
				for (const { height, deeds } of heights.reverse()) {
					if (height > newestLogs) throw new HistoryUnavailableError('not there yet');
					yield {
						blockNumber: BigInt(height),
						operations: operationsIn(height, deeds),
						changes: changesIn(height, deeds),
					};
				}
			}.bind(this);
		return {
			range: () => this.range,
			snapshot: async () => this.snapshot(this.height - stateBehind),
			claims: walk(({ act }) => act === 'payment'),
			changes: walk(({ act }) => act === 'change'),
			paymentLogs: (from, to, most) => logs(from, to, most, operationsIn),
			changeLogs: (from, to, most) => logs(from, to, most, changesIn),
		};
	}

	private between(from: number, to: number): { height: number; deeds: Deed[] }[] {
		return [...this.blocks]
			.filter(([height]) => height >= from && height <= to)
			.sort(([a], [b]) => a - b)
			.map(([height, deeds]) => ({ height, deeds }));
	}

	snapshot(height: number): Snapshot {
		const until = this.between(0, height);
		const all = until.flatMap(({ deeds }) => deeds);
		const of = (...acts: Act[]) => all.filter(({ act }) => acts.includes(act));
		const headOf = (isClaim: (deed: Deed) => boolean): ClaimHead => {
			const heights = until.filter(({ deeds }) => deeds.some(isClaim)).map((block) => BigInt(block.height));
			const [blockNumber = 0n, previousBlock = 0n] = heights.reverse();
			return { blockNumber, previousBlock, count: all.filter(isClaim).length };
		};
		const paid = BigInt(of('payment', 'paymentWithoutReference').length);
		const changes = of('change', 'otherChange').length;
		const gas = all.filter((deed) => !deed.isSponsored).length;
		return {
			block: { number: BigInt(height), timestamp: Math.floor(height * this.secondsPerBlock) },
			claims: headOf(({ act }) => act === 'payment'),
			changes: headOf(({ act }) => act === 'change'),
			nonce: BigInt(changes),
			states: [stateWith(paid, changes)],
			nonces: { [KEY]: 0n },
			funds: { native: 10n ** 18n - paid * 1_000n - BigInt(gas) },
		};
	}
}

function stateWith(used: bigint, changes: number): KeyState {
	return {
		account: ACCOUNT,
		key: KEY,
		registered: true,
		listType: 'allowlist',
		validAfter: 0,
		validUntil: 2_000_000_000 + changes,
		native: { limit: 10n ** 17n, used, refreshInterval: 0, lastUsed: 0 },
		gasShouldReset: false,
		contracts: {},
	};
}

export const hashOf = ({ id }: Deed): Hex => pad(toHex(id + 1), { size: 32 });

function operationsIn(height: number, deeds: readonly Deed[]): PastOperation[] {
	return deeds.map((deed, index): PastOperation => {
		const isPayment = !/change/i.test(deed.act);
		const success = deed.act !== 'failedPayment';
		const calls = [{ target: ACCOUNT as Address, value: 1n, data: '0x' as Hex }];
		return {
			userOperationHash: hashOf(deed),
			sender: ACCOUNT,
			// A payment of a key without a gas limit has a nonce key of its own.
			nonce: isPayment ? BigInt(deed.id + 10) << 64n : BigInt(index),
			success,
			gasCost: 1n,
			gasUsed: 1n,
			...(deed.isSponsored && { paymaster: ACCOUNT }),
			transactionHash: hashOf(deed),
			blockNumber: BigInt(height),
			blockHash: hashOf(deed),
			callData: '0x',
			logs: [],
			...(isPayment && { key: KEY, calls, moved: success ? [undefined] : undefined }),
		};
	});
}

function changesIn(height: number, deeds: readonly Deed[]): KeyChangeEvent[] {
	return deeds.flatMap((deed): KeyChangeEvent[] => {
		if (!/change/i.test(deed.act)) return [];
		const [blockNumber, transactionHash] = [BigInt(height), hashOf(deed)];
		const place = { blockNumber, transactionHash, logIndex: 0 };
		const change: KeyChangeEvent['change'] = { ...place, kind: 'updated', key: KEY, updates: [] };
		return [{ kind: 'permissionsUpdated', id: `permissionsUpdated:${transactionHash}:0`, blockNumber, change }];
	});
}
