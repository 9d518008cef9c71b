import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeErrorResult, parseAbi } from 'viem';

/** A chat's incoming webhook, as far as a workflow sees it: takes messages and keeps them. */
export interface ChatStandIn {
	url: string;
	messages: string[];
	/** Waits until so many have come. */
	heard(count: number): Promise<readonly string[]>;
	close(): Promise<void>;
}

/** Stands in for the incoming webhook of a chat. */
export async function startChatStandIn(): Promise<ChatStandIn> {
	const messages: string[] = [];
	const arrivals = new EventEmitter();
	const server = createServer((request, response) => {
		void bodyOf(request).then((body) => {
			messages.push((body as { text: string }).text);
			arrivals.emit('message');
			response.setHeader('content-type', 'application/json').end('{"ok":true}');
		});
	});
	return {
		url: `${await listen(server)}/incoming-webhook`,
		messages,
		heard: async (count) => {
			while (messages.length < count) await once(arrivals, 'message');
			return messages;
		},
		close: () => close(server),
	};
}

/** One message of a conversation with a model. */
export interface ChatMessage {
	role: string;
	content: string;
}

interface ChatRequest {
	messages: ChatMessage[];
	tools?: Array<{ function: { name: string; parameters: { properties: Record<string, unknown> } } }>;
	stream?: boolean;
}

/** What the model was offered as tools, by name, with the names of their arguments. */
type OfferedTools = Record<string, string[]>;

/** An OpenAI-compatible endpoint without a model behind it. */
export interface ModelStandIn {
	url: string;
	offered: OfferedTools;
	/** All that it was told. */
	told: string[];
	close(): Promise<void>;
}

/**
 * Stands in for a language model behind an OpenAI-compatible endpoint, so that n8n's own agent runs without one. It
 * understands "Pay invoice N: A to 0x...", calls the tool Pay with that, and repeats what the tool answered.
 *
 * @param script - What it says instead, knowing the conversation so far.
 */
export async function startModelStandIn(script: (messages: ChatMessage[]) => Said = payInvoice): Promise<ModelStandIn> {
	const offered: OfferedTools = {};
	const told: string[] = [];
	const server = createServer((request, response) => {
		void bodyOf(request).then((body) => {
			const { messages, tools = [], stream } = body as ChatRequest;
			for (const { function: tool } of tools) offered[tool.name] = Object.keys(tool.parameters.properties ?? {});
			told.push(JSON.stringify(body));
			const message = script(messages);
			if (stream) {
				response.setHeader('content-type', 'text/event-stream');
				const delta = { ...message, tool_calls: message.tool_calls?.map((call, index) => ({ index, ...call })) };
				const chunk = { ...HEAD, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }] };
				const end = { ...chunk, choices: [{ index: 0, delta: {}, finish_reason: reasonOf(message) }] };
				for (const one of [chunk, end]) response.write(`data: ${JSON.stringify(one)}\n\n`);
				return response.end('data: [DONE]\n\n');
			}
			const choices = [{ index: 0, message, finish_reason: reasonOf(message) }];
			const usage = { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 };
			response.setHeader('content-type', 'application/json');
			return response.end(JSON.stringify({ ...HEAD, object: 'chat.completion', choices, usage }));
		});
	});
	return { url: `${await listen(server)}/v1`, offered, told, close: () => close(server) };
}

const HEAD = { id: 'stand-in', created: 0, model: 'stand-in' };

/** What a model answers: words, or calls of tools. */
export interface Said {
	role: 'assistant';
	content: string | null;
	tool_calls?: Array<{ id: string; type: 'function'; function: { name: string; arguments: string } }>;
}

/** Words. */
export function said(content: string): Said {
	return { role: 'assistant', content };
}

function reasonOf({ tool_calls: calls }: Said): string {
	return calls ? 'tool_calls' : 'stop';
}

function textOf(content: unknown): string {
	return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? '').join('') : String(content);
}

/** Calls of one tool, all at once. */
export function calling(tool: string, ...all: object[]): Said {
	const calls = all.map((given, index) => ({
		id: `call-${index + 1}`,
		type: 'function' as const,
		function: { name: tool, arguments: JSON.stringify(given) },
	}));
	return { role: 'assistant', content: null, tool_calls: calls };
}

