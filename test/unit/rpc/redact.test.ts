import fc from 'fast-check';
import { english, generateMnemonic } from 'viem/accounts';
import { redact } from '../../../core/rpc/redact';
import { connectionOf } from '../../../nodes/shared/connection';
import { echo, scripted } from './scripted';

const PHRASE = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
const KEY = 'AbCdEf0123456789-xyzWVU';
const POLICY = '9f8e7d6c-1234-4abc-9def-0123456789ab';

describe('of a URL is taken out', () => {
	it.each([
		['a short part of the path', 'https://rpc.example.com/s3cretKey/v2', 's3cretKey'],
		['a part of letters alone', 'https://rpc.example.com/sesame/v2', 'sesame'],
		['a sub-domain', 'https://abcdef123456.provider.example/rpc', 'abcdef123456'],
		['a named sub-domain', 'https://quiet-dawn-sky.base-mainnet.quiknode.pro/', 'quiet-dawn-sky'],
		['a part of the query', 'https://rpc.example.com/?token=s3cret', 's3cret'],
		['an encoded part, decoded', 'https://rpc.example.com/AbCdEf01%2Bx', 'AbCdEf01+x'],
	])('%s', (_, url, key) => {
		for (const form of [key, key.toUpperCase(), encodeURIComponent(key), encodeURIComponent(encodeURIComponent(key))]) {
			expect(redact(`no app for ${form}.`, [url])).toBe('no app for [redacted].');
		}
	});

	it.each(['https://base-sepolia.g.alchemy.com/v2/', 'http://127.0.0.1:8545/devnet', 'https://rpc.ankr.com/eth'])(
		'nothing that everybody writes: %s',
		(url) => {
			const text = 'the base fee on Base Sepolia (eth mainnet, rpc v2, devnet, 127 blocks, alchemy) is 2';
			expect(redact(text, [url])).toBe(text);
		},
	);
});

describe('of a key is taken out', () => {
	it.each([
		['the whole', KEY],
		['its beginning', KEY.slice(0, 8)],
		['a longer beginning', KEY.slice(0, 13)],
		['its end', KEY.slice(-8)],
		['both ends', `${KEY.slice(0, 4)}...${KEY.slice(-4)}`],
		['both ends with one sign between', `${KEY.slice(0, 6)}……${KEY.slice(-6)}`],
		['both ends with stars between', `${KEY.slice(0, 8)}********${KEY.slice(-4)}`],
		['the beginning with dots', `${KEY.slice(0, 5)}...`],
		['the end with stars', `****${KEY.slice(-4)}`],
	])('%s', (_, part) => {
		for (const form of [part, part.toLowerCase()]) {
			expect(redact(`key ${form} is unknown`, [KEY])).toBe('key [redacted] is unknown');
			expect(redact(`key ${form} is unknown`, [`https://a.example/v2/${KEY}`])).toBe('key [redacted] is unknown');
		}
	});

	it('a private key, with and without 0x', () => {
		const key = '0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
		for (const part of [key, key.slice(2), key.slice(0, 10), `${key.slice(0, 6)}...${key.slice(-4)}`]) {
			expect(redact(`(${part})`, [key])).toBe('([redacted])');
		}
	});

	it('and nothing else: figures, addresses and hashes stay', () => {
		const text =
			'0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326 holds 1,250.5 USDC... 0x99c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d';
		expect(redact(text, [KEY, POLICY, PHRASE])).toBe(text);
	});
});

describe('of a mnemonic is taken out', () => {
	const separators = [' ', ', ', '\n', '%20', ' \t ', '","'];

	it('every one, in every writing, whoever it belongs to', () => {
		const strengths = fc.constantFrom(128, 256) as fc.Arbitrary<128 | 256>;
		fc.assert(
			fc.property(strengths, fc.constantFrom(...separators), fc.boolean(), (strength, separator, upper) => {
				const phrase = generateMnemonic(english, strength).split(' ').join(separator);
				const text = redact(`(${upper ? phrase.toUpperCase() : phrase})`);
				expect(text).toBe('([redacted])');
			}),
			{ numRuns: 50 },
		);
	});

	it('a numbered one', () => {
		const numbered = PHRASE.split(' ')
			.map((word, index) => `${index + 1}. ${word}`)
			.join('\n');
		expect(redact(numbered)).toBe('1. [redacted]');
	});

	it.each([0, 3, 6])('six words of ours, from the %ith on', (from) => {
		const part = PHRASE.split(' ')
			.slice(from, from + 6)
			.join(' ');
		expect(redact(`bad words: ${part}!`, [PHRASE])).toBe('bad words: [redacted]!');
		expect(redact(`bad words: ${part}!`)).toBe(`bad words: ${part}!`);
	});

	it('and no sentence', () => {
		const text = 'You can only add this token when the owner will also agree that it must wait about one year more.';
		expect(redact(text, [PHRASE])).toBe(text);
	});
});

it('the gas policy of a credential is one of its secrets', () => {
	const { rpc } = connectionOf({ network: 'base', apiKey: KEY, gasPolicyId: POLICY }, async () => ({
		status: 200,
		headers: {},
		body: null,
	}));
	expect(rpc.redact(`policy ${POLICY} of ${KEY}`)).toBe('policy [redacted] of [redacted]');
	expect(rpc.redact(`policy ${POLICY.slice(0, 8)}...${POLICY.slice(-4)}`)).toBe('policy [redacted]');
});

it('what an endpoint says is redacted after it was cut: no half of a secret is left at the end', async () => {
	const { rpc } = scripted(echo, { secrets: [KEY] });
	expect(rpc.redact(`${'x '.repeat(20)}${KEY.slice(0, 11)}`)).not.toContain(KEY.slice(0, 8));
});
