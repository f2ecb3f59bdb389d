// What can be written at a place of a definition.

import type { Completion, CompletionContext, CompletionResult, CompletionSource } from '@codemirror/autocomplete';
import { placeAt, tasksOf, type Place } from './outline';
import type { ActionInfo, FunctionInfo, Language, WorkflowInfo } from '../views/definitions/api';

export interface Known
{
	language: Language;
	actions: ActionInfo[];
	workflows: WorkflowInfo[];
}

const FLOW = ['on-success', 'on-error', 'on-complete', 'on-skip'];

// The parameters of "output, delay=0", with what they are by default.
export function parametersOf(input: string | null): { name: string; preset: string | null }[]
{
	const parts: string[] = [];
	let depth = 0;
	let quote = '';
	let part = '';

	for (const c of input ?? '')
	{
		if (quote)
			quote = c === quote ? '' : quote;
		else if (c === '"' || c === "'")
			quote = c;
		else if ('[{('.includes(c))
			depth++;
		else if (']})'.includes(c))
			depth--;
		if (c === ',' && depth === 0 && !quote)
		{
			parts.push(part);
			part = '';
		}
		else
			part += c;
	}
	return [...parts, part].map((p) => p.trim()).filter((p) => p !== '').map((p) => {
		const at = p.indexOf('=');
		return at < 0 ? { name: p, preset: null } : { name: p.slice(0, at), preset: p.slice(at + 1) };
	});
}

const attributes = (list: { name: string; summary?: string }[] | undefined): Completion[] =>
	(list ?? []).map((a) => ({ label: a.name, apply: `${a.name}: `, info: a.summary, type: 'property' }));

function parameters(input: string | null, write: (name: string) => string): Completion[]
{
	return parametersOf(input).map((p) => ({
		label: p.name, apply: write(p.name), detail: p.preset === null ? 'needed' : `= ${p.preset}`, type: 'variable', boost: p.preset === null ? 1 : 0,
	}));
}

// What the keys of a mapping can be.
function keysOf(place: Place, known: Known, lines: string[], index: number): Completion[]
{
	const { path } = place;
	const parent = path.at(-1);
	const language = known.language.attributes;

	if (path.length === 0)
		return [{ label: 'version', apply: "version: '2.0'" }, ...attributes(language.workbook?.filter((a) => a.name !== 'version'))];
	if (parent === 'tasks' || parent === 'workflows' || parent === 'actions')
		return [];
	if (path.at(-2) === 'tasks')
		return attributes(language.task);
	if (parent === 'task-defaults')
		return attributes(language['task-defaults'] ?? language.task);
	if (parent === 'input' && path.at(-3) === 'tasks')
		return parameters(calleeInput(path.at(-2)!, known, lines, index), (name) => `${name}: `);
	if (path.length === 1 || path.at(-2) === 'workflows')
		return attributes(language.workflow);
	if (path.at(-2) === 'actions')
		return attributes(language.action);
	return attributes(language[parent!]);
}

