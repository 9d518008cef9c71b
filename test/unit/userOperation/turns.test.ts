import { zeroAddress } from 'viem';
import { sendInTurn } from '../../../core/userOperation/turns';
import type { UserOperation } from '../../../core/userOperation/userOperation';
import { answering, methodsIn, scripted, type Endpoint } from '../rpc/scripted';

const op: UserOperation = {
	sender: zeroAddress,
	nonce: 0n,
	initCode: '0x',
	callData: '0x',
	callGasLimit: 1n,
	verificationGasLimit: 1n,
	preVerificationGas: 1n,
	maxFeePerGas: 1n,
	maxPriorityFeePerGas: 1n,
	paymasterAndData: '0x',
	signature: '0x',
};

const FULL = 'Max operations (4) reached for account 0x01 due to being unstaked';

/** A bundler that answers with these errors, one a try, and then takes everything. */
function bundler(...errors: string[]): Endpoint {
	return answering(() => {
		const message = errors.shift();
		return message === undefined ? { result: '0x' } : { error: { code: -32505, message } };
	});
}

const always = (message: string) => answering(() => ({ error: { code: -32505, message } }));
let chain = 0;
/** A line of its own for each test. */
const nextChain = () => ++chain;
const later = () => Date.now() + 60_000;

describe('the one whose turn it is', () => {
	it('tries again after a pause, until there is room', async () => {
		const { rpc, requests, pauses } = scripted(bundler(FULL, FULL));
		expect(await sendInTurn(rpc, nextChain(), op, { deadline: later() })).toBe('accepted');
		expect(methodsIn(requests)).toHaveLength(3);
		expect(pauses).toEqual([1_000, 1_000]);
	});

	it('stopped in the pause, it hands nothing in any more: it was not taken', async () => {
		const stop = new AbortController();
		let pauses = 0;
		const sleep = async () => {
			if (++pauses === 2) stop.abort();
		};
		const { rpc, requests } = scripted(always(FULL), { sleep });
		expect(await sendInTurn(rpc, nextChain(), op, { deadline: later(), signal: stop.signal })).toBeUndefined();
		expect(methodsIn(requests)).toHaveLength(2);
	});

	it('does not go on when the time is over', async () => {
		const { rpc, requests } = scripted(always(FULL));
		expect(await sendInTurn(rpc, nextChain(), op, { deadline: Date.now() })).toMatchObject({ refused: {} });
		expect(methodsIn(requests)).toHaveLength(1);
	});

	it.each(['account 0x01 is throttled', 'account 0x01 is banned', 'AA21 didn’t pay prefund'])(
		'is not waited for where no block makes room: %s',
		async (message) => {
			const { rpc, requests, pauses } = scripted(always(message));
			expect(await sendInTurn(rpc, nextChain(), op, { deadline: later() })).toMatchObject({ refused: { message } });
			expect([methodsIn(requests).length, pauses]).toEqual([1, []]);
		},
	);
});

describe('whoever stands behind it', () => {
	it('is not handed in at all when it is stopped in line', async () => {
		const [first, own] = [new AbortController(), new AbortController()];
		const line = nextChain();
		const until = (isOver: () => boolean) => async () => {
			await new Promise((resolve) => setImmediate(resolve));
			if (isOver()) first.abort();
		};
		let pauses = 0;
		const ahead = scripted(always(FULL), { sleep: until(() => own.signal.aborted) });
		const behind = scripted(bundler(), {
			sleep: async () => {
				await new Promise((resolve) => setImmediate(resolve));
				if (++pauses === 3) own.abort();
			},
		});
		const waiting = sendInTurn(ahead.rpc, line, op, { deadline: later(), signal: first.signal });
		while (ahead.requests.length < 2) await new Promise((resolve) => setImmediate(resolve));
		expect(await sendInTurn(behind.rpc, line, op, { deadline: later(), signal: own.signal })).toBeUndefined();
		await waiting;
		expect(behind.requests).toEqual([]);
	});
});
