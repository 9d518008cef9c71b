import { MASK, maskMnemonics } from './redactMnemonics';

/** An URL, up to the first character that can't be in one. */
const URL_PATTERN = /\b(?:https?|wss?):\/\/[^\s"'<>\\^`{|}]+/gi;
/** 32 bytes in hex right after a word that names a secret. Hashes look the same, so the word decides. */
const NAMED_KEY_PATTERN = /((?:private|secret|session)[ _-]?key"?\s{0,9}[:=]\s{0,9}"?)(?:0x)?[0-9a-f]{64}/gi;

/**
 * The one place where secrets are taken out of text that a person may see: the given secrets wherever they stand, whole or
 * in part, with and without 0x, in any case and encoding; what a given URL holds that may be an API key; every URL; keys that
 * are named as such; and every mnemonic, whoever's it is.
 *
 * @param text whatever is about to be shown
 * @param secrets private keys, API keys, policy IDs, mnemonics and URLs of the credentials in use; short ones (under 6
 * characters) are left alone, because they would blank out ordinary words
 */
export function redact(text: string, secrets: readonly string[] = []): string {
	const all = secrets.flatMap((secret) => [secret, ...keysInUrl(secret)]).flatMap(readings);
	const forms = all.flatMap(encodings).filter((form) => form.length >= SHORTEST_SECRET);
	let clean = text;
	for (const form of longestFirst(forms)) clean = clean.replace(new RegExp(`(?:0x)?${escaped(form)}`, 'gi'), MASK);
	clean = clean.replace(URL_PATTERN, MASK).replace(NAMED_KEY_PATTERN, `$1${MASK}`);
	for (const form of longestFirst(all.filter(canBeCut))) clean = maskParts(clean, form);
	return maskMnemonics(clean, secrets);
}

const SHORTEST_SECRET = 6;

/** A secret as typed and without what stands around its bytes. */
function readings(secret: string): string[] {
	const typed = secret.trim();
	return [typed, typed.replace(/^0x/i, ''), decoded(typed)];
}

/** As URLs carry it, and as they carry a URL that carries it. */
function encodings(text: string): string[] {
	const once = encodeURIComponent(text);
	return [text, once, encodeURIComponent(once)];
}

function longestFirst(texts: readonly string[]): string[] {
	return [...new Set(texts)].sort((a, b) => b.length - a.length);
}

function escaped(text: string): string {
	return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** A part of this length tells which secret it is, and alone. */
const TELLING_PART = 8;
/** Shorter secrets than this are not told in part. */
const SHORTEST_TO_CUT = 16;

/** A key, not a URL and not words. */
function canBeCut(form: string): boolean {
	return form.length >= SHORTEST_TO_CUT && !/\s|:\/\//.test(form) && !isPublic(form);
}

/** A provider that repeats a key in part: its beginning, its end, or both with dots or stars in place of the rest. */
function maskParts(text: string, key: string): string {
	const heads = lengths.map((length) => escaped(key.slice(0, length))).join('|');
	const tails = lengths.map((length) => escaped(key.slice(-length))).join('|');
	const head = escaped(key.slice(0, TELLING_PART));
	const tail = escaped(key.slice(-TELLING_PART));
	return text
		.replace(new RegExp(`(?:0x)?(?:${heads})[.…*•]{2,64}(?:${tails})?`, 'gi'), MASK)
		.replace(new RegExp(`[.…*•]{2,64}(?:${tails})`, 'gi'), MASK)
		.replace(new RegExp(`(?:0x)?${head}[\\w-]{0,128}|${tail}`, 'gi'), MASK);
}

/** So many characters of a key do providers leave at either end, the longest first. */
const lengths = [12, 10, 8, 7, 6, 5, 4];

/**
 * What may be a key in a URL, for a provider that repeats it alone: user, password, parts of path, query and host name. Not
 * the words that stand in everybody's URL.
 */
function keysInUrl(text: string): string[] {
	let url: URL;
	try {
		url = new URL(text.trim());
	} catch {
		return [];
	}
	const user = [url.username, url.password].map(decoded);
	const basic = url.password ? [toBase64(user.join(':'))] : [];
	const isAddress = /^[\d.]+$|:/.test(url.hostname);
	const subdomains = isAddress ? [] : url.hostname.split('.').slice(0, -2);
	const parts = [...url.pathname.split('/'), ...subdomains, ...url.searchParams.values(), url.hash.slice(1)];
	return [...user, ...basic, ...parts.filter((part) => !isPublic(part))];
}

/** Names of networks and services, versions, numbers of chains. */
const PUBLIC_WORDS = new Set(
	(
		'mainnet testnet devnet localhost sepolia goerli holesky amoy mumbai ethereum eth polygon matic optimism opt op arbitrum ' +
		'arb base zora degen fraxtal avalanche gnosis one rpc json jsonrpc node nodes provider bundler paymaster public gateway ' +
		'archive full http https wss api key apikey account abstraction evm chain custom network'
	).split(' '),
);

function isPublic(part: string): boolean {
	const isNumber = (text: string) => /^v?\d{0,8}$/i.test(text);
	const words = part.split(/[-_.]/).filter((word) => !isNumber(word));
	// Numbers count beside a name, or alone: a key may be made of little else.
	return words.length > 0 ? words.every((word) => PUBLIC_WORDS.has(word.toLowerCase())) : isNumber(part);
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
