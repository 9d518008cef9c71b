/** Longer texts are no functions of anybody's contract, and reading them would take long. */
export const LONGEST_SOURCE = 100_000;

/** Longer than any declaration. */
const LONGEST_DECLARATION = 4000;

/** More than eight lists within lists, as in a JSON ABI: nobody's contract has that. */
const TOO_MANY_LISTS = /(?:\[\d*\]){9}/;

/** Blocks within blocks of a function's body. */
const MOST_LEVELS = 20;

/** What Solidity lets stand behind a function's arguments, and says nothing of how to call it. */
const BESIDE = new Set(['external', 'public', 'internal', 'private', 'virtual', 'override', 'nonpayable']);
const MUTABILITY = new Set(['pure', 'view', 'payable', 'constant']);

/** What declares something else than a function. */
const OTHER =
	/^(?:(constructor|event|error|modifier|fallback|receive|using|pragma|import|enum|mapping)\b|function\s*\()/;

/**
 * The declarations in a text as it is copied from a contract or an ABI: without comments and bodies, each in one line.
 * A declaration ends with a semicolon, or with its line.
 */
export function declarationsIn(text: string): string[] {
	const plain = withoutComments(text.replace(/\r\n?/g, '\n'));
	const structs = [...plain.matchAll(/\bstruct\s+\w+\s*\{[^{}]*\}/g)].map(([one]) => oneLine(one));
	const pieces: string[] = [];
	for (const piece of split(withoutBodies(plain.replace(/\bstruct\s+\w+\s*\{[^{}]*\}/g, ';')))) {
		// Also the name of a modifier, in a line of its own.
		const goesOn =
			/^(external|public|internal|private|view|pure|payable|virtual|override|returns)\b/.test(piece) ||
			(/^[\w$]+$/.test(piece) && pieces[pieces.length - 1]?.startsWith('function '));
		if (goesOn && pieces.length > 0) pieces.push(`${pieces.pop()} ${piece}`);
		else pieces.push(piece);
	}
	return [...structs, ...pieces];
}

/** Not by one pattern: it would look for the end of a comment once for each of its beginnings. */
function withoutComments(text: string): string {
	const [first = '', ...others] = text.split('/*');
	const behind = others.map((part) => (part.includes('*/') ? ` ${part.slice(part.indexOf('*/') + 2)}` : ' '));
	return [first, ...behind].join('').replace(/\/\/[^\n]*/g, ' ');
}

function oneLine(text: string): string {
	return text.replace(/\s+/g, ' ').trim();
}

/** Without the frame of a contract or interface, and without what functions do. */
function withoutBodies(text: string): string {
	let plain = text.replace(/\b(abstract\s+)?(contract|interface|library)\s+\w+[^{;()]{0,500}\{/g, ';');
	for (let level = 0; level < MOST_LEVELS && plain.includes('{'); level++) {
		plain = plain.replace(/\{[^{}]*\}/g, ';');
	}
	return plain.replace(/\}\s*$/, '');
}

/** At semicolons and line breaks that stand in no brackets. */
function split(text: string): string[] {
	const pieces = [''];
	let depth = 0;
	for (const sign of text) {
		if (sign === '(') depth++;
		if (sign === ')') depth--;
		if (sign === ';' || (sign === '\n' && depth <= 0)) pieces.push('');
		else pieces.push(`${pieces.pop()}${sign}`);
	}
	return pieces.map(oneLine).filter(Boolean);
}

/** Whether a declaration is of something else than a function or a struct. */
export function isOther(declaration: string): boolean {
	return OTHER.test(declaration);
}

/**
 * A function's declaration in the one form that viem reads; undefined when it isn't one.
 * Only behind the word `function` may stand what isn't known here: the names of modifiers.
 */
export function plainFunction(declaration: string): string | undefined {
	if (declaration.length > LONGEST_DECLARATION || TOO_MANY_LISTS.test(declaration)) return undefined;
	const [head, keyword, name] = /^(function\s+)?([A-Za-z_$][\w$]*)\s*\(/.exec(declaration) ?? [];
	if (!head || !name) return undefined;
	const [inputs, behind] = brackets(declaration, head.length - 1) ?? [];
	if (inputs === undefined || behind === undefined || LACKS_ONE.test(inputs)) return undefined;
	const [, before = '', returned] = /^(.*?)(?:\breturns?\s*(\(.*))?$/.exec(behind.trim()) ?? [];
	const [outputs, rest] = returned ? (brackets(returned, 0) ?? []) : ['', ''];
	if (outputs === undefined || rest === undefined) return undefined;
	const words = `${before} ${rest}`
		.replace(/\boverride\s*\([^()]*\)/g, ' ')
		.split(/\s+/)
		.filter(Boolean);
	const mutability = words.filter((word) => MUTABILITY.has(word));
	const unknown = words.filter((word) => !MUTABILITY.has(word) && !BESIDE.has(word));
	if (mutability.length > 1 || (unknown.length > 0 && !keyword)) return undefined;
	if (unknown.some((word) => !/^[\w$.,()]+$/.test(word))) return undefined;
	const how = mutability.map((word) => (word === 'constant' ? ' view' : ` ${word}`)).join('');
	return `function ${name}(${plainTypes(inputs)})${how}${outputs.trim() ? ` returns (${plainTypes(outputs)})` : ''}`;
}

/** A comma with nothing on one side of it: an argument was forgotten there. */
const LACKS_ONE = /(?:^|[(,])\s*,|,\s*(?:\)|$)/;

/** What stands between a bracket and the one that closes it, and what follows; undefined when none does. */
function brackets(text: string, open: number): [inside: string, behind: string] | undefined {
	let depth = 0;
	for (let place = open; place < text.length; place++) {
		if (text[place] === '(') depth++;
		if (text[place] === ')') depth--;
		if (depth === 0) return [text.slice(open + 1, place), text.slice(place + 1)];
	}
	return undefined;
}

function plainTypes(list: string): string {
	return list
		.replace(/\btuple\s*\(/g, '(')
		.replace(/\baddress\s+payable\b/g, 'address')
		.replace(/\s*,\s*/g, ', ')
		.replace(/\(\s+/g, '(')
		.replace(/\s+\)/g, ')')
		.trim();
}
