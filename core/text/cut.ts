/** So much of a text from outside is looked at: what a person could make use of, and no work for a pattern. */
const LONGEST_TEXT = 4_096;

/** The beginning of a text from outside; '' where it is none. Everything that reads such texts cuts them first. */
export function cut(text: unknown, length = LONGEST_TEXT): string {
	return typeof text === 'string' ? text.slice(0, length) : '';
}
