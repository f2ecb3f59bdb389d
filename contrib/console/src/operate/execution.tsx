// What can be done with an execution. Each of these asks first, and says what
// will happen; `reason` says why one is out of reach.

import { post, put, remove, segment } from '../api/client';
import { parseJson } from '../api/json';
import { isFinal } from '../api/types';
import { ask } from '../parts/dialog';
import { say } from '../parts/toasts';
import { whyNot } from '../state/who';

export interface Subject
{
	id: string;
	workflow_name: string;
	state: string;
}

const path = (id: string) => `v2/executions/${segment(id)}`;

type Operation = 'pause' | 'resume' | 'cancel' | 'succeed' | 'fail' | 'delete';

// Why an operation is out of reach now; null: it is not.
export function reasonAgainst(operation: Operation, state: string): string | null
{
	const right = whyNot('change');

	if (right)
		return right;
	switch (operation)
	{
		case 'pause':
			return state === 'RUNNING' ? null : 'only what runs can be paused';
		case 'resume':
			return state === 'PAUSED' || state === 'IDLE' ? null : 'only what is paused can be resumed';
		case 'cancel':
		case 'fail':
			return isFinal(state) ? 'it has ended' : null;
		case 'succeed':
			return state === 'SUCCESS' || state === 'ERROR' ? 'it has ended' : null;
		case 'delete':
			return null;
	}
}

function Note({ label, name, hint }: { label: string; name: string; hint: string })
{
	return (
		<div class="field">
			<label for={`ask-${name}`}>{label}</label>
			<input id={`ask-${name}`} name={name} autocomplete="off" />
			<p class="muted">{hint}</p>
		</div>
	);
}

// What stands in a field of the dialog that is open.
export function answer(name: string): string
{
	const element = document.getElementById(`ask-${name}`);

	return element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement
		? element.value.trim() : '';
}

export function isTicked(name: string): boolean
{
	const element = document.getElementById(`ask-${name}`);

	return element instanceof HTMLInputElement && element.checked;
}

// The object that a field of the dialog holds as JSON; undefined when empty.
// Fails with words for the reader.
export function jsonAnswer(name: string, what: string, isObject: boolean): unknown
{
	const text = answer(name);
	let value: unknown;

	if (text === '')
		return undefined;
	try
	{
		value = parseJson(text);
	}
	catch (e)
	{
		throw new Error(`${what}: this is not valid JSON (${(e as Error).message}). Names and words need quotes: {"name": "value"}.`);
	}
	if (isObject && (typeof value !== 'object' || value === null || Array.isArray(value)))
		throw new Error(`${what} must be an object, as in {"name": "value"}.`);
	return value;
}

export function EnvField()
{
	return (
		<div class="field">
			<label for="ask-env">Changes of the environment</label>
			<textarea id="ask-env" name="env" rows={3} spellcheck={false} placeholder={'{"name": "value"}'} />
			<p class="muted">What is named here replaces the value that the execution has; all else stays. Tasks that start from now on see it. Empty: no change.</p>
		</div>
	);
}

export function pause(e: Subject, done: () => void): void
{
	ask({
		title: `Pause ${e.workflow_name}`, verb: 'Pause',
		body: <p>What runs now is finished, and its result kept. Nothing new is started until the execution is resumed.</p>,
		run: async () => {
			await put(path(e.id), { json: { state: 'PAUSED' } });
			say(`${e.workflow_name} is paused.`);
			done();
		},
	});
}

export function resume(e: Subject, done: () => void): void
{
	ask({
		title: `Resume ${e.workflow_name}`, verb: 'Resume',
		body: <><p>It goes on where it stands: results that came meanwhile are taken up, and the tasks behind them start.</p><EnvField /></>,
		run: async () => {
			const env = jsonAnswer('env', 'The environment', true);
			await put(path(e.id), { json: { state: 'RUNNING', ...(env === undefined ? {} : { params: { env } }) } });
			say(`${e.workflow_name} goes on.`);
			done();
		},
	});
}

function stop(e: Subject, state: string, title: string, verb: string, words: string, isDangerous: boolean, done: () => void): void
{
	ask({
		title: `${title} ${e.workflow_name}`, verb, isDangerous,
		body: <><p>{words}</p><Note label="Reason" name="info" hint="is kept with the execution; may be empty" /></>,
		run: async () => {
			await put(path(e.id), { json: { state, ...(answer('info') ? { state_info: answer('info') } : {}) } });
			say(`${e.workflow_name}: done.`);
			done();
		},
	});
}

export function cancel(e: Subject, done: () => void): void
{
	stop(e, 'CANCELLED', 'Cancel', 'Cancel it', 'The execution and those below it end in state CANCELLED. Nothing new is started, and results of actions that run now are not used. This cannot be taken back.', true, done);
}

export function fail(e: Subject, done: () => void): void
{
	stop(e, 'ERROR', 'Stop', 'Stop with an error', 'The execution ends in state ERROR. A task of it can be rerun later, with which it goes on.', true, done);
}

export function succeed(e: Subject, done: () => void): void
{
	stop(e, 'SUCCESS', 'Stop', 'Stop with success', 'The execution ends in state SUCCESS, with the output that can be made of what there is now. What still runs is not waited for.', false, done);
}

export function deleteExecution(e: Subject, done: () => void): void
{
	ask({
		title: `Delete this execution of ${e.workflow_name}`, verb: 'Delete', isDangerous: true,
		body: (
			<p>
				The execution, those below it, their tasks, results and errors are removed.
				{!isFinal(e.state) && ' It has not ended: it is taken away from those that work on it.'} This cannot be taken back.
			</p>
		),
		run: async () => {
			await remove(path(e.id), { query: isFinal(e.state) ? {} : { force: true } });
			say('The execution is deleted.');
			done();
		},
	});
}

export function sendSignal(id: string, name: string, done: () => void): void
{
	ask({
		title: 'Send a signal', verb: 'Send',
		body: (
			<>
				<p>A task that waits for a signal of this name takes it, and goes on. When none waits now, the signal is kept for the next that does.</p>
				<div class="field"><label for="ask-name">Name</label><input id="ask-name" defaultValue={name} required /></div>
				<div class="field"><label for="ask-data">Data</label><textarea id="ask-data" rows={4} spellcheck={false} placeholder={'{"by": "me"}'} />
					<p class="muted">JSON; the task sees it as its result</p></div>
				<div class="field"><label for="ask-key">Key</label><input id="ask-key" /><p class="muted">a second signal with the same key counts for nothing; may be empty</p></div>
			</>
		),
		run: async () => {
			const data = jsonAnswer('data', 'The data', false);
			const sent = await post<{ is_new: boolean }>(`${path(id)}/signals`, {
				json: { name: answer('name'), ...(data === undefined ? {} : { data }), ...(answer('key') ? { key: answer('key') } : {}) },
			});
			say(sent.is_new ? 'The signal is sent.' : 'A signal with this key was there already; nothing has changed.');
			done();
		},
	});
}
