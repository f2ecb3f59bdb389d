// One task of people: what it asks, and the answer.

import { useState } from 'preact/hooks';
import { claim, complete, delegate, humanTask, release, type HumanTask } from './api';
import { Due } from './due';
import type { ApiError } from '../../api/client';
import { Action } from '../../parts/action';
import { ask } from '../../parts/dialog';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { isComplete, SchemaForm, type Values } from '../../parts/form';
import { Json } from '../../parts/json';
import { Ago } from '../../parts/time';
import { complain, say } from '../../parts/toasts';
import { go, href } from '../../router';
import { useResource } from '../../state/resource';

const ENDED = 'it is done';

// Why something that is not permitted is not.
function reasonOf(task: HumanTask, right: 'claim' | 'complete' | 'release' | 'delegate'): string | null
{
	if (task.permissions[right])
		return null;
	if (task.state === 'COMPLETED' || task.state === 'ENDED')
		return ENDED;
	return task.permissions.why_not ?? (task.claimed_by ? `${task.claimed_by} has claimed it` : right === 'release' ? 'nobody has claimed it' : 'it is for others');
}

function hand(task: HumanTask, after: () => void): void
{
	let role = '';

	ask({
		title: 'Give the task to somebody else?', verb: 'Delegate',
		body: (
			<>
				<p>That role may answer it in your place; you may not any more.</p>
				<div class="field"><label for="delegate-role">Role</label><input id="delegate-role" required onInput={(e) => { role = e.currentTarget.value; }} /></div>
			</>
		),
		run: async () => {
			await delegate(task.id, role.trim());
			say(`The task is ${role.trim()}'s now.`);
			after();
		},
	});
}

function Answer({ task, onDone }: { task: HumanTask; onDone: () => void })
{
	const hasFields = Object.keys(task.form.properties ?? {}).length > 0;
	const schema = hasFields ? task.form : { properties: { answer: { description: 'JSON, or words; may be empty' } } };
	const [value, setValue] = useState<Values>({});
	const [isRight, setRight] = useState(() => isComplete(schema, {}));
	const [error, setError] = useState<ApiError | null>(null);
	const [isBusy, setBusy] = useState(false);
	const reason = reasonOf(task, 'complete') ?? (isBusy ? 'it is being sent' : isRight ? null : 'something is missing or wrong above');
	const send = () => {
		setBusy(true);
		setError(null);
		complete(task.id, hasFields ? value : value.answer ?? null).then(() => {
			say('Done. The workflow goes on.');
			onDone();
		}, setError).finally(() => setBusy(false));
	};

	return (
		<form class="stack" onSubmit={(e) => { e.preventDefault(); if (!reason) send(); }}>
			<SchemaForm schema={schema} value={value} onChange={(v, right) => { setValue(v); setRight(right); }} />
			{error && <ErrorBox error={error} />}
			<div class="row"><Action kind="primary" reason={reason} onClick={send}>Complete</Action></div>
		</form>
	);
}

function Facts({ task }: { task: HumanTask })
{
	return (
		<dl class="facts">
			<dt>Asked</dt><dd><Ago at={task.created_at} /></dd>
			{task.due_at && <><dt>Due</dt><dd><Due task={task} /></dd></>}
			{task.claimed_by && <><dt>Claimed by</dt><dd>{task.claimed_by}, <Ago at={task.claimed_at} /></dd></>}
			{task.delegated_to && <><dt>Delegated to</dt><dd>{task.delegated_to}</dd></>}
			{task.candidates && <><dt>For</dt><dd>{task.candidates.join(', ')}</dd></>}
			{task.escalations?.filter((e) => !e.done).map((e) => [<dt key={e.at}>Then also for</dt>, <dd key={`${e.at}.`}>{e.to.join(', ')}, <Ago at={e.at} /></dd>])}
			{task.completed_by && <><dt>Done by</dt><dd>{task.completed_by}, <Ago at={task.completed_at} /></dd></>}
			{task.workflow_execution_id && <><dt>Of</dt><dd><a href={href(['execution', task.workflow_execution_id])}>{task.workflow_name}</a></dd></>}
		</dl>
	);
}

export function TaskOfPeople({ id, onChange }: { id: string; onChange: () => void })
{
	const found = useResource((signal) => humanTask(id, signal), [id], 10_000);
	const task = found.value;
	const again = () => {
		found.reload();
		onChange();
	};
	const change = (done: Promise<unknown>, text: string) => done.then(() => { say(text); again(); }, complain);

	if (found.error && !task)
		return <ErrorBox error={found.error} onRetry={found.reload} />;
	if (!task)
		return <Loading what="task" />;
	return (
		<article class="panel inbox-task" aria-label={task.title}>
			<header class="panel-head">
				<h2 class="is-long">{task.title}</h2>
				<div class="row">
					{task.permissions.release
						? <Action reason={null} onClick={() => change(release(id), 'The task is free again.')}>Release</Action>
						: <Action reason={reasonOf(task, 'claim')} onClick={() => change(claim(id), 'The task is yours.')}>Claim</Action>}
					<Action reason={reasonOf(task, 'delegate')} onClick={() => hand(task, again)}>Delegate …</Action>
				</div>
			</header>
			<div class="panel-body stack">
				{task.description && <p class="is-wrapped">{task.description}</p>}
				{task.data !== null && task.data !== undefined && <section><h3>What it is about</h3><Json value={task.data} what="data" open={3} /></section>}
				<section class="stack"><h3>Answer</h3><Answer task={task} onDone={() => { onChange(); go(['inbox']); }} /></section>
				<Facts task={task} />
			</div>
		</article>
	);
}
