import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf, ROOT } from '../../support/pages';
import { anna, approvedBy, ben, line } from '../paymentApproval/approving';

const FOLDER = join(ROOT, 'test/output/approvals');
const LINES = [
	line(),
	line({ reference: 'bonus', amount: '0.25', token: 'ETH', tokenAddress: undefined, decimals: 18 }),
	line({ reference: 'salary/2026-11/ben', amount: '800.5' }),
];

describe('what the page of approvals tells auditors to run', () => {
	beforeAll(() => mkdirSync(FOLDER, { recursive: true }));
	afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

	/** The page's own script, with an approval in a file. */
	function verify(approval: object): string[] {
		const [script = ''] = blocksOf('docs/approvals.md', 'js');
		writeFileSync(join(FOLDER, 'verify.mjs'), script);
		writeFileSync(join(FOLDER, 'approval.json'), JSON.stringify(approval));
		const told = execFileSync(process.execPath, ['verify.mjs', 'approval.json'], { cwd: FOLDER, encoding: 'utf8' });
		return told.trim().split('\n');
	}

	it('says who signed which lines', async () => {
		const told = verify(await approvedBy([anna, ben], LINES));
		expect(told).toEqual([
			`salary/2026-11/anna: 1200 USDX to ${LINES[0]!.to}`,
			`bonus: 0.25 ETH to ${LINES[1]!.to}`,
			`salary/2026-11/ben: 800.5 USDX to ${LINES[2]!.to}`,
			`signed by ${anna.address}`,
			`signed by ${ben.address}`,
		]);
	});

	it('finds whatever was changed afterwards, and takes a click for no signature', async () => {
		const approval = await approvedBy([anna], LINES);
		const changes = [
			{ lines: [line({ amount: '12000' }), ...LINES.slice(1)] },
			{ lines: LINES.slice(1) },
			{ validUntil: '2036-12-28T09:00:00Z' },
			{ total: '1 USDX' },
			{ chainId: 1 },
		];
		for (const change of changes) expect(verify({ ...approval, ...change }).at(-1)).toBe('NOT SIGNED');
		const clicked = { ...approval, approvers: [{ ...approval.approvers[0], by: 'click' }] };
		expect(verify(clicked).at(-1)).toBe('a click, no signature');
	});
});
