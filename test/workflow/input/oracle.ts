import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';
import { HOSTILE_TEXTS, NO_VALUES } from './values';

const WORDS = new Set(['true', 'false', 'yes', 'no', 'on', 'off', '1', '0']);

/** A plain text that is a payment reference as it stands, though a strange one. */
const STRANGE_REFERENCES = new Set(
	HOSTILE_TEXTS.filter(
		(text) =>
			!NO_VALUES.includes(text) &&
			text.trim() !== '' &&
			[...text.trim()].length <= 200 &&
			!/[\u0000-\u001f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufeff\ufffd{}]|\u{e0061}/u.test(
				text.trim(),
			),
	),
);

/**
 * Whether a person would say that a value means something in a field: by rules of the test's own, not by the readers. Only
 * what is so may be taken; what isn't must be refused.
 */
export function meansSomething({ name, type, options, typeOptions }: INodeProperties, value: unknown): boolean {
	const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : undefined;
	const number = text !== undefined && /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
	switch (type) {
		case 'boolean':
			return typeof value === 'boolean' || WORDS.has(text?.toLowerCase() ?? '');
		case 'number': {
			const { minValue = 0, maxValue = 1e6 } = typeOptions ?? {};
			const percent = name === 'percentLeft' && text ? Number(text.replace('%', '')) : NaN;
			const given = Number.isNaN(number) ? percent : number;
			const mayBeBroken = ['percentLeft', 'approveWithin', 'daysBefore'].includes(name);
			if (name === 'approveWithin' && given === 0) return false;
			return given >= minValue && given <= maxValue && (mayBeBroken || Number.isInteger(given));
		}
		case 'options':
			return ((options ?? []) as INodePropertyOptions[]).some((one) =>
				[one.name, String(one.value)].some((word) => word.toLowerCase() === text?.toLowerCase()),
			);
		case 'multiOptions':
			// Nothing chosen is a choice.
			return value === '' || text === '' || text === '[]' || (Array.isArray(value) && value.length === 0);
		case 'dateTime':
			return text === '' || (value instanceof Date && !Number.isNaN(value.getTime()));
		case 'collection':
			return isPlainObject(value);
		case 'fixedCollection':
			if (name === 'payday') return isPlainObject(value) && value.day === undefined;
			return isPlainObject(value) && value.values === undefined;
		case 'resourceMapper':
			return isPlainObject(value);
		default:
			return meansText(name, value, text);
	}
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const AMOUNTS = new Set(['amount', 'gasLimit', 'value', 'feeCap', 'mostGasCost', 'amountLeft']);
const MAY_BE_EMPTY = new Set([
	'decimals',
	'feeCap',
	'mostGasCost',
	'recipients',
	'unlimited',
	'tag',
	'salt',
	'accountAddress',
	'ownerAddress',
	'requiredPaymaster',
	'sessionKey',
	'timeZone',
]);

function meansText(name: string, value: unknown, text: string | undefined): boolean {
	// Nothing came with the item: then there is no approval.
	if (name === 'approval') return value === undefined || value === null || text === '';
	if (text === '') return MAY_BE_EMPTY.has(name) && value !== undefined;
	if (name === 'decimals') return text !== undefined && /^\d{1,2}$/.test(text) && Number(text) <= 77;
	if (AMOUNTS.has(name) || name === 'salt') {
		const isExact = typeof value !== 'number' || text!.replace(/\D/g, '').length <= 15;
		return text !== undefined && /^\d{1,70}(\.\d{1,18})?$/.test(text) && isExact;
	}
	if (name === 'tag' && /^0x[0-9a-f]{64}$/i.test(text ?? '')) return true;
	if (name === 'tag') return text !== undefined && new TextEncoder().encode(text).length <= 32;
	if (name === 'reference') {
		return typeof value === 'number'
			? Number.isSafeInteger(value)
			: STRANGE_REFERENCES.has(value as string) || /^[\w\p{Nd} ]+$/u.test(text ?? '{');
	}
	if (name === 'recipients' || name === 'unlimited') return Array.isArray(value) && value.length === 0;
	// A function of many arguments, and nothing else.
	if (name === 'functions') return /^f\((uint256,)+uint256\)$/.test(text ?? '');
	if (name === 'abi') return text === '[]' || (Array.isArray(value) && value.length === 0) || text === '[null]';
	return false;
}
