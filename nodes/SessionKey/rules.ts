import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import type { Address } from 'viem';
import { InputError } from '../../core/errors';
import { parseBoolean } from '../../core/input/boolean';
import type { Network } from '../../core/networks';
import { parseApprovalRule } from '../../core/paymentRules/approvalRule';
import { parseCaps, type Cap } from '../../core/paymentRules/caps';
import { parsePayees } from '../../core/paymentRules/payees';
import type { PaymentRules } from '../../core/paymentRules/requireAllowedByRules';
import type { RunStore } from '../../core/paymentRules/runTotals';
import type { AgentCredential } from './agentCredential';

/**
 * The rules in the credential. What is there must be understood: of a rule that can't be read nobody knows what it forbids.
 * @throws {InputError}
 */
export function rulesIn(credential: AgentCredential, network: Network): PaymentRules {
	// An expression that gave nothing is there, and is no empty field.
	const given = <T>(name: keyof AgentCredential, read: (value: unknown) => T): T | undefined =>
		name in credential ? read(credential[name]) : undefined;
	const capsIn = (name: 'mostPerPayment' | 'mostPerRun', label: string) =>
		given(name, (value) => parseCaps(value, label, network)) ?? [];
	const payees = given('payees', (value) => parsePayees(value, 'Payees')) ?? [];
	const onlyPayees = given('onlyPayees', (value) => parseBoolean(value, 'Only These Payees')) ?? false;
	if (onlyPayees && payees.length === 0) {
		throw new InputError(
			'Only These Payees',
			'"Only These Payees" is on in the Agent Session Key API credential, and "Payees" is empty: nobody can be paid',
			'Add payees, one a line: name, address. To stop all payments for a while, use "Pause Payments".',
		);
	}
	// What is missing was saved before there was such a field.
	const orStandard = (name: keyof AgentCredential, standard: unknown) =>
		name in credential ? credential[name] : standard;
	const approval = parseApprovalRule(
		{
			approvers: orStandard('approvers', ''),
			needed: orStandard('approvalsNeeded', 1),
			above: orStandard('approvalAbove', ''),
			byClick: orStandard('approveByClick', false),
		},
		network,
	);
	return {
		payees,
		onlyPayees,
		...(approval && { approval }),
		mostPerPayment: capsIn('mostPerPayment', 'Most per Payment'),
		mostPerRun: capsIn('mostPerRun', 'Most per Run'),
	};
}

/** The rules for an item: who is paid by name, and how much. Nothing where there is no rule. */
export function rulesJson({ payees, onlyPayees, mostPerPayment, mostPerRun, approval }: PaymentRules): IDataObject {
	const texts = (caps: readonly Cap[]) => caps.map(({ amount, unit }) => `${amount} ${unit}`);
	return {
		...(payees.length > 0 && { payees: payees.map(({ name }) => name), onlyPayees }),
		...(mostPerPayment.length > 0 && { mostPerPayment: texts(mostPerPayment) }),
		...(mostPerRun.length > 0 && { mostPerRun: texts(mostPerRun) }),
		...(approval && {
			approvers: [...approval.approvers],
			approvalsNeeded: approval.needed,
			approvalAbove: texts(approval.above),
			approveByClick: approval.byClick,
		}),
	};
}

/**
 * Where the payments of this execution are counted: n8n keeps it with the execution, through its loops and its waits, in
 * whichever process it goes on, and forgets it with it.
 */
export function runStoreIn(context: IExecuteFunctions, { chainId }: Network, account: Address): RunStore {
	const ofExecution = context.getContext('flow') as { sessionKeyPayments?: Record<string, RunStore> };
	const stores = (ofExecution.sessionKeyPayments ??= {});
	return (stores[`${chainId}:${account}`] ??= {});
}
