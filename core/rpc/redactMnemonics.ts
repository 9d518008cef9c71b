import { wordlist } from '@scure/bip39/wordlists/english';

/** Stands in place of a secret. */
export const MASK = '[redacted]';

/** BIP-39 phrases have 12 to 24 words. */
const SHORTEST_PHRASE = 12;
/** So many words of a known phrase in a row are a part of it, not chance. */
const PART_OF_PHRASE = 6;
/** Between two words of one phrase: blanks, commas, quotes, their numbers, %20. */
const LONGEST_GAP = 8;

const WORDS = new Set(wordlist);

interface Word {
	text: string;
	start: number;
	end: number;
}

/** Takes out every run of 12 words of the BIP-39 list, and of 6 words of the given phrases in their order. */
export function maskMnemonics(text: string, secrets: readonly string[]): string {
	const words = wordsIn(text);
	const parts = new Set(secrets.flatMap(partsOf));
	const hidden = new Set<number>();
	const hide = (from: number, to: number) => {
		for (let index = from; index < to; index++) hidden.add(index);
	};
	let run = 0;
	words.forEach((word, index) => {
		const follows = isNear(words[index - 1], word);
		run = WORDS.has(word.text) ? (follows ? run + 1 : 1) : 0;
		if (run >= SHORTEST_PHRASE) hide(index + 1 - SHORTEST_PHRASE, index + 1);
		if (parts.size === 0) return;
		const part = words.slice(Math.max(0, index + 1 - PART_OF_PHRASE), index + 1);
		if (parts.has(part.map((one) => one.text).join(' '))) hide(index + 1 - part.length, index + 1);
	});
	return masked(text, words, hidden);
}

function wordsIn(text: string): Word[] {
	return [...text.matchAll(/[a-z]+/gi)].map(({ 0: word, index }) => ({
		text: word.toLowerCase(),
		start: index,
		end: index + word.length,
	}));
}

function isNear(before: Word | undefined, word: Word): boolean {
	return before !== undefined && word.start - before.end <= LONGEST_GAP;
}

function partsOf(secret: string): string[] {
	const words = wordsIn(secret).map(({ text }) => text);
	if (words.length < SHORTEST_PHRASE || /:\/\//.test(secret)) return [];
	return words.slice(PART_OF_PHRASE - 1).map((_, i) => words.slice(i, i + PART_OF_PHRASE).join(' '));
}

/** One mask for each run of hidden words. */
function masked(text: string, words: readonly Word[], hidden: ReadonlySet<number>): string {
	let clean = '';
	let from = 0;
	for (let index = 0; index < words.length; index++) {
		if (!hidden.has(index)) continue;
		const first = words[index] as Word;
		while (hidden.has(index + 1)) index++;
		clean += text.slice(from, first.start) + MASK;
		from = (words[index] as Word).end;
	}
	return clean + text.slice(from);
}
