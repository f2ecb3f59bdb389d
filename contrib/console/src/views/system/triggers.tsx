// What starts workflows: times and events.

import { useState } from 'preact/hooks';
import { list, WHOLE, type CronTrigger, type EventTrigger } from './api';
import { Mark } from './mark';
import { get, post, put, remove, segment } from '../../api/client';
import { Action } from '../../parts/action';
import { ask } from '../../parts/dialog';
import { Empty } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Menu } from '../../parts/menu';
import { Table, whole, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { complain, say } from '../../parts/toasts';
import { moment } from '../../format';
import { go, href, route } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

interface Switched
{
	id: string;
	name: string;
	is_enabled?: boolean;
}

const isOn = (t: Switched) => t.is_enabled !== false;

function NextTimes({ trigger }: { trigger: CronTrigger })
{
	const times = useResource((signal) => get<{ times: string[]; last_workflow_execution_id: string | null; last_error: string | null }>(`v2/cron_triggers/${segment(trigger.id)}/times`, { count: 5 }, signal), [trigger.id, trigger.next_execution_time, trigger.is_enabled]);

	if (times.error)
		return <ErrorBox error={times.error} onRetry={times.reload} />;
	if (times.value?.times.length === 0)
		return <span class="muted">It does not start any more.</span>;
	return (
		<>
			<ul class="plain-list number">{times.value?.times.map((t) => <li key={t}><time dateTime={t}>{moment(t)}</time></li>)}</ul>
			{times.value?.last_workflow_execution_id && <p><a href={href(['execution', times.value.last_workflow_execution_id])}>What it started last</a></p>}
			{times.value?.last_error && <p><Mark kind="bad">The last start failed</Mark> <span class="is-wrapped">{times.value.last_error}</span></p>}
		</>
	);
}

function change(path: string, t: Switched, reload: () => void): void
{
	put(`${path}/${segment(t.id)}`, { json: { is_enabled: !isOn(t) } }).then(() => {
		say(isOn(t) ? `${t.name} is disabled: it starts nothing until it is enabled.` : `${t.name} is enabled.`);
		reload();
	}, complain);
}

function runNow(t: CronTrigger): void
{
	ask({
		title: `Run ${t.name} now?`, verb: 'Run now',
		body: <p>The workflow {t.workflow_name} is started at once with the input of the trigger. Its next time stays.</p>,
		run: async () => {
			const { workflow_execution_id: id } = await post<{ workflow_execution_id: string }>(`v2/cron_triggers/${segment(t.id)}/run`, { json: {} });
			say(`${t.workflow_name} is started.`);
			go(['execution', id]);
		},
	});
}

function forget(path: string, t: { id: string; name: string }, reload: () => void): void
{
	ask({
		title: `Delete the trigger ${t.name}?`, verb: 'Delete', isDangerous: true,
		body: <p>It starts nothing any more. What it has started goes on.</p>,
		run: async () => {
			await remove(`${path}/${segment(t.id)}`);
			say(`The trigger ${t.name} is deleted.`);
			reload();
		},
	});
}

function cronColumns(reload: () => void): Column<CronTrigger>[]
{
	return [
		{ id: 'name', title: 'Name', className: 'is-name', cell: (t) => <span class="clamp" title={t.name}>{t.name}</span> },
		{ id: 'state', title: 'State', cell: (t) => (isOn(t) ? <Mark kind="good">enabled</Mark> : <Mark kind="off">disabled</Mark>) },
		{ id: 'pattern', title: 'Pattern', className: 'mono number-left', cell: (t) => <>{t.pattern ?? 'once'}{t.time_zone && t.time_zone !== 'UTC' && <span class="muted"> {t.time_zone}</span>}</> },
		{ id: 'workflow', title: 'Starts', cell: (t) => <a href={href(['definitions', t.workflow_id])}>{t.workflow_name}</a> },
		{ id: 'left', title: 'Left', className: 'number hide-narrow', cell: (t) => t.remaining_executions ?? <span class="muted">no end</span> },
		{ id: 'next', title: 'Next', className: 'number', cell: (t) => (isOn(t) ? <Ago at={t.next_execution_time} /> : <span class="muted">–</span>) },
		{ id: 'do', title: <span class="for-readers">What can be done</span>, cell: (t) => (
			<span class="row is-tight">
				<Action reason={whyNot('change')} onClick={() => change('v2/cron_triggers', t, reload)}>{isOn(t) ? 'Disable' : 'Enable'}</Action>
				<Action reason={whyNot('start')} onClick={() => runNow(t)}>Run now …</Action>
				<Menu label={`More for ${t.name}`} items={[{ label: 'Delete …', run: () => forget('v2/cron_triggers', t, reload), isDangerous: true, reason: whyNot('change') }]}>More</Menu>
			</span>
		) },
	];
}

function eventColumns(reload: () => void): Column<EventTrigger>[]
{
	return [
		{ id: 'name', title: 'Name', className: 'is-name', cell: (t) => <span class="clamp" title={t.name}>{t.name}</span> },
		{ id: 'state', title: 'State', cell: (t) => (isOn(t) ? <Mark kind="good">enabled</Mark> : <Mark kind="off">disabled</Mark>) },
		{ id: 'event', title: 'When', className: 'mono is-text', cell: (t) => `${t.exchange} / ${t.topic} / ${t.event}` },
		{ id: 'workflow', title: 'Starts', cell: (t) => <a href={href(['definitions', t.workflow_id])}>its workflow</a> },
		{ id: 'do', title: <span class="for-readers">What can be done</span>, cell: (t) => (
			<span class="row is-tight">
				<Action reason={whyNot('change')} onClick={() => change('v2/event_triggers', t, reload)}>{isOn(t) ? 'Disable' : 'Enable'}</Action>
				<Action reason={whyNot('change')} onClick={() => forget('v2/event_triggers', t, reload)}>Delete …</Action>
			</span>
		) },
	];
}

export function Triggers()
{
	const cron = useResource((signal) => list<CronTrigger>('v2/cron_triggers', 'cron_triggers', WHOLE, signal), [], 10_000);
	const events = useResource((signal) => list<EventTrigger>('v2/event_triggers', 'event_triggers', WHOLE, signal), [], 30_000);
	const asked = route.value.query.get('trigger');
	const [shown, show] = useState<string | null>(null);
	const chosen = cron.value?.find((t) => t.id === (shown ?? asked)) ?? cron.value?.[0];

	return (
		<>
			<h2>Cron triggers</h2>
			<Table label="cron triggers" columns={cronColumns(cron.reload)} pages={whole(cron.value, cron.error, cron.reload)}
				rowClass={(t) => (t.id === asked ? 'is-asked-for' : '')} empty={(
					<Empty title="No workflow is started by the clock"><pre>SELECT mistral.create_cron_trigger('every_night', 'my_workflow', '30 2 * * *');</pre></Empty>
				)} />
			{chosen && (
				<section class="panel panel-body stack">
					<label class="row"><b>Next times of</b>
						<select value={chosen.id} onChange={(e) => show(e.currentTarget.value)}>{cron.value!.map((t) => <option key={t.id} value={t.id}>{t.name}</option>)}</select>
					</label>
					<NextTimes trigger={chosen} />
				</section>
			)}
			<h2>Event triggers</h2>
			<Table label="event triggers" columns={eventColumns(events.reload)} pages={whole(events.value, events.error, events.reload)} hasKeys={false}
				rowClass={(t) => (t.id === asked ? 'is-asked-for' : '')} empty={(
					<Empty title="No workflow is started by an event"><pre>SELECT mistral.create_event_trigger('on_sent', 'my_workflow', 'shop', 'parcels', 'parcel.sent');</pre></Empty>
				)} />
		</>
	);
}
