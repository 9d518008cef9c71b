import { template, TEMPLATES } from '../../support/templates';
import { textOf } from '../../support/pages';

test('each template is known', () => {
	expect(TEMPLATES).toEqual([
		'ai-agent-with-budget',
		'alerts',
		'invoice-webhook',
		'monthly-key-rotation',
		'monthly-salaries-with-approval',
		'monthly-salaries',
		'payday-rehearsal',
		'stop-all-payments',
		'weekly-subscription',
	]);
});

describe.each(TEMPLATES)('%s', (name) => {
	const { nodes } = template(name);

	// Not even by name: a workflow with a credential that isn't there can't be published, though another was chosen.
	it('holds no credentials, and no key', () => {
		expect(nodes.filter(({ credentials }) => credentials !== undefined)).toEqual([]);
		expect(JSON.stringify(nodes)).not.toMatch(/0x[0-9a-fA-F]{64}/);
	});

	it('says what to do, and names only nodes that it has', () => {
		const notes = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
		const text = notes.map(({ parameters }) => String(parameters.content)).join('\n');
		expect(text).toContain('**To do**');
		const names = nodes.map((node) => node.name);
		expect(new Set(names).size).toBe(names.length);
		const steps = text.match(/^\d\. .*$/gm)!.join('\n');
		const named = [...steps.matchAll(/_([^_]+)_/g)].map(([, words = '']) => words);
		expect(named.filter((words) => !names.includes(words) && !ELSEWHERE.some((one) => one.test(words)))).toEqual([]);
	});

	it('refers only to nodes that it has', () => {
		const names = nodes.map((node) => node.name);
		const text = JSON.stringify(nodes.map(({ parameters }) => parameters));
		const referred = [...text.matchAll(/\$\('([^']+)'\)/g)].map(([, node]) => node);
		expect(referred.filter((node) => !names.includes(node!))).toEqual([]);
	});

	it('has a recipe', () => {
		expect(textOf('docs/templates.md')).toContain(`templates/${name}.json`);
	});
});

test('the sample of a salaries table has the columns that its template reads', () => {
	const [header = '', ...rows] = textOf('templates/salaries.csv').trim().split('\n');
	const text = JSON.stringify(template('monthly-salaries').nodes.find(({ name }) => name === 'Pay the salary'));
	const read = new Set([...text.matchAll(/\$json\.(\w+)/g)].map(([, column]) => column));
	expect(header.split(',').sort()).toEqual([...read].sort());
	expect(rows.length).toBeGreaterThan(0);
	// Nobody is paid by a sample.
	expect(rows.filter((row) => row.includes('0x'))).toEqual([]);
});

test('an AI agent is told what every status of a payment means', () => {
	const [, states = ''] = textOf('docs/paid-once.md').split('## The states');
	const statuses = [...states.matchAll(/^\| `(\w+)`/gm)].map(([, status = '']) => status);
	expect(statuses).toContain('transferredLess');
	const { nodes } = template('ai-agent-with-budget');
	const told = String(nodes.find(({ name }) => name === 'Pay')!.parameters.toolDescription);
	expect(statuses.filter((status) => !told.split(/\W+/).includes(status))).toEqual([]);
});

/** What a step names that is no node of the template: types of nodes, of credentials and of columns, examples. */
const ELSEWHERE = [/^String$/, /^Session Key$/, /API$/, /^Pay invoice /];
