import { ANSWERS } from './reasons/answers';
import { APPROVALS } from './reasons/approvals';
import { BUDGETS } from './reasons/budgets';
import { CALLS } from './reasons/calls';
import { GAS } from './reasons/gas';
import { KEY } from './reasons/key';
import { REFERENCE } from './reasons/reference';
import { RULES } from './reasons/rules';
import { SENDING } from './reasons/sending';
import type { Reason } from './reasons/reason';

export { BASE_UNITS, type BudgetData, type LossKind } from './reasons/reason';

/** Every refusal: its code, when it happens, what is said, and how it is mended. */
export const REFUSALS = {
	...KEY,
	...CALLS,
	...BUDGETS,
	...GAS,
	...RULES,
	...APPROVALS,
	...SENDING,
	...REFERENCE,
	...ANSWERS,
};

export type RefusalCode = keyof typeof REFUSALS;

/** The figures that belong to a code. */
export type RefusalData<C extends RefusalCode> = (typeof REFUSALS)[C] extends Reason<infer D> ? D : never;
