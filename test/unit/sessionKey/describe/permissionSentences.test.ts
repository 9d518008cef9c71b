import fc from 'fast-check';
import type { Address, Hex } from 'viem';
import { accessOf, mayCall } from '../../../../core/permissions/access';
import { applyUpdates, newKeyState } from '../../../../core/permissions/applyUpdates';
import { hazardsOf } from '../../../../core/sessionKey/describe/hazards';
import type { KeyState, SpendLimit } from '../../../../core/plugin/keyState';
import type { PermissionInput } from '../../../../core/sessionKey/plan/permissionInput';
import { permissionSentences } from '../../../../core/sessionKey/describe/permissionSentences';
import { nameOf, type Labels } from '../../../../core/permissions/labels';
import { anyUpdate, CONTRACTS, SELECTORS } from '../arbitraries';
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
	WETH,
	WORDS,
} from '../../../support/sessionKeys';

const NO_ETH = "It may not pay any ETH, the chain's own money.";
const BY_PAYMASTER = `The paymaster ${PAYMASTER} pays its gas: without this paymaster it can do nothing.`;
const ENDLESS = 'It is valid until an owner removes it.';
const REFERENCES = 'It may mark payments as paid once (payment references).';
const NO_REFERENCES =
	'It may not use payment references (they are not on its list): payments that have one are refused.';
const ONLY_THESE = 'Nothing else is allowed (allowlist).';
const PAY_USDC = 'Allowed on USDC (0x0000…05dC): only payments (transfer(address,uint256)).';
const hundredAWeek = { amount: '100', refreshInterval: WEEK };
const token = (functions: 'transfer' | 'all', budget?: typeof hundredAWeek) => [{ token: USDC, functions, budget }];

describe('what a key may do, said in full', () => {
	it.each<[string, PermissionInput, string[]]>([
		[
			'nothing at all',
			{},
			[
				NO_REFERENCES,
				'Nothing is allowed yet (allowlist).',
				NO_ETH,
				'It may burn all ETH of the account as gas: it has neither a gas limit nor a required paymaster.',
				ENDLESS,
			],
		],
		[
			'a token every week, gas by a paymaster',
			SAFE,
			[
				`It may pay anyone up to 100 USDC every 7 days. ${PAY_USDC}`,
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				BY_PAYMASTER,
				ENDLESS,
			],
		],
		[
			'a token once, to its last digit, with a gas limit and an end',
			{
				tokens: token('transfer', { amount: '1234.000001', refreshInterval: 0 }),
				gas: { amount: '0.01', refreshInterval: 28 * 86_400 },
				validUntil: NOW + WEEK,
			},
			[
				`It may pay anyone up to 1,234.000001 USDC in all. ${PAY_USDC}`,
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				'For gas it may use up to 0.01 ETH every 28 days.',
				"With a gas limit the key's payments run one after another.",
				'It expires on 8 January 2027 at 00:00 UTC.',
			],
		],
		[
			'a gas limit and a paymaster, from one day to another',
			{
				...SAFE,
				gas: { amount: '0.01', refreshInterval: 0 },
				validAfter: NOW + 86_400,
				validUntil: NOW + WEEK,
			},
			[
				`It may pay anyone up to 100 USDC every 7 days. ${PAY_USDC}`,
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				'For gas it may use up to 0.01 ETH in all.',
				"With a gas limit the key's payments run one after another.",
				BY_PAYMASTER,
				'It may act from 2 January 2027 at 00:00 UTC on.',
				'It expires on 8 January 2027 at 00:00 UTC.',
			],
		],
		[
			'native money to a wallet and to a contract',
			{ native: hundredAWeek, recipients: [WALLET, TARGET], requiredPaymaster: PAYMASTER },
			[
				`Allowed on ${WALLET}: payments in ETH (no contract is at this address).`,
				`Allowed on ${TARGET}: only payments in ETH (receive()).`,
				NO_REFERENCES,
				ONLY_THESE,
				'It may pay up to 100 ETH every 7 days, only to what is on its list.',
				BY_PAYMASTER,
				ENDLESS,
			],
		],
		[
			'functions of contracts, well known or not',
			{
				entries: [
					{ contract: TARGET, change: 'putFunctions', functions: [{ selector: '0x12345678', signature: 'hit()' }] },
					{ contract: WETH, change: 'putWhole' },
				],
				requiredPaymaster: PAYMASTER,
			},
			[
				`Allowed on ${TARGET}: only the function 0x12345678.`,
				'It may take all WETH (0x0000…00e7) of the account: there is no limit on it. Allowed on WETH (0x0000…00e7): every function.',
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				BY_PAYMASTER,
				ENDLESS,
			],
		],
		[
			'a token without a limit',
			{ tokens: token('transfer'), requiredPaymaster: PAYMASTER },
			[
				`It may take all USDC (0x0000…05dC) of the account: there is no limit on it. ${PAY_USDC}`,
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				BY_PAYMASTER,
				ENDLESS,
			],
		],
		[
			'a limit that can be got round',
			{ tokens: token('all', hundredAWeek), requiredPaymaster: PAYMASTER },
			[
				'It may take all USDC (0x0000…05dC) of the account: its limit of 100 USDC every 7 days counts transfer and approve only. ' +
					'Allowed on USDC (0x0000…05dC): every function.',
				NO_REFERENCES,
				ONLY_THESE,
				NO_ETH,
				BY_PAYMASTER,
				ENDLESS,
			],
		],
		[
			'payments and approvals within a limit, with everything else allowed',
			{ listType: 'allowAll', tokens: token('transfer', hundredAWeek), removed: ['nativeLimit'] },
			[
				'It may pay anyone or let anyone take up to 100 USDC every 7 days. Allowed on USDC (0x0000…05dC): ' +
					'only payments (transfer(address,uint256)) and letting others take it (approve(address,uint256)).',
				REFERENCES,
				'Everything that is not named here is allowed (allow all): it may take every token and collectible of the account that has no limit here.',
				'It may pay all ETH of the account, to anyone.',
				'It may burn all ETH of the account as gas: it has neither a gas limit nor a required paymaster.',
				ENDLESS,
			],
		],
		[
			'a denylist',
			{
				listType: 'denylist',
				native: hundredAWeek,
				entries: [
					{ contract: TARGET, change: 'putWhole' },
					{
						contract: WETH,
						change: 'putFunctions',
						functions: [{ selector: '0x23b872dd', signature: 'transferFrom(address,address,uint256)' }],
					},
				],
				requiredPaymaster: PAYMASTER,
			},
			[
				`Allowed on ${TARGET}: nothing.`,
				'It may take all WETH (0x0000…00e7) of the account: there is no limit on it. ' +
					'Allowed on WETH (0x0000…00e7): every function but transferFrom(address,address,uint256).',
				REFERENCES,
				'Everything that is not named here is allowed (denylist): it may take every token and collectible of the account that has no limit here.',
				'It may pay up to 100 ETH every 7 days, to anyone its list does not forbid.',
				BY_PAYMASTER,
				ENDLESS,
			],
		],
	])('%s', (_, input, sentences) => {
		expect(permissionSentences(keyWith(input), WORDS, NOW)).toEqual(sentences);
	});

	it('tells what is used of a limit, and of a limit without its token on the list that it pays nothing', () => {
		const tokenLimit = { limit: 9_000_000n, used: 2_500_000n, refreshInterval: 0, lastUsed: 0 };
		const state: KeyState = {
			...keyWith({ requiredPaymaster: PAYMASTER }),
			contracts: { [USDC]: { onList: false, checkSelectors: false, functions: {}, tokenLimit } },
		};
		expect(permissionSentences(state, WORDS, NOW).slice(0, 3)).toEqual([
			'It has a limit of 9 USDC in all, 2.5 USDC of it used, but may not pay any of it. Allowed on USDC (0x0000…05dC): nothing.',
			NO_REFERENCES,
			'Nothing is allowed yet (allowlist).',
		]);
	});
});

