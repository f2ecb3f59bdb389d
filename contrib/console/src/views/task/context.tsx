// The data that a task sees, who published each, and what the task changed.

import { get, segment } from '../../api/client';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Json } from '../../parts/json';
import { href } from '../../router';
import { useResource } from '../../state/resource';

interface Variable
{
	name: string;
	value: unknown;
	published_by: { task_id: string; task: string } | 'input' | 'vars' | 'environment' | null;
	is_global: boolean;
	size: number;
}

interface Published
{
	name: string;
	value: unknown;
	change: 'new' | 'changed' | 'same';
	before?: unknown;
}

interface Answer
{
	variables: Variable[];
	published: Published[];
	is_complete: boolean;
}

const SIGNS = { new: '+', changed: '±', same: '=' };
const ORIGINS = { input: 'input of the workflow', vars: 'vars of the workflow', environment: 'environment' };

function Change({ p }: { p: Published })
{
	return (
		<tr class={`change is-${p.change}`}>
			<td class="mono" title={p.change}><span aria-hidden="true">{SIGNS[p.change]}</span><span class="for-readers">{p.change}</span></td>
			<th scope="row">{p.name}</th>
			<td>{p.change === 'changed' ? <Json value={p.before} what={`${p.name} before`} open={1} /> : <span class="muted">{p.change === 'new' ? 'was not there' : ''}</span>}</td>
			<td><Json value={p.value} what={p.name} open={1} /></td>
		</tr>
	);
}

function Origin({ v }: { v: Variable })
{
	const from = v.published_by;

	if (from === null)
		return <span class="muted">–</span>;
	return typeof from === 'string' ? <span class="muted">{ORIGINS[from] ?? from}</span> : <a href={href(['task', from.task_id])}>{from.task}</a>;
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
						<tbody>{c.published.map((p) => <Change key={p.name} p={p} />)}</tbody>
					</table></div>
				</section>
			)}
			<section class="panel">
				<div class="panel-head"><h2>What it sees</h2>{!c.is_complete && <span class="muted">only a part: the rest is too large to be shown</span>}</div>
				{c.variables.length === 0 ? <Empty title="No variables" />
					: (
						<div class="scroll"><table class="table">
							<thead><tr><th>Name</th><th>Value</th><th>Published by</th></tr></thead>
							<tbody>
								{c.variables.map((v) => (
									<tr key={v.name}>
										<th scope="row">{v.name}{v.is_global && <span class="tag" title="all tasks of the execution see it">global</span>}</th>
										<td class="value-cell"><Json value={v.value} what={v.name} open={1} /></td>
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
