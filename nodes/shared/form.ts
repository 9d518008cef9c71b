import type {
	IDataObject,
	IExecuteFunctions,
	ILoadOptionsFunctions,
	INodeProperties,
	INodePropertyOptions,
	IPollFunctions,
} from 'n8n-workflow';
import { InputError } from '../../core/errors';
import { parseAddress, parseAddresses } from '../../core/input/address';
import { parseDecimal } from '../../core/input/amount';
import { parseBoolean } from '../../core/input/boolean';
import { parseDate } from '../../core/input/date';
import { parseOption, parseOptions, type Choice } from '../../core/input/option';
import { notThat } from '../../core/input/shown';
import { parseWholeNumber } from '../../core/input/wholeNumber';

/**
 * Makes of what a form or an expression gave what is meant.
 *
 * @param name the field's name as a person sees it
 * @param timeZone the workflow's: dates without a zone are meant in it
 * @throws {InputError}
 */
export type Reader<T> = (given: unknown, name: string, timeZone: string) => T;

/** A field of a form: what n8n shows of it, its default, and the one way in which it is read. */
export interface Field<T> {
	readonly property: INodeProperties;
	readonly read: Reader<T>;
}

/** What a form holds. */
export interface Form {
	/** Reads a field; its default where the form doesn't have it. @throws {InputError} */
	get<T>(field: Field<T>): T;
	/** The same for what can be left out of a collection: undefined where it isn't there. @throws {InputError} */
	added<T>(field: Field<T>): T | undefined;
	/** Of the workflow. */
	readonly timeZone: string;
}

export function field<T>(property: INodeProperties, read: Reader<T>): Field<T> {
	return { property, read };
}

/** The same field, described or shown otherwise. */
export function withProperty<T>({ property, read }: Field<T>, other: Partial<INodeProperties>): Field<T> {
	return { property: { ...property, ...other } as INodeProperties, read };
}

/** The properties of fields, and of what only tells something. */
export function propertiesOf(fields: readonly (Field<unknown> | INodeProperties)[]): INodeProperties[] {
	return fields.map((one) => ('property' in one ? one.property : one));
}

export function booleanField(property: INodeProperties & { type: 'boolean' }): Field<boolean> {
	return field(property, parseBoolean);
}

/** One of its options. */
export function optionField<T extends string>(property: INodeProperties & { type: 'options' }): Field<T> {
	return field(property, (given, name) => parseOption(given, name, choicesOf<T>(property)));
}

/** Any number of its options. */
export function optionsField<T extends string>(property: INodeProperties & { type: 'multiOptions' }): Field<T[]> {
	return field(property, (given, name) => parseOptions(given, name, choicesOf<T>(property)));
}

function choicesOf<T extends string>({ options = [] }: INodeProperties): Choice<T>[] {
	return (options as INodePropertyOptions[]).map(({ name, value }) => ({ name, value: value as T }));
}

/** A whole number between the bounds that the form shows. */
export function wholeNumberField(
	property: INodeProperties & { type: 'number'; typeOptions: { minValue: number; maxValue?: number } },
): Field<number> {
	const { minValue, maxValue = 1_000_000 } = property.typeOptions;
	return field(property, (given, name) => parseWholeNumber(given, name, minValue, maxValue));
}

export function addressField(property: INodeProperties & { type: 'string' }): Field<ReturnType<typeof parseAddress>> {
	return field(property, parseAddress);
}

/** One address a line. */
export function addressesField(property: INodeProperties & { type: 'string' }) {
	return field(property, parseAddresses);
}

/** An amount as decimal text, whose unit isn't known yet. */
export function amountField(property: INodeProperties & { type: 'string' }): Field<string> {
	return field(property, parseDecimal);
}

/** A moment in unix seconds. */
export function dateField(property: INodeProperties & { type: 'dateTime' }): Field<number> {
	return field(property, parseDate);
}

/**
 * A field that may be left empty: then it is undefined. What an expression gave is not empty: null and undefined are
 * refused, as something was meant to be there.
 */
export function orEmpty<T>({ property, read }: Field<T>): Field<T | undefined> {
	return field(property, (given, name, timeZone) => (isBlank(given) ? undefined : read(given, name, timeZone)));
}

function isBlank(given: unknown): boolean {
	return typeof given === 'string' && given.trim() === '';
}

