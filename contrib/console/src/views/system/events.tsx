// Who reads events, and deliveries that did not arrive.

import { list, type Consumer, type Delivery } from './api';
import { Mark } from './mark';
import { post, segment } from '../../api/client';
import { usePages } from '../../api/paging';
import { Action } from '../../parts/action';
import { ask } from '../../parts/dialog';
import { Empty } from '../../parts/empty';
import { Pills } from '../../parts/pills';
import { Table, whole, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { say } from '../../parts/toasts';
import { href, route, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

function retry(d: Delivery, reload: () => void): void
{
	ask({
		title: 'Deliver it again?', verb: 'Deliver again',
		body: <p>{d.event} is sent to <span class="mono">{d.endpoint}</span> at once. A receiver that got it already gets it a second time.</p>,
		run: async () => {
			await post(`v2/event_deliveries/${segment(d.id)}/retry`, { json: {} });
			say(`${d.event} is sent again.`);
			reload();
		},
	});
}

function columns(reload: () => void): Column<Delivery>[]
{
	return [
		{ id: 'event', title: 'Event', cell: (d) => (d.workflow_execution_id ? <a href={href(['execution', d.workflow_execution_id])}>{d.event}</a> : d.event) },
		{ id: 'endpoint', title: 'To', className: 'mono is-text', cell: (d) => d.endpoint },
		{ id: 'state', title: 'State', cell: (d) => (d.is_dead ? <Mark kind="bad">dead</Mark> : d.attempts > 0 ? <Mark kind="note">tried again</Mark> : <Mark kind="off">waits</Mark>) },
		{ id: 'attempts', title: 'Attempts', className: 'number hide-narrow', cell: (d) => d.attempts },
		{ id: 'raised', title: 'Raised', className: 'number', cell: (d) => <Ago at={d.created_at} /> },
		{ id: 'error', title: 'Error', className: 'is-text', cell: (d) => d.error },
		{ id: 'do', title: <span class="for-readers">What can be done</span>, cell: (d) => d.is_dead && (
			<span class="row is-tight">
				<Action reason={whyNot('repair')} onClick={() => retry(d, reload)}>Deliver again …</Action>
			</span>
		) },
	];
}

const CONSUMERS: Column<Consumer & { id: string }>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (c) => <span class="clamp" title={c.name}>{c.name}</span> },
	{ id: 'types', title: 'Events', cell: (c) => c.event_types?.map((t) => <span class="tag" key={t}>{t}</span>) ?? <span class="muted">all</span> },
	{ id: 'workflow', title: 'Of workflow', className: 'hide-narrow', cell: (c) => c.workflow_name ?? <span class="muted">any</span> },
	{ id: 'since', title: 'Since', className: 'number hide-narrow', cell: (c) => <Ago at={c.created_at} /> },
	{ id: 'read', title: 'Last acknowledged', className: 'number', cell: (c) => <Ago at={c.acknowledged_at} /> },
];

export function Events()
{
	const isAll = route.value.query.get('all') === '1';
	const pages = usePages<Delivery>('v2/event_deliveries', 'event_deliveries', { limit: 50, is_dead: isAll ? undefined : true }, { every: 5000 });
	const consumers = useResource((signal) => list<Consumer>('v2/event_consumers', 'event_consumers', {}, signal), [], 10_000);

	return (
		<>
			<h2>Deliveries</h2>
			<Pills label="Which deliveries" chosen={[isAll ? 'all' : 'dead']} onChange={(c) => setQuery({ all: c.includes('all') && !isAll ? '1' : null })}
				choices={[{ value: 'dead', label: 'Dead', title: 'given up after too many attempts' }, { value: 'all', label: 'All' }]} />
			<Table label="deliveries" columns={columns(pages.reload)} pages={pages} empty={(
				<Empty title={isAll ? 'No event is on its way' : 'Every event arrived, or is still on its way'}><p class="muted">Workflows tell webhooks what happens by their “notify”; what cannot be delivered stands here.</p></Empty>
			)} />
			<h2>Consumers</h2>
			<Table label="consumers" columns={CONSUMERS} hasKeys={false}
				pages={whole(consumers.value?.map((c) => ({ ...c, id: JSON.stringify([c.project_id, c.name]) })), consumers.error, consumers.reload)} empty={(
					<Empty title="Nobody reads events at their own pace"><pre>SELECT mistral.create_event_consumer('audit');</pre></Empty>
				)} />
		</>
	);
}
