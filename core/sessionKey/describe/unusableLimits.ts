import type { Address } from 'viem';
import { PLAIN_PAYMENT } from '../../calls';
import { accessOf, mayCall, mayHideEntries } from '../../permissions/access';
import type { KeyState } from '../../plugin/keyState';
import { namedContracts } from '../../permissions/references';
import { nameOf, type Labels } from '../../permissions/labels';

/** Limits of which nothing can be paid, because the list lets nothing pass: people take a limit for a permission. */
export function unusableLimitSentences(state: KeyState, labels: Labels): string[] {
	const contracts = namedContracts(state);
	const access = (contract: Address) => accessOf(state, state.contracts[contract]);
	const tokens = contracts
		.filter((token) => state.contracts[token]?.tokenLimit && access(token).functions === 'none')
		.map(
			(token) =>
				`${nameOf(labels, token)} is not something this key may call, so it cannot pay any of it, whatever the limit. ` +
				'Permission > Update puts it on the list.',
		);
	const paysNative = state.listType !== 'allowlist' || contracts.some((to) => mayCall(access(to), PLAIN_PAYMENT));
	if (!state.native?.limit || paysNative || mayHideEntries(state)) return tokens;
	const native =
		`Nobody on the list of this key may receive ${labels.nativeSymbol}, so it cannot pay any of it, whatever the limit. ` +
		'Native Recipients puts addresses on the list.';
	return [...tokens, native];
}
