import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';

/** Where an execution keeps what its waiting node was asked for: n8n's own place for a node's data of one execution. */
const PLACE = 'sessionKeyApproval';

/** What a waiting node was asked for. */
interface Kept {
	/** ISO 8601: when the page closes. */
	until: string;
	/** The parameters, with their expressions worked out. */
	parameters: IDataObject;
	/** What else the node keeps for whoever answers. */
	more?: string;
}

/**
 * Notes every parameter that is read: an expression such as `{{ $now.plus(90, 'days') }}` has another value each time the
 * page is opened, and an owner must sign what was asked for, not what would be asked for by now.
 *
 * @returns `recording`, to be read from in place of `context`; `keep` keeps what was read with the execution
 */
export function saveParameters(
	context: IExecuteFunctions,
	until: Date,
): { recording: IExecuteFunctions; keep: (more?: string) => void } {
	const parameters: IDataObject = {};
	const getNodeParameter = (name: string, item: number, fallback?: unknown): unknown => {
		const value = context.getNodeParameter(name, item, fallback) as IDataObject[string];
		parameters[name] = value;
		return value;
	};
	const recording = Object.assign(Object.create(context) as IExecuteFunctions, { getNodeParameter });
	const keep = (more?: string) => {
		const kept: Kept = { until: until.toISOString(), parameters, more };
		context.getContext('node')[PLACE] = JSON.parse(JSON.stringify(kept)) as IDataObject;
	};
	return { recording, keep };
}

/** What was kept, where somebody comes to the page of a node that waits. */
export function savedParameters(webhook: IWebhookFunctions): { until: Date; parameters: IDataObject; more?: string } {
	// In n8n's contexts of both majors, though not in the type of this one.
	const { evaluateExpression } = webhook as unknown as Pick<IExecuteFunctions, 'evaluateExpression'>;
	const node = JSON.stringify(webhook.getNode().name).replace(/[{}\u007f-\uffff]/g, escaped);
	const found = evaluateExpression.call(webhook, `{{ JSON.stringify($node[${node}].context.${PLACE}) }}`, 0);
	const { until, parameters, more } = JSON.parse(String(found)) as Kept;
	return { until: new Date(until), parameters, more };
}

/** A sign of a name that could end an expression, or that not every engine reads the same. */
function escaped(sign: string): string {
	return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
