import { notThat, plainText } from './shown';

/** A choice: what a form shows, and what a workflow holds. */
export interface Choice<T extends string = string> {
	name: string;
	value: T;
}

/**
 * Reads one of a list's choices: by its value or by the name that the form shows, in any case.
 * @throws {InputError} that names the choices
 */
export function parseOption<T extends string>(given: unknown, field: string, choices: readonly Choice<T>[]): T {
	const text = plainText(given);
	const plain = text?.toLowerCase();
	const found =
		choices.find(({ value }) => value === text) ??
		choices.find(({ name, value }) => value.toLowerCase() === plain || name.toLowerCase() === plain);
	if (found) return found.value;
	throw notThat(given, field, 'one of its choices', `Choose one of: ${choices.map(({ name }) => name).join(', ')}.`);
}

/**
 * Reads any number of a list's choices: a list, or text with commas or line breaks between them.
 * @throws {InputError} for the first that is none
 */
export function parseOptions<T extends string>(given: unknown, field: string, choices: readonly Choice<T>[]): T[] {
	const list = typeof given === 'string' ? listIn(given) : given;
	if (Array.isArray(list)) return [...new Set(list.map((one) => parseOption(one, field, choices)))];
	const names = choices.map(({ name }) => name).join(', ');
	throw notThat(given, field, 'a list of its choices', `Choose from: ${names}.`);
}

/** `a, b`, or the same as JSON: `["a","b"]`. */
function listIn(text: string): unknown {
	if (!text.trim().startsWith('[')) {
		return text
			.split(/[,;\n]/)
			.map((part) => part.trim())
			.filter(Boolean);
	}
	try {
		return JSON.parse(text) as unknown;
	} catch {
		return undefined;
	}
}
