// The programs that run actions: what they take, what they do now.

import { list, type Executor } from './api';
import { Empty } from '../../parts/empty';
import { Table, whole, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { Mark } from './mark';
import { useResource } from '../../state/resource';

const SHOWN = 6;				// names of actions in a row

function Takes({ actions }: { actions: string[] | null })
{
	if (actions === null)
		return <span class="muted">every action</span>;
	return (
		<span title={actions.join('\n')}>
			{actions.slice(0, SHOWN).map((a) => <span class="tag" key={a}>{a}</span>)}
			{actions.length > SHOWN && <span class="muted"> and {actions.length - SHOWN} more</span>}
		</span>
	);
}

const COLUMNS: Column<Executor>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (e) => e.name },
	{ id: 'state', title: 'State', cell: (e) => (e.is_draining ? <Mark kind="note">ends its work</Mark> : e.is_alive ? <Mark kind="good">alive</Mark> : <Mark kind="bad">not heard of</Mark>) },
	{ id: 'target', title: 'Target', cell: (e) => e.target ?? <span class="muted">any</span> },
	{ id: 'actions', title: 'Takes', className: 'hide-narrow', cell: (e) => <Takes actions={e.actions} /> },
	{ id: 'running', title: 'Running', className: 'number', cell: (e) => e.running ?? '–' },
	{ id: 'heard', title: 'Last heard of', className: 'number', cell: (e) => <Ago at={e.last_heartbeat} /> },
	{ id: 'since', title: 'Since', className: 'number hide-narrow', cell: (e) => <Ago at={e.registered_at} /> },
];

export function Executors()
{
	const executors = useResource((signal) => list<Executor>('v2/executors', 'executors', {}, signal), [], 5000);

	return (
		<Table label="executors" columns={COLUMNS} pages={whole(executors.value?.map((e) => ({ ...e, id: String(e.id) })), executors.error, executors.reload)} empty={(
			<Empty title="There is no executor">
				<p>The database itself runs what needs nothing outside of it: std.echo, std.noop, std.sql and such. For HTTP, SSH, mail and scripts start one:</p>
				<pre>mistral-executor --database='dbname=mistral'</pre>
			</Empty>
		)} />
	);
}
