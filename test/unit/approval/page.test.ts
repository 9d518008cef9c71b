import type { ApprovalRequest } from '../../../core/approval/approvalRequest';
import { approvalPage } from '../../../nodes/SessionKeyManager/approval/page';
import { messagePage, pageHeaders } from '../../../nodes/shared/approvalPage/wholePage';

const EVIL = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\``;

const request: ApprovalRequest = {
	account: '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326',
	owners: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
	network: EVIL,
	chainId: 1,
	headline: EVIL,
	changes: [EVIL],
	warnings: [EVIL],
	keys: [{ sessionKey: '0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5', permissions: [EVIL], risk: [EVIL] }],
	contracts: [{ address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', symbol: EVIL, known: false }],
	gas: { gas: '1', mostItCosts: '0.1', unit: EVIL, paidBy: '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326' },
	message: `0x${'ab'.repeat(32)}`,
	operation: { nonce: '0x1' },
};

const OPTIONS = {
	nonce: 'n0nce',
	seal: 'sealed',
	shown: '0x',
	until: new Date(0),
	workflow: EVIL,
	n8n: 'n8n.example.com',
};

describe('the approval page', () => {
	const page = approvalPage(request, OPTIONS);

	it('shows what comes from strangers as text, in words and in data', () => {
		expect(page).not.toContain('<img');
		expect(page).not.toContain('alert(1)</script>');
		expect(page.match(/<\/script>/g)).toHaveLength(2);
		const [, data = ''] = /id="request"[^>]*>([^<]*)</.exec(page) ?? [];
		expect(JSON.parse(data)).toMatchObject({ network: EVIL, seal: 'sealed' });
		expect(messagePage('x', EVIL, 'n')).not.toContain('<script');
	});

	it('says first what it comes to, who asks and what to think twice about, then lets sign, and gives the details below', () => {
		const plain = { ...request, headline: 'A key may pay', warnings: ['Careful'], changes: ['In detail'] };
		const told = approvalPage(plain, { ...OPTIONS, workflow: 'Payroll' });
		const order = ['<h1>A key may pay</h1>', '“Payroll” of n8n.example.com', 'Careful', 'id="wallets"', 'In detail'];
		const places = order.map((words) => told.indexOf(words));
		expect(places).not.toContain(-1);
		expect(places).toEqual([...places].sort((a, b) => a - b));
		expect(told).toContain('<title>A key may pay</title>');
	});

	it('says who vouches for the decimals that its amounts are shown with', () => {
		const token = { address: request.account, symbol: 'USDC', known: true, decimals: 6 };
		const shown = (decimalsFrom: 'pinned' | 'token') =>
			approvalPage({ ...request, contracts: [{ ...token, decimalsFrom }] }, OPTIONS);
		expect(shown('pinned')).toContain('Amounts are shown with its 6 decimals.');
		expect(shown('token')).toContain(
			'Amounts are shown with 6 decimals, as the token itself says: compare that with its own site.',
		);
	});

	it('loads nothing from elsewhere, and runs nothing but its own script', () => {
		expect(page).not.toMatch(/\b(?:src|href)\s*=\s*["']/);
		expect(page).not.toMatch(/<[^>]*\son\w+=/);
		for (const tag of page.match(/<(?:script|style)[^>]*>/g) ?? []) expect(tag).toContain('nonce="n0nce"');
		const policy = pageHeaders('n0nce')['Content-Security-Policy'] ?? '';
		expect(policy).toContain("default-src 'none'");
		expect(policy).toContain("frame-ancestors 'none'");
		expect(policy).not.toMatch(/unsafe|https?:|\*/);
	});
});
