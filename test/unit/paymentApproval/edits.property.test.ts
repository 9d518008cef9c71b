import fc from 'fast-check';
import type { ApprovalLine } from '../../../core/paymentApproval/lines';
import { address, anna, approvedBy, ben, EURX, line, outcomeOf, rule, USDX } from './approving';

/** How many random batches; a long run takes hundreds. */
const BATCHES = Number(process.env.APPROVAL_BATCHES ?? 25);

const LINES: fc.Arbitrary<ApprovalLine> = fc
	.record({
		who: fc.integer({ min: 1, max: 6 }),
		units: fc.integer({ min: 1, max: 5_000_000 }),
		money: fc.constantFrom('usd' as const, 'eur' as const, 'eth' as const),
	})
	.map(({ who, units, money }) =>
		line({
			reference: `salary/2026-11/${who}`,
			to: address(who),
			...{
				usd: { token: 'USDX', tokenAddress: USDX, decimals: 6, amount: `${units}` },
				eur: { token: 'EURX', tokenAddress: EURX, decimals: 2, amount: `${units}.5` },
				eth: { token: 'ETH', tokenAddress: undefined, decimals: 18, amount: `0.${units}` },
			}[money],
		}),
	);

/** What somebody changes between the approval and the payment. */
const EDITS: ((one: ApprovalLine) => ApprovalLine)[] = [
	(one) => one,
	(one) => ({ ...one, amount: `1${one.amount}` }),
	(one) => ({ ...one, to: address(77) }),
	(one) => ({ ...one, reference: `${one.reference}x` }),
	(one) => ({ ...one, token: 'USDX', tokenAddress: USDX, decimals: 6, amount: '31.25' }),
	(one) => ({ ...one, token: 'ETH', tokenAddress: undefined, decimals: 18, amount: '31.25' }),
];

const batches = fc
	.array(fc.tuple(LINES, fc.integer({ min: 0, max: EDITS.length - 1 }), fc.boolean()), { minLength: 1, maxLength: 8 })
	.map((rows) => rows.map(([one, edit, isTakenOut]) => ({ one, now: EDITS[edit]!(one), isTakenOut })));

const isSame = (a: ApprovalLine, b: ApprovalLine) =>
	a.reference === b.reference && a.to === b.to && a.tokenAddress === b.tokenAddress && a.amount === b.amount;

it('of whatever batch and whatever is changed afterwards, exactly the approved lines that are unchanged can be paid', () =>
	fc.assert(
		fc.asyncProperty(batches, fc.boolean(), async (rows, areTwoNeeded) => {
			const approved = rows.filter(({ isTakenOut }) => !isTakenOut).map(({ one }) => one);
			const approval = await approvedBy(areTwoNeeded ? [ben, anna] : [anna], approved);
			const approvalRule = rule({ approvers: [anna.address, ben.address], needed: areTwoNeeded ? 2 : 1 });
			for (const { now } of rows) {
				const outcome = await outcomeOf([now], { approval, approvalRule });
				const mayBePaid = approved.some((one) => isSame(one, now));
				expect([now, outcome === 'paid']).toEqual([now, mayBePaid]);
				// Whoever changes the approval instead breaks what was signed.
				if (mayBePaid) continue;
				const lines = [...approved, now];
				expect(await outcomeOf([now], { approval: { ...approval, lines }, approvalRule })).toBe(
					'approvalDiffers: changed',
				);
			}
			if (!areTwoNeeded || approved.length === 0) return;
			const [first] = approval.approvers;
			const half = { ...approval, approvers: [first!] };
			expect(await outcomeOf([approved[0]!], { approval: half, approvalRule })).toBe('approvalMissing: tooFew');
		}),
		{ numRuns: BATCHES },
	));
