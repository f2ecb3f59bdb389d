// Calls that the database makes later: timers, retries, and those that failed
// for good, which can be tried again.

import { type CallSummary, type DelayedCall } from './api';
import { Mark } from './mark';
import { get, post, segment } from '../../api/client';
import { usePages } from '../../api/paging';
import { Action } from '../../parts/action';
import { Empty } from '../../parts/empty';
import { Pills } from '../../parts/pills';
import { Table, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { complain, say } from '../../parts/toasts';
import { href, route, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

// Harmless, and so done without asking: what fails again is given up again.
function retry(call: DelayedCall, reload: () => void): void
{
	post(`v2/delayed_calls/${segment(call.id)}/retry`, { json: {} }).then(() => {
		say(`The call ${call.kind} is due again.`);
		reload();
	}, complain);
}

function columns(reload: () => void): Column<DelayedCall>[]
{
	return [
		{ id: 'kind', title: 'Call', className: 'mono', cell: (c) => c.kind },
		{ id: 'state', title: 'State', cell: (c) => (c.is_dead ? <Mark kind="bad">dead</Mark> : c.attempts > 0 ? <Mark kind="note">tried again</Mark> : <Mark kind="off">waits</Mark>) },
		{ id: 'due', title: 'Due', className: 'number', cell: (c) => <Ago at={c.due_at} /> },
		{ id: 'attempts', title: 'Attempts', className: 'number hide-narrow', cell: (c) => c.attempts },
		{ id: 'of', title: 'Of', cell: (c) => (c.task_execution_id ? <a href={href(['task', c.task_execution_id])}>task</a> : c.workflow_execution_id ? <a href={href(['execution', c.workflow_execution_id])}>execution</a> : '') },
		{ id: 'error', title: 'Error', className: 'is-text', cell: (c) => c.error },
		{ id: 'do', title: <span class="for-readers">What can be done</span>, cell: (c) => c.is_dead && <Action reason={whyNot('repair')} title="It becomes due at once; if it fails as often as before, it is given up again" onClick={() => retry(c, reload)}>Try again</Action> },
	];
}

const EMPTY = {
	dead: 'No call has been given up', all: 'No call is waiting',
};

export function Calls()
{
	const isAll = route.value.query.get('all') === '1';
	const summary = useResource((signal) => get<{ summary: CallSummary }>('v2/delayed_calls', { limit: 1 }, signal), [], 5000).value?.summary;
	const pages = usePages<DelayedCall>('v2/delayed_calls', 'delayed_calls', { limit: 50, is_dead: isAll ? undefined : true }, { every: 5000 });

	return (
		<>
			<Pills label="Which calls" chosen={[isAll ? 'all' : 'dead']} onChange={(c) => setQuery({ all: c.includes('all') && !isAll ? '1' : null })} choices={[
				{ value: 'dead', label: 'Dead', count: summary?.dead, title: 'given up after too many attempts' },
				{ value: 'all', label: 'All', count: summary && summary.waiting + summary.due + summary.dead },
			]} />
			<Table label="delayed calls" columns={columns(pages.reload)} pages={pages} empty={(
				<Empty title={EMPTY[isAll ? 'all' : 'dead']}><p class="muted">Timers, retries and what follows a task are calls that the database makes by itself. One that fails again and again is given up and stands here.</p></Empty>
			)} />
		</>
	);
}
