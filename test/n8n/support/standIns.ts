import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A chat's incoming webhook, as far as a workflow sees it: takes messages and keeps them. */
export interface ChatStandIn {
	url: string;
	messages: string[];
	close(): Promise<void>;
}

/** Stands in for the incoming webhook of a chat. */
export async function startChatStandIn(): Promise<ChatStandIn> {
	const messages: string[] = [];
	const server = createServer((request, response) => {
		void bodyOf(request).then((body) => {
			messages.push((body as { text: string }).text);
			response.setHeader('content-type', 'application/json').end('{"ok":true}');
		});
	});
	return { url: `${await listen(server)}/incoming-webhook`, messages, close: () => close(server) };
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
export type OfferedTools = Record<string, string[]>;

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
