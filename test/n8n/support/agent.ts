import { randomUUID } from 'node:crypto';
import type { Rest, Workflow } from '../../../demo/n8n';
import type { DevnetClient } from '../../../devnet';
import { filledIn } from '../../support/templates';

/** The template of an agent with a budget, with a model that says what its script says. */
export function agentWorkflow(devnet: DevnetClient, chosen: Record<string, { id: string; name: string }>): Workflow {
	const workflow = filledIn('ai-agent-with-budget', chosen, devnet.tokens.usd6.address);
	addModel(workflow, chosen.openAiApi!);
	return workflow;
}

/** Gives the agent of a workflow the model of a credential for OpenAI's API. */
export function addModel(workflow: Workflow, openAiApi: { id: string; name: string }): void {
	workflow.nodes.push({
		name: 'Chat Model',
		type: '@n8n/n8n-nodes-langchain.lmChatOpenAi',
		typeVersion: 1.2,
		position: [220, 240],
		parameters: { model: { __rl: true, mode: 'id', value: 'stand-in' }, options: {} },
		credentials: { openAiApi },
	});
	const link = { node: 'AI Agent', type: 'ai_languageModel', index: 0 };
	workflow.connections['Chat Model'] = { ai_languageModel: [[link]] };
}

/**
 * What the chat window does.
 * @returns the execution's id
 */
export async function chat(rest: Rest, workflowId: string, chatInput: string): Promise<string> {
	const json = { sessionId: randomUUID(), action: 'sendMessage', chatInput };
	const data = {
		startTime: Date.now(),
		executionTime: 0,
		executionStatus: 'success',
		data: { main: [[{ json }]] },
		source: [null],
	};
	const name = 'When chat message received';
	const workflowData = await rest.request('GET', `/workflows/${workflowId}`);
	const body = { workflowData, triggerToStartFrom: { name, data } };
	return (await rest.request<{ executionId: string }>('POST', `/workflows/${workflowId}/run`, body)).executionId;
}
