import fc from 'fast-check';
import { pad, type Hex } from 'viem';
import { ENTRY_POINT } from '../../../core/contracts';
import { operationInReceipt, operationsIn, USER_OPERATION_EVENT } from '../../../core/userOperation/outcome';

const HASH = pad('0xab');

/** A receipt's log of an operation, as a bundler should give it. */
const log = {
	address: ENTRY_POINT,
	topics: [USER_OPERATION_EVENT, HASH, pad('0x01'), pad('0x00')],
	data: `0x${pad('0x07').slice(2)}${pad('0x01').slice(2)}${pad('0x05').slice(2)}${pad('0x03').slice(2)}` as Hex,
	blockNumber: '0x5',
	blockHash: pad('0x05'),
	transactionHash: pad('0x06'),
	logIndex: '0x0',
};

describe('the logs of a bundler’s receipt', () => {
	it.each<[string, unknown]>([
		['as a list', [log]],
		['as JSON text', JSON.stringify([log])],
		['with null entries beside it', [null, log, undefined]],
		[
			'with entries without address or block number beside it',
			[{ ...log, address: undefined }, { ...log, blockNumber: null }, log],
		],
		['with an event beside it whose data is cut off', [{ ...log, data: '0x01', logIndex: '0x1' }, log]],
	])('tell of an operation, %s', (_, logs) => {
		expect(operationInReceipt(logs, HASH)).toMatchObject({ userOperationHash: HASH, success: true, nonce: 7n });
	});

	it('never end in an error, whatever they are', () => {
		fc.assert(
			fc.property(fc.anything(), (anything) => {
				expect(operationInReceipt(anything, HASH)).toBeUndefined();
				expect(operationInReceipt([anything, { ...log, topics: anything }], HASH)).toBeUndefined();
			}),
		);
		expect(operationsIn([])).toEqual([]);
	});
});
