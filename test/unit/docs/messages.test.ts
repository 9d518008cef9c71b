import { AgentSessionKeyApi } from '../../../credentials/AgentSessionKeyApi.credentials';
import { AlchemyApi } from '../../../credentials/AlchemyApi.credentials';
import { SmartAccountOwnerApi } from '../../../credentials/SmartAccountOwnerApi.credentials';
import { SessionKey } from '../../../nodes/SessionKey/SessionKey.node';
import { SessionKeyManager } from '../../../nodes/SessionKeyManager/SessionKeyManager.node';
import { SessionKeyTrigger } from '../../../nodes/SessionKeyTrigger/SessionKeyTrigger.node';
import { readOperations } from '../../support/operations';
import { filesIn, textOf } from '../../support/pages';

const SOURCES = ['core', 'nodes'].flatMap((folder) => filesIn(folder, '.ts'));
const NODES = [new SessionKey(), new SessionKeyManager(), new SessionKeyTrigger()];
const FORMS = [
	...NODES.map(({ description }) => description.properties),
	...[new AlchemyApi(), new AgentSessionKeyApi(), new SmartAccountOwnerApi()].map(({ properties }) => properties),
];

/** What matches in any source file, with the file. */
function found(pattern: RegExp): { file: string; groups: (string | undefined)[] }[] {
	return SOURCES.flatMap((file) => [...textOf(file).matchAll(pattern)].map(([, ...groups]) => ({ file, groups })));
}

type Nested = { displayName?: string; options?: Nested[]; values?: Nested[] };
const labelsIn = (fields: readonly Nested[]): string[] =>
	fields.flatMap(({ displayName, options = [], values = [] }) => [
		...(displayName ? [displayName] : []),
		...labelsIn(options),
		...labelsIn(values),
	]);

/** What isn't a field of a form, but is what it says: the node's credential, and what came back from the owner. */
const NO_FIELDS = ['Credential', 'Key', 'Signed Operation'];

test('every message about a field calls it what the form calls it', () => {
	const labels = new Set([...FORMS.flatMap((fields) => labelsIn(fields as Nested[])), ...NO_FIELDS]);
	const named = [...found(/new InputError\(\s*(['"])(.+?)\1/g), ...found(/\bfield = (['"])(.+?)\1/g)];
	expect(named.length).toBeGreaterThan(50);
	expect(named.filter(({ groups: [, field = ''] }) => !labels.has(field))).toEqual([]);
});

/** Where a block explorer shows an ABI. */
const ELSEWHERE = ['Contract > Code'];

test('every operation that a message sends people to is there', () => {
	const there = NODES.flatMap(({ description }) => readOperations(description)).map(({ path }) => path);
	const resources = [...new Set(there.map((one) => one.split(' > ')[0]))].join('|');
	const named = found(
		new RegExp(`(?:Session Key(?: Manager)? > )?\\b(${resources}) > ([A-Z]\\w*(?: [A-Z]\\w*)*)`, 'g'),
	);
	expect(named.length).toBeGreaterThan(20);
	const missing = named.filter(({ groups: [resource, operation = ''] }) => {
		// A sentence may go on with a capital after the operation's name.
		return ![...there, ...ELSEWHERE].some((one) => `${resource} > ${operation} `.startsWith(`${one} `));
	});
	expect(missing).toEqual([]);
});
