// One task: #/task/ID, and its tabs.

import { useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { useChanges } from '../../api/stream';
import { isFinal, tagsOf, type TaskObject } from '../../api/types';
import { count, withMoments } from '../../format';
import { useKeys } from '../../keys';
import * as operate from '../../operate/task';
import { Action } from '../../parts/action';
import { Copy } from '../../parts/copy';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { parsed } from '../../parts/json';
import { Tabs } from '../../parts/pills';
import { State, stateWord } from '../../parts/state';
import { Ago, Took } from '../../parts/time';
import { go, href } from '../../router';
import { useResource } from '../../state/resource';
import { useTitle } from '../../state/title';
import type { ViewProps } from '..';
import { DataPanel } from '../execution/data';
import { essence } from '../../state/errors';
import { hasItems } from '../execution/errors';
import { Actions, SubExecutions } from './actions';
import { Context } from './context';

interface Runtime
{
	triggered_by?: { task_id: string; event: string }[];
	retry_task_policy?: { retry_no?: number };
}

function Header({ t, reload }: { t: TaskObject; reload: () => void })
{
	const subject = { id: t.id, name: t.name, state: t.state, hasItems: hasItems(t) };
	const runtime = (parsed(t.runtime_context) ?? {}) as Runtime;
	const retries = runtime.retry_task_policy?.retry_no ?? 0;

	return (
		<header class="stack head">
			<div class="row is-spread">
				<div class="row">
					<h1><a class="plain muted" href={href(['execution', t.workflow_execution_id], { task: t.name })}>{t.workflow_name}</a> / {t.name}</h1>
					<State state={t.state} />
				</div>
				<div class="row">
					<Action kind={t.state === 'ERROR' ? 'primary' : undefined} reason={operate.reasonAgainstRerun(t.state)} onClick={() => operate.rerun(subject, reload)}>Rerun</Action>
					<Action reason={operate.reasonAgainstSkip(t.state)} onClick={() => operate.skip(subject, reload)}>Skip</Action>
				</div>
			</div>
			<div class="row head-facts">
				<span><span class="muted">started</span> <Ago at={t.started_at} /></span>
				{t.started_at && <span><span class="muted">{t.finished_at ? 'took' : 'for'}</span> <Took from={t.started_at} to={t.finished_at} /></span>}
				{retries > 0 && <span><span class="muted">retries</span> {retries}</span>}
				{runtime.triggered_by?.slice(0, 5).map((b) => <a key={b.task_id} href={href(['task', b.task_id])}>← {b.event} of this task</a>)}
				{tagsOf(t.tags).map((tag) => <span key={tag} class="tag">{tag}</span>)}
				<span class="head-id"><code class="muted">{t.id}</code><Copy text={t.id} what="the id" /></span>
			</div>
		</header>
	);
}

const isThere = (value: unknown) => value !== null && value !== undefined && !(typeof value === 'object' && Object.keys(value).length === 0);

function Data({ t }: { t: TaskObject })
{
	return (
		<div class="columns">
			<DataPanel title="Result" value={parsed(t.result)} what="the result" />
			<DataPanel title="Published" value={parsed(t.published)} what="what is published" />
			{isThere(parsed(t.published_global)) && <DataPanel title="Published globally" value={parsed(t.published_global)} what="what is published globally" />}
		</div>
	);
}

// The terms of what a task waits for, each once.
function terms(text: string): [string, number][]
{
	const counts = new Map<string, number>();

	for (const term of text.split('; '))
	{
		const words = withMoments(term.replace(/ since \d{4}-[-\d]+ [\d:.+]+/, ''));
		counts.set(words, (counts.get(words) ?? 0) + 1);
	}
	return [...counts].slice(0, 8);
}

export function Task({ segments, query }: ViewProps)
{
	const [id = '', tab = 'calls'] = segments;
	const [turn, setTurn] = useState(0);
	const [isEnded, setEnded] = useState(false);
	const task = useResource(async (s) => {
		const t = await get<TaskObject>(`v2/tasks/${segment(id)}`, {}, s);
		setEnded(isFinal(t.state));
		setTurn((n) => n + 1);
		return t;
	}, [id], isEnded ? 60_000 : 5000);
	const t = task.value;
	const waits = useResource(async (s) => (isEnded ? null : (await get<TaskObject>(`v2/tasks/${segment(id)}`, { fields: 'waits_for' }, s)).waits_for ?? null), [id, turn, isEnded]);

	useTitle(t ? `${t.workflow_name} / ${t.name}: ${stateWord(t.state).toLowerCase()}` : '');
	useChanges(isEnded || !t ? null : { execution_id: t.workflow_execution_id }, task.reload);
	useKeys([
		{ keys: 'u', does: 'up, to the execution', run: () => { if (t) go(['execution', t.workflow_execution_id]); } },
		{ keys: 'r', does: 'load again', run: task.reload },
	]);
	if (!t)
		return task.error ? <ErrorBox error={task.error} onRetry={task.reload} /> : <Loading what="the task" />;
	const tabs = [
		{ id: 'calls', label: t.type === 'WORKFLOW' ? 'Executions' : hasItems(t) ? 'Items and attempts' : 'Attempts' },
		{ id: 'data', label: 'Result' }, { id: 'context', label: 'Context' }, { id: 'raw', label: 'Raw' },
	];
	return (
		<div class="stack">
			<Header t={t} reload={task.reload} />
			{waits.value && <section class="panel why"><h2>Why it waits</h2><ul>{terms(waits.value).map(([term, n]) => <li key={term}>{term}{n > 1 && <span class="muted"> · {count(n, 'time')}</span>}</li>)}</ul></section>}
			{t.state_info && t.state !== 'SUCCESS' && (
				<section class={`panel why${t.state === 'ERROR' ? ' is-bad' : ''}`}><h2>{t.state === 'ERROR' ? 'What went wrong' : 'Info'}</h2><p class="error-text">{essence(t.state_info)}</p>{hasItems(t) && t.state === 'ERROR' && <p><a href={href(['task', id], { state: 'ERROR' })}>The items that failed</a></p>}</section>
			)}
			<Tabs label="Parts of the task" chosen={tab} tabs={tabs.map((x) => ({ ...x, href: href(['task', id, x.id]) }))} />
			{tab === 'data' ? <Data t={t} />
				: tab === 'context' ? <Context taskId={id} turn={isEnded ? 0 : turn} />
				: tab === 'raw' ? <DataPanel title="The task as the API shows it" value={t} what="the task" />
				: t.type === 'WORKFLOW' ? <SubExecutions taskId={id} turn={turn} />
				: <Actions taskId={id} hasItems={hasItems(t)} query={query} turn={turn} reload={task.reload} />}
		</div>
	);
}
