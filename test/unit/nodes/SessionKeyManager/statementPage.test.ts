import { createHash } from 'node:crypto';
import { statementPage } from '../../../../nodes/SessionKeyManager/statementPage/page';
import { samplePage } from '../../../support/sampleStatement';

const EVIL = `</svg><script>alert(1)</script><img src=x onerror="alert(2)">'"\``;

it('what comes from outside is text, wherever it stands', () => {
	const page = statementPage(samplePage(EVIL, EVIL));
	expect(page).not.toMatch(/<script|<img|onerror="/i);
	expect(page).toContain('&#60;script&#62;');
});

it('allows nothing but its own style, which has the hash that its policy names', () => {
	const page = statementPage(samplePage());
	const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
	const hash = createHash('sha256').update(style).digest('base64');
	expect(page).toContain(`default-src &#39;none&#39;; style-src &#39;sha256-${hash.replaceAll('`', '')}&#39;`);
	expect(page).not.toMatch(/ style="|<link|src=|url\(|@import/);
});

it('tells of every chart in words, and heads every column', () => {
	const page = statementPage(samplePage());
	const charts = page.match(/<svg [^>]*role="img"[^>]*aria-labelledby="[^"]+"/g) ?? [];
	expect(charts).toHaveLength((page.match(/<svg /g) ?? []).length);
	expect(page.match(/<desc id="payee-0-desc">(.*?)<\/desc>/)?.[1]).toContain('Dora Lindqvist: 3,000 USDC');
	expect(page.match(/<th(?! scope=)[ >]/g)).toBeNull();
	const ids = [...page.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
	expect(new Set(ids).size).toBe(ids.length);
	for (const [, named = ''] of page.matchAll(/aria-labelledby="([^"]+)"/g)) {
		expect(named.split(' ').filter((id) => !ids.includes(id))).toEqual([]);
	}
});

it('says how the sums come out, what became of the register, and how long the money lasts', () => {
	const page = statementPage(samplePage());
	expect(page).toContain('4 paid exactly, 1 paid differently, 0 pending, 1 not paid, 1 paid that stand in no line.');
	expect(page).toContain('10,599.51 USDC. It agrees with the chain to the last unit.');
	expect(page).toMatch(/Runway of USDC: Lasts until/);
});
