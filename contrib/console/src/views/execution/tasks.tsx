// The tasks of an execution, as a table.

import { usePages } from '../../api/paging';
import type { TaskObject } from '../../api/types';
import { segment } from '../../api/client';
import { Empty } from '../../parts/empty';
import { State } from '../../parts/state';
import { Table, type Column } from '../../parts/table';
import { Ago, Took } from '../../parts/time';
import { withMoments } from '../../format';
import { href } from '../../router';
import { essence } from '../../state/errors';
import { useEffect, useRef } from 'preact/hooks';

const COLUMNS: Column<TaskObject>[] = [
	{ id: 'state', title: 'State', cell: (t) => <State state={t.state} /> },
	{ id: 'name', title: 'Task', cell: (t) => <a class="name" href={href(['task', t.id])}>{t.name}</a> },
	{ id: 'type', title: 'Calls', className: 'hide-narrow', cell: (t) => <span class="muted">{t.type.toLowerCase()}</span> },
	{ id: 'info', title: 'Info', className: 'is-wide hide-narrow', cell: (t) => <span class="muted" title={t.state_info ?? t.waits_for ?? ''}>{t.state_info ? essence(t.state_info) : withMoments(t.waits_for ?? '')}</span> },
	{ id: 'started', title: 'Started', className: 'number', cell: (t) => <Ago at={t.started_at} /> },
	{ id: 'took', title: 'Took', className: 'number hide-narrow', cell: (t) => (t.started_at ? <Took from={t.started_at} to={t.finished_at} /> : <span class="muted">–</span>) },
];

export function Tasks({ id, turn }: { id: string; turn: number })
{
	const pages = usePages<TaskObject>(`v2/executions/${segment(id)}/tasks`, 'tasks', {
		limit: 100, sort_keys: 'created_at', sort_dirs: 'asc', fields: 'id,name,type,state,state_info,started_at,finished_at,created_at,waits_for',
	}, { mayMove: () => true });
	const last = useRef(turn);

	useEffect(() => {
		if (last.current !== turn)
			pages.reload();
		last.current = turn;
	}, [turn]);
	return <Table label="tasks" columns={COLUMNS} pages={pages} hrefOf={(t) => href(['task', t.id])} empty={<Empty title="No task has begun yet" />} />;
}
