// The attempts and items of a task: what it called, one row each.

import { useEffect, useMemo, useRef } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { usePages } from '../../api/paging';
import { isFinal, type ActionRow, type ExecutionRow } from '../../api/types';
import { duration, timeOf } from '../../format';
import { completeAction } from '../../operate/task';
import { Action } from '../../parts/action';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Json, parsed } from '../../parts/json';
import { Pills } from '../../parts/pills';
import { State } from '../../parts/state';
import { Table, type Column } from '../../parts/table';
import { Ago, Took } from '../../parts/time';
import { href, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';
import { essence } from '../../state/errors';

const FIELDS = 'id,name,state,index,attempt,accepted,executor,target,claimed_at,is_sync,created_at,updated_at';

// What went wrong, from an output of the form {"result": "…"}.
function errorText(output: unknown): string
{
	const result = typeof output === 'object' && output !== null && 'result' in output ? (output as { result: unknown }).result : output;

	return essence(typeof result === 'string' ? result : JSON.stringify(result));
}

function Detail({ id, reload }: { id: string; reload: () => void })
{
	const action = useResource((s) => get<ActionRow>(`v2/action_executions/${segment(id)}`, {}, s), [id]);
	const a = action.value;

	if (!a)
		return action.error ? <ErrorBox error={action.error} onRetry={action.reload} /> : <Loading what="the action" />;
	const output = parsed(a.output);
	return (
		<aside class="panel selected" aria-label={`Action ${a.name}`}>
			<div class="panel-head"><h2>{a.name}</h2><button type="button" class="quiet" aria-label="Close" onClick={() => setQuery({ action: null })}>✕</button></div>
			<div class="panel-body stack">
				<div class="row is-spread">
					<State state={a.state} />
					{!isFinal(a.state) && <Action kind="primary" reason={whyNot('change')} onClick={() => completeAction(a.id, a.name, () => { action.reload(); reload(); })}>Report the result</Action>}
				</div>
				{a.state === 'ERROR' && output !== null && <p class="error-text">{errorText(output)}</p>}
				<h3>Input</h3>
				<Json value={parsed(a.input)} what="the input" />
				<h3>Output</h3>
				<Json value={output} what="the output" />
				<code class="muted">{a.id}</code>
			</div>
		</aside>
	);
}

function columnsOf(hasItems: boolean): Column<ActionRow>[]
{
	return [
		{ id: 'state', title: 'State', cell: (a) => <State state={a.state} /> },
		...(hasItems ? [{ id: 'index', title: 'Item', className: 'number', cell: (a: ActionRow) => a.index }] : []),
		{ id: 'attempt', title: 'Attempt', className: 'number', cell: (a) => (a.attempt ?? 0) + 1 },
		{ id: 'name', title: 'Action', cell: (a) => <button type="button" class="link" onClick={() => setQuery({ action: a.id })}>{a.name}</button> },
		{ id: 'where', title: 'Executor', className: 'is-wide hide-narrow', cell: (a) => <span class="muted">{a.executor ?? (a.is_sync === false ? 'reports its result later' : a.target ? `for ${a.target}` : '')}</span> },
		{ id: 'created', title: 'Created', className: 'number hide-narrow', cell: (a) => <Ago at={a.created_at} /> },
		{ id: 'queued', title: 'Queued', className: 'number hide-narrow', cell: (a) => (a.claimed_at ? duration(Math.max(0, timeOf(a.claimed_at) - timeOf(a.created_at))) : <span class="muted">–</span>) },
		{ id: 'took', title: 'Took', className: 'number hide-narrow', cell: (a) => <Took from={a.claimed_at ?? a.created_at} to={isFinal(a.state) ? a.updated_at : null} /> },
	];
}

const STATES = ['ERROR', 'RUNNING', 'SUCCESS', 'CANCELLED'];

// `turn` is another number whenever the task may have changed.
export function Actions({ taskId, hasItems, query, turn, reload }: {
	taskId: string; hasItems: boolean; query: URLSearchParams; turn: number; reload: () => void;
})
{
	const states = (query.get('state') ?? '').split(',').filter((s) => STATES.includes(s));
	const chosen = query.get('action');
	const pages = usePages<ActionRow>(`v2/tasks/${segment(taskId)}/action_executions`, 'action_executions', {
		limit: 50, fields: FIELDS, ...(states.length > 0 ? { state: `in:${states.join(',')}` } : {}),
	}, { mayMove: () => true });
	const columns = useMemo(() => columnsOf(hasItems), [hasItems]);
	const last = useRef(turn);

	useEffect(() => {
		if (last.current !== turn)
			pages.reload();
		last.current = turn;
	}, [turn]);
	return (
		<div class={chosen ? 'beside is-even' : ''}>
			<div class="stack">
				<Pills label="States of actions" chosen={states} onChange={(list) => setQuery({ state: list.join(',') || null })}
					choices={STATES.map((s) => ({ value: s, label: <State state={s} /> }))} />
				<Table label="attempts and items" columns={columns} pages={pages} hrefOf={(a) => href(['task', taskId], { state: query.get('state'), action: a.id })}
					rowClass={(a) => (a.id === chosen ? 'is-chosen' : '')}
					empty={<Empty title={states.length > 0 ? 'None in this state' : 'It has called nothing yet'} />} />
			</div>
			{chosen && <Detail key={chosen} id={chosen} reload={reload} />}
		</div>
	);
}

const SUB_COLUMNS: Column<ExecutionRow>[] = [
	{ id: 'state', title: 'State', cell: (e) => <State state={e.state} /> },
	{ id: 'name', title: 'Workflow', cell: (e) => <a href={href(['execution', e.id])}>{e.workflow_name}</a> },
	{ id: 'info', title: 'Info', className: 'is-wide hide-narrow', cell: (e) => <span class="muted" title={e.state_info ?? ''}>{e.state_info}</span> },
	{ id: 'created', title: 'Created', className: 'number', cell: (e) => <Ago at={e.created_at} /> },
	{ id: 'took', title: 'Took', className: 'number hide-narrow', cell: (e) => <Took from={e.created_at} to={isFinal(e.state) ? e.updated_at : null} /> },
];

export function SubExecutions({ taskId, turn }: { taskId: string; turn: number })
{
	const pages = usePages<ExecutionRow>(`v2/tasks/${segment(taskId)}/workflow_executions`, 'executions', {
		limit: 50, fields: 'id,workflow_name,state,state_info,created_at,updated_at',
	}, { mayMove: () => true });
	const last = useRef(turn);

	useEffect(() => {
		if (last.current !== turn)
			pages.reload();
		last.current = turn;
	}, [turn]);
	return <Table label="executions of the task" columns={SUB_COLUMNS} pages={pages} hrefOf={(e) => href(['execution', e.id])} empty={<Empty title="It has started no workflow yet" />} />;
}
