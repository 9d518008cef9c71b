import type { IExecuteFunctions } from 'n8n-workflow';
import type { Form } from '../shared/form';
import { simplify } from '../shared/listFields';
import type { Telling } from './paymentItem';
import { isTool } from './tool';

/** Whether a payment is told in short. */
export const simplifyPayment = simplify;

/** Reads `simplifyPayment`. What an AI agent is told is shortened by itself, and from the whole. */
export function tellingIn(context: IExecuteFunctions, form: Form): Telling {
	return { isSimple: form.get(simplifyPayment) && !isTool(context), timeZone: form.timeZone };
}
