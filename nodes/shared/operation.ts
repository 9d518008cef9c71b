import type { IExecuteFunctions } from 'n8n-workflow';
import { formOf, type Form } from './form';

/** One item's run of an operation. A node adds with what it is run. */
export interface ItemRun {
	context: IExecuteFunctions;
	itemIndex: number;
}

/** What this item's form holds. */
export function formIn({ context, itemIndex }: ItemRun): Form {
	return formOf(context, itemIndex);
}
