import type { Address } from 'viem';
import type { AccessQuestion, KeyState } from '../../plugin/keyState';

/** What has to be asked to see all that a planned state says. */
export function questionsFor({ contracts }: KeyState): AccessQuestion[] {
	return Object.entries(contracts).map(([contract, { functions }]) => ({
		contract: contract as Address,
		selectors: Object.keys(functions) as AccessQuestion['selectors'][number][],
	}));
}

/**
 * All but the clocks, which start at the block that carried the change out, what was spent since, and how much of the list
 * was known at either time.
 */
export function isAsPlanned(planned: KeyState, found: KeyState): boolean {
	const comparable = (state: KeyState) =>
		JSON.stringify(
			{
				...state,
				contracts: Object.keys(planned.contracts)
					.sort()
					.map((contract) => state.contracts[contract as Address]),
			},
			(name, value: unknown) => {
				if (name === 'lastUsed' || name === 'used' || name === 'partial') return undefined;
				if (typeof value === 'bigint') return value.toString();
				if (name !== 'functions') return value;
				return Object.entries(value as Record<string, boolean>)
					.filter(([, listed]) => listed)
					.map(([selector]) => selector)
					.sort();
			},
		);
	return comparable(planned) === comparable(found);
}
