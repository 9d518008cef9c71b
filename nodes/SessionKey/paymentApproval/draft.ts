import type { IWebhookFunctions } from 'n8n-workflow';
import { InputError } from '../../../core/errors';
import type { ApprovedContent } from '../../../core/paymentApproval/typedData';
import type { ApprovalRule } from '../../../core/paymentRules/approvalRule';
import type { Payer } from '../../../core/payment/send/payment';
import { runningContext } from '../../shared/approvalPage/letWait';
import { savedParameters } from '../../shared/approvalPage/savedParameters';
import { readAgent } from '../agent';

/** What is asked for, with every line of it: kept with the execution, so that any process of n8n can answer. */
export type Draft = ApprovedContent;

/** Who pays, and who has to say yes to what. */
export interface Asked {
	payer: Payer;
	rule: ApprovalRule;
	draft: Draft;
	/** The workflow's. */
	timeZone: string;
}

/** Does something with what a waiting node asked for, and with the credentials as they are now. */
export async function withDraft<T>(webhook: IWebhookFunctions, act: (asked: Asked) => Promise<T>): Promise<T> {
	const { more = 'null' } = savedParameters(webhook);
	const draft = JSON.parse(more) as Draft;
	const agent = await readAgent(runningContext(webhook));
	return agent.act((payer) => act({ payer, rule: ruleOf(payer), draft, timeZone: webhook.getTimezone() }));
}

/** @throws {InputError} where the credential names nobody */
export function ruleOf({ rules }: Payer): ApprovalRule {
	if (rules?.approval) return rules.approval;
	throw new InputError(
		'Approvers',
		'The Agent Session Key API credential names nobody who could approve a payment',
		'Open the credential and type the addresses of the approvers under "Approvers", one a line.',
	);
}

/** What is left of a draft when lines are taken out. */
export function chosenOf({ lines, ...draft }: Draft, out: readonly number[]): ApprovedContent {
	return { ...draft, lines: lines.filter((_, index) => !out.includes(index)) };
}

/** Which lines somebody took out, by their place from 0. */
export function outIn(given: unknown, { lines }: Draft): number[] {
	if (!Array.isArray(given)) return [];
	const isPlace = (one: unknown): one is number => Number.isInteger(one) && (one as number) >= 0;
	return [...new Set(given.filter(isPlace))].filter((one) => one < lines.length).sort((a, b) => a - b);
}
