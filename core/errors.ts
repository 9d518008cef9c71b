/** What is wrong with a value that a person typed: the field, what was expected, how to mend it. */
export class InputError extends Error {
	override readonly name = 'InputError';

	/**
	 * @param field the field's name as a person sees it
	 * @param message what is wrong, in one sentence
	 * @param remedy what to type instead
	 * @param index where several items are read together: which of them is wrong, counted from 0
	 */
	constructor(
		readonly field: string,
		message: string,
		readonly remedy: string,
		readonly index?: number,
	) {
		super(message);
	}
}

/** Reads something of one of several items; what is wrong with it then says of which, counted from 1 as people do. */
export function ofItem<T>(index: number, read: () => T): T {
	try {
		return read();
	} catch (error) {
		if (!(error instanceof InputError) || error.index !== undefined) throw error;
		throw new InputError(error.field, `Item ${index + 1}: ${error.message}`, error.remedy, index);
	}
}
