import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringToHex, type Hex } from 'viem';
import ts from 'typescript';
import { explainAnswer } from '../../../core/explain/explain';
import { decodeRevert } from '../../../core/explain/reverts';
import { isRangeRefusal, isTransient, RpcError } from '../../../core/rpc/errors';
import { parseLogs } from '../../../core/rpc/logs';
import { redact } from '../../../core/rpc/redact';
import { processorTime } from '../../support/processorTime';

/** Every regular expression that is written in these folders: all of them see texts from outside. */
function patternsIn(folder: string): [string, RegExp][] {
	return readdirSync(folder)
		.filter((name) => name.endsWith('.ts'))
		.flatMap((name) => {
			const source = ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.Latest, true);
			const found: [string, RegExp][] = [];
			const look = (node: ts.Node): void => {
				if (ts.isRegularExpressionLiteral(node)) {
					const end = node.text.lastIndexOf('/');
					found.push([
						`${name} ${node.text.slice(0, 60)}`,
						new RegExp(node.text.slice(1, end), node.text.slice(end + 1)),
					]);
				}
				ts.forEachChild(node, look);
			};
			look(source);
			return found;
		});
}

const patterns = ['core/rpc', 'core/explain', 'core/text'].flatMap(patternsIn);

/** Beginnings of what the patterns look for, over and over, and never what they end with. */
const UNITS = [
	...[
		'policy ',
		'call gas ',
		'callgas',
		'max spend ',
		'max count ',
		'verification gas limit ',
		'spend ',
		'gas ',
		'limit ',
	],
	...[
		'entry point ',
		'entrypoint',
		'AA25 ',
		'AA25',
		'AA23',
		'fee ',
		'tip ',
		'exceeded ',
		'over ',
		'request ',
		'requests ',
	],
	...[
		'monthly ',
		'day',
		'block ',
		'blocks ',
		'results ',
		'logs ',
		'query ',
		'up to ',
		'max ',
		'backend ',
		'header ',
		'not ',
	],
	...[
		'session key ',
		'session key: ',
		'private_key',
		'http://',
		'https://a',
		'custom error 0x',
		'reason: ',
		'reason: 0x',
	],
	...[
		'0x',
		'0x0',
		'0',
		'1',
		'1,',
		'12 ',
		'a',
		' ',
		'\t',
		'.',
		'..',
		'*',
		'-',
		'"',
		"'",
		'(',
		'{',
		'execution reverted ',
		'revert',
	],
	...[
		'UserOperation reverted ',
		'word ',
		'abandon ',
		'abcd',
		'abcdefgh',
		'wxyz',
		'\u202e',
		'\ud800',
		'%25',
		'%20',
		'://',
	],
];

/** The least work of some runs, in milliseconds. */
const timeOf = (run: () => void): number => Math.min(...[1, 2, 3, 4].map(() => processorTime(run)));

const SHORT = 8_000;
const TIMES_LONGER = 8;
/** Linear work takes 8 times as long on a text 8 times as long, work that grows with the square 64 times. */
const MOST_TIMES = 24;
/** Below this, in milliseconds, the clock says nothing. */
const CLOCK = 1;

function growsLinearly(work: (text: string) => void, unit: string): void {
	const text = (length: number) => unit.repeat(Math.ceil(length / unit.length));
	const [short, long] = [text(SHORT), text(SHORT * TIMES_LONGER)];
	const isLinear = () =>
		timeOf(() => work(long)) /
			Math.max(
				timeOf(() => work(short)),
				CLOCK,
			) <=
		MOST_TIMES;
	// Collecting garbage makes some runs look worse, none better.
	expect([unit, [1, 2, 3, 4, 5].some(isLinear)]).toEqual([unit, true]);
}

test('there are patterns to look at', () => expect(patterns.length).toBeGreaterThan(40));

test.each(patterns)('%s takes time in proportion to the text', (_, pattern) => {
	const replace = (text: string) => void text.replace(pattern, '');
	for (const unit of UNITS) growsLinearly(replace, unit);
});

const secrets = ['https://a.example/v2/AbCdEf0123456789-xyz', `0x${'5'.repeat(64)}`, 'abandon '.repeat(11) + 'about'];
const FUNCTIONS: [string, (text: string) => void][] = [
	['redact', (text) => redact(text, secrets)],
	['explainAnswer', (text) => explainAnswer(new RpcError('eth_call', -32000, text, { reason: text, data: text }))],
	['explainAnswer of an execution', (text) => explainAnswer(new RpcError('eth_call', -32521, text))],
	['explainAnswer of bytes', (text) => explainAnswer(`0x08c379a0${stringToHex(text).slice(2)}` as Hex)],
	[
		'isTransient',
		(text) => [isTransient, isRangeRefusal].map((ask) => ask(new RpcError('eth_call', -32000, text, text))),
	],
	['decodeRevert', (text) => decodeRevert(stringToHex(text))],
	['parseLogs', (text) => parseLogs(text)],
];

test.each(FUNCTIONS)('%s takes time in proportion to the text', (_, work) => {
	for (const unit of UNITS) growsLinearly(work, unit);
});
