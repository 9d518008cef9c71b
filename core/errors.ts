/** What is wrong with a value that a person typed: the field, what was expected, how to mend it. */
export class InputError extends Error {
	override readonly name = 'InputError';

	/**
	 * @param field the field's name as a person sees it
	 * @param message what is wrong, in one sentence
	 * @param remedy what to type instead
	 */
	constructor(
		readonly field: string,
		message: string,
		readonly remedy: string,
	) {
		super(message);
	}
}
