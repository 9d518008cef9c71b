import { EMPTY_ROW, type Row } from '../../../core/statement/toRows';

/** A row with nothing in it but what is given. */
export function row(given: Partial<Row> = {}): Row {
	return { ...EMPTY_ROW, ...given };
}
