import type { IDataObject } from 'n8n-workflow';
import { encodeCall } from '../../../../core/functionCall';
import { parseAmount } from '../../../../core/input/amount';
import { NATIVE_DECIMALS } from '../../../../core/networks';
import { callRequest } from '../../../../core/payment/check/paymentRequest';
import { pay } from '../../../../core/payment/pay';
import { field } from '../../../shared/form';
import { showFor } from '../../../shared/showFor';
import { callIn, functionFields } from '../../functionFields';
import { payOptionsIn, referenceFields, sendOptions } from '../../payment';
import { paymentItem } from '../../paymentItem';
import { formIn } from '../../../shared/operation';
import type { AgentRun } from '../../run';
import { simplifyPayment, tellingIn } from '../../telling';

/** In wei. Never empty: what an expression did not give is not 0. */
const value = field(
	{
		displayName: 'Value',
		name: 'value',
		type: 'string',
		default: '0',
		placeholder: 'e.g. 0.05',
		description:
			"How much of the chain's own money to send along, in whole units such as ETH. Most functions take none: 0.",
	},
	(given, name) => parseAmount(given, NATIVE_DECIMALS, name),
);

export const description = showFor('contract', 'execute', [
	...functionFields,
	value,
	...referenceFields,
	simplifyPayment,
	sendOptions,
]);

export async function execute(run: AgentRun): Promise<IDataObject> {
	const form = formIn(run);
	const { contract, item, values } = callIn(form);
	const call = { target: contract, value: form.get(value), data: encodeCall(item, values) };
	// Read before anything is sent.
	const telling = tellingIn(run.context, form);
	const payment = await pay(run.payer, callRequest([call]), payOptionsIn(form));
	return paymentItem(run.payer, payment, telling, { called: { contract, function: item.name } });
}
