/** What the page is told after it has given something back. */
export interface Told {
	kind: 'good' | 'bad';
	title: string;
	text: string;
	/** The transaction's page. */
	link?: string;
	/** Whether there is nothing more to do on the page. */
	final: boolean;
}

/** Why the page is closed, with the HTTP status that says so. */
export interface Closed {
	status: number;
	title: string;
	text: string;
}

export const HALF_LINK: Closed = {
	status: 403,
	title: 'This link is not complete',
	text: 'Open the whole link that you were sent. If this n8n is of version 1, its workflow has to make the link with Account > Get Approval Link.',
};

export const NOT_NOW: Record<'beingAnswered' | 'answered', Told> = {
	beingAnswered: {
		kind: 'bad',
		title: 'It is being answered right now',
		text: 'Somebody has answered this request a moment ago, and that is being carried out. Wait a minute and reload this page.',
		final: false,
	},
	answered: {
		kind: 'bad',
		title: 'Already answered',
		text: 'This request was answered before. Nothing more was done. You can close this page.',
		final: true,
	},
};
