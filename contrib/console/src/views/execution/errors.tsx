// What went wrong, the root cause first.

import { get, segment } from '../../api/client';
import { isFinal, type RootCause, type TaskObject } from '../../api/types';
import { count } from '../../format';
import * as operate from '../../operate/task';
import { Action } from '../../parts/action';
import { Copy } from '../../parts/copy';
import { parsed } from '../../parts/json';
import { complain } from '../../parts/toasts';
import { Ago } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';
import { essence } from '../../state/errors';

export function hasItems(task: TaskObject): boolean
{
	const runtime = parsed(task.runtime_context) as { with_items?: unknown } | null;

	return runtime?.with_items !== undefined;
}

const SHOWN = 3;				// errors of one task; the others are behind a link

// What went wrong in one task: one error, or one for each of its items.
function Group({ causes, reload }: { causes: RootCause[]; reload: () => void })
{
	const [first] = causes;
	const { task_execution_id: task } = first;
	const hasSeveral = causes.length > 1 || (first.index ?? 0) > 0;
	const operateOn = async (what: 'rerun' | 'skip') => {
		try
		{
			const t = await get<TaskObject>(`v2/tasks/${segment(task!)}`);
			operate[what]({ id: t.id, name: t.name, state: t.state, hasItems: hasItems(t) }, reload);
		}
		catch (error)
		{
			complain(error);
		}
	};

	return (
		<li class="wait">
			<span class="error-mark" aria-hidden="true">✕</span>
			<div class="wait-text">
				{causes.slice(0, SHOWN).map((c, i) => (
					<p key={i} class="error-text">{hasSeveral && c.index !== null && <span class="muted">item {c.index}: </span>}{essence(c.error)}</p>
				))}
				<p class="muted row">
					{task ? <a href={href(['task', task], hasSeveral ? { state: 'ERROR' } : {})}>{first.path}</a> : <span>{first.path}</span>}
					{causes.length > SHOWN && task && <a href={href(['task', task], { state: 'ERROR' })}>{count(causes.length - SHOWN, 'more item')} of it</a>}
					<Ago at={first.occurred_at} />
					{first.is_handled && <span>handled by the workflow</span>}
					{first.error && <Copy text={causes.map((c) => c.error).join('\n')} what="the error" />}
				</p>
			</div>
			{task && !first.is_handled && (
				<div class="row">
					<Action kind="primary" reason={operate.reasonAgainstRerun('ERROR')} onClick={() => void operateOn('rerun')}>Rerun</Action>
					<Action reason={operate.reasonAgainstSkip('ERROR')} onClick={() => void operateOn('skip')}>Skip</Action>
				</div>
			)}
		</li>
	);
}

function Groups({ causes, reload }: { causes: RootCause[]; reload: () => void })
{
	const groups = new Map<string, RootCause[]>();

	for (const c of causes)
	{
		const key = `${c.task_execution_id ?? c.workflow_execution_id} ${c.path}`;
		groups.set(key, [...groups.get(key) ?? [], c]);
	}
	return <ul>{[...groups].map(([key, list]) => <Group key={key} causes={list} reload={reload} />)}</ul>;
}

export function Errors({ id, state, info, turn, reload }: { id: string; state: string; info: string | null; turn: number; reload: () => void })
{
	const errors = useResource((s) => get<{ errors: RootCause[] }>(`v2/executions/${segment(id)}/errors`, { limit: 50 }, s), [id, state, turn]);
	const all = errors.value?.errors ?? [];
	const open = all.filter((c) => !c.is_handled);
	const handled = all.filter((c) => c.is_handled);
	// a join that failed names the tasks that failed it: consequence, not cause
	const isCause = (c: RootCause) => !/^Failed by tasks:/.test(c.error ?? '');
	const sorted = [...open.filter(isCause), ...open.filter((c) => !isCause(c))];
	const shown = sorted.filter(isCause).length > 0 ? sorted.filter(isCause) : sorted;

	if (all.length === 0)
		return isFinal(state) && state !== 'SUCCESS' && info ? <section class="panel why is-bad"><h2>{state === 'CANCELLED' ? 'Cancelled' : 'What went wrong'}</h2><p class="error-text">{info}</p></section> : null;
	return (
		<section class={`panel why ${open.length > 0 ? 'is-bad' : 'is-past'}`} aria-label="What went wrong">
			{open.length > 0 && <><h2>What went wrong</h2><Groups causes={shown} reload={reload} /></>}
			{sorted.length > shown.length && (
				<details><summary>{sorted.length - shown.length} that failed in consequence</summary><Groups causes={sorted.filter((c) => !isCause(c))} reload={reload} /></details>
			)}
			{handled.length > 0 && (
				<details open={false}><summary>{handled.length} {handled.length === 1 ? 'error' : 'errors'} that the workflow has handled</summary><Groups causes={handled} reload={reload} /></details>
			)}
		</section>
	);
}
