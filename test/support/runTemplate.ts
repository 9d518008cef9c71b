import { additionalData } from './runNode';
import { WorkflowExecute } from 'n8n-core';
import {
	createRunExecutionData,
	NodeConnectionTypes,
	NodeHelpers,
	Workflow,
	type IDataObject,
	type IExecuteFunctions,
	type INode,
	type INodeExecutionData,
	type INodeProperties,
	type INodeType,
} from 'n8n-workflow';
import type { Workflow as Template } from '../../demo/n8n';
import { SessionKey } from '../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../nodes/SessionKeyManager/SessionKeyManager.node';

/** What a template told the world. */
export interface TemplateRun {
	/** What it wrote to the chat. */
	messages: string[];
	/** What it answered to whoever called its webhook. */
	answers: Array<{ code: number; body: IDataObject }>;
	/** Why the execution failed; undefined when it went through. */
	error?: string;
	/** The items that a node gave out by one of its outputs. */
	output(node: string, index?: number): IDataObject[];
}

/** What a template is run with. */
export interface TemplateWorld {
	/** Decrypted, by credential type. */
	credentials?: Record<string, IDataObject>;
	/** What its trigger starts it with. */
	started: IDataObject;
	/** The rows of its Data Table. */
	rows?: IDataObject[];
	/** In place of the real nodes, that of the manager too. */
	sessionKey?: INodeType;
}

/**
 * Runs a template in n8n's own engine, in this process: its connections, error outputs, expressions and conditions as in n8n.
 * The Session Key node is the real one; n8n's own nodes, which are no part of its engine, have stand-ins.
 */
export async function runTemplate(template: Template, world: TemplateWorld): Promise<TemplateRun> {
	const told: Pick<TemplateRun, 'messages' | 'answers'> = { messages: [], answers: [] };
	const types: Record<string, INodeType> = {
		...standIns(world, told),
		'n8n-nodes-session-keys.sessionKey': world.sessionKey ?? new SessionKey(),
		'n8n-nodes-session-keys.sessionKeyManager': world.sessionKey ?? new SessionKeyManager(),
	};
	const nodeTypes = {
		getByName: (type: string) => types[type] as INodeType,
		getByNameAndVersion: (type: string) => {
			if (!types[type]) throw new Error(`no stand-in for ${type}`);
			return NodeHelpers.getVersionedNodeType(types[type]);
		},
		getKnownTypes: () => ({}),
	};
	const nodes = template.nodes.filter(({ type }) => !type.endsWith('stickyNote')) as unknown as INode[];
	const workflow = new Workflow({
		id: '1',
		nodes,
		connections: template.connections as never,
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1', timezone: 'UTC' },
	});
	const data = additionalData(world.credentials ?? {}, workflow);
	const startNode = nodes.find(({ type }) => TRIGGERS.includes(type))!;
	const finished = await new WorkflowExecute(data, 'trigger', createRunExecutionData()).run({ workflow, startNode });
	const { runData, error } = finished.data.resultData;
	return {
		...told,
		error: error?.message,
		output: (node, index = 0) =>
			(runData[node] ?? []).flatMap((run) => run.data?.main?.[index] ?? []).map(({ json }) => json),
	};
}

const TRIGGERS = ['n8n-nodes-base.scheduleTrigger', 'n8n-nodes-base.webhook'];

/** Stands in for the Session Key node: one outcome for each item, in its turn; what is thrown ends the node. */
export function outcomes(...given: Array<IDataObject | Error>): INodeType {
	const left = [...given];
	return standIn('sessionKey', [text('operation')], 1, async (context) => {
		const items = context.getInputData().map((_, item): INodeExecutionData => {
			const outcome = left.shift()!;
			if (outcome instanceof Error) throw outcome;
			return { json: outcome, pairedItem: { item } };
		});
		return [items];
	});
}

