import '../../../support/quietN8n';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGzip } from 'node:zlib';
import { CredentialTestContext } from 'n8n-core';
import type { IExecuteFunctions, INodeType } from 'n8n-workflow';
import { NoReplyError, type Post } from '../../../../core/rpc/exchange';
import { postThrough } from '../../../../nodes/shared/http';
import { postInTest } from '../../../../nodes/shared/testNetwork';
import { runNode } from '../../../support/runNode';

/** The helpers that n8n's own engine hands to a node. */
async function nodesPost(): Promise<Post> {
	let found: Post | undefined;
	const node = {
		description: { name: 'probe', version: 1, inputs: ['main'], outputs: ['main'], properties: [] },
		async execute(this: IExecuteFunctions) {
			found = postThrough(this.helpers);
			return [[]];
		},
	} as unknown as INodeType;
	await runNode(node, { parameters: {}, credentials: {} });
	return found as Post;
}

const POSTS: [string, () => Promise<Post>][] = [
	['a node', nodesPost],
	['the test of a credential', async () => postInTest(new CredentialTestContext().helpers)],
];

let server: Server;
let url: string;
let answer: RequestListener;
let requests: { method?: string; path?: string; body: string }[];

beforeAll(async () => {
	server = createServer((request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
		request.on('end', () => {
			requests.push({ method: request.method, path: request.url, body });
			answer(request, response);
		});
	}).listen(0, '127.0.0.1');
	await new Promise((resolve) => server.once('listening', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/rpc`;
});

beforeEach(() => (requests = []));
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

const json = (response: ServerResponse) => response.writeHead(200, { 'content-type': 'application/json' });

/** Writes for as long as somebody reads. */
function withoutEnd(to: NodeJS.WritableStream, response: ServerResponse): void {
	const chunk = ' '.repeat(1 << 20);
	const go = () => {
		while (!response.destroyed && to.write(chunk));
		if (!response.destroyed) to.once('drain', go);
	};
	go();
}

describe.each(POSTS)('the HTTP side of %s', (_, connect) => {
	let post: Post;
	beforeAll(async () => {
		post = await connect();
	});

	it('sends JSON and gives status, headers and parsed answer', async () => {
		answer = (_request, response) => json(response).end('{"result":"0x1"}');
		expect(await post(url, { method: 'eth_chainId' }, 5_000)).toMatchObject({
			status: 200,
			headers: { 'content-type': 'application/json' },
			body: { result: '0x1' },
		});
		expect(requests).toEqual([{ method: 'POST', path: '/rpc', body: '{"method":"eth_chainId"}' }]);
	});

	it('reads JSON behind a byte order mark', async () => {
		answer = (_request, response) => json(response).end('\ufeff{"result":"0x1"}');
		expect((await post(url, {}, 5_000)).body).toEqual({ result: '0x1' });
	});

	it.each([
		[500, '<html>out of order</html>'],
		[403, 'Forbidden'],
		[429, ''],
	])('gives an answer with status %i as it is', async (status, body) => {
		answer = (_request, response) => response.writeHead(status, { 'retry-after': '3' }).end(body);
		expect(await post(url, [], 5_000)).toMatchObject({ status, body, headers: { 'retry-after': '3' } });
	});

	it.each([301, 302, 307, 308])('follows no redirect (%i)', async (status) => {
		answer = (_request, response) => response.writeHead(status, { location: `${url}/other` }).end();
		expect(await post(url, {}, 5_000)).toMatchObject({ status });
		expect(requests).toHaveLength(1);
	});

	it('ends an answer that drips, by the wall clock', async () => {
		answer = (_request, response) => {
			json(response);
			const timer = setInterval(() => response.write(' '), 50);
			response.on('close', () => clearInterval(timer));
		};
		await expect(post(url, {}, 500)).rejects.toThrow(new NoReplyError('timedOut'));
	});

	it('ends headers that drip', async () => {
		answer = (request) => {
			request.socket.write('HTTP/1.1 200 OK\r\nx: ');
			const timer = setInterval(() => request.socket.write('a'), 50);
			request.socket.on('error', () => undefined).on('close', () => clearInterval(timer));
		};
		await expect(post(url, {}, 500)).rejects.toThrow();
	});

	it('ends an answer that never comes', async () => {
		answer = () => undefined;
		await expect(post(url, {}, 300)).rejects.toThrow();
	});

	it('reads no answer without end, nor one that unpacks to that', async () => {
		answer = (_request, response) => withoutEnd(json(response), response);
		await expect(post(url, {}, 20_000)).rejects.toThrow(new NoReplyError('tooLarge'));
		answer = (_request, response) => {
			const packed = createGzip();
			packed.pipe(response.writeHead(200, { 'content-encoding': 'gzip' }));
			withoutEnd(packed, response);
		};
		await expect(post(url, {}, 20_000)).rejects.toThrow(new NoReplyError('tooLarge'));
	});

	it('rejects where the connection breaks in the middle', async () => {
		answer = (_request, response) => {
			response.writeHead(200, { 'content-length': '100' }).write('{"result":');
			setTimeout(() => response.destroy(), 50);
		};
		await expect(post(url, {}, 5_000)).rejects.toThrow();
	});
});
