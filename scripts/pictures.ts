import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { INodeProperties } from 'n8n-workflow';
import { usdc } from '../core/refusal/examples';
import { refuse } from '../core/refusal/refusal';
import { AlchemyApi } from '../credentials/AlchemyApi.credentials';
import { SmartAccountOwnerApi } from '../credentials/SmartAccountOwnerApi.credentials';
// With their ending: beside each stands a .node.json, which tsx would take.
import { SessionKey } from '../nodes/SessionKey/SessionKey.node.ts';
import { SessionKeyManager } from '../nodes/SessionKeyManager/SessionKeyManager.node.ts';
import { SessionKeyTrigger } from '../nodes/SessionKeyTrigger/SessionKeyTrigger.node.ts';
import { statementPage } from '../nodes/SessionKeyManager/statementPage/page';
import { samplePage } from '../test/support/sampleStatement';

const ROOT = resolve(__dirname, '..');

/** Where the pictures of the documentation are, and what each showed when it was taken. */
export const IMAGES = join(ROOT, 'docs/images');
export const TAKEN = join(IMAGES, 'taken.json');

/** Every picture, and what is to be seen in it. When that changes, the picture has to be taken again. */
const SHOWN: Record<string, () => unknown> = {
	salaries: () => [form(new SessionKey(), 'payment', 'send'), file('demo/workflows/salaries.json')],
	'alchemy-credential': () => new AlchemyApi().properties,
	'owner-credential': () => new SmartAccountOwnerApi().properties,
	'account-address': () => form(new SessionKeyManager(), 'account', 'get'),
	'key-created': () => form(new SessionKey(), 'key', 'create'),
	limits: () => form(new SessionKeyManager(), 'key', 'add'),
	paid: () => form(new SessionKey(), 'payment', 'send'),
	refused: () => [form(new SessionKey(), 'payment', 'send'), refuse('tokenLimitExceeded', usdc as never).message],
	schedule: () => 'a schedule and a payment',
	'statement-desktop': () => statementPage(samplePage()),
	'statement-phone': () => statementPage(samplePage()),
	'statement-print': () => statementPage(samplePage()),
	payments: () => form(new SessionKey(), 'payment', 'getMany'),
	trigger: () => form(new SessionKeyTrigger()),
	'template-monthly-salaries': () => file('templates/monthly-salaries.json'),
	'template-invoice-webhook': () => file('templates/invoice-webhook.json'),
	'template-weekly-subscription': () => file('templates/weekly-subscription.json'),
	'template-ai-agent-with-budget': () => file('templates/ai-agent-with-budget.json'),
	'human-review': () => file('templates/ai-agent-with-budget.json'),
	'template-monthly-key-rotation': () => file('templates/monthly-key-rotation.json'),
	'template-alerts': () => file('templates/alerts.json'),
};

export const PICTURES = Object.keys(SHOWN);

/** Changes when something changes that is to be seen in the picture. */
export function fingerprint(picture: string): string {
	const shown = SHOWN[picture];
	if (!shown) throw new Error(`no picture is named ${picture}`);
	return createHash('sha256').update(JSON.stringify(shown())).digest('hex').slice(0, 16);
}

interface HasForm {
	description: { properties: INodeProperties[] };
}

/** The fields of one operation of a node, or of a node without operations. */
function form({ description }: HasForm, resource?: string, operation?: string): INodeProperties[] {
	const isFor = (wanted: readonly unknown[] | undefined, value?: string): boolean => !wanted || wanted.includes(value);
	return description.properties.filter(({ displayOptions: { show } = {} }) => {
		const resources = show?.resource as unknown[] | undefined;
		return isFor(resources, resource) && isFor(show?.operation as unknown[] | undefined, operation);
	});
}

function file(path: string): unknown {
	return JSON.parse(readFileSync(join(ROOT, path), 'utf8'));
}
