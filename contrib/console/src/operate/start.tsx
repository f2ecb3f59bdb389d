// Start a workflow, with a form made from its inputs.

import { signal } from '@preact/signals';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { get, post, segment, type ApiError } from '../api/client';
import type { ExecutionRow } from '../api/types';
import type { ApiGraph } from '../graph/model';
import { Dialog } from '../parts/dialog';
import { ErrorBox } from '../parts/error';
import { Loading } from '../parts/empty';
import { isComplete, SchemaForm, schemaOfInputs, type Schema, type Values } from '../parts/form';
import { say } from '../parts/toasts';
import { go } from '../router';
import { useResource } from '../state/resource';
import { environmentNames, workflowNames } from './names';

interface Wanted
{
	workflow: string;			// a name or an id; empty: to be chosen
	namespace: string;
	input?: Values;				// to begin with: that of another execution
	title?: string;
}

const wanted = signal<Wanted | null>(null);

// Open the dialog that starts a workflow. After the start its execution is shown.
export function startWorkflow(workflow = '', namespace = '', input?: Values, title?: string): void
{
	wanted.value = { workflow, namespace, input, title };
}

function schemaOf(graph: ApiGraph): Schema
{
	const made = schemaOfInputs(graph.input);
	const given = graph.input_schema as Schema | null;

	if (!given || typeof given !== 'object' || !given.properties)
		return made;
	// inputs that the schema does not describe can be given as well
	return { ...given, properties: { ...made.properties, ...Object.fromEntries(Object.entries(given.properties).map(([name, s]) => [name, { ...s, default: s.default ?? made.properties?.[name]?.default }])) }, required: [...new Set([...(given.required ?? []), ...(made.required ?? [])])] };
}

function Chooser({ onChoose }: { onChoose: (name: string) => void })
{
	const [names, setNames] = useState<string[]>();
	const [text, setText] = useState('');
	const found = names?.filter((n) => n.toLowerCase().includes(text.toLowerCase())) ?? [];

	const field = useRef<HTMLInputElement>(null);

	useEffect(() => { void workflowNames().then(setNames); }, []);
	useEffect(() => field.current?.focus(), [names]);
	if (!names)
		return <Loading what="workflows" />;
	if (names.length === 0)
		return <p>There is no workflow yet. <a href="#/definitions" onClick={() => { wanted.value = null; }}>Write the first one</a>, then start it.</p>;
	return (
		<div class="stack">
			<input ref={field} type="search" aria-label="Find a workflow" placeholder="Find a workflow" value={text}
				onInput={(e) => setText(e.currentTarget.value)}
				onKeyDown={(e) => { if (e.key === 'Enter' && found[0]) { e.preventDefault(); onChoose(found[0]); } }} />
			<div class="choices">
				{found.slice(0, 200).map((n) => <button key={n} type="button" onClick={() => onChoose(n)}>{n}</button>)}
				{found.length === 0 && <p class="muted">No workflow has “{text}” in its name.</p>}
			</div>
		</div>
	);
}

interface Extra
{
	description: string;
	key: string;
	environment: string;
	env: string;				// JSON
	start_at: string;
	timeout: string;
}

const NO_EXTRA: Extra = { description: '', key: '', environment: '', env: '', start_at: '', timeout: '' };

function More({ extra, onChange }: { extra: Extra; onChange: (extra: Extra) => void })
{
	const id = useId();
	const [environments, setEnvironments] = useState<string[]>([]);
	const field = (name: keyof Extra) => ({
		id: `${id}-${name}`, value: extra[name],
		onInput: (e: { currentTarget: { value: string } }) => onChange({ ...extra, [name]: e.currentTarget.value }),
	});

	useEffect(() => { void environmentNames().then(setEnvironments); }, []);
	return (
		<details class="more">
			<summary>More: description, key, environment, time</summary>
			<div class="fields">
				<div class="field"><label for={`${id}-description`}>Description</label><input {...field('description')} /></div>
				<div class="field"><label for={`${id}-key`}>Key</label><input {...field('key')} /><p class="muted">while an execution with this key is unfinished, no second one is started</p></div>
				<div class="field"><label for={`${id}-environment`}>Environment</label>
					<select {...field('environment')}><option value="">–</option>{environments.map((e) => <option key={e}>{e}</option>)}</select></div>
				{extra.environment === '' && <div class="field"><label for={`${id}-env`}>Variables of the environment</label><textarea {...field('env')} rows={2} placeholder={'{"name": "value"}'} spellcheck={false} /></div>}
				<div class="field"><label for={`${id}-start_at`}>Start at</label><input {...field('start_at')} type="datetime-local" /></div>
				<div class="field"><label for={`${id}-timeout`}>Time limit in seconds</label><input {...field('timeout')} type="number" min="1" step="1" /></div>
			</div>
		</details>
	);
}

