import { riskOf } from '../../../../core/sessionKey/describe/risk';
import { newKeyState } from '../../../../core/permissions/applyUpdates';
import type { PermissionInput } from '../../../../core/sessionKey/plan/permissionInput';
import {
	ACCOUNT,
	KEY,
	keyWith,
	NOW,
	PAYMASTER,
	SAFE,
	TARGET,
	USDC,
	WALLET,
	WEEK,
	WORDS,
} from '../../../support/sessionKeys';

const risk = (input: PermissionInput) => riskOf(keyWith(input), WORDS, NOW);

describe('risk', () => {
	it('of the safe setting is the budget, twice across a boundary, to anyone', () => {
		const { bounded, losses, sentences } = risk(SAFE);
		expect(bounded).toBe(true);
		expect(losses).toEqual([
			{
				asset: 'USDC',
				contract: USDC,
				through: 'payments',
				now: '100',
				perWindow: '100',
				windowSeconds: WEEK,
				acrossBoundary: '200',
				recipientsLocked: false,
			},
		]);
		expect(sentences[0]).toBe(
			'A thief could take 100 USDC every 7 days, and 200 USDC within minutes around the moment a window reopens, to ' +
				'anyone: the list does not restrict who receives a token.',
		);
		expect(sentences.at(-1)).toBe('This applies until an owner removes the key.');
	});

	it('of a new key, an expired one and a removed one is nothing', () => {
		expect(riskOf(newKeyState(ACCOUNT, KEY), WORDS, NOW).losses).toEqual([]);
		expect(risk({ ...SAFE, validUntil: NOW - 1 }).sentences[0]).toContain('expired');
		expect(riskOf({ ...keyWith(SAFE), registered: false }, WORDS, NOW).losses).toEqual([]);
	});

	it('of native money is locked to the list', () => {
		const { bounded, losses, sentences } = risk({
			recipients: [WALLET],
			native: { amount: '0.5', refreshInterval: 0 },
			requiredPaymaster: PAYMASTER,
		});
		expect(bounded).toBe(true);
		expect(losses).toEqual([
			{ asset: 'ETH', through: 'payments', now: '0.5', recipientsLocked: true, recipients: [WALLET] },
		]);
		expect(sentences[0]).toBe('A thief could take 0.5 ETH in all, only to the one address on its list.');
	});

	it('says that a contract on the list may pass native money on', () => {
		const { sentences } = risk({ recipients: [TARGET], native: { amount: '1', refreshInterval: 0 } });
		expect(sentences[0]).toContain('up to that contract');
	});

	it('counts gas when neither gas limit nor paymaster is there', () => {
		const { requiredPaymaster: _, ...unpaid } = SAFE;
		const open = risk(unpaid);
		expect(open.bounded).toBe(false);
		expect(open.losses.at(-1)).toEqual({ asset: 'ETH', through: 'gas', recipientsLocked: false });
		const limited = risk({ ...unpaid, gas: { amount: '0.01', refreshInterval: 0 } });
		expect(limited.bounded).toBe(true);
		expect(limited.losses.at(-1)).toMatchObject({ through: 'gas', now: '0.01' });
	});

	it('sees the way round a limit', () => {
		const open = risk({ ...SAFE, tokens: [{ ...SAFE.tokens?.[0], token: USDC, functions: 'all' }] });
		expect(open.bounded).toBe(false);
		expect(open.losses).toEqual([
			{ asset: 'USDC', contract: USDC, through: 'contract functions', recipientsLocked: false },
		]);
		expect(open.sentences[0]).toContain('increaseAllowance');
	});

	it('sees a token without a limit', () => {
		const { bounded, sentences } = risk({ ...SAFE, tokens: [{ token: USDC, functions: 'transfer' }] });
		expect(bounded).toBe(false);
		expect(sentences[0]).toContain('because it has no limit');
	});

	it('sees everything with an open list, beside the limits that hold', () => {
		const { losses } = risk({ ...SAFE, listType: 'allowAll' });
		expect(losses.map(({ asset, now }) => [asset, now])).toEqual([
			['USDC', '100'],
			['other tokens', undefined],
		]);
	});

	it('leaves what other contracts do to them', () => {
		const { bounded, losses } = risk({
			entries: [{ contract: TARGET, change: 'putWhole' }],
			requiredPaymaster: PAYMASTER,
		});
		expect(bounded).toBe(false);
		expect(losses).toEqual([
			{ asset: 'other contracts', contract: TARGET, through: 'contract functions', recipientsLocked: false },
		]);
	});
});