/** Fields that a person adds one by one, such as Options. */
export function collectionField(
	property: Omit<INodeProperties, 'type' | 'options' | 'default'>,
	fields: readonly Field<unknown>[],
): Field<Form> {
	const whole: INodeProperties = { ...property, type: 'collection', default: {}, options: propertiesOf(fields) };
	return field(whole, (given, name, timeZone) => formIn(objectIn(given, name), timeZone));
}

/** Rows of fields. */
export function rowsField(
	property: Omit<INodeProperties, 'type' | 'options' | 'default'>,
	row: string,
	fields: readonly Field<unknown>[],
): Field<Form[]> {
	const options = [{ displayName: row, name: 'values', values: propertiesOf(fields) }];
	const typeOptions = { multipleValues: true };
	const whole: INodeProperties = { ...property, type: 'fixedCollection', typeOptions, default: {}, options };
	return field(whole, (given, name, timeZone) => {
		const { values = [] } = objectIn(given, name);
		if (!Array.isArray(values)) throw notThat(values, name, 'a list of rows', 'Add its rows in the form.');
		return values.map((one) => formIn(objectIn(one, name), timeZone));
	});
}

/** The values of fields within a field. @throws {InputError} */
export function objectIn(given: unknown, name: string): IDataObject {
	if (given && typeof given === 'object' && !Array.isArray(given)) return given as IDataObject;
	throw notThat(given, name, 'a form', 'Fill in its fields one by one, each with an expression of its own if need be.');
}

/** A form within a field. */
export function formIn(values: IDataObject, timeZone: string): Form {
	return formOver((name) => (Object.hasOwn(values, name) ? { given: values[name] } : undefined), timeZone);
}

function formOver(find: (name: string, standard: unknown) => { given: unknown } | undefined, timeZone: string): Form {
	const read = <T>({ property, read: reader }: Field<T>, given: unknown) =>
		reader(given, property.displayName, timeZone);
	return {
		timeZone,
		get: (one) => {
			const found = find(one.property.name, one.property.default);
			return read(one, found ? found.given : one.property.default);
		},
		added: (one) => {
			const found = find(one.property.name, undefined);
			return found && read(one, found.given);
		},
	};
}

/** The form of a node, for one of its items. */
export function formOf(context: IExecuteFunctions, itemIndex: number): Form {
	return formOver(
		(name, standard) => workedOut(name, () => context.getNodeParameter(name, itemIndex, standard)),
		context.getTimezone(),
	);
}

/** The form of a trigger. */
export function pollForm(context: IPollFunctions): Form {
	return formOver(
		(name, standard) => workedOut(name, () => context.getNodeParameter(name, standard as object)),
		context.getTimezone(),
	);
}

/** The form that is open before a person, as far as it is filled in. @param prefix `&` for the row that is being typed in */
export function openForm(context: ILoadOptionsFunctions, prefix = ''): Form {
	return formOver((name) => {
		const given = context.getCurrentNodeParameter(`${prefix}${name}`) as unknown;
		return given === undefined ? undefined : { given };
	}, context.getTimezone());
}

/** n8n works expressions out while they are read: what is wrong with one is said of its field. */
function workedOut(name: string, read: () => unknown): { given: unknown } {
	try {
		return { given: read() };
	} catch (error) {
		throw notWorkedOut(name, error);
	}
}

function notWorkedOut(name: string, error: unknown): InputError {
	const why = error instanceof Error ? error.message : String(error);
	return new InputError(
		name,
		`The expression in "${name}" could not be evaluated: ${why}`,
		'Open the field and look at its expression.',
	);
}

/** What has a resource and an operation: a running node, or its webhook (for which the second argument is a fallback). */
interface WithOperation {
	getNodeParameter(name: string, itemIndexOrFallback: never): unknown;
}

/**
 * The operation that is chosen in a node.
 * @throws {InputError} when it isn't one of the node's
 */
export function chosenOperation<T>(
	context: WithOperation,
	operations: Readonly<Record<string, Readonly<Record<string, T>>>>,
): T {
	const choose = <V>(field: string, from: Readonly<Record<string, V>>): V => {
		const given = context.getNodeParameter(field.toLowerCase(), 0 as never);
		if (typeof given === 'string' && Object.hasOwn(from, given)) return from[given] as V;
		throw notThat(given, field, 'one of its choices', `Choose one of: ${Object.keys(from).join(', ')}.`);
	};
	return choose('Operation', choose('Resource', operations));
}

/** Whether one of these operations is chosen, of whichever resource. */
export function isOperation(context: WithOperation, names: readonly string[]): boolean {
	return names.includes(context.getNodeParameter('operation', 0 as never) as string);
}