describe('whatever the permissions', () => {
	const [first, second, third] = CONTRACTS as [Address, Address, Address];
	const labels: Labels = {
		nativeSymbol: 'ETH',
		contracts: {
			[first]: {
				address: first,
				isContract: true,
				token: { symbol: 'USDC', decimals: 6, decimalsFrom: 'token' as const },
			},
			[second]: { address: second, isContract: true },
			[third]: { address: third, isContract: false },
		},
	};
	const told = (state: KeyState) => permissionSentences(state, labels, NOW).join('\n');
	const keys = fc.array(anyUpdate, { maxLength: 12 }).map((all) => applyUpdates(newKeyState(ACCOUNT, KEY), all, NOW));

	/** What the chain lets the key do: to anybody who compares two keys, a difference here has to show. */
	const effect = (state: KeyState) => {
		const figures = (limit?: SpendLimit) => limit && [limit.limit, limit.limit && limit.refreshInterval].map(String);
		const printable = (time: number) => Math.min(time, 253_402_300_800); // no calendar prints later ones
		return JSON.stringify([
			CONTRACTS.map((contract) => {
				const stored = state.contracts[contract];
				const access = accessOf(state, stored);
				const open = [...SELECTORS, '0x12345678' as Hex].map((selector) => mayCall(access, selector));
				return [open, stored?.tokenLimit && [stored.tokenLimit.limit, stored.tokenLimit.refreshInterval].map(String)];
			}),
			[state.listType, figures(state.native), figures(state.gas), state.requiredPaymaster],
			[printable(state.validAfter), printable(state.validUntil)],
		]);
	};

	it('two keys that may do different things are told differently', () => {
		fc.assert(
			fc.property(keys, fc.array(anyUpdate, { minLength: 1, maxLength: 2 }), (state, updates) => {
				const other = applyUpdates(state, updates, NOW);
				fc.pre(effect(other) !== effect(state));
				expect(told(other)).not.toBe(told(state));
			}),
			{ numRuns: 2000 },
		);
	});

	it('names every danger', () => {
		fc.assert(
			fc.property(keys, (state) => {
				for (const { code, about } of hazardsOf(state, labels, NOW)) {
					const danger = {
						gasWithoutLimit: 'may burn all ETH',
						everyContract: 'Everything that is not named here is allowed',
						nativeWithoutLimit: 'may pay all ETH',
						tokenWithoutLimit: `may take all ${nameOf(labels, about as Address)}`,
						tokenFunctionsOpen: `may take all ${nameOf(labels, about as Address)}`,
						limitBelowUsed: 'used',
					}[code];
					expect(told(state)).toContain(danger);
				}
			}),
			{ numRuns: 1000 },
		);
	});
});
