// When each task waited, was queued, ran and tried again.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { duration, timeOf } from '../../format';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { StateIcon, stateWord } from '../../parts/state';
import { now } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';
import { clock, scaleOf, type Scale } from './timescale';

interface Segment
{
	kind: 'waiting' | 'queued' | 'running' | 'retry' | 'paused';
	from: string;
	to: string | null;			// null: goes on
	is_exact: boolean;
	attempt?: number;
	n?: number | null;			// items
}

interface Row
{
	task_execution_id: string;
	task: string;
	type: string;
	state: string;
	attempts: number;
	segments: Segment[];
}

interface Answer
{
	execution: { id: string; state: string; created_at: string; started_at: string | null; finished_at: string | null };
	now: string;
	tasks: Row[];
	critical_path: string[];
	next: string | null;
}

const WORDS: Record<Segment['kind'], string> = {
	waiting: 'waits for other tasks, a time or a signal', queued: 'queued, for an executor', running: 'running', retry: 'pause before the next attempt', paused: 'paused',
};

const BUSY = new Set(['queued', 'running', 'retry']);

function Track({ row, scale, end, isCritical }: { row: Row; scale: Scale; end: number; isCritical: boolean })
{
	return (
		<div class={isCritical ? 'track is-critical' : 'track'}>
			{row.segments.map((s, i) => {
				const from = timeOf(s.from);
				const to = s.to ? timeOf(s.to) : end;
				const left = scale.place(from);
				const width = Math.max(0, scale.place(to) - left);
				const about = `${WORDS[s.kind]}: ${s.is_exact ? '' : 'about '}${duration(Math.max(0, to - from))}${s.to ? '' : ', goes on'}${s.attempt ? `, attempt ${s.attempt + 1}` : ''}${s.n && s.n > 1 ? `, ${s.n} items` : ''}`;
				return (
					<span key={i} class={`segment is-${s.kind}${s.kind === 'running' ? ` of-${row.state}` : ''}${s.to ? '' : ' is-open'}`} title={about}
						style={{ left: `${(left * 100).toFixed(3)}%`, width: `max(2px, ${(width * 100).toFixed(3)}%)` }} />
				);
			})}
		</div>
	);
}

function summary(row: Row, end: number): string
{
	const sums = new Map<string, number>();

	for (const s of row.segments)
		sums.set(s.kind, (sums.get(s.kind) ?? 0) + (s.to ? timeOf(s.to) : end) - timeOf(s.from));
	return [...sums].map(([kind, ms]) => `${kind} ${duration(Math.max(0, ms))}`).join(', ');
}

function Axis({ scale }: { scale: Scale })
{
	return (
		<div class="axis" aria-hidden="true">
			{scale.ticks.filter((t) => t.place < 0.95).map((t) => <span key={t.at} style={{ left: `${(t.place * 100).toFixed(3)}%` }}>{t.at === 0 ? '0' : clock(t.at, scale.step)}</span>)}
		</div>
	);
}

function Folds({ scale }: { scale: Scale })
{
	return (
		<div class="folds" aria-hidden="true">
			{scale.ticks.map((t) => <i key={t.at} style={{ left: `${(t.place * 100).toFixed(3)}%` }} />)}
			{scale.folds.map((f) => (
				<span key={f.from} title={`${duration(f.to - f.from)} in which nothing was queued or at work`}
					style={{ left: `${(f.left * 100).toFixed(3)}%`, width: `${((f.right - f.left) * 100).toFixed(3)}%` }}>
					<b>{duration(f.to - f.from)}</b>
				</span>
			))}
		</div>
	);
}

// All rows: the pages behind the first are asked for one after the other.
async function load(id: string, signal: AbortSignal, pages: number): Promise<Answer>
{
	const path = `v2/executions/${segment(id)}/timeline`;
	const all = await get<Answer>(path, { limit: 500 }, signal);

	for (let i = 1; i < pages && all.next; i++)
	{
		const more: Answer = await get<Answer>(path, { limit: 500, marker: all.next }, signal);
		all.tasks.push(...more.tasks);
		all.next = more.next;
	}
	return all;
}

export function Timeline({ id, turn }: { id: string; turn: number })
{
	const [pages, setPages] = useState(1);
	const [folded, setFolded] = useState(true);
	const [onlyCritical, setOnlyCritical] = useState(false);
	const timeline = useResource((s) => load(id, s, pages), [id, pages]);
	const last = useRef(turn);
	const value = timeline.value;

	useEffect(() => {
		if (last.current !== turn)
			timeline.reload();
		last.current = turn;
	}, [turn]);
	const isOver = !!value?.execution.finished_at;
	const end = value ? (isOver ? timeOf(value.execution.finished_at!) : Math.max(now.value, timeOf(value.now))) : 0;
	const scale = useMemo(() => {
		if (!value)
			return null;
		const busy = value.tasks.flatMap((r) => r.segments.filter((s) => BUSY.has(s.kind)).map((s) => ({ from: timeOf(s.from), to: s.to ? timeOf(s.to) : end })));
		return scaleOf(timeOf(value.execution.started_at ?? value.execution.created_at), end, busy, folded);
	}, [value, end, folded]);

	if (!value || !scale)
		return timeline.error ? <ErrorBox error={timeline.error} onRetry={timeline.reload} /> : <Loading what="the timeline" />;
	const critical = new Set(value.critical_path);
	const rows = onlyCritical ? value.tasks.filter((r) => critical.has(r.task_execution_id)) : value.tasks;
	const runs = new Map<string, number>();
	if (value.tasks.length === 0)
		return <Empty title="Nothing has begun yet"><p class="muted">Tasks appear here when they start.</p></Empty>;
	return (
		<div class="panel timeline">
			<div class="panel-head row">
				<div class="row legend">
					{(['waiting', 'queued', 'running', 'retry', 'paused'] as const).map((kind) => <span key={kind}><i class={`segment is-${kind}`} /> {kind}</span>)}
				</div>
				<div class="row">
					{scale.folds.length > 0 || !folded ? <button type="button" aria-pressed={folded} onClick={() => setFolded(!folded)}>Fold idle time</button> : null}
					{critical.size > 0 && <button type="button" aria-pressed={onlyCritical} title="The tasks that decided how long it took: had one of them been quicker, all would have been" onClick={() => setOnlyCritical(!onlyCritical)}>Critical path</button>}
				</div>
			</div>
			<div class="timeline-body">
				<div class="timeline-row timeline-axis"><span class="muted">{duration(scale.to - scale.from)} in all</span><Axis scale={scale} /></div>
				<div class="timeline-rows">
					<div class="timeline-ground"><Folds scale={scale} /></div>
					{rows.map((row) => {
						const run = (runs.get(row.task) ?? 0) + 1;
						runs.set(row.task, run);
						return (
							<a key={row.task_execution_id} class="timeline-row" href={href(['task', row.task_execution_id])}
								aria-label={`${row.task}, ${stateWord(row.state)}: ${summary(row, end)}${critical.has(row.task_execution_id) ? ', on the critical path' : ''}`}>
								<span class="timeline-name">
									<StateIcon state={row.state} />
									<span class="clip" title={row.task}>{row.task}</span>
									{run > 1 && <span class="muted">#{run}</span>}
									{critical.has(row.task_execution_id) && <span class="critical-mark" title="on the critical path">★</span>}
								</span>
								<Track row={row} scale={scale} end={end} isCritical={critical.has(row.task_execution_id)} />
							</a>
						);
					})}
				</div>
				{value.next && <button type="button" class="quiet" onClick={() => setPages(pages + 1)}>Show more tasks</button>}
			</div>
		</div>
	);
}
