import { randomUUID } from 'node:crypto';
import type { Hex, TypedDataDefinition } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import type { Rest } from '../../demo/n8n';
import { balanceOf, type Devnet } from '../../devnet';
import { approvedSalaries } from '../support/approvedSalaries';
import { answerTo, executionThat, linkOfWaiting, pageAt, webhookAt } from './approval';
import type { Worker } from './cluster';

/** What became of salaries that an approver was asked for. */
export interface Approved {
	/** What the page was served with. */
	status: number;
	/** The titles of the answers: a stranger's, the approver's. */
	titles: string[];
	/** What the paying node gave out, and who the workflow says has approved it. */
	paid: unknown[];
	approvers: unknown[];
	approver: string;
	/** What the recipients have, in base units. */
	received: bigint[];
	secondWentOn: boolean;
}

/** One worker runs until the workflow waits, and ends; main serves the page; another worker pays what was approved. */
export async function approvePaymentsInQueueMode(
	rest: Rest,
	n8nUrl: string,
	devnet: Devnet,
	[first, second]: readonly [Worker, Worker],
): Promise<Approved> {
	const path = `salaries-${randomUUID()}`;
	const { id, keys, recipients } = await approvedSalaries(rest, devnet, { start: webhookAt(path) });
	await rest.activate(id);
	const url = await linkOfWaiting(rest, first, id, `${n8nUrl}/webhook/${path}`);
	const { status, request } = await pageAt(url);
	const { out, approvals, seal, typedData } = request;
	const answer = async (key: Hex): Promise<string> => {
		const toSign = JSON.parse(String(typedData)) as TypedDataDefinition;
		const signature = await privateKeyToAccount(key).signTypedData(toSign);
		return answerTo(url, { out, approvals, seal, signature });
	};
	const titles = [await answer(generatePrivateKey()), await answer(keys[0]!)];
	await second.start();
	const done = await executionThat(rest, id, 'success');
	const paid = done.output('Pay');
	return {
		status,
		titles,
		paid: paid.map((item) => item.status),
		approvers: paid.map((item) => item.approvedBy),
		approver: privateKeyToAccount(keys[0]!).address,
		received: await Promise.all(recipients.map((to) => balanceOf(devnet.request, devnet.tokens.usd6, to))),
		secondWentOn: second.output().includes(`Worker started execution ${done.id} `),
	};
}