function envOf(text: string): unknown
{
	let value: unknown;

	try
	{
		value = JSON.parse(text);
	}
	catch (e)
	{
		throw new Error(`The variables of the environment are no JSON: ${(e as Error).message}`);
	}
	if (typeof value !== 'object' || value === null || Array.isArray(value))
		throw new Error('The variables of the environment must be an object, as in {"name": "value"}.');
	return value;
}

async function start(w: Wanted, input: Values, extra: Extra): Promise<ExecutionRow>
{
	const env = extra.environment || (extra.env.trim() ? envOf(extra.env) : undefined);
	const params = { ...(env !== undefined ? { env } : {}) };

	return post<ExecutionRow>('v2/executions', {
		json: {
			workflow_name: w.workflow, workflow_namespace: w.namespace, input, params,
			...(extra.description ? { description: extra.description } : {}), ...(extra.key ? { key: extra.key } : {}),
			...(extra.start_at ? { start_at: new Date(extra.start_at).toISOString() } : {}),
			...(extra.timeout ? { timeout: Number(extra.timeout) } : {}),
		},
	});
}

function InputForm({ w, onDone }: { w: Wanted; onDone: () => void })
{
	const graph = useResource((s) => get<ApiGraph>(`v2/workflows/${segment(w.workflow)}/graph`, { namespace: w.namespace }, s), [w.workflow, w.namespace]);
	const [input, setInput] = useState<Values>(w.input ?? {});
	const [isValid, setValid] = useState<boolean>();
	const [extra, setExtra] = useState(NO_EXTRA);
	const [error, setError] = useState<Pick<ApiError, 'message' | 'advice'>>();
	const [isBusy, setBusy] = useState(false);
	const form = useRef<HTMLFormElement>(null);

	useEffect(() => form.current?.querySelector<HTMLElement>('input, select, textarea')?.focus(), [!graph.value]);
	if (graph.error)
		return <ErrorBox error={graph.error} onRetry={graph.reload} />;
	if (!graph.value)
		return <Loading what="the inputs" />;
	const schema = schemaOf(graph.value);
	const isReady = isValid ?? isComplete(schema, input);
	return (
		<form ref={form} onSubmit={(e) => {
			e.preventDefault();
			setBusy(true);
			setError(undefined);
			start(w, input, extra).then((execution) => {
				onDone();
				say(`${execution.workflow_name} is started.`);
				go(['execution', execution.id]);
			}, (failure: ApiError) => {
				setError(failure);
				setBusy(false);
			});
		}}>
			<SchemaForm schema={schema} value={input} onChange={(value, valid) => { setInput(value); setValid(valid); }} />
			<More extra={extra} onChange={setExtra} />
			{error && <ErrorBox error={error} />}
			<footer class="dialog-foot">
				{!isReady && <span class="muted">Fill in what has an asterisk.</span>}
				<button type="submit" class="primary" disabled={!isReady || isBusy}>{isBusy ? 'Starting …' : 'Start'}</button>
			</footer>
		</form>
	);
}

// Where the dialog appears: once in the page.
export function StartDialog()
{
	const w = wanted.value;
	const close = () => { wanted.value = null; };

	if (w === null)
		return null;
	return (
		<Dialog title={w.workflow ? `${w.title ?? 'Start'} ${w.workflow}` : 'Start a workflow'} onClose={close}>
			{w.workflow
				? <InputForm key={`${w.namespace}/${w.workflow}`} w={w} onDone={close} />
				: <Chooser onChoose={(workflow) => { wanted.value = { ...w, workflow }; }} />}
		</Dialog>
	);
}
