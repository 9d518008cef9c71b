import { NodeApiError, NodeOperationError, type IDataObject, type INode, type JsonObject } from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { RefusalError } from '../../core/refusal/refusal';
import { EndpointError, isRateLimit, RpcError } from '../../core/rpc/errors';
import { HistoryUnavailableError } from '../../core/rpc/logs';

/** Takes the secrets of the credentials in use out of a text. */
export type Redact = (text: string) => string;

/**
 * What a person sees: message = what happened, description = how to get on. The original is never handed on: its stack
 * and its fields may hold a URL.
 */
export function toNodeError(
	node: INode,
	error: unknown,
	itemIndex: number,
	redact: Redact,
): NodeOperationError | NodeApiError {
	if (error instanceof NodeOperationError || error instanceof NodeApiError) return error;
	const words = wordsOf(error);
	const [message, description] = [redact(words.message), redact(words.description)];
	const isApi = error instanceof EndpointError || error instanceof RpcError;
	const nodeError = isApi
		? new NodeApiError(node, { message } as JsonObject, { message, description, itemIndex })
		: new NodeOperationError(node, message, { description, itemIndex });
	// For an AI agent, which is told what became of it.
	nodeError.context.status = statusOf(error);
	return nodeError;
}

/** What is certain of something that was thrown. What was sent, and isn't settled, is never thrown. */
function statusOf(error: unknown): 'notSent' | 'notPaid' | 'unknown' {
	// Mined without success: the chain proves it.
	if (error instanceof RefusalError) return error.transactionHash ? 'notPaid' : 'notSent';
	const isKnown = [InputError, EndpointError, RpcError, HistoryUnavailableError].some((one) => error instanceof one);
	// Of what nobody expected nothing is claimed.
	return isKnown ? 'notSent' : 'unknown';
}

function wordsOf(error: unknown): { message: string; description: string } {
	if (error instanceof InputError) return { message: error.message, description: error.remedy };
	if (error instanceof RefusalError) {
		const others = error.refusals.slice(1).map(({ message }) => message);
		const also = others.length > 0 ? ` Also: ${others.join(' ')}` : '';
		const trace = error.userOperationHash ? ` User operation: ${error.userOperationHash}.` : '';
		return { message: error.refusal.message, description: `${error.refusal.remedy}${also}${trace}` };
	}
	if (error instanceof EndpointError) return { message: error.message, description: REMEDIES[error.fault] };
	if (error instanceof HistoryUnavailableError) {
		return {
			message: `This endpoint does not show enough of the chain's past: ${error.message}`,
			description:
				'Use an endpoint in the Alchemy API credential that gives logs over more blocks (a larger plan), or ask for less of the past. Nothing was sent.',
		};
	}
	if (error instanceof RpcError) {
		if (isRateLimit(error)) return { message: tooManyRequests(error), description: REMEDIES.rateLimited };
		return {
			message: `The endpoint answered "${error.message}" when asked for ${error.method}`,
			description: 'Check network and URLs in the Alchemy API credential. Nothing was sent.',
		};
	}
	return {
		message: error instanceof Error ? error.message : String(error),
		description: 'This was not expected. Running again with the same payment reference is safe.',
	};
}

/** The same words, whether the provider said it by HTTP or inside an answer. */
function tooManyRequests({ method }: RpcError): string {
	return new EndpointError('rateLimited', method).message;
}

const REMEDIES: Record<EndpointError['fault'], string> = {
	unreachable:
		"Check the URL in the Alchemy API credential, and that this n8n may reach it (n8n's proxy settings apply). Running again is safe.",
	timedOut:
		'Run it again. If this persists, choose another endpoint in the Alchemy API credential. Running again is safe.',
	unauthorized: 'Check the API key in the Alchemy API credential, and that its app has this network switched on.',
	rateLimited:
		'Too many requests for your plan. Wait a little and run it again: with the same payment reference nothing is paid twice.',
	planUsedUp:
		"Look at your usage in the provider's dashboard: raise the plan, or wait until it begins anew. With the same payment reference nothing is paid twice.",
	unavailable:
		'The provider is out of order for now. Run it again later: with the same payment reference nothing is paid twice.',
	redirected: 'Enter the address that it leads to as the URL in the Alchemy API credential, if you trust it.',
	tooLarge: 'Run it again. If this persists, choose another endpoint in the Alchemy API credential.',
	unintelligible: 'Check the URL in the Alchemy API credential: something answers there, but no JSON-RPC endpoint.',
};

/** The same for an item that goes on in spite of it, so that a workflow can branch on it. */
export function toErrorJson(error: unknown, redact: Redact): IDataObject {
	const { message, description } = wordsOf(error);
	const said = { error: redact(message), remedy: redact(description) };
	const json: IDataObject = { status: statusOf(error), summary: said.error, ...said };
	if (error instanceof InputError)
		return {
			...json,
			refusal: {
				code: 'invalidInput',
				field: error.field,
				...(error.index !== undefined && { item: error.index + 1 }),
			},
		};
	if (error instanceof EndpointError) return { ...json, refusal: { code: `endpoint${capital(error.fault)}` } };
	if (!(error instanceof RefusalError)) return json;
	const { userOperationHash, transactionHash, unclaimedAt, refusals, refusal } = error;
	return {
		...json,
		...(unclaimedAt !== undefined && { referenceState: 'unclaimed', asOfBlock: Number(unclaimedAt) }),
		...(userOperationHash && { userOperationHash }),
		...(transactionHash && { transaction: transactionHash }),
		refusal: refusal as unknown as IDataObject,
		...(refusals.length > 1 && { refusals: refusals as unknown as IDataObject[] }),
	};
}

function capital(word: string): string {
	return word.charAt(0).toUpperCase() + word.slice(1);
}
