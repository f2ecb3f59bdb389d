// What can be done with a task and its actions. Each asks first.

import { put, segment } from '../api/client';
import { ask } from '../parts/dialog';
import { say } from '../parts/toasts';
import { whyNot } from '../state/who';
import { answer, EnvField, isTicked, jsonAnswer } from './execution';

export interface TaskSubject
{
	id: string;
	name: string;
	state: string;
	hasItems?: boolean;
}

const path = (id: string) => `v2/tasks/${segment(id)}`;

export function reasonAgainstRerun(state: string): string | null
{
	return whyNot('change') ?? (state === 'ERROR' ? null : 'only a task in state ERROR can be rerun');
}

export function reasonAgainstSkip(state: string): string | null
{
	return whyNot('change') ?? (state === 'ERROR' ? null : 'only a task in state ERROR can be skipped');
}

export function rerun(t: TaskSubject, done: () => void): void
{
	ask({
		title: `Rerun ${t.name}`, verb: 'Rerun',
		body: (
			<>
				<p>The task is run again, and the execution goes on behind it, as do those above it. Attempts so far stay to be seen.</p>
				{t.hasItems && (
					<label class="check">
						<input type="checkbox" id="ask-reset" />
						<span>Run all items again. Otherwise only those that have failed are run, and the results of the others are kept.</span>
					</label>
				)}
				<EnvField />
			</>
		),
		run: async () => {
			const env = jsonAnswer('env', 'The environment', true);
			await put(path(t.id), { json: { state: 'RUNNING', reset: t.hasItems ? isTicked('reset') : true, ...(env === undefined ? {} : { env }) } });
			say(`${t.name} runs again.`);
			done();
		},
	});
}

export function skip(t: TaskSubject, done: () => void): void
{
	ask({
		title: `Skip ${t.name}`, verb: 'Skip', isDangerous: true,
		body: <p>The task ends in state SKIPPED, without a result. The execution goes on with what its clause on-skip names, or with on-success where there is none; what it publishes then is that of publish-on-skip.</p>,
		run: async () => {
			await put(path(t.id), { json: { state: 'SKIPPED' } });
			say(`${t.name} is skipped.`);
			done();
		},
	});
}

export function completeAction(id: string, name: string, done: () => void): void
{
	ask({
		title: `Complete ${name}`, verb: 'Complete',
		body: (
			<>
				<p>The action waits for somebody to report its result. What is entered here becomes its result, and the task goes on with it.</p>
				<div class="field">
					<label for="ask-state">How it ended</label>
					<select id="ask-state">
						<option value="SUCCESS">Success</option>
						<option value="ERROR">Error: the task fails, or tries again</option>
						<option value="CANCELLED">Cancelled</option>
					</select>
				</div>
				<div class="field">
					<label for="ask-output">Result</label>
					<textarea id="ask-output" rows={5} spellcheck={false} placeholder={'{"id": 7}'} />
					<p class="muted">JSON; text needs quotes. Empty: no result.</p>
				</div>
			</>
		),
		run: async () => {
			const output = jsonAnswer('output', 'The result', false);
			await put(`v2/action_executions/${segment(id)}`, { json: { state: answer('state'), ...(output === undefined ? {} : { output }) } });
			say(`${name} is completed.`);
			done();
		},
	});
}
