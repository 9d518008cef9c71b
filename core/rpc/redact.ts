const MASK = '[redacted]';

/** An URL, up to the first character that can't be in one. */
const URL_PATTERN = /\b(?:https?|wss?):\/\/[^\s"'<>\\^`{|}]+/gi;
/** 32 bytes in hex right after a word that names a secret. Hashes look the same, so the word decides. */
const NAMED_KEY_PATTERN = /((?:private|secret|session)[ _-]?key"?\s*[:=]\s*"?)(?:0x)?[0-9a-f]{64}/gi;

/**
 * The one place where secrets are taken out of text that a person may see: the given secrets wherever they stand, with
 * and without 0x and in any case, what a given URL holds that may be an API key, every URL, and keys that are named as
 * such.
 *
 * @param text whatever is about to be shown
 * @param secrets private keys, API keys, mnemonics and URLs of the credentials in use; short ones (under 6 characters)
 * are left alone, because they would blank out ordinary words
 */
export function redact(text: string, secrets: readonly string[] = []): string {
	let clean = text;
	const forms = secrets.flatMap((secret) => [secret, ...keysInUrl(secret)]).flatMap(formsOf);
	for (const form of longestFirst(forms)) clean = replaceAllIgnoringCase(clean, form);
	return clean.replace(URL_PATTERN, MASK).replace(NAMED_KEY_PATTERN, `$1${MASK}`);
}

function formsOf(secret: string): string[] {
	const bare = secret.trim().replace(/^0x/i, '');
	const forms = [secret.trim(), bare, encodeURIComponent(secret.trim())];
	return forms.filter((form) => form.length >= 6);
}

function longestFirst(texts: readonly string[]): string[] {
	return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

/** Shorter parts of a path are words such as `rpc` or the name of a network. */
const SHORTEST_KEY_IN_PATH = 12;

/** What may be an API key in an URL, for a provider that repeats it alone: user, password, parts of path and query. */
function keysInUrl(text: string): string[] {
	let url: URL;
	try {
		url = new URL(text.trim());
	} catch {
		return [];
	}
	const inPath = url.pathname.split('/').filter((part) => part.length >= SHORTEST_KEY_IN_PATH);
	const user = [url.username, url.password].map(decoded);
	const basic = url.password ? [toBase64(`${user.join(':')}`)] : [];
	return [...user, ...basic, ...inPath, ...inPath.map(decoded), ...url.searchParams.values(), url.hash.slice(1)];
}

function decoded(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** As HTTP's basic authentication sends it. */
function toBase64(text: string): string {
	return Buffer.from(text).toString('base64');
}

function replaceAllIgnoringCase(text: string, part: string): string {
	const pattern = part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return text.replace(new RegExp(`(?:0x)?${pattern}`, 'gi'), MASK);
}
