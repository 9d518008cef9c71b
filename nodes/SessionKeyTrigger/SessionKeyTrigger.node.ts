import {
	NodeConnectionTypes,
	NodeOperationError,
	type IDataObject,
	type INodeExecutionData,
	type INodeType,
	type INodeTypeDescription,
	type IPollFunctions,
} from 'n8n-workflow';
import { redact } from '../../core/rpc/redact';
import { asCursor, type Cursor } from '../../core/trigger/cursor';
import { sample } from '../../core/trigger/sample';
import { watch } from '../../core/trigger/watch';
import { toNodeError } from '../shared/errors';
import { propertiesOf } from '../shared/form';
import { testAlchemyApi } from '../shared/testAlchemyApi';
import { searchTokens } from '../shared/tokenField';
import { triggerFields } from './fields';
import { eventsToItems } from './eventToItem';
import { tellingOf, readTriggerParameters } from './triggerParameters';

export class SessionKeyTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Session Key Trigger',
		name: 'sessionKeyTrigger',
		icon: { light: 'file:../../icons/sessionKey.svg', dark: 'file:../../icons/sessionKey.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["events"].join(", ") }}',
		description: 'Starts the workflow when a session key pays, runs low, expires, or is changed by an owner',
		defaults: { name: 'Session Key Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'alchemyApi', displayName: 'Alchemy API', required: true, testedBy: 'testAlchemyApi' }],
		properties: propertiesOf(triggerFields),
	};

	methods = { credentialTest: { testAlchemyApi }, listSearch: { searchTokens } };

	async poll(this: IPollFunctions): Promise<INodeExecutionData[][] | null> {
		try {
			return this.getMode() === 'manual' ? await newestOfEach(this) : await newSinceLastPoll(this);
		} catch (error) {
			throw toNodeError(this.getNode(), error, 0, redact);
		}
	}
}

async function newSinceLastPoll(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	const given = await readTriggerParameters(context);
	const memory = context.getWorkflowStaticData('node') as { account?: string; cursor?: Cursor };
	// What was remembered of another account, chain or key says nothing of this one.
	const subject = [given.network.chainId, given.account, given.key].join(':');
	const before = memory.account === subject ? asCursor(memory.cursor) : undefined;
	const { events, cursor } = await watch(given, before);
	const items = await eventsToItems(given, events, tellingOf(context));
	// Only now, when everything is at hand: n8n keeps this together with the items that it starts the workflow with.
	memory.account = subject;
	memory.cursor = cursor;
	return items.length > 0 ? [items.map(toItem)] : null;
}

async function newestOfEach(context: IPollFunctions): Promise<INodeExecutionData[][]> {
	const given = await readTriggerParameters(context);
	const items = await eventsToItems(given, await sample(given), tellingOf(context));
	if (items.length > 0) return [items.map(toItem)];
	throw new NodeOperationError(context.getNode(), 'None of these events has happened on this account yet', {
		description: 'Check account address, key and network. An active workflow starts at the first one that happens.',
	});
}

function toItem(json: IDataObject): INodeExecutionData {
	return { json };
}
