/**
 * What stands in a text where a value should: expressions and placeholders that were not worked out, and what JavaScript,
 * Python, dates, databases and sheets write for a value that isn't there.
 */

/** Variables, placeholders, formulas and formats of dates, in n8n's notation and in others' that people try in their place. */
const NOT_WORKED_OUT = [
	/[{}]|\$\(|(?<![\p{L}\p{N}])\$[a-z_]/iu,
	/<%|%>|\[\[|\]\]|%[a-z_]\w*%|(?<![\p{N}%])%[sdifj](?![\p{L}\p{N}])/iu,
	/<[\p{L}_][\p{L}\p{N}_. -]*>/u,
	/^=|=>/,
	// Luxon gives YYYY and DD back as they are: the same text in every year, or on every day.
	/yyyy|YYYY|\d[-./_](?:DD|dd|MM|mm)(?![\p{L}\p{N}])/u,
];

/** Whether an expression, a placeholder or a format stands in a text as it was typed. */
export function isNotWorkedOut(text: string): boolean {
	return NOT_WORKED_OUT.some((pattern) => pattern.test(text));
}

const NO_VALUES = [
	// No word has it, so also without anything between it and its neighbours.
	/undefined/u,
	/(?<![\p{L}\p{N}])undefined(?![\p{L}\p{N}])/iu,
	/(?<!\p{Ll})(?:null|NaN)(?!\p{Ll})|(?<!\p{L})NULL(?!\p{L})/u,
	/(?<![\p{L}\p{N}])(?:NaT|Infinity|None)(?![\p{L}\p{N}])/u,
	/(?<!\p{L})invalid[ _-]?(?:date ?time|date|time|duration|interval|zone)(?!\p{L})/iu,
	/(?<![\p{L}\p{N}])n\/a(?![\p{L}\p{N}])/iu,
	/\[object [^\]]*\]|\[(?:Array|Object|Function|Getter|Circular|Promise|Date|Error|empty)[^\]]*\]/iu,
	/(?<!\p{L})(?:Reference|Type|Syntax|Range)Error(?!\p{L})/u,
	// Sheets' errors, in the languages they speak; and their column that is too narrow.
	/#[¡¿]?\p{Lu}[\p{Lu}\d/_.]*[!?]|#\p{Lu}\/\p{Lu}{1,5}(?!\p{L})|#(?:NV|YOK|HIÁNYZIK)(?![\p{L}\p{N}])/u,
	/#(?:nv|getting_data)(?![\p{L}\p{N}])/iu,
	/(?<!\p{L})Err:\d{3}(?!\d)|#{3,}/u,
	// How JavaScript and sheets write a number that has lost its digits: 1e+21, 1.23E+15, 4,71E+11.
	/(?<![\p{L}\p{N}])-?\d(?:[.,]\d+)?e\+\d+(?![\p{L}\p{N}])/iu,
	/^\d+(?:\.\d+)?e\d{1,3}$/i,
	// Nothing as a date (MySQL, .NET, Unix, sheets) and as a UUID.
	/(?<!\d)(?:0000-00-00|0001-01-01|1970-01-01|1899-12-3[01]|1900-01-0[01]|0?1[./]0?1[./]1970|30\.12\.1899|12\/30\/1899)(?!\d)/,
	/0{8}-0{4}-0{4}-0{4}-0{12}/,
];

const BETWEEN = '[/\\\\|:;,._-]';
/** Words that are none only between separators: nil return, true-up and false alarm are something. */
const NO_WORDS = [
	new RegExp(`(?:^|${BETWEEN})(?:nil|nan|inf)(?:$|${BETWEEN})`, 'u'),
	new RegExp(`${BETWEEN}false(?:$|${BETWEEN})|[-_.]true(?:$|[/|:_])`, 'iu'),
];

/** Whole parts, between slashes, colons or bars. */
const NO_PARTS = [
	/^(?:true|false|None|nil|-?\d(?:\.\d+)?e-\d{1,3}|\((?:blank|empty|none|null)\))$/i,
	/^(?:WAHR|FALSCH|VRAI|FAUX|VERDADERO|FALSO|VERO|ИСТИНА|ЛОЖЬ|1970-01)$/,
	/^[^\p{L}\p{N}\p{So}\p{Sc}]*$/u,
];

/** Whether a text, or a part of it, is what is written for a value that isn't there. */
export function standsForNothing(text: string): boolean {
	if ([...NO_VALUES, ...NO_WORDS].some((pattern) => pattern.test(text))) return true;
	return text.split(/[/:|]/).some((part) => NO_PARTS.some((pattern) => pattern.test(part.trim())));
}

/** Of texts of any kind only this much is certain: an object, an expression as it was typed, or a word for nothing alone. */
const NOBODYS_TEXT =
	/\[object \w{1,40}\]|\{\{.{0,200}\}\}|^\s*(?:undefined|NaN|null|#[¡¿]?[\p{Lu}\d/_.]{2,30}[!?]|#N\/\p{Lu}|#NV)\s*$/u;

/** Whether nobody can have written a text: it is what became of something else. */
export function isNobodysText(text: string): boolean {
	return NOBODYS_TEXT.test(text) || /^\s*invalid date(?:time)?\s*$/i.test(text);
}