// The inputs of what the task calls around a line.
function calleeInput(task: string, known: Known, lines: string[], index: number): string | null
{
	const start = tasksOf(lines).filter((t) => t.task === task && t.line <= index + 1).at(-1)?.line ?? 1;

	for (const line of lines.slice(start, start + 60))
	{
		const match = /^\s*(action|workflow):\s*([^\s"'<{]+)/.exec(line);
		if (match)
			return inputOf(match[1], match[2], known);
	}
	return null;
}

function inputOf(kind: string, name: string, known: Known): string | null
{
	const list: { name: string; input: string | null }[] = kind === 'action' ? known.actions : known.workflows;

	return list.find((a) => a.name === name)?.input ?? null;
}

const targets = (place: Place, lines: string[], commands: string[]): Completion[] => [
	...tasksOf(lines).filter((t) => t.workflow === place.path[0] || place.path.includes(t.workflow))
		.map((t): Completion => ({ label: t.task, type: 'variable', boost: 1 })),
	...commands.map((c): Completion => ({ label: c, type: 'keyword', detail: 'command' })),
];

// What the value of a key can be; from is how much of what has been written it replaces.
function valuesOf(place: Place, known: Known, lines: string[]): { options: Completion[]; word: RegExp }
{
	const key = place.key ?? place.path.at(-1) ?? '';
	const called = /^["']?([^\s"']+)\s+(.*)$/s.exec(place.before);

	if ((key === 'action' || key === 'workflow' || key === 'base') && called)
		return { options: parameters(inputOf(key === 'workflow' ? 'workflow' : 'action', called[1], known), (name) => `${name}=`), word: /[\w-]*$/ };
	if (key === 'action' || key === 'base')
		return { options: known.actions.map((a) => ({ label: a.name, detail: a.input ?? '', info: a.description ?? undefined, type: 'function' })), word: /[^\s"']*$/ };
	if (key === 'workflow')
		return { options: known.workflows.map((w) => ({ label: w.name, detail: w.input ?? '', type: 'function' })), word: /[^\s"']*$/ };
	if (key === 'type')
		return { options: ['direct', 'reverse'].map((label) => ({ label })), word: /\w*$/ };
	if (key === 'join')
		return { options: ['all', 'one'].map((label) => ({ label })), word: /\w*$/ };
	if (FLOW.includes(key) || key === 'next')
		return { options: targets(place, lines, known.language.commands), word: /[^\s"',[\]]*$/ };
	if (key === 'requires')
		return { options: targets(place, lines, []), word: /[^\s"',[\]]*$/ };
	return { options: [], word: /\w*$/ };
}

// The functions of the language of the expression that is open here, or null.
function functionsOf(text: string, known: Known): Completion[] | null
{
	const yaql = text.lastIndexOf('<%') > text.lastIndexOf('%>');
	const jinja = Math.max(text.lastIndexOf('{{'), text.lastIndexOf('{%')) > Math.max(text.lastIndexOf('}}'), text.lastIndexOf('%}'));

	if (!yaql && !jinja)
		return null;
	const isFilter = jinja && /\|\s*\w*$/.test(text);
	const seen = new Set<string>();

	return known.language.functions
		.filter((f): f is FunctionInfo & { name: string } => f.name !== null)
		.filter((f) => (f.language === 'both' || f.language === (yaql ? 'yaql' : 'jinja')) && (!isFilter || f.kind === 'filter') && /^\w+$/.test(f.name))
		.filter((f) => !seen.has(f.name) && seen.add(f.name))
		.map((f) => ({
			label: f.name, apply: f.kind === 'filter' || f.kind === 'test' ? f.name : `${f.name}(`,
			detail: f.usage, info: f.description, type: 'function',
		} as Completion)).concat((known.language.own_functions ?? []).map((f) => ({
			label: f.name, apply: `${f.name}(`, detail: 'of this database', info: f.description ?? undefined, type: 'function',
		})));
}

// Variables of the data context that the text names: inputs, vars, published ones.
function variablesOf(lines: string[]): Completion[]
{
	const names = new Set<string>();

	for (const line of lines)
		for (const match of line.matchAll(/<%[^%]*?\$\.(\w+)|\{\{[^}]*?_\.(\w+)/g))
			names.add(match[1] ?? match[2]);
	lines.forEach((line, i) => {
		const place = placeAt(lines, i, line.length);
		const list = /^\s*input:\s*\[(.*)\]/.exec(line);
		if (list && place.path.length === 1)
			parametersOf(list[1].replace(/:\s/g, '=')).forEach((p) => names.add(p.name));
		const parent = place.path.at(-1);
		const item = place.path.length === 2 && parent === 'input' ? /^\s*-\s+(\w+)/.exec(line)?.[1] : null;
		if (item)
			names.add(item);
		if (place.key && /^\w+$/.test(place.key) && (parent === 'vars' || /^publish/.test(parent ?? '') || parent === 'branch' || parent === 'global'))
			names.add(place.key);
	});
	return [...names].map((label) => ({ label, type: 'variable' }));
}

// Completes what stands at the cursor. known() is asked each time, as what is
// known comes from the server later than the editor.
export function completer(known: () => Known | null): CompletionSource
{
	return (context: CompletionContext): CompletionResult | null => {
		const k = known();
		const { doc } = context.state;
		const line = doc.lineAt(context.pos);
		const text = line.text.slice(0, context.pos - line.from);

		if (!k)
			return null;
		const lines = doc.toString().split('\n');
		const functions = functionsOf(text, k);
		const answer = (options: Completion[], word: RegExp) => {
			const typed = word.exec(text)?.[0] ?? '';
			return options.length > 0 && (context.explicit || typed !== '' || /[.\s=:|]$/.test(text))
				? { from: context.pos - typed.length, options, validFor: word.source === '\\w*$' ? /^\w*$/ : /^[^\s]*$/ } : null;
		};

		if (functions)
			return answer(/[$_]\.\w*$/.test(text) ? variablesOf(lines) : functions, /\w*$/);
		const place = placeAt(lines, line.number - 1, text.length);
		if (place.key === null && !/^\s*-/.test(text) && !(place.before.includes(' ')))
			return answer(keysOf(place, k, lines, line.number - 1), /[\w-]*$/);
		const { options, word } = valuesOf(place, k, lines);
		return answer(options, word);
	};
}
