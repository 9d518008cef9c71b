import type { IDataObject, INodeExecutionData } from 'n8n-workflow';
import { InputError, ofItem } from '../../../../core/errors';
import { nameBudgets } from '../../../../core/payment/nameBudgets';
import { checkPayments, type CheckedPayment, type PaymentQuestion } from '../../../../core/payment/checkPayments';
import { transferRequest } from '../../../../core/payment/check/paymentRequest';
import type { Payer } from '../../../../core/payment/send/payment';
import { withName } from '../../../../core/payment/send/paymentLine';
import { assumedWords, checkedWords } from '../../../../core/payment/rehearsalWords';
import { budgetOf, leftWords } from '../../../../core/payment/send/paymentSummary';
import { moment, showMoment } from '../../../../core/text/format';
import { dateField, orEmpty } from '../../../shared/form';
import { toErrorJson } from '../../../shared/errors';
import { failedItemJson } from '../../../shared/perItem';
import { showFor } from '../../../shared/showFor';
import { allowRepeats } from '../../payment';
import { leftOf, type Telling } from '../../paymentItem';
import { simplifyPayment, tellingIn } from '../../telling';
import { tokenChooser, transferFields, transferIn } from '../../transfer';
import type { AllItemsRun } from '../../run';
import { formIn } from '../../../shared/operation';

const asOf = orEmpty(
	dateField({
		displayName: 'As Of',
		name: 'asOf',
		type: 'dateTime',
		default: '',
		description:
			'When it is going to be paid, to see whether it would be then. Budgets and the time range of the key are looked at as they will be; balances, permissions and the price of gas as they are now. Leave it empty for now.',
	}),
);

export const allItems = true;
export const description = showFor('payment', 'check', [
	{
		displayName:
			'Nothing is sent. All items are checked together, in order of time: each sees what the ones before it would use up.',
		name: 'checkNotice',
		type: 'notice',
		default: '',
	},
	...transferFields,
	asOf,
	allowRepeats,
	simplifyPayment,
]);

/**
 * Says for each item whether it would be paid, and if not, why. With Continue On Fail an item that can't be read says so,
 * and the others are checked without it.
 */
export async function execute({ context, payer }: AllItemsRun): Promise<INodeExecutionData[]> {
	const items = context.getInputData();
	const answers = new Map<number, IDataObject>();
	const orNot = async <T>(read: () => T | Promise<T>): Promise<T | undefined> => {
		try {
			return await read();
		} catch (error) {
			const index = error instanceof InputError ? (error.index ?? (items.length === 1 ? 0 : undefined)) : undefined;
			if (index === undefined || !context.continueOnFail()) return Promise.reject(error);
			answers.set(index, failedItemJson(context, toErrorJson(error, payer.rpc.redact)));
			return undefined;
		}
	};
	const toTransfer = tokenChooser(payer);
	const questions = new Map<number, PaymentQuestion>();
	for (const index of items.keys()) {
		const question = await orNot(() => questionOf({ context, payer }, index, items.length, toTransfer));
		if (question) questions.set(index, question);
	}
	// Whether an amount fits its token is known only when the token was asked.
	for (let checked; !checked && questions.size > 0; ) {
		checked = await orNot(async () => nameBudgets(payer, await checkPayments(payer, [...questions.values()])));
		for (const [place, index] of [...questions.keys()].entries()) {
			const one = checked?.[place];
			if (one) answers.set(index, checkedJson(payer, one, tellingIn(context, formIn({ context, itemIndex: index }))));
			else if (answers.has(index)) questions.delete(index);
		}
	}
	return items.map((_, item) => ({ json: answers.get(item) as IDataObject, pairedItem: { item } }));
}

/** Says of which item, if it is one of several, what can't be read. */
async function questionOf(
	{ context, payer }: AllItemsRun,
	index: number,
	count: number,
	toTransfer: ReturnType<typeof tokenChooser>,
): Promise<PaymentQuestion> {
	const of = <T>(read: () => T) => (count > 1 ? ofItem(index, read) : read());
	const form = formIn({ context, itemIndex: index });
	const transfer = await toTransfer(of(() => transferIn(form, payer)));
	const request = transferRequest([transfer]);
	const claims = of(() => !form.get(allowRepeats));
	const at = of(() => notPast(form.get(asOf)));
	return { request: { ...request, toCalls: (tokens) => of(() => request.toCalls(tokens)) }, claims, asOf: at };
}

/** A rehearsal of what is over would tell of budgets that are gone. */
function notPast(at: number | undefined): number | undefined {
	if (at === undefined || at >= Math.floor(Date.now() / 1000)) return at;
	throw new InputError(
		'As Of',
		`"As Of" is ${showMoment(moment(at))}, which is over`,
		'Choose a moment that is still to come, with its hour: a date alone is the beginning of its day. Leave it empty for now.',
	);
}

/** What is left is said as it would be afterwards. */
function checkedJson(payer: Payer, checked: CheckedPayment, { isSimple, timeZone }: Telling): IDataObject {
	const { allowed, refusals, lines, remaining, asOf: at } = checked;
	const [refusal] = refusals;
	const line = lines[0] && withName(lines[0], payer.rules);
	const { to = '', toName, amount = '', token = '', ...details } = line ?? {};
	const budget = budgetOf(line, remaining);
	const left = leftWords(budget, { timeZone, now: at ?? Date.now() / 1000 });
	const simple: IDataObject = {
		allowed,
		amount,
		token,
		to,
		...(toName !== undefined && { toName }),
		summary: [
			checkedWords({ ...checked, line }, timeZone),
			...(refusal ? [refusal.message, refusal.remedy] : [left && `Then ${left}`]),
		]
			.filter(Boolean)
			.join(' '),
		code: refusal?.code ?? '',
		...leftOf(budget),
		// Of what is refused: from when on it would be paid.
		...(refusal && { reopensAt: refusal.reopensAt ?? '' }),
		...(at !== undefined && { asOf: moment(at).iso, assumes: assumedWords(checked) }),
	};
	if (isSimple) return simple;
	return {
		...simple,
		...(refusal && { refusal, refusals }),
		account: payer.account,
		keyAddress: payer.key,
		...details,
		budgets: remaining,
	} as unknown as IDataObject;
}
