import type { IDataObject } from 'n8n-workflow';
import { approvalLink } from '../../../shared/approvalPage/link';
import type { OwnerRun } from '../../run';

export const ownerCredential = false;
export const description = [];

export async function execute({ context }: OwnerRun): Promise<IDataObject> {
	return approvalLink(context);
}
