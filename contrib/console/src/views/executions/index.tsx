// The list of executions.

import { useMemo, useState } from 'preact/hooks';
import { get } from '../../api/client';
import { usePages } from '../../api/paging';
import { useChanges } from '../../api/stream';
import { isFinal, tagsOf, type ExecutionRow } from '../../api/types';
import { useKeys } from '../../keys';
import { operateOnMany, type BulkOperation } from '../../operate/bulk';
import { startWorkflow } from '../../operate/start';
import { Action } from '../../parts/action';
import { Empty } from '../../parts/empty';
import { Menu } from '../../parts/menu';
import { State } from '../../parts/state';
import { Table, type Column } from '../../parts/table';
import { Ago, Took } from '../../parts/time';
import { count, withMoments } from '../../format';
import { firstCause } from '../../state/errors';
import { go, href, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';
import type { ViewProps } from '..';
import { FilterBar, type Counts } from './bar';
import { filtersOf, listQuery, withStates } from './filter';

function Name({ row }: { row: ExecutionRow })
{
	return (
		<div class="name-cell">
			<a href={href(['execution', row.id])}>{row.workflow_name}</a>
			{row.task_execution_id && <span class="tag" title="started by a task of another execution">sub</span>}
			{row.key && <span class="tag" title="key">{row.key}</span>}
			{row.description && <span class="muted clip">{row.description}</span>}
		</div>
	);
}

function info(row: ExecutionRow): string
{
	return isFinal(row.state) ? firstCause(row.state_info) : withMoments(row.waits_for ?? row.state_info ?? '');
}

function columnsOf(withWaits: boolean, withProject: boolean): Column<ExecutionRow>[]
{
	return [
		{ id: 'state', title: 'State', cell: (r) => <State state={r.state} /> },
		{ id: 'name', title: 'Workflow', className: 'name-column', cell: (r) => <Name row={r} /> },
		...(withProject ? [{ id: 'project', title: 'Project', cell: (r: ExecutionRow) => r.project_id }] : []),
		{ id: 'tags', title: 'Tags', className: 'hide-narrow', cell: (r) => <span class="row tags">{tagsOf(r.tags).slice(0, 4).map((t) => <button key={t} type="button" class="tag" title={`Only those with the tag ${t}`} onClick={() => setQuery({ tag: t })}>{t}</button>)}</span> },
		{ id: 'info', title: withWaits ? 'Waits for' : 'Info', className: 'is-wide hide-narrow', cell: (r) => <span class="muted" title={info(r)}>{info(r)}</span> },
		{ id: 'created', title: 'Created', className: 'number', cell: (r) => <Ago at={r.created_at} /> },
		{ id: 'took', title: 'Took', className: 'number hide-narrow', cell: (r) => <Took from={r.created_at} to={isFinal(r.state) ? r.finished_at ?? r.updated_at : null} /> },
		{ id: 'id', title: 'Id', className: 'hide-narrow', cell: (r) => <code class="muted" title={r.id}>…{r.id.slice(-8)}</code> },
	];
}

function NoExecutions({ isFiltered }: { isFiltered: boolean })
{
	if (isFiltered)
		return (
			<Empty title="No execution matches">
				<p class="muted">Take a filter away, or look at sub-workflows as well.</p>
			</Empty>
		);
	return (
		<Empty title="Nothing has been started yet">
			<p>A workflow is a text that names tasks and their order. Write one, start it, and watch it here.</p>
			<p class="row">
				<Action kind="primary" reason={whyNot('define')} onClick={() => go(['definitions', 'new'])}>Write a workflow</Action>
				<Action reason={whyNot('start')} onClick={() => startWorkflow()}>Start one that is there</Action>
			</p>
			<pre>{`version: '2.0'
hello:
  input: [who]
  tasks:
    greet:
      action: std.echo output="Hello, <% $.who %>"`}</pre>
		</Empty>
	);
}

const OPERATIONS: { operation: BulkOperation; label: string }[] = [
	{ operation: 'rerun', label: 'Rerun what failed' }, { operation: 'pause', label: 'Pause' }, { operation: 'resume', label: 'Resume' },
	{ operation: 'cancel', label: 'Cancel' }, { operation: 'delete', label: 'Delete' },
];

export function Executions({ query }: ViewProps)
{
	const address = query.toString();
	const filters = useMemo(() => filtersOf(query), [address]);
	const withWaits = filters.params.waits_longer !== undefined || (filters.states.length > 0 && filters.states.every((s) => !isFinal(s)));
	const withProject = filters.params.all_projects !== undefined;
	const [marked, setMarked] = useState<Set<string>>(new Set());
	const pages = usePages<ExecutionRow>('v2/executions', 'executions', listQuery(filters, withWaits), {
		every: 10_000, mayMove: () => scrollY < 80 && marked.size === 0,
	});
	const counts = useResource((s) => get<Counts>('v2/executions/counts', filters.params, s), [filters.params], 20_000);
	const columns = useMemo(() => columnsOf(withWaits, withProject), [withWaits, withProject]);
	const isFiltered = Object.keys(filters.params).some((p) => p !== 'nulls') || filters.states.length > 0;
	const reload = () => {
		pages.reload();
		counts.reload();
	};
	const shown = [...marked].filter((id) => pages.rows.some((row) => row.id === id));
	const items = (target: { ids: string[] } | { filters: Record<string, string> }) => OPERATIONS.map(({ operation, label }) => ({
		label, reason: whyNot('change'), isDangerous: operation === 'delete' || operation === 'cancel',
		run: () => operateOnMany({ operation, ...target, done: () => { setMarked(new Set()); reload(); } }),
	}));

	useChanges({ workflow_name: filters.params.workflow_name, all_projects: filters.params.all_projects }, reload, 2000);
	useKeys([
		{ keys: 's', does: 'start a workflow', run: () => { if (!whyNot('start')) startWorkflow(); } },
		{ keys: 'r', does: 'load again', run: reload },
		{ keys: 'e', does: 'only errors, or all', run: () => setQuery({ state: query.get('state') === 'ERROR' ? null : 'ERROR' }) },
	]);

	return (
		<div class="stack">
			<div class="row is-spread">
				<h1>Executions</h1>
				<div class="row">
					{shown.length > 0
						? <Menu label={`${count(shown.length, 'execution')} marked`} items={items({ ids: shown })} />
						: isFiltered && pages.rows.length > 0 && <Menu label="All that match" items={items({ filters: withStates(filters) })} />}
					<Action kind="primary" reason={whyNot('start')} title="s" onClick={() => startWorkflow()}>Start a workflow</Action>
				</div>
			</div>
			<FilterBar query={query} states={filters.states} counts={counts.value} />
			<Table label="executions" columns={columns} pages={pages} hrefOf={(r) => href(['execution', r.id])} marked={marked} onMark={setMarked}
				empty={<NoExecutions isFiltered={isFiltered} />} />
		</div>
	);
}
