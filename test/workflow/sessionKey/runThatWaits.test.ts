import { WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type INode,
	type INodeType,
	type IRunExecutionData,
} from 'n8n-workflow';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { connect, type DevnetClient } from '../../chain/support/devnet';
import { dollarsOf } from '../../chain/support/onChain';
import { freshAddress, payingAccount } from '../../support/payer';
import { additionalData } from '../../support/runNode';
import { agentOf, byAddress } from '../support/agent';

jest.setTimeout(60_000);

let devnet: DevnetClient;
beforeAll(async () => {
	devnet = await connect();
});

/** What n8n's Wait node does when it waits for long: n8n stores the execution, and takes it up again later. */
const wait: INodeType = {
	description: {
		displayName: 'Wait',
		name: 'wait',
		group: ['organization'],
		version: 1,
		description: '',
		defaults: {},
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		properties: [],
	},
	async execute() {
		await this.putExecutionToWait(new Date(Date.now() + 3_600_000));
		return [this.getInputData()];
	},
};

it('the maximum of a run holds over a wait, in whichever process the run goes on', async () => {
	const { account } = await payingAccount(devnet, { kind: 'free lanes' });
	const token = byAddress(devnet.tokens.usd6.address);
	const { credentials } = agentOf(devnet, account, {
		agentSessionKeyApi: { mostPerRun: `2 ${devnet.tokens.usd6.address}` },
	});
	const people = [freshAddress(), freshAddress(), freshAddress()];
	const types: Record<string, INodeType> = { sessionKey: new SessionKey(), wait };
	const nodeTypes = {
		getByName: (type: string) => types[type] as INodeType,
		getByNameAndVersion: (type: string) => NodeHelpers.getVersionedNodeType(types[type] as INodeType),
		getKnownTypes: () => ({}),
	};
	const node = (name: string, type: string, parameters: IDataObject): INode => ({
		id: name,
		name,
		type,
		typeVersion: 1,
		position: [0, 0],
		onError: 'continueRegularOutput',
		parameters: parameters as INode['parameters'],
		credentials: Object.fromEntries(Object.keys(credentials).map((one) => [one, { id: one, name: one }])),
	});
	const pays = (place: number, amount: string) =>
		node(`pay ${place}`, 'sessionKey', {
			resource: 'payment',
			operation: 'send',
			recipient: byAddress(people[place]!),
			token,
			amount,
			reference: `wait/${place}`,
		});
	const link = (to: string) => ({ main: [[{ node: to, type: NodeConnectionTypes.Main, index: 0 }]] });
	const workflow = new Workflow({
		id: '1',
		nodes: [pays(0, '1.5'), node('wait', 'wait', {}), pays(1, '1.5'), pays(2, '0.5')],
		connections: { 'pay 0': link('wait'), wait: link('pay 1'), 'pay 1': link('pay 2') },
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1' },
	});
	const more = () => ({ ...additionalData(credentials, workflow), setExecutionStatus: () => undefined });
	const entry = { node: workflow.getNode('pay 0')!, data: { main: [[{ json: {} }]] }, source: null };
	const first = createRunExecutionData({ executionData: { nodeExecutionStack: [entry] } });
	const waiting = await new WorkflowExecute(more(), 'trigger', first).processRunExecutionData(workflow);
	expect(waiting.waitTill).toBeInstanceOf(Date);
	// As from the database, in another process.
	const stored = JSON.parse(JSON.stringify(waiting.data)) as IRunExecutionData;
	stored.waitTill = new Date();
	const { data } = await new WorkflowExecute(more(), 'trigger', stored).processRunExecutionData(workflow);
	const told = ['pay 0', 'pay 1', 'pay 2'].map(
		(name) => data.resultData.runData[name]?.[0]?.data?.main?.[0]?.[0]?.json,
	);
	expect(told.map((one) => one?.status)).toEqual(['paid', 'notSent', 'paid']);
	expect(told[1]?.refusal).toMatchObject({ code: 'aboveMaximum', data: { before: '1.5', most: '2' } });
	expect(await Promise.all(people.map((one) => dollarsOf(devnet, one)))).toEqual([1_500_000n, 0n, 500_000n]);
});
