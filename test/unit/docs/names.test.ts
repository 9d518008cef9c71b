import { formatEther } from 'viem';
import { customNetwork, NETWORKS } from '../../../core/networks';
import { AgentSessionKeyApi } from '../../../credentials/AgentSessionKeyApi.credentials';
import { AlchemyApi } from '../../../credentials/AlchemyApi.credentials';
import { SmartAccountOwnerApi } from '../../../credentials/SmartAccountOwnerApi.credentials';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { PAGES, textOf } from '../../support/pages';
import { template, TEMPLATES } from '../../support/templates';

/** Everything that a person reads as a name in a form: fields, choices, operations, nodes, credentials. */
function namesIn(form: unknown): string[] {
	if (Array.isArray(form)) return form.flatMap(namesIn);
	if (!form || typeof form !== 'object') return [];
	return Object.entries(form).flatMap(([property, value]) =>
		LABELS.includes(property) && typeof value === 'string' ? [value] : namesIn(value),
	);
}

const LABELS = ['displayName', 'name', 'placeholder'];

const OURS = namesIn([
	...[new SessionKey(), new SessionKeyManager(), new SessionKeyTrigger()].map(({ description }) => description),
	...[new AlchemyApi(), new AgentSessionKeyApi(), new SmartAccountOwnerApi()],
]);
const OF_TEMPLATES = TEMPLATES.flatMap((name) => template(name).nodes.map((node) => node.name));
/** What is called so elsewhere. */
const OF_N8N = [
	'Create credential',
	'Execute step',
	'Execute workflow',
	'Retry',
	'Stop',
	'Test',
	'Import',
	'From file',
];
const OF_N8NS_NODES = ['Schedule', 'Schedule Trigger', 'Webhook', 'Header Auth', 'String', 'On Error', 'Continue'];
const OF_OTHER_SITES = [
	'Sign up',
	'Create new app',
	'Gas Sponsorship',
	'Onchain Paymaster',
	'Add account',
	'Private key',
];
const OF_GITHUB = ['Security', 'Report a vulnerability'];
/** Values in a field, or in a picture. */
const VALUES = ['Base Sepolia', 'Chain 31337', 'USDC'];
/** What somebody says. */
const SAYINGS = [/^Connected to …$/, /^The session key 0x… is/, /^This execution failed to be/];

const KNOWN = new Set([...OURS, ...OF_TEMPLATES, ...[OF_N8N, OF_N8NS_NODES, OF_OTHER_SITES, OF_GITHUB, VALUES].flat()]);

/** What stands in italics on a page and begins with a capital: names, each by itself. */
function namesOn(page: string): string[] {
	const text = textOf(page).replace(/```[\s\S]*?```|`[^`\n]*`/g, '');
	const italics = [...text.matchAll(/(?<![\w*])_([^_]+?)_(?!\w)/g)].map(([, words = '']) => words.replace(/\s+/g, ' '));
	return italics
		.filter((words) => !SAYINGS.some((one) => one.test(words)))
		.flatMap((words) => words.split(/ ?> ?|: /))
		.filter((words) => /^[A-Z]/.test(words));
}

test.each(PAGES)('%s calls every field, choice and node what it is called in the form', (page) => {
	expect(namesOn(page).filter((name) => !KNOWN.has(name))).toEqual([]);
});

test.each(['docs/credentials.md', 'docs/local-chain.md'])(
	'the tables of fields in %s name those that there are',
	(page) => {
		const tables = textOf(page).match(/^\| field .*\n(\|.*\n)+/gm) ?? [];
		const fields = tables.flatMap((table) =>
			[...table.matchAll(/^\| (.*?) +\|/gm)].slice(2).map(([, field = '']) => field),
		);
		expect(fields.length).toBeGreaterThanOrEqual(4);
		expect(fields.filter((field) => !OURS.includes(field))).toEqual([]);
	},
);

test('the pages name fields at all', () => {
	const named = PAGES.flatMap(namesOn);
	for (const field of ['Allow Payment References', 'Maximum Gas Cost', 'Token Decimals'])
		expect(named).toContain(field);
});

describe('every status of a payment is on its page', () => {
	/** The words of the union types called `name` in a source file. */
	const wordsOf = (file: string, name: string): string[] =>
		[...textOf(file).matchAll(new RegExp(`${name}: ((?:'\\w+'(?: \\| )?)+)`, 'g'))].flatMap(([, union = '']) =>
			[...union.matchAll(/\w+/g)].map(([word]) => word),
		);
	const firstColumnOf = (page: string): string[] =>
		[...textOf(page).matchAll(/^\| (`\w+`(?:, `\w+`)*) +\|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);

	test('of one that is sent: paid once', () => {
		const ofPayments = wordsOf('core/payment/send/payment.ts', 'status');
		const ofErrors = wordsOf('nodes/shared/errors.ts', 'error: unknown\\)');
		expect(ofPayments).toContain('pending');
		expect(ofErrors).toContain('notPaid');
		expect(firstColumnOf('docs/paid-once.md')).toEqual(expect.arrayContaining([...ofPayments, ...ofErrors]));
	});

	test('of one that is looked for: when something goes wrong', () => {
		const found = wordsOf('core/payment/findPayment.ts', 'status').filter((status) => status !== 'mined');
		expect(found).toContain('unclaimed');
		const mined = ['paid', 'notTransferred', 'transferredLess', 'notPaid'];
		const page = firstColumnOf('docs/when-something-goes-wrong.md');
		expect(page.filter((word) => word !== 'status').sort()).toEqual([...new Set([...found, ...mined])].sort());
	});
});

test('security names the most that one operation may cost, on every network', () => {
	const page = textOf('docs/security.md').replace(/\s+/g, ' ');
	const networks = Object.values(NETWORKS);
	expect(networks.length).toBeGreaterThanOrEqual(10);
	const figures = networks.map(
		({ mostOperationCost, nativeSymbol }) => `${formatEther(mostOperationCost)} ${nativeSymbol}`,
	);
	expect(figures.filter((figure) => !page.includes(figure))).toEqual([]);
	const custom = formatEther(customNetwork(31337, 'ETH').mostOperationCost);
	expect(page).toContain(`${custom} of the chain's own money on a custom network`);
});
