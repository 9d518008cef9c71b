import { numberToHex, pad, parseAbiItem, parseEther, parseUnits, toEventSelector, type Address, type Hex } from 'viem';
import type { Rest } from '../../demo/n8n';
import { balanceOf, fundedAccount, tokenBudget, type Devnet } from '../../devnet';
import { freshAddress } from '../support/payer';
import { alchemyApiFor } from '../support/credentials';
import { inParallel, type Order } from './deliver';

/** What every order pays: an amount that shows at once when it was paid twice. */
const AMOUNT = '0.25';
const BASE_UNITS = parseUnits(AMOUNT, 6);

const operationEvent = parseAbiItem(
	'event UserOperationEvent(bytes32 indexed userOpHash, address indexed sender, address indexed paymaster, uint256 nonce, bool success, uint256 actualGasCost, uint256 actualGasUsed)',
);

/** An account whose session key pays, as seen from the chain. */
export interface PayingAccount {
	address: Address;
	key: Hex;
	/** Orders that nobody gave before, each with a recipient of its own. */
	orders(kind: string, count: number): Order[];
	/** The references that the chain has not paid exactly once, with what their recipients have instead. */
	notPaidOnce(orders: readonly Order[]): Promise<string[]>;
	/** How many operations of the account are in blocks. */
	operations(): Promise<{ succeeded: number; failed: number }>;
}

/** An account with money for so many orders, and a key without a gas limit: its payments have lanes of their own. */
export async function payingAccount(devnet: Devnet, orders: number): Promise<PayingAccount> {
	const token = devnet.tokens.usd6;
	const most = BASE_UNITS * BigInt(orders * 2);
	const { address, keys } = await fundedAccount(devnet, {
		eth: parseEther('500'),
		tokens: { usd6: most },
		keys: [{ tag: 'queue', permissions: tokenBudget(token, most) }],
	});
	const fromBlock = await devnet.request<Hex>('eth_blockNumber');
	return {
		address,
		key: keys[0]!.privateKey,
		orders: (kind, count) =>
			Array.from({ length: count }, (_, index) => ({
				reference: `queue/${kind}/${index + 1}`,
				recipient: freshAddress(),
				amount: AMOUNT,
			})),
		notPaidOnce: async (all) => {
			const got = await inParallel(all, 20, ({ recipient }) => balanceOf(devnet.request, token, recipient as Address));
			return all.flatMap(({ reference }, index) =>
				got[index] === BASE_UNITS ? [] : [`${reference}: ${got[index]} base units`],
			);
		},
		operations: async () => {
			const topics = [toEventSelector(operationEvent), null, pad(address, { size: 32 })];
			const filter = { address: devnet.contracts.EntryPoint, topics, fromBlock: next(fromBlock), toBlock: 'latest' };
			const logs = await devnet.request<Array<{ data: Hex }>>('eth_getLogs', [filter]);
			// nonce, success, actualGasCost, actualGasUsed
			const succeeded = logs.filter(({ data }) => BigInt(`0x${data.slice(66, 130)}`) === 1n).length;
			return { succeeded, failed: logs.length - succeeded };
		},
	};
}

function next(block: Hex): Hex {
	return numberToHex(BigInt(block) + 1n);
}

/** Starts the paying workflow by hand, with the one order that it was made with. */
export const BY_HAND = 'By Hand';

/**
 * Makes the workflow that pays what a webhook asks for, or one order by hand, active; gives the webhook's address and the
 * workflow's id.
 */
export async function payingWorkflow(
	rest: Rest,
	n8nUrl: string,
	devnet: Devnet,
	{ address, key }: PayingAccount,
	byHand: Order,
): Promise<{ webhook: string; id: string }> {
	const alchemyApi = await rest.createCredential({
		name: 'Devnet',
		type: 'alchemyApi',
		data: alchemyApiFor(devnet),
	});
	const agentSessionKeyApi = await rest.createCredential({
		name: 'Agent',
		type: 'agentSessionKeyApi',
		data: { accountAddress: address, privateKey: key },
	});
	const to = (node: string) => ({ main: [[{ node, type: 'main', index: 0 }]] });
	const { id } = await rest.createWorkflow({
		name: 'Pay what a webhook asks for',
		nodes: [
			{
				name: 'Webhook',
				type: 'n8n-nodes-base.webhook',
				typeVersion: 2,
				position: [0, 0],
				parameters: { httpMethod: 'POST', path: 'pay', responseMode: 'lastNode', options: {} },
				webhookId: '0b0f3a52-8d1c-4c7e-9b1e-5a7d3c2f1e60',
			},
			{ name: BY_HAND, type: 'n8n-nodes-base.manualTrigger', typeVersion: 1, position: [0, 200], parameters: {} },
			{
				name: 'Order',
				type: 'n8n-nodes-base.set',
				typeVersion: 3.4,
				position: [110, 200],
				parameters: { mode: 'raw', jsonOutput: JSON.stringify({ body: byHand }), options: {} },
			},
			{
				name: 'Session Key',
				type: 'n8n-nodes-session-keys.sessionKey',
				typeVersion: 1,
				position: [220, 0],
				parameters: {
					resource: 'payment',
					operation: 'send',
					recipient: '={{ $json.body.recipient }}',
					token: { __rl: true, mode: 'address', value: devnet.tokens.usd6.address },
					amount: '={{ $json.body.amount }}',
					allowRepeats: false,
					reference: '={{ $json.body.reference }}',
					options: { timeLimit: 25 },
				},
				credentials: { alchemyApi, agentSessionKeyApi },
			},
		],
		connections: { Webhook: to('Session Key'), [BY_HAND]: to('Order'), Order: to('Session Key') },
	});
	await rest.activate(id);
	return { webhook: `${n8nUrl}/webhook/pay`, id };
}
