// Actions that wait for an executor.

import { type QueueRow } from './api';
import { get } from '../../api/client';
import { Empty } from '../../parts/empty';
import { Table, whole, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { Mark } from './mark';
import { useResource } from '../../state/resource';
import { who } from '../../state/who';

type Row = QueueRow & { id: string };

const COLUMNS: Column<Row>[] = [
	{ id: 'action', title: 'Action', className: 'is-name mono', cell: (r) => r.action },
	{ id: 'target', title: 'Target', cell: (r) => r.target ?? <span class="muted">any</span> },
	{ id: 'project', title: 'Project', className: 'hide-narrow', cell: (r) => r.project_id },
	{ id: 'actions', title: 'In the queue', className: 'number', cell: (r) => r.actions.toLocaleString('en') },
	{ id: 'held', title: 'Held back', className: 'number hide-narrow', cell: (r) => (r.held > 0 ? r.held.toLocaleString('en') : '') },
	{ id: 'oldest', title: 'Oldest', className: 'number', cell: (r) => <Ago at={r.oldest} /> },
	{ id: 'executors', title: 'Taken by', cell: (r) => (r.executors === 0
		? <Mark kind="bad">no executor</Mark> : <Mark kind="good">{r.executors === 1 ? '1 executor' : `${r.executors} executors`}</Mark>) },
];

export function Queue()
{
	const queue = useResource((signal) => get<{ queue: QueueRow[]; is_exact: boolean }>('v2/queue', {}, signal), [], 3000);
	const rows = queue.value?.queue.map((r): Row => ({ ...r, id: JSON.stringify([r.project_id, r.action, r.target]) }));

	return (
		<>
			<Table label="queue" columns={who.value?.may.see_all_projects ? COLUMNS : COLUMNS.filter((c) => c.id !== 'project')} pages={whole(rows, queue.error, queue.reload)} empty={(
				<Empty title="Nothing waits for an executor"><p class="muted">Actions stand here from the moment they are due until an executor takes them.</p></Empty>
			)} />
			{queue.value && !queue.value.is_exact && <p class="muted">The queue is very long: only its beginning was counted.</p>}
		</>
	);
}
