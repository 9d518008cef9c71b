import { numberToHex, getAddress, type Address, type Hex } from 'viem';
import { parseTag } from '../../../core/input/tag';
import { recordsOf, showTag, toKeyEvents } from '../../../core/plugin/keyEvents';
import type { PermissionUpdate } from '../../../core/plugin/permissionUpdates';
import { added, removed, rotated, toRpcLog, updated, type FakeLog } from '../sessionKey/keyLogs';

const [A, B] = [0xa, 0xb].map((n) => getAddress(numberToHex(n, { size: 20 }))) as [Address, Address];
const NATIVE: PermissionUpdate = { kind: 'nativeLimit', limit: 7n, refreshInterval: 0 };

describe('records', () => {
	const recordsFrom = (logs: FakeLog[]) => recordsOf(toKeyEvents(logs.map(toRpcLog)));

	it('keep permissions and tag through rotation', () => {
		const records = recordsFrom([added(1, A, 'payroll'), updated(1, A, [NATIVE]), rotated(5, A, B)]);
		expect([...records.keys()]).toEqual([B]);
		const record = records.get(B);
		expect(record?.updates).toEqual([NATIVE]);
		expect(showTag(record?.added?.tag as Hex)).toBe('payroll');
		expect(record?.rotated).toMatchObject({ from: A, blockNumber: 5n });
	});

	it('end with removal: added again, a key starts from nothing', () => {
		const records = recordsFrom([added(1, A), updated(1, A, [NATIVE]), removed(2, A), added(3, A, 'new')]);
		expect(records.get(A)?.updates).toEqual([]);
		expect(records.get(A)?.added?.blockNumber).toBe(3n);
	});

	it('keep a key that is rotated to itself', () => {
		const records = recordsFrom([added(1, A), updated(1, A, [NATIVE]), rotated(2, A, A)]);
		expect(records.get(A)?.updates).toEqual([NATIVE]);
	});
	it('are the same whatever order the logs come in, and however often', () => {
		const logs = [added(1, A, 'payroll'), updated(1, A, [NATIVE]), rotated(5, A, B)];
		const given = logs.map(toRpcLog);
		expect(recordsOf(toKeyEvents([...given].reverse().concat(given)))).toEqual(recordsFrom(logs));
	});
});

describe('tags', () => {
	it('are text of up to 32 bytes', () => {
		expect(showTag(parseTag('Löhne'))).toBe('Löhne');
		expect(showTag(parseTag('x'.repeat(32)))).toBe('x'.repeat(32));
		expect(() => parseTag('ö'.repeat(17))).toThrow('room for 32');
	});

	it('show as they were typed, whatever they end with', () => {
		const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(0x20 + index));
		for (const last of [...printable.filter((letter) => letter !== ' '), 'à', 'Р', '€', '名']) {
			for (const tag of [`Team ${last}`, last]) expect(showTag(parseTag(tag))).toBe(tag);
		}
	});

	it('show as hex where they are no text, and not at all when empty', () => {
		const bytes = `0x${'ff'.repeat(32)}` as Hex;
		expect(showTag(bytes)).toBe(bytes);
		expect(parseTag(bytes)).toBe(bytes);
		expect(showTag(parseTag(''))).toBeUndefined();
	});
});
