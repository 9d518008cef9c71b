import type { IDataObject, INodeProperties, INodePropertyCollection, INodeType } from 'n8n-workflow';

/** A field of an operation's form, and the form with another value in it. */
export interface TriedField {
	property: INodeProperties;
	/** How to get there, for the figures. */
	path: string;
	with(value: unknown): IDataObject;
}

/** Whether the form shows a field, as its siblings are: what is hidden is not read. */
function isShown(
	{ displayOptions }: INodeProperties,
	form: IDataObject,
	siblings: readonly INodeProperties[],
): boolean {
	return Object.entries(displayOptions?.show ?? {}).every(([name, wanted]) => {
		const given = form[name] ?? siblings.find((one) => one.name === name && isOf(one, form))?.default;
		return [given].flat().some((one) => (wanted as unknown[]).includes(one));
	});
}

/** The same name stands for fields of several operations. */
function isOf({ displayOptions }: INodeProperties, form: IDataObject): boolean {
	const { resource, operation } = displayOptions?.show ?? {};
	const fits = (wanted: unknown[] | undefined, given: unknown) => !wanted || wanted.includes(given);
	return fits(resource, form.resource) && fits(operation, form.operation);
}

/** Every field that an operation shows, those within its collections too; `form` is filled in so that all would go well. */
export function fieldsOf(node: INodeType, form: IDataObject): TriedField[] {
	return shownIn(node.description.properties, form).flatMap((property) =>
		fieldsIn(property, property.name, form, (value) => ({ ...form, [property.name]: value }) as IDataObject),
	);
}

function shownIn(properties: readonly INodeProperties[], form: IDataObject): INodeProperties[] {
	return properties.filter((property) => property.type !== 'notice' && isShown(property, form, properties));
}

function fieldsIn(
	property: INodeProperties,
	path: string,
	holder: IDataObject,
	put: (value: unknown) => IDataObject,
): TriedField[] {
	const whole = { property, path, with: put };
	const present = holder[property.name];
	if (property.type === 'collection') {
		const values = (present ?? {}) as IDataObject;
		const inner = (property.options ?? []) as INodeProperties[];
		return [
			whole,
			...inner.flatMap((one) =>
				fieldsIn(one, `${path}.${one.name}`, values, (value) => put({ ...values, [one.name]: value } as IDataObject)),
			),
		];
	}
	if (property.type !== 'fixedCollection') return [whole];
	const [{ name, values: inner }] = property.options as [INodePropertyCollection];
	const isMany = property.typeOptions?.multipleValues === true;
	const rows = (present as IDataObject | undefined)?.[name];
	const row = ((isMany ? (rows as IDataObject[] | undefined)?.[0] : rows) ?? {}) as IDataObject;
	const putRow = (value: IDataObject) => put({ [name]: isMany ? [value] : value });
	return [
		whole,
		...shownIn(inner, row).flatMap((one) =>
			fieldsIn(one, `${path}.${one.name}`, row, (value) => putRow({ ...row, [one.name]: value } as IDataObject)),
		),
	];
}

/** What the endpoint was asked, and what it would have been given to send. */
export interface Wire {
	httpRequest(options: { url: string; body: unknown }): Promise<unknown>;
	/** Operations that were handed in; none of them went any further. */
	sent: number;
}

interface RpcCall {
	id: unknown;
	method: string;
	params: unknown;
}

/** The devnet's endpoint: what was asked before is answered from memory, and nothing is ever sent. */
export function wireTo(): Wire {
	const known = new Map<string, unknown>();
	const wire: Wire = {
		sent: 0,
		async httpRequest({ url, body }) {
			const calls = [body].flat() as RpcCall[];
			const isSend = calls.some(({ method }) => method === 'eth_sendUserOperation');
			if (isSend) wire.sent++;
			const answers = isSend
				? calls.map(() => ({ error: { code: -32500, message: "AA21 didn't pay prefund" } }))
				: await ask(url, calls);
			const replies = calls.map(({ id }, index) => ({ jsonrpc: '2.0', ...(answers[index] as object), id }));
			return { statusCode: 200, headers: {}, body: Array.isArray(body) ? replies : replies[0] };
		},
	};
	return wire;

	async function ask(url: string, calls: readonly RpcCall[]): Promise<unknown[]> {
		const keys = calls.map(({ method, params }) => JSON.stringify([url, method, params]));
		const open = calls.filter((_, index) => !known.has(keys[index] as string));
		if (open.length > 0) {
			const headers = { 'content-type': 'application/json' };
			const asked = open.map((one, id) => ({ ...one, id }));
			const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(asked) });
			const answers = (await reply.json()) as { id: number }[];
			for (const [id, one] of open.entries()) {
				const { result, error } = answers.find((answer) => answer.id === id) as {
					result?: unknown;
					error?: unknown;
					id: number;
				};
				known.set(JSON.stringify([url, one.method, one.params]), error ? { error } : { result });
			}
		}
		return keys.map((key) => known.get(key));
	}
}

/** n8n's context, as far as the nodes use it: parameters come as an expression would give them. */
export function contextOf(
	node: INodeType,
	parameters: IDataObject,
	credentials: Record<string, IDataObject>,
	wire: Wire,
) {
	const find = (name: string, fallback: unknown) => (Object.hasOwn(parameters, name) ? parameters[name] : fallback);
	const isTrigger = node.poll !== undefined;
	return {
		getNode: () => ({
			id: '1',
			name: 'Node',
			type: node.description.name,
			typeVersion: 1,
			position: [0, 0],
			parameters: {},
		}),
		getInputData: () => [{ json: {} }],
		getNodeParameter: (name: string, ...rest: unknown[]) => find(name, rest[isTrigger ? 0 : 1]),
		getCredentials: async (type: string) => credentials[type],
		getTimezone: () => 'UTC',
		getExecutionCancelSignal: () => undefined,
		addExecutionHints: () => undefined,
		getMode: () => 'manual',
		getWorkflowStaticData: () => ({}),
		getContext: () => ({}),
		continueOnFail: () => false,
		evaluateExpression: () => 'https://n8n.example/webhook-waiting/1',
		putExecutionToWait: async () => undefined,
		logger: { info: () => undefined },
		helpers: { ...wire, prepareBinaryData: async () => ({ data: '', mimeType: 'text/csv' }) },
	};
}
