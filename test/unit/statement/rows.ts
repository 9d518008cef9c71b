import type { Row } from '../../../core/statement/toRows';

/** A row with nothing in it but what is given. */
export function row(given: Partial<Row> = {}): Row {
	return {
		time: '',
		localTime: '',
		kind: 'payment',
		reference: '',
		payee: '',
		address: '',
		in: '',
		out: '',
		token: '',
		balance: '',
		sum: '',
		gas: '',
		gasPaidBy: '',
		fiat: '',
		currency: '',
		register: '',
		note: '',
		transaction: '',
		link: '',
		keyAddress: '',
		tokenAddress: '',
		userOperationHash: '',
		...given,
	};
}
