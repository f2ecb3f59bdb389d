// How much is going on, and what needs somebody.

import { list, type CallSummary, type Delivery, type Executor, type QueueRow, type Rates } from './api';
import { Chart, type Line } from './chart';
import { get } from '../../api/client';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Ago } from '../../parts/time';
import { timeOf } from '../../format';
import { href, route, setQuery } from '../../router';
import { useResource } from '../../state/resource';

const SPANS = [
	{ seconds: '900', label: '15 minutes' }, { seconds: '3600', label: '1 hour' }, { seconds: '21600', label: '6 hours' },
	{ seconds: '86400', label: '1 day' }, { seconds: '604800', label: '1 week' },
];
const BUCKETS = 60;

const EXECUTIONS: Omit<Line, 'values'>[] = [
	{ name: 'started', colour: '--running' }, { name: 'succeeded', colour: '--success', dash: [8, 4] },
	{ name: 'failed', colour: '--error', dash: [3, 3] }, { name: 'cancelled', colour: '--cancelled', dash: [1, 4] },
];
const WORK: Omit<Line, 'values'>[] = [{ name: 'tasks', colour: '--accent' }, { name: 'actions', colour: '--waiting', dash: [8, 4] }];

interface Tile
{
	title: string;
	value: string;
	detail?: preact.ComponentChildren;
	to: string;
	isBad: boolean;
}

function Tiles({ tiles }: { tiles: Tile[] })
{
	return (
		<ul class="tiles">
			{tiles.map((t) => (
				<li key={t.title}>
					<a class={`panel tile ${t.isBad ? 'is-bad' : ''}`} href={href(['system', t.to])}>
						<span class="muted">{t.title}</span>
						<b class="tile-value">{t.isBad && <span aria-hidden="true">⚠ </span>}{t.value}</b>
						<small class="muted">{t.detail}</small>
					</a>
				</li>
			))}
		</ul>
	);
}

// What a part of the page that may not be seen, or is not there, counts for.
const orNone = <T,>(promise: Promise<T>, none: T) => promise.catch((error) => {
	if (error.status === 403 || error.status === 404)
		return none;
	throw error;
});

async function tilesOf(signal: AbortSignal): Promise<Tile[]>
{
	const [executors, queue, calls, deliveries] = await Promise.all([
		orNone(list<Executor>('v2/executors', 'executors', {}, signal), []),
		orNone(list<QueueRow>('v2/queue', 'queue', {}, signal), []),
		orNone(get<{ summary: CallSummary }>('v2/delayed_calls', { limit: 1 }, signal), { summary: { waiting: 0, due: 0, failing: 0, dead: 0 } }),
		orNone(list<Delivery>('v2/event_deliveries', 'event_deliveries', { is_dead: true, limit: 100 }, signal), []),
	]);
	const alive = executors.filter((e) => e.is_alive).length;
	const ready = queue.reduce((n, row) => n + row.actions - row.held, 0);
	const oldest = queue.map((row) => row.oldest).filter((at) => at !== null).sort()[0] ?? null;
	const orphans = queue.filter((row) => row.actions > row.held && row.executors === 0).length;
	const { dead, failing, due, waiting } = calls.summary;

	return [
		{ title: 'Executors', value: `${alive} of ${executors.length}`, detail: 'alive', to: 'executors', isBad: executors.length > alive },
		{ title: 'Queue', value: ready.toLocaleString('en'), detail: orphans > 0 ? 'some that no executor takes' : oldest ? <>oldest <Ago at={oldest} /></> : 'nothing waits', to: 'queue', isBad: orphans > 0 },
		{ title: 'Calls due', value: due.toLocaleString('en'), detail: `${waiting.toLocaleString('en')} for later, ${failing} tried again`, to: 'calls', isBad: failing > 0 },
		{ title: 'Dead calls', value: dead.toLocaleString('en'), detail: dead > 0 ? 'given up: look at them' : 'none', to: 'calls', isBad: dead > 0 },
		{ title: 'Dead deliveries', value: deliveries.length >= 100 ? '100 or more' : String(deliveries.length), detail: deliveries.length > 0 ? 'events that did not arrive' : 'none', to: 'events', isBad: deliveries.length > 0 },
	];
}

function linesOf(rates: Rates, names: Omit<Line, 'values'>[]): Line[]
{
	return names.filter((n) => rates.series[n.name]).map((n) => ({ ...n, values: rates.series[n.name] }));
}

function RateCharts({ rates, span }: { rates: Rates; span: string })
{
	const from = timeOf(rates.from) / 1000;
	const times = (rates.series.started ?? []).map((_, i) => from + i * rates.step);
	const per = rates.step >= 60 ? `${Math.round(rates.step / 60)} min` : `${Math.round(rates.step)} s`;

	return (
		<div class="charts">
			<Chart label={`Executions, per ${per} in ${span}`} times={times} lines={linesOf(rates, EXECUTIONS)} />
			{rates.series.tasks && <Chart label={`Tasks and actions, per ${per} in ${span}`} times={times} lines={linesOf(rates, WORK)} />}
			{!rates.is_exact && <p class="muted">There is very much of it: the numbers are estimates.</p>}
		</div>
	);
}

export function Overview()
{
	const seconds = route.value.query.get('seconds') ?? '3600';
	const span = SPANS.find((s) => s.seconds === seconds)?.label ?? `${seconds} s`;
	const tiles = useResource(tilesOf, [], 5000);
	const rates = useResource((signal) => get<Rates>('v2/rates', { seconds, buckets: BUCKETS }, signal), [seconds], 10_000);

	return (
		<>
			{tiles.error && !tiles.value && <ErrorBox error={tiles.error} onRetry={tiles.reload} />}
			{tiles.value ? <Tiles tiles={tiles.value} /> : !tiles.error && <Loading what="state of the service" />}
			<div class="row is-spread">
				<h2>Rates</h2>
				<label>Span{' '}
					<select value={seconds} onChange={(e) => setQuery({ seconds: e.currentTarget.value })}>
						{SPANS.map((s) => <option key={s.seconds} value={s.seconds}>{s.label}</option>)}
					</select>
				</label>
			</div>
			{rates.error && !rates.value && <ErrorBox error={rates.error} onRetry={rates.reload} />}
			{rates.value ? <RateCharts rates={rates.value} span={span} /> : !rates.error && <Loading what="rates" />}
		</>
	);
}
