// The tasks that wait for whoever is logged in.
//
//   #/inbox    #/inbox/ID

import type { HumanTask } from './api';
import { TaskOfPeople } from './task';
import { Due } from './due';
import type { ViewProps } from '..';
import { usePages } from '../../api/paging';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { count } from '../../format';
import { useKeys } from '../../keys';
import { go, href } from '../../router';

function Card({ task, isChosen }: { task: HumanTask; isChosen: boolean })
{
	return (
		<li>
			<a class="panel inbox-card" href={href(['inbox', task.id])} aria-current={isChosen ? 'true' : undefined}>
				<b class="clamp">{task.title}</b>
				<span class="row">
					<Due task={task} />
					{task.priority > 0 && <span class="tag">priority {task.priority}</span>}
					{task.claimed_by && <span class="tag">claimed by {task.claimed_by}</span>}
				</span>
				{task.workflow_name && <small class="muted clamp">{task.workflow_name}{task.task_name && ` · ${task.task_name}`}</small>}
			</a>
		</li>
	);
}

const NOTHING = (
	<Empty title="Nothing waits for you">
		<p class="muted">A task whose action is std.human asks people for an answer, and stands here for those who may give it:</p>
		<pre>{'approve:\n  action: std.human\n  input:\n    title: Approve the order\n    candidates: [finance]\n    form: {properties: {ok: {type: boolean}}}'}</pre>
	</Empty>
);

export function Inbox({ segments }: ViewProps)
{
	const pages = usePages<HumanTask>('v2/inbox', 'inbox', { limit: 50 }, { every: 5000, mayMove: () => true });
	const { rows } = pages;
	const id = segments[0];
	const at = rows.findIndex((t) => t.id === id);
	const step = (by: number) => {
		const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
		if (next)
			go(['inbox', next.id]);
	};

	useKeys([
		{ keys: 'j', does: 'next task', run: () => step(1) },
		{ keys: 'k', does: 'task before it', run: () => step(-1) },
	]);
	return (
		<div class="stack">
			<h1>Inbox{rows.length > 0 && <span class="badge">{pages.hasMore ? `more than ${rows.length}` : count(rows.length, 'task')}</span>}</h1>
			<div class={`inbox ${id ? 'has-task' : ''}`}>
				<section aria-label="Tasks">
					{pages.error && <ErrorBox error={pages.error} onRetry={pages.reload} />}
					{pages.isLoading ? <Loading what="inbox" /> : rows.length === 0 && !pages.error ? NOTHING : (
						<ul class="inbox-list">
							{rows.map((t) => <Card key={t.id} task={t} isChosen={t.id === id} />)}
						</ul>
					)}
					{pages.hasMore && <button class="quiet" onClick={pages.more}>{pages.isLoadingMore ? 'Loading …' : 'Show more'}</button>}
				</section>
				{id ? <TaskOfPeople key={id} id={id} onChange={pages.reload} />
					: rows.length > 0 && <p class="muted inbox-none">Choose a task to see what it asks.</p>}
			</div>
		</div>
	);
}