function payInvoice(messages: ChatMessage[]): Said {
	const { role, content } = messages[messages.length - 1]!;
	if (role === 'tool') return said(`The tool says: ${content}`);
	const [, invoice, amount, recipient] = /Pay invoice (\S+): (\S+) to (0x[0-9a-fA-F]{40})/.exec(textOf(content)) ?? [];
	return invoice ? calling('Pay', { invoice, amount, recipient }) : said('Which invoice?');
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
	let text = '';
	for await (const chunk of request) text += String(chunk);
	return JSON.parse(text || '{}');
}

async function listen(server: Server): Promise<string> {
	await once(server.listen(0, '127.0.0.1'), 'listening');
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(server: Server): Promise<void> {
	server.closeAllConnections();
	await once(server.close(), 'close');
}

/** How a provider behaves towards a request. */
export type Manner =
	/** Does as it is asked. */
	| 'forwards'
	/** A JSON-RPC error that repeats everything. */
	| 'echoes'
	/** Forwards, and repeats everything instead of taking an operation. */
	| 'echoesOperations'
	/** Forwards, and lets every call of a contract revert with words that repeat everything. */
	| 'reverts'
	/** HTTP 401 with everything in it. */
	| 'unauthorized'
	/** HTTP 500 with everything in it. */
	| 'outOfOrder'
	/** A page with everything in it, and HTTP 200. */
	| 'page'
	/** To an address where nothing listens, with everything in it. */
	| 'redirects'
	/** No answer. */
	| 'hangsUp';

/** A provider of JSON-RPC that repeats to everybody how it was asked. */
export interface Talkative {
	port: number;
	/** Every body that it was sent. */
	asked: string[];
	close(): Promise<void>;
}

/** Stands in for a provider with bad manners, in front of a good endpoint. The request's query says which: `?manner=echoes`. */
export async function startTalkative(goodUrl: string): Promise<Talkative> {
	const asked: string[] = [];
	const server = createServer((request, response) => {
		void bodyOf(request).then(async (body) => {
			asked.push(JSON.stringify(body));
			const { url = '/', headers } = request;
			const query = Object.fromEntries(new URL(url, 'http://localhost').searchParams);
			const parts = [...url.split(/[/?&]/), headers.authorization].filter(Boolean).join(' ');
			const words = `I was asked for http://${headers.host}${url}, that is ${parts}, and don't want to`;
			const data = encodeErrorResult({ abi: parseAbi(['error Error(string)']), args: [words] });
			const error = { code: -32000, message: words, data: { url, headers, query } };
			const calls = [body].flat() as Array<{ id: number; method: string }>;
			const answer = (content: unknown) =>
				response.setHeader('content-type', 'application/json').end(JSON.stringify(content));
			const answerWith = async (isRefused: (method: string) => boolean, refusal: object) => {
				const passed = calls.filter(({ method }) => !isRefused(method));
				const good = passed.length > 0 ? await postTo(goodUrl, passed) : [];
				// A refusal of the whole batch has no place for each call.
				if (!Array.isArray(good)) return answer(good);
				const all = calls.map(({ id, method }) =>
					isRefused(method) ? { jsonrpc: '2.0', id, error: refusal } : good.find((one) => one.id === id),
				);
				answer(Array.isArray(body) ? all : all[0]);
			};
			switch (query.manner as Manner) {
				case 'forwards':
					return answerWith(() => false, error);
				case 'echoes':
					return answerWith(() => true, error);
				case 'echoesOperations':
					return answerWith((method) => /sendUserOperation/.test(method), error);
				case 'reverts':
					return answerWith((method) => method === 'eth_call', { code: 3, message: words, data });
				case 'unauthorized':
					return response.writeHead(401).end(words);
				case 'outOfOrder':
					return response.writeHead(500, { 'content-type': 'application/json' }).end(JSON.stringify(error));
				case 'page':
					return response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${words}</p>`);
				case 'redirects':
					return response.writeHead(307, { location: `http://127.0.0.1:9${url}` }).end(words);
				default:
					return request.socket.destroy();
			}
		});
	});
	const { port } = new URL(await listen(server));
	return { port: Number(port), asked, close: () => close(server) };
}

async function postTo(url: string, body: unknown): Promise<Array<{ id: number }>> {
	const headers = { 'content-type': 'application/json' };
	const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
	return (await reply.json()) as Array<{ id: number }>;
}
