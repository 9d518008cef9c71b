import type { ApprovalRequest } from '../../../core/approval/approvalRequest';
import { approvalPage, messagePage, pageHeaders } from '../../../nodes/SessionKeyManager/approval/page';

const EVIL = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'\``;

const request: ApprovalRequest = {
	account: '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326',
	owners: ['0x70997970C51812dc3A010C7d01b50e0d17dc79C8'],
	network: EVIL,
	chainId: 1,
	changes: [EVIL],
	warnings: [EVIL],
	keys: [{ sessionKey: '0x95222290DD7278Aa3Ddd389Cc1E1d165CC4BAfe5', permissions: [EVIL], risk: [EVIL] }],
	contracts: [{ address: '0x036CbD53842c5426634e7929541eC2318f3dCF7e', symbol: EVIL, known: false }],
	gas: { gas: '1', mostItCosts: '0.1', unit: EVIL, paidBy: '0x1f9090aaE28b8a3dCeaDf281B0F12828e676c326' },
	message: `0x${'ab'.repeat(32)}`,
	operation: { nonce: '0x1' },
};

describe('the approval page', () => {
	const page = approvalPage(request, { nonce: 'n0nce', seal: 'sealed', shown: '0x', until: new Date(0) });

	it('shows what comes from strangers as text, in words and in data', () => {
		expect(page).not.toContain('<img');
		expect(page).not.toContain('alert(1)</script>');
		expect(page.match(/<\/script>/g)).toHaveLength(2);
		const [, data = ''] = /id="request"[^>]*>([^<]*)</.exec(page) ?? [];
		expect(JSON.parse(data)).toMatchObject({ network: EVIL, seal: 'sealed' });
		expect(messagePage('x', EVIL, 'n')).not.toContain('<script');
	});

	it('says who vouches for the decimals that its amounts are shown with', () => {
		const token = { address: request.account, symbol: 'USDC', known: true, decimals: 6 };
		const shown = (decimalsFrom: 'pinned' | 'token') =>
			approvalPage(
				{ ...request, contracts: [{ ...token, decimalsFrom }] },
				{ nonce: 'n0nce', seal: 'sealed', shown: '0x', until: new Date(0) },
			);
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
