import type { IDataObject, IExecuteFunctions, IWebhookFunctions } from 'n8n-workflow';
import { keccak256, stringToHex, type Hex } from 'viem';
import { generatePrivateKey } from 'viem/accounts';

/** Where an execution keeps the hash of its link's code, so that only who was sent the link can open the page. */
const CODE_HASH = 'sessionKeyApproval';

/**
 * The address of this execution's approval page. n8n 2 puts a secret of the execution into it and checks it. n8n 1 does
 * not: there a code of this package's own does the same.
 */
export function approvalLink(context: IExecuteFunctions): IDataObject {
	const url = new URL(String(context.evaluateExpression('{{ $execution.resumeUrl }}', 0)));
	if (!isSigned(url)) {
		const code = generatePrivateKey().slice(2);
		// An execution's own data is the one place that every n8n process can read when the page is opened.
		context.evaluateExpression(`{{ $execution.customData.set("${CODE_HASH}", "${hashOf(code)}") }}`, 0);
		url.searchParams.set('code', code);
	}
	return { approvalUrl: url.toString() };
}

/** Whether a visitor came by the whole link, and not by guessing an execution's number. */
export function cameByLink(webhook: IWebhookFunctions): boolean {
	// In n8n's contexts of both majors, though not in the type of this one.
	const { evaluateExpression } = webhook as unknown as Pick<IExecuteFunctions, 'evaluateExpression'>;
	const evaluate = (expression: string) => evaluateExpression.call(webhook, expression, 0);
	if (isSigned(new URL(String(evaluate('{{ $execution.resumeUrl }}'))))) return true; // n8n has checked it
	const expected = evaluate(`{{ $execution.customData.get("${CODE_HASH}") }}`);
	const { code } = webhook.getQueryData() as { code?: unknown };
	return typeof code === 'string' && typeof expected === 'string' && hashOf(code) === expected;
}

function isSigned(url: URL): boolean {
	return url.searchParams.has('signature');
}

function hashOf(code: string): Hex {
	return keccak256(stringToHex(code));
}
