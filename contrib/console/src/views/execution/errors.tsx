// What went wrong, the root cause first.

import { get, segment } from '../../api/client';
import { isFinal, type RootCause, type TaskObject } from '../../api/types';
import * as operate from '../../operate/task';
import { Action } from '../../parts/action';
import { Copy } from '../../parts/copy';
import { parsed } from '../../parts/json';
import { Ago } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';
import { essence } from '../../state/errors';

export function hasItems(task: TaskObject): boolean
{
	const runtime = parsed(task.runtime_context) as { with_items?: unknown } | null;

	return runtime?.with_items !== undefined;
}

function Cause({ cause, isItem, reload }: { cause: RootCause; isItem: boolean; reload: () => void })
{
	const name = cause.path.split(' > ')[0].split('.').slice(1).join('.') || cause.path;
	const operateOn = async (what: 'rerun' | 'skip') => {
		const id = cause.task_execution_id!;
		const task = await get<TaskObject>(`v2/tasks/${segment(id)}`);
		operate[what]({ id, name: task.name ?? name, state: task.state, hasItems: hasItems(task) }, reload);
	};

	return (
		<li class="wait">
			<span class="is-ERROR error-mark" aria-hidden="true">✕</span>
			<div class="wait-text">
				<p class="error-text">{essence(cause.error)}</p>
				<p class="muted row">
					{cause.task_execution_id
						? <a href={href(['task', cause.task_execution_id])}>{cause.path}</a> : <span>{cause.path}</span>}
					{isItem && <span>item {cause.index}</span>}
					<Ago at={cause.occurred_at} />
					{cause.is_handled && <span>handled by the workflow</span>}
					{cause.error && <Copy text={cause.error} what="the error" />}
				</p>
			</div>
			{cause.task_execution_id && !cause.is_handled && (
				<div class="row">
					<Action kind="primary" reason={operate.reasonAgainstRerun('ERROR')} onClick={() => void operateOn('rerun')}>Rerun</Action>
					<Action reason={operate.reasonAgainstSkip('ERROR')} onClick={() => void operateOn('skip')}>Skip</Action>
				</div>
			)}
		</li>
	);
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

	// only where several of one task have failed does a number say something
	const isItem = (c: RootCause) => c.index !== null && (c.index > 0 || all.some((o) => o !== c && o.task_execution_id === c.task_execution_id));
	const list = (causes: RootCause[]) => <ul>{causes.map((c, i) => <Cause key={i} cause={c} isItem={isItem(c)} reload={reload} />)}</ul>;

	if (all.length === 0)
		return isFinal(state) && state !== 'SUCCESS' && info ? <section class="panel why is-bad"><h2>{state === 'CANCELLED' ? 'Cancelled' : 'What went wrong'}</h2><p class="error-text">{info}</p></section> : null;
	return (
		<section class={`panel why ${open.length > 0 ? 'is-bad' : 'is-past'}`} aria-label="What went wrong">
			{open.length > 0 && <><h2>What went wrong</h2>{list(shown)}</>}
			{sorted.length > shown.length && (
				<details><summary>{sorted.length - shown.length} that failed in consequence</summary>{list(sorted.filter((c) => !isCause(c)))}</details>
			)}
			{handled.length > 0 && (
				<details open={false}><summary>{handled.length} {handled.length === 1 ? 'error' : 'errors'} that the workflow has handled</summary>{list(handled)}</details>
			)}
		</section>
	);
}
