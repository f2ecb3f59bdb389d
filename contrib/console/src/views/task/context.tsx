// The data that a task sees, who published each, and what the task changed.

import { useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Json } from '../../parts/json';
import { complain } from '../../parts/toasts';
import { href } from '../../router';
import { useResource } from '../../state/resource';

interface Variable
{
	name: string;
	source: 'branch' | 'global' | 'vars' | 'input';
	published_by: { task_execution_id: string; task: string } | null;
	value: unknown;
	is_cut: boolean;			// too large: the value is to be asked for
	size: number;
}

interface Published
{
	name: string;
	is_global: boolean;
	change: 'new' | 'changed' | 'same' | 'set';
	before: unknown;
	value: unknown;
	is_cut: boolean;
	size: number;
}

interface Answer
{
	variables: Variable[];
	published: Published[];
}

const SIGNS = { new: '+', changed: '±', same: '=', set: '→' };
const ORIGINS = { branch: '–', global: 'published globally', input: 'input of the workflow', vars: 'vars of the workflow' };

// A value, or the button that fetches one which is large.
function Value({ taskId, of, list }: { taskId: string; of: Variable | Published; list: keyof Answer })
{
	const [fetched, setFetched] = useState<{ value: unknown } | null>(null);
	const fetchIt = () => {
		get<Answer>(`v2/tasks/${segment(taskId)}/context`, { name: of.name })
			.then((answer) => setFetched({ value: answer[list].find((v) => v.name === of.name)?.value }), complain);
	};

	if (of.is_cut && !fetched)
		return <button type="button" class="quiet" onClick={fetchIt}>Show it ({Math.round(of.size / 1000).toLocaleString('en')} kB)</button>;
	return <Json value={fetched ? fetched.value : of.value} what={of.name} open={1} />;
}

function Change({ taskId, p }: { taskId: string; p: Published })
{
	return (
		<tr class={`change is-${p.change}`}>
			<td class="mono" title={p.change}><span aria-hidden="true">{SIGNS[p.change]}</span><span class="for-readers">{p.change}</span></td>
			<th scope="row">{p.name}{p.is_global && <span class="tag" title="all tasks of the execution see it">global</span>}</th>
			<td>{p.change === 'changed' ? <Json value={p.before} what={`${p.name} before`} open={1} /> : <span class="muted">{p.change === 'new' ? 'was not there' : ''}</span>}</td>
			<td><Value taskId={taskId} of={p} list="published" /></td>
		</tr>
	);
}

function Origin({ v }: { v: Variable })
{
	if (v.published_by)
		return <a href={href(['task', v.published_by.task_execution_id])}>{v.published_by.task}</a>;
	return <span class="muted">{ORIGINS[v.source]}</span>;
}

export function Context({ taskId, turn }: { taskId: string; turn: number })
{
	const context = useResource((s) => get<Answer>(`v2/tasks/${segment(taskId)}/context`, {}, s), [taskId, turn]);
	const c = context.value;

	if (!c)
		return context.error ? <ErrorBox error={context.error} onRetry={context.reload} /> : <Loading what="the context" />;
	return (
		<div class="stack">
			{c.published.length > 0 && (
				<section class="panel">
					<div class="panel-head"><h2>What it published</h2></div>
					<div class="scroll"><table class="table">
						<thead><tr><th /><th>Name</th><th>Before</th><th>After</th></tr></thead>
						<tbody>{c.published.map((p) => <Change key={`${p.is_global} ${p.name}`} taskId={taskId} p={p} />)}</tbody>
					</table></div>
				</section>
			)}
			<section class="panel">
				<div class="panel-head"><h2>What it sees</h2></div>
				{c.variables.length === 0 ? <Empty title="No variables" />
					: (
						<div class="scroll"><table class="table">
							<thead><tr><th>Name</th><th>Value</th><th>Published by</th></tr></thead>
							<tbody>
								{c.variables.map((v) => (
									<tr key={v.name}>
										<th scope="row">{v.name}{v.source === 'global' && <span class="tag" title="all tasks of the execution see it">global</span>}</th>
										<td class="value-cell"><Value taskId={taskId} of={v} list="variables" /></td>
										<td><Origin v={v} /></td>
									</tr>
								))}
							</tbody>
						</table></div>
					)}
			</section>
		</div>
	);
}
