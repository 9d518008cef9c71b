import { encodeAbiParameters } from 'viem';
import { customNetwork } from '../../../core/networks';
import { forgetKeys, viewKeys } from '../../../core/trigger/keyViews';
import { answering, scripted } from '../rpc/scripted';
import { ACCOUNT, KEY, NOW } from '../sessionKey/support';

const NO_KEYS = encodeAbiParameters([{ type: 'address[]' }], [[]]);
const network = customNetwork(31337, 'ETH');

/** Looks at the keys of the account through a connection, and tells how often its endpoint was asked. */
async function lookThrough(origin: string): Promise<number> {
	let asked = 0;
	const { rpc } = scripted(
		answering(() => {
			asked++;
			return { result: NO_KEYS };
		}),
	);
	await viewKeys(rpc, network, { origin, account: ACCOUNT }, 1n, NOW);
	return asked;
}

describe('what is known of keys', () => {
	it('is read once for a connection, and never believed of another one', async () => {
		expect(await lookThrough('a')).toBe(1);
		expect(await lookThrough('a')).toBe(0);
		expect(await lookThrough('b')).toBe(1);
		forgetKeys({ origin: 'a', account: ACCOUNT });
		expect(await lookThrough('a')).toBe(1);
		forgetKeys({ origin: 'a', account: KEY });
		expect(await lookThrough('a')).toBe(0);
	});

	it('is kept of a hundred accounts at most', async () => {
		expect(await lookThrough('first')).toBe(1);
		for (let other = 0; other < 100; other++) await lookThrough(`other ${other}`);
		expect(await lookThrough('first')).toBe(1);
	});
});
