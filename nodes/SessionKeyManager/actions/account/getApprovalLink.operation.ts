import type { IDataObject } from 'n8n-workflow';
import { approvalLink } from '../../approval/link';
import type { Run } from '../../manager';

export const description = [];

export async function execute({ context }: Run): Promise<IDataObject> {
	return approvalLink(context);
}
