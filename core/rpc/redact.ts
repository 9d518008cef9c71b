const MASK = '[redacted]';

/** An URL, up to the first character that can't be in one. */
const URL_PATTERN = /\b(?:https?|wss?):\/\/[^\s"'<>\\^`{|}]+/gi;
/** 32 bytes in hex right after a word that names a secret. Hashes look the same, so the word decides. */
const NAMED_KEY_PATTERN = /((?:private|secret|session)[ _-]?key"?\s*[:=]\s*"?)(?:0x)?[0-9a-f]{64}/gi;

/**
 * The one place where secrets are taken out of text that a person may see: the given secrets wherever they stand, with
 * and without 0x and in any case, every URL (it may carry an API key), and keys that are named as such.
 *
 * @param text whatever is about to be shown
 * @param secrets private keys, API keys, mnemonics and URLs of the credentials in use; short ones (under 6 characters)
 * are left alone, because they would blank out ordinary words
 */
export function redact(text: string, secrets: readonly string[] = []): string {
	let clean = text;
	for (const secret of secrets) {
		for (const form of formsOf(secret)) clean = replaceAllIgnoringCase(clean, form);
	}
	return clean.replace(URL_PATTERN, MASK).replace(NAMED_KEY_PATTERN, `$1${MASK}`);
}

function formsOf(secret: string): string[] {
	const bare = secret.trim().replace(/^0x/i, '');
	const forms = [secret.trim(), bare, encodeURIComponent(secret.trim())];
	return [...new Set(forms)].filter((form) => form.length >= 6).sort((a, b) => b.length - a.length);
}

function replaceAllIgnoringCase(text: string, part: string): string {
	const pattern = part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
	return text.replace(new RegExp(`(?:0x)?${pattern}`, 'gi'), MASK);
}
