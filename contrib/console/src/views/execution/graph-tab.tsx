// The graph of an execution, and beside it the task that is selected.

import { Fragment } from 'preact';
import { useState } from 'preact/hooks';
import { Graph } from '../../graph/graph';
import type { ApiGraphTask } from '../../graph/model';
import * as operate from '../../operate/task';
import { Action } from '../../parts/action';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { State } from '../../parts/state';
import { useKeys } from '../../keys';
import { go, href, setQuery } from '../../router';
import { essence } from '../../state/errors';
import { useGraphs, type Graphs } from './graphs';

function Selected({ node, task, graphs, reload }: { node: string; task: ApiGraphTask; graphs: Graphs; reload: () => void })
{
	const subject = { id: task.task_id ?? '', name: task.name, state: task.state ?? '', hasItems: !!task.items };
	const sub = graphs.executionOf(node);

	return (
		<aside class="panel selected" aria-label={`Task ${task.name}`}>
			<div class="panel-head">
				<h2>{task.name}</h2>
				<button type="button" class="quiet" aria-label="Close" onClick={() => setQuery({ task: null })}>✕</button>
			</div>
			<div class="panel-body stack">
				<div class="row"><State state={task.state} />{(task.runs ?? 0) > 1 && <span class="muted">has run {task.runs} times</span>}</div>
				{task.description && <p>{task.description}</p>}
				{task.state_info && task.state === 'ERROR' && <p class="error-text">{essence(task.state_info)}</p>}
				<dl class="facts">
					{task.calls && <><dt>{task.kind === 'workflow' ? 'workflow' : 'action'}</dt><dd>{task.calls}</dd></>}
					{task.join !== null && task.join !== undefined && <><dt>join</dt><dd>{task.join === 'all' ? 'waits for all that lead here' : task.join === 'one' ? 'goes on with the first' : `waits for ${task.join} that lead here`}</dd></>}
					{task.with_items && <><dt>for each</dt><dd class="mono">{task.with_items.join(', ')}</dd></>}
					{task.items && <><dt>items</dt><dd>{task.items.done} of {task.items.total} done{task.items.failed > 0 && `, ${task.items.failed} failed`}{task.items.running > 0 && `, ${task.items.running} running`}</dd></>}
					{(task.attempt ?? 0) > 0 && <><dt>retries</dt><dd>{task.attempt}</dd></>}
					{Object.entries(task.policies ?? {}).map(([name, value]) => <Fragment key={name}><dt>{name}</dt><dd class="mono">{typeof value === 'object' ? Object.entries(value ?? {}).map(([k, v]) => `${k} ${typeof v === 'string' ? v : JSON.stringify(v)}`).join(', ') : String(value)}</dd></Fragment>)}
				</dl>
				<div class="row">
					{task.task_id && <a class="button primary" href={href(['task', task.task_id])}>Open the task</a>}
					{task.task_id && <a class="button" href={href(['task', task.task_id, 'context'])}>Its data</a>}
					{sub && <a class="button" href={href(['execution', sub])}>Open its execution</a>}
					{!sub && task.sub_executions?.length === 1 && <a class="button" href={href(['execution', task.sub_executions[0].id])}>Open its execution</a>}
					{task.kind === 'workflow' && <button type="button" onClick={() => graphs.toggle(node)}>{graphs.opened.has(node) ? 'Close here' : 'Show it here'}</button>}
				</div>
				{task.task_id && task.state === 'ERROR' && (
					<div class="row">
						<Action reason={operate.reasonAgainstRerun(task.state)} onClick={() => operate.rerun(subject, reload)}>Rerun</Action>
						<Action reason={operate.reasonAgainstSkip(task.state)} onClick={() => operate.skip(subject, reload)}>Skip</Action>
					</div>
				)}
				{!task.task_id && <p class="muted">It has not begun.</p>}
			</div>
		</aside>
	);
}

export function GraphTab({ id, namespace, name, query, turn, reload }: {
	id: string; namespace: string; name: string; query: URLSearchParams; turn: number; reload: () => void;
})
{
	const graphs = useGraphs(id, namespace, turn);
	const [guards, setGuards] = useState(false);
	const selected = query.get('task');
	const task = selected === null ? undefined : graphs.taskOf(selected);

	useKeys([
		{ keys: 'c', does: 'conditions on the edges', run: () => setGuards(!guards) },
		{ keys: 'f', does: 'to the graph: then arrows, Enter, o, n, + - 0', run: () => document.querySelector<HTMLElement>('.graph-frame')?.focus() },
	]);
	if (!graphs.data)
		return graphs.error ? <ErrorBox error={graphs.error} onRetry={graphs.graph.reload} /> : <Loading what="the graph" />;
	const hasGuards = graphs.data.edges.some((e) => e.guard);
	return (
		<div class={task ? 'beside' : ''}>
			<div class="graph-with-bar">
				{graphs.error && <ErrorBox error={graphs.error} />}
				<Graph data={graphs.data} label={`tasks of ${name}`} hasRun guards={guards} selected={selected}
					onSelect={(node) => setQuery({ task: node && !graphs.taskOf(node) ? selected : node })}
					onOpen={(node) => {
						const open = graphs.taskOf(node)?.task_id;
						if (open)
							go(['task', open]);
					}}
					onToggle={graphs.toggle} />
				<div class="row graph-legend">
					{hasGuards && <button type="button" aria-pressed={guards} title="c" onClick={() => setGuards(!guards)}>Conditions</button>}
					<span class="muted">solid: on success · dashed: on error · dotted back: a loop · ◇ a condition</span>
				</div>
			</div>
			{task && selected !== null && <Selected node={selected} task={task} graphs={graphs} reload={reload} />}
		</div>
	);
}