/** As far as the templates use them. */
function standIns({ started, rows = [] }: TemplateWorld, told: Pick<TemplateRun, 'messages' | 'answers'>) {
	const trigger = (name: string) => standIn(name, [], 1, async () => [[{ json: started }]]);
	const routes = (
		name: string,
		properties: INodeProperties[],
		outputs: number,
		conditions: (index: number) => string,
	) =>
		standIn(name, properties, outputs, async (context) => {
			const out: INodeExecutionData[][] = Array.from({ length: outputs }, () => []);
			for (const [item, { json }] of context.getInputData().entries()) {
				const holds = (rule: number) =>
					context.getNodeParameter(conditions(rule), item, false, { extractValue: true }) as unknown as boolean;
				const taken = Array.from({ length: outputs - 1 }, (_, rule) => rule).find(holds) ?? outputs - 1;
				out[taken]!.push({ json, pairedItem: { item } });
			}
			return out;
		});
	return {
		'n8n-nodes-base.scheduleTrigger': trigger('scheduleTrigger'),
		'n8n-nodes-base.webhook': trigger('webhook'),
		'n8n-nodes-base.dataTable': standIn('dataTable', [], 1, async () => [
			rows.map((json) => ({ json, pairedItem: { item: 0 } })),
		]),
		'n8n-nodes-base.set': standIn('set', [text('assignments')], 1, async (context) => [
			context.getInputData().map((_, item) => {
				const { assignments } = context.getNodeParameter('assignments', item) as {
					assignments: Array<{ name: string; value: string }>;
				};
				const json = Object.fromEntries(assignments.map(({ name, value }) => [name, value]));
				return { json, pairedItem: { item } };
			}),
		]),
		'n8n-nodes-base.if': routes('if', [FILTER], 2, () => 'conditions'),
		// Three rules and the fallback: what the one template with a Switch has.
		'n8n-nodes-base.switch': routes('switch', [RULES], 4, (rule) => `rules.values[${rule}].conditions`),
		'n8n-nodes-base.httpRequest': standIn('httpRequest', [text('bodyParameters')], 1, async (context) => {
			const items = context.getInputData();
			for (const index of items.keys()) {
				const [{ value }] = (
					context.getNodeParameter('bodyParameters', index) as { parameters: [{ name: string; value: string }] }
				).parameters;
				told.messages.push(value.trim());
			}
			return [items];
		}),
		'n8n-nodes-base.stopAndError': standIn('stopAndError', [text('errorMessage')], 1, async (context) => {
			throw new Error(String(context.getNodeParameter('errorMessage', 0)));
		}),
		'n8n-nodes-base.respondToWebhook': standIn(
			'respondToWebhook',
			[text('responseBody'), text('options')],
			1,
			async (context) => {
				const body = context.getNodeParameter('responseBody', 0) as unknown as IDataObject;
				const { responseCode } = context.getNodeParameter('options', 0) as { responseCode: number };
				// As it is sent: a field without a value is not there.
				told.answers.push({ code: responseCode, body: JSON.parse(JSON.stringify(body)) as IDataObject });
				return [context.getInputData()];
			},
		),
	};
}

function standIn(
	name: string,
	properties: INodeProperties[],
	outputs: number,
	execute: (context: IExecuteFunctions) => Promise<INodeExecutionData[][]>,
): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: [1, 1.1, 1.2, 2, 2.2, 3.2, 3.4, 4.2],
			description: 'A stand-in',
			defaults: {},
			inputs: [NodeConnectionTypes.Main],
			outputs: Array.from({ length: outputs }, () => NodeConnectionTypes.Main),
			properties,
		},
		execute(this: IExecuteFunctions) {
			return execute(this);
		},
	};
}

/** A parameter of any kind: n8n resolves the expressions in it, and leaves it alone. */
function text(name: string): INodeProperties {
	return { displayName: name, name, type: 'string', default: '' };
}

/** Conditions, which n8n's engine itself decides. */
const FILTER: INodeProperties = {
	displayName: 'Conditions',
	name: 'conditions',
	type: 'filter',
	default: {},
	typeOptions: { filter: { caseSensitive: true, typeValidation: 'strict', version: 2 } },
};

const RULES: INodeProperties = {
	displayName: 'Rules',
	name: 'rules',
	type: 'fixedCollection',
	typeOptions: { multipleValues: true },
	default: {},
	options: [{ displayName: 'Values', name: 'values', values: [FILTER, text('outputKey')] }],
};
