import type { IDataObject } from 'n8n-workflow';
import { parseEther, parseUnits } from 'viem';
import { connect, fundedAccount, tokenBudget, type DevnetClient, type SmartAccount } from '../../chain/support/devnet';
import { triggerOn } from '../../chain/support/trigger';
import { freshAddress } from '../../support/payer';
import { agentOf, byAddress } from '../support/agent';

let devnet: DevnetClient;
let account: SmartAccount;
let validUntil: number;

beforeAll(async () => {
	devnet = await connect();
	const block = await devnet.request<{ timestamp: string }>('eth_getBlockByNumber', ['latest', false]);
	validUntil = Math.max(Number(block.timestamp), Math.floor(Date.now() / 1000)) + 86_400;
	const permissions = tokenBudget(devnet.tokens.usd6, parseUnits('500', 6)).setTimeRange({ validFrom: 0, validUntil });
	account = await fundedAccount(devnet, { eth: parseEther('1'), keys: [{ permissions }] });
});

afterEach(() => jest.restoreAllMocks());

/** Nobody makes a block, and this machine's clock goes on. */
function clockAt(seconds: number): void {
	const start = Date.now();
	const real = Date.now.bind(Date);
	jest.spyOn(Date, 'now').mockImplementation(() => seconds * 1000 + real() - start);
}

it.each([
	['before its end', -3_600, true],
	['after its end', 3_600, false],
])('a key %s is said to be so by all that tell of it, while no block is made', async (_, after, isValid) => {
	const agent = agentOf(devnet, account);
	const payment: IDataObject = { recipient: freshAddress(), token: byAddress(devnet.tokens.usd6.address), amount: '1' };
	const trigger = triggerOn(devnet, account, { events: ['keyExpiring'], daysBefore: 7 });
	clockAt(validUntil + after);
	const [checked] = await agent.items('payment', 'check', payment);
	const [key] = await agent.items('key', 'get', {});
	const [told] = await trigger.poll();
	const { error } = await agent.run('payment', 'send', {
		...payment,
		reference: `late${after}`,
		options: { timeLimit: 1 },
	});
	expect({ allowed: checked?.allowed, status: key?.status, expired: told?.expired, paid: !error }).toEqual({
		allowed: isValid,
		status: isValid ? 'active' : 'expired',
		expired: !isValid,
		paid: isValid,
	});
	if (!isValid) expect([error?.message]).toEqual([expect.stringMatching(/^This key ended on /)]);
});
