// Forms made from a JSON schema, or from the inputs of a definition.
//
// A field is chosen by its schema: enum, boolean, number, string (long ones as
// text), objects with properties as a group; all else is written as JSON. What
// the reader leaves empty is left out of the value, so that defaults apply.

import { useId, useState } from 'preact/hooks';
import { parseJson } from '../api/json';

export interface Schema
{
	type?: string | string[];
	title?: string;
	description?: string;
	default?: unknown;
	enum?: unknown[];
	const?: unknown;
	properties?: Record<string, Schema>;
	required?: string[];
	minimum?: number;
	maximum?: number;
	minLength?: number;
	maxLength?: number;
	pattern?: string;
	format?: string;
	items?: Schema;
}

export type Values = Record<string, unknown>;

export interface FormProps
{
	schema: Schema;				// of an object
	value: Values;
	onChange: (value: Values, isValid: boolean) => void;
}

// The inputs of a definition, as the API gives them: a name alone is needed, and
// {name: default} is not.
export type Inputs = (string | Record<string, unknown>)[];

// The inputs of a definition as a schema; types come from defaults.
export function schemaOfInputs(inputs: Inputs): Schema
{
	const properties: Record<string, Schema> = {};
	const required: string[] = [];
	const typeOf = (value: unknown) => (value === null || value === undefined ? undefined
		: Array.isArray(value) ? 'array' : typeof value === 'number' ? 'number' : typeof value);
	const isExpression = (value: unknown) => typeof value === 'string' && /<%|\{\{|\{%/.test(value);

	for (const input of inputs)
	{
		if (typeof input === 'string')
		{
			properties[input] = {};
			required.push(input);
			continue;
		}
		for (const [name, value] of Object.entries(input))
			properties[name] = isExpression(value) ? { description: `by default ${String(value)}` } : { type: typeOf(value), default: value };
	}
	return { type: 'object', properties, required };
}

function typesOf(schema: Schema): string[]
{
	return schema.type === undefined ? [] : [schema.type].flat();
}

// What is wrong with the text of a field, or null.
function faultOf(schema: Schema, value: unknown, isRequired: boolean): string | null
{
	if (value === undefined)
		return isRequired ? 'is needed' : null;
	if (typeof value === 'number')
	{
		if (schema.minimum !== undefined && value < schema.minimum)
			return `is at least ${schema.minimum}`;
		if (schema.maximum !== undefined && value > schema.maximum)
			return `is at most ${schema.maximum}`;
		if (typesOf(schema).includes('integer') && !Number.isInteger(value))
			return 'is a whole number';
	}
	if (typeof value === 'string')
	{
		if (schema.minLength !== undefined && value.length < schema.minLength)
			return `has at least ${schema.minLength} characters`;
		if (schema.maxLength !== undefined && value.length > schema.maxLength)
			return `has at most ${schema.maxLength} characters`;
	}
	return null;
}

const BAD = Symbol('not JSON');

// The number of a text, exactly where JSON can write it so.
function parseNumber(text: string): unknown
{
	try
	{
		return parseJson(text);
	}
	catch
	{
		return Number(text);
	}
}

// The value of a text for a schema: words need no quotes where only a string
// is meant, or where the text is no JSON and a string may be.
function valueOf(schema: Schema, text: string): unknown
{
	const types = typesOf(schema);

	if (text === '')
		return undefined;
	if (types.length === 1 && types[0] === 'string')
		return text;
	if (types.length === 1 && (types[0] === 'number' || types[0] === 'integer'))
		return Number.isFinite(Number(text)) ? parseNumber(text) : BAD;
	try
	{
		return parseJson(text);
	}
	catch
	{
		return types.length === 0 || types.includes('string') ? text : BAD;
	}
}

function textOf(schema: Schema, value: unknown): string
{
	if (value === undefined)
		return '';
	if (typeof value === 'string' && (typesOf(schema).length === 0 || typesOf(schema).includes('string')))
		return value;
	return JSON.stringify(value, null, 1);
}

interface FieldProps
{
	name: string;
	schema: Schema;
	isRequired: boolean;
	value: unknown;
	onChange: (value: unknown, isValid: boolean) => void;
}

function Choice({ id, schema, isRequired, value, onChange }: FieldProps & { id: string })
{
	const choices = schema.enum ?? [true, false];
	const index = choices.findIndex((c) => JSON.stringify(c) === JSON.stringify(value));
	const preset = schema.default === undefined ? '–' : `– (${JSON.stringify(schema.default)})`;

	return (
		<select id={id} required={isRequired} value={String(index)}
			onChange={(e) => {
				const i = Number(e.currentTarget.value);
				onChange(i < 0 ? undefined : choices[i], i >= 0 || !isRequired);
			}}>
			<option value="-1">{preset}</option>
			{choices.map((c, i) => <option key={i} value={String(i)}>{typeof c === 'string' ? c : JSON.stringify(c)}</option>)}
		</select>
	);
}

function TextField({ id, schema, isRequired, value, onChange, describedBy }: FieldProps & { id: string; describedBy: string })
{
	const [text, setText] = useState(() => textOf(schema, value));
	const types = typesOf(schema);
	const change = (next: string) => {
		const read = valueOf(schema, next);
		setText(next);
		onChange(read === BAD ? undefined : read, read !== BAD && faultOf(schema, read, isRequired) === null);
	};
	const read = valueOf(schema, text);
	const fault = read === BAD ? 'is not valid JSON' : text === '' ? null : faultOf(schema, read, isRequired);
	const props = {
		id, value: text, required: isRequired, 'aria-describedby': describedBy, 'aria-invalid': fault !== null,
		placeholder: schema.default === undefined ? '' : textOf(schema, schema.default),
		onInput: (e: { currentTarget: { value: string } }) => change(e.currentTarget.value),
	};
	const isNumber = types.length === 1 && (types[0] === 'number' || types[0] === 'integer');
	const isShort = types.length === 1 && types[0] === 'string' && !text.includes('\n') && schema.format !== 'text';

	return (
		<>
			{isNumber ? <input {...props} type="number" step="any" />
				: schema.format === 'password' ? <input {...props} type="password" />
				: isShort ? <input {...props} type="text" />
				: <textarea {...props} rows={Math.min(12, text.split('\n').length + 1)} spellcheck={false} />}
			{fault && <p class="field-fault">{fault}</p>}
		</>
	);
}

function Field(props: FieldProps)
{
	const { name, schema, isRequired, value, onChange } = props;
	const id = useId();
	const types = typesOf(schema);
	const isGroup = schema.properties !== undefined && types.length <= 1;

	if (isGroup)
		return (
			<fieldset class="field-group">
				<legend>{schema.title ?? name}</legend>
				{schema.description && <p class="muted">{schema.description}</p>}
				<SchemaForm schema={schema} value={(value ?? {}) as Values}
					onChange={(v, isValid) => onChange(isRequired || Object.keys(v).length > 0 ? v : undefined, isValid)} />
			</fieldset>
		);
	const isChoice = schema.enum !== undefined || (types.length === 1 && types[0] === 'boolean');
	return (
		<div class="field">
			<label for={id}>{schema.title ?? name}{isRequired && <span class="required" title="needed"> *</span>}</label>
			{isChoice ? <Choice {...props} id={id} /> : <TextField {...props} id={id} describedBy={`${id}-about`} />}
			<p class="muted" id={`${id}-about`}>
				{[schema.description, types.length > 0 && !isChoice ? types.join(' or ') : null].filter(Boolean).join(' · ')}
			</p>
		</div>
	);
}

// The fields of the properties of a schema. onChange gives the whole value,
// and whether all fields are right.
export function SchemaForm({ schema, value, onChange }: FormProps)
{
	const properties = Object.entries(schema.properties ?? {});
	const [wrong, setWrong] = useState<Set<string>>(() => new Set((schema.required ?? []).filter((n) => value[n] === undefined && schema.properties?.[n] !== undefined)));

	if (properties.length === 0)
		return <p class="muted">Nothing is to be filled in.</p>;
	return (
		<div class="fields">
			{properties.map(([name, property]) => (
				<Field key={name} name={name} schema={property} isRequired={(schema.required ?? []).includes(name)} value={value[name]}
					onChange={(v, isValid) => {
						const next = { ...value };
						const nextWrong = new Set(wrong);
						if (v === undefined)
							delete next[name];
						else
							next[name] = v;
						if (isValid)
							nextWrong.delete(name);
						else
							nextWrong.add(name);
						setWrong(nextWrong);
						onChange(next, nextWrong.size === 0);
					}} />
			))}
		</div>
	);
}

// Whether nothing that a schema needs is missing from the value that a form
// begins with: what onChange would say.
export function isComplete(schema: Schema, value: Values): boolean
{
	return (schema.required ?? []).every((name) => value[name] !== undefined || schema.properties?.[name] === undefined);
}
