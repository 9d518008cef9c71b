import fc from 'fast-check';
import { applyUpdates, newKeyState } from '../../../core/permissions/applyUpdates';
import { isAsPlanned } from '../../../core/sessionKey/plan/asPlanned';
import { describeKey } from '../../../core/sessionKey/describe/describeKey';
import { unusableLimitSentences } from '../../../core/sessionKey/describe/unusableLimits';
import type { KeyState } from '../../../core/plugin/keyState';
import { permissionSentences } from '../../../core/sessionKey/describe/permissionSentences';
import { planRotateKeys } from '../../../core/sessionKey/plan/planRotateKeys';
import { planUpdatePermissions } from '../../../core/sessionKey/plan/planUpdatePermissions';
import { shownFingerprint } from '../../../core/approval/shownFingerprint';
import { riskOf, type Risk } from '../../../core/sessionKey/describe/risk';
import { updateOver } from './arbitraries';
import {
	ACCOUNT,
	KEY,
	keyWith,
	NOW,
	PAYMASTER,
	SAFE,
	snapshot,
	TARGET,
	USDC,
	WALLET,
	WETH,
	WORDS,
} from '../../support/sessionKeys';

const partial = (state: KeyState): KeyState => ({ ...state, partial: true });
const risk = (state: KeyState) => riskOf(state, WORDS, NOW);
const told = (state: KeyState) => permissionSentences(state, WORDS, NOW).join(' ');
const bare = partial(newKeyState(ACCOUNT, KEY));

describe('a key of which not all entries are known', () => {
	it('is never called harmless or bounded, not even where nothing is known', () => {
		const { bounded, sentences } = risk(bare);
		expect(bounded).toBe(false);
		expect(sentences.join(' ')).toContain('At a minimum, a thief could burn all ETH');
		expect(sentences.join(' ')).toContain('This provider cannot tell what else this key may call');
		expect(sentences.join(' ')).not.toMatch(/nothing/);
		const paid = partial(keyWith({ requiredPaymaster: PAYMASTER }));
		expect(risk(paid).sentences.join(' ')).not.toMatch(/nothing/);
		expect(risk(paid).bounded).toBe(false);
	});

	it('tells what is known as the least that could go', () => {
		const { bounded, losses, sentences } = risk(partial(keyWith(SAFE)));
		expect(bounded).toBe(false);
		expect(losses).toEqual(risk(keyWith(SAFE)).losses);
		expect(sentences[0]).toMatch(/^At a minimum, a thief could take 100 USDC every 7 days/);
	});

	it('does not say which addresses native money can go to', () => {
		const state = keyWith({ native: { amount: '1', refreshInterval: 0 }, recipients: [WALLET] });
		expect(risk(state).losses[0]).toMatchObject({ recipientsLocked: true, recipients: [WALLET] });
		const [loss] = risk(partial(state)).losses;
		expect(loss).toMatchObject({ recipientsLocked: true });
		expect(loss).not.toHaveProperty('recipients');
		expect(risk(partial(state)).sentences[0]).toContain('not all of which may be known here');
	});

	it('is not said to be allowed nothing else, or only so much', () => {
		expect(told(partial(keyWith(SAFE)))).toContain('This provider cannot tell what else is on its allowlist');
		expect(told(partial(keyWith(SAFE)))).not.toContain('Nothing');
		const functions = [{ selector: '0x12345678' as const, signature: 'hit()' }];
		const listed = keyWith({ entries: [{ contract: TARGET, change: 'putFunctions', functions }] });
		expect(told(listed)).toContain(`Allowed on ${TARGET}: only`);
		expect(told(partial(listed))).toContain(`Allowed on ${TARGET}: at least`);
		// A token limit closes all that it doesn't count, and what it counts was asked for.
		expect(told(partial(keyWith(SAFE)))).toContain('only payments');
	});

	it('may pay its native limit to addresses that are not known', () => {
		const state = keyWith({ native: { amount: '1', refreshInterval: 0 } });
		expect(unusableLimitSentences(state, WORDS)).toHaveLength(1);
		expect(unusableLimitSentences(partial(state), WORDS)).toEqual([]);
	});

	it('is as certain as ever where the chain itself says that it can do nothing', () => {
		expect(risk({ ...bare, registered: false }).bounded).toBe(true);
		expect(risk({ ...bare, validUntil: NOW - 1 }).bounded).toBe(true);
	});

	it('stays one through changes and rotation, and says so before they are signed', () => {
		const before = partial(keyWith(SAFE));
		const update = planUpdatePermissions(snapshot([KEY]), before, { validUntil: NOW + 60 });
		const rotate = planRotateKeys(snapshot([KEY]), [{ before, newKey: WALLET }], String);
		for (const plan of [update, rotate]) expect(plan.keys[0]?.risk.bounded).toBe(false);
	});

	it('is compared by what is allowed, however much was asked for or known', () => {
		const planned = keyWith(SAFE);
		const access = planned.contracts[USDC]!;
		const asked = { ...access, functions: { ...access.functions, '0x23b872dd': false } };
		const none = { onList: false, checkSelectors: false, functions: { '0x23b872dd': false }, tokenLimit: undefined };
		const found = partial({ ...planned, contracts: { [USDC]: asked, [WETH]: none } });
		expect(isAsPlanned(planned, found)).toBe(true);
		const print = (state: KeyState) => shownFingerprint({ keys: [{ state }] } as never);
		expect(print(found)).toBe(print(planned));
		const more = { ...found, contracts: { ...found.contracts, [WETH]: { ...none, onList: true } } };
		expect(print(more)).not.toBe(print(planned));
	});

	it('says in every form what is known and what is not', () => {
		const gap = 'The provider gives no full history of this key (up to 10 blocks). What is known.';
		const described = describeKey({ state: bare, times: new Map(), labels: WORDS, now: NOW, gap });
		expect(described).toMatchObject({ historyComplete: false, historyGap: gap, risk: { bounded: false } });
		expect(described.warnings.at(-1)).toContain(gap);
	});
});

/** The updates behind which a provider hides some: the risk told without them is never milder than the true one. */
it('whatever is hidden, what is told is never milder than the truth', () => {
	const contracts = [USDC, WETH, TARGET, WALLET];
	const updates = fc.array(updateOver(contracts, [PAYMASTER]), { maxLength: 8 });
	fc.assert(
		fc.property(updates, fc.func(fc.boolean()), (all, isHidden) => {
			const after = applyUpdates(newKeyState(ACCOUNT, KEY), all, NOW);
			const hidden = Object.entries(after.contracts).filter(([contract]) => !isHidden(contract));
			const seen = partial({ ...after, contracts: Object.fromEntries(hidden) });
			expect(isMilder(risk(seen), risk(after))).toBe(false);
		}),
		{ numRuns: 500 },
	);
});

function isMilder(told: Risk, truth: Risk): boolean {
	const isOpenEnded = told.sentences.some((sentence) =>
		/up to all that the account holds|could call any contract/.test(sentence),
	);
	return (told.bounded && !truth.bounded) || (!isOpenEnded && told.losses.length < truth.losses.length);
}
