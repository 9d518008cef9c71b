/** HTML that is safe to put into a page: made by `html` alone. */
export interface Html {
	readonly html: string;
}

/** Everything from outside is text: symbols, tags and names come from strangers. */
function escapeHtml(text: string): string {
	return text.replace(/[&<>"'`]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/** Puts HTML together; every value that isn't HTML itself is escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly (Html | Html[] | string | number)[]): Html {
	const text = (value: Html | string | number) => (typeof value === 'object' ? value.html : escapeHtml(String(value)));
	const filled = values.map((value) => (Array.isArray(value) ? value.map(text).join('') : text(value)));
	return { html: parts.map((part, index) => part + (filled[index] ?? '')).join('') };
}

/** Data for a script of the page: JSON in which no tag can end. */
export function jsonForScript(data: unknown): Html {
	return { html: JSON.stringify(data).replace(/[<>&\u2028\u2029]/g, (sign) => `\\u${hex4(sign)}`) };
}

function hex4(sign: string): string {
	return sign.charCodeAt(0).toString(16).padStart(4, '0');
}
