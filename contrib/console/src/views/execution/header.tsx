// The head of an execution: what it is, how it stands, what can be done.

import { get, segment } from '../../api/client';
import { isFinal, tagsOf, type ExecutionObject } from '../../api/types';
import * as operate from '../../operate/execution';
import { startWorkflow } from '../../operate/start';
import { Action } from '../../parts/action';
import { Copy } from '../../parts/copy';
import { parsed } from '../../parts/json';
import { Menu } from '../../parts/menu';
import { State } from '../../parts/state';
import { Ago, Took } from '../../parts/time';
import { moment } from '../../format';
import { go, href } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

function Operations({ e, reload }: { e: ExecutionObject; reload: () => void })
{
	const subject = { id: e.id, workflow_name: e.workflow_name, state: e.state };
	const canResume = e.state === 'PAUSED' || e.state === 'IDLE';

	return (
		<div class="row">
			{!isFinal(e.state) && (canResume
				? <Action kind="primary" reason={operate.reasonAgainst('resume', e.state)} onClick={() => operate.resume(subject, reload)}>Resume</Action>
				: <Action reason={operate.reasonAgainst('pause', e.state)} onClick={() => operate.pause(subject, reload)}>Pause</Action>)}
			{!isFinal(e.state) && <Action reason={operate.reasonAgainst('cancel', e.state)} onClick={() => operate.cancel(subject, reload)}>Cancel</Action>}
			<Menu label="More operations" items={[
				{ label: 'Start again with the same input', reason: whyNot('start'), run: () => startWorkflow(e.workflow_name, e.workflow_namespace ?? '', parsed(e.input) as Record<string, unknown>, 'Start again') },
				{ label: 'Send a signal', reason: whyNot('change') ?? (isFinal(e.state) ? 'it has ended' : null), run: () => operate.sendSignal(e.id, '', reload) },
				{ label: 'Stop with success', reason: operate.reasonAgainst('succeed', e.state), run: () => operate.succeed(subject, reload) },
				{ label: 'Stop with an error', reason: operate.reasonAgainst('fail', e.state), run: () => operate.fail(subject, reload), isDangerous: true },
				{ label: 'Delete', reason: operate.reasonAgainst('delete', e.state), run: () => operate.deleteExecution(subject, () => go(['executions'])), isDangerous: true },
			]}>More</Menu>
		</div>
	);
}

interface Step
{
	id: string;
	workflow_name: string;
	index: number | null;
}

// The executions above this one, from the topmost on.
function Path({ id }: { id: string })
{
	const path = useResource((s) => get<{ path: Step[] }>(`v2/executions/${segment(id)}/path`, {}, s), [id]);
	const above = path.value?.path.filter((p) => p.id !== id) ?? [];

	if (above.length === 0)
		return null;
	return (
		<nav aria-label="Executions above" class="path">
			{above.map((p) => <span key={p.id}><a href={href(['execution', p.id])}>{p.workflow_name}</a>{p.index !== null && p.index > 0 && ` [${p.index}]`} <span class="muted" aria-hidden="true">›</span> </span>)}
		</nav>
	);
}

export function Header({ e, reload }: { e: ExecutionObject; reload: () => void })
{
	const end = isFinal(e.state) ? e.finished_at ?? e.updated_at : null;

	return (
		<header class="stack head">
			{e.task_execution_id && <Path id={e.id} />}
			<div class="row is-spread">
				<div class="row">
					<h1><a class="plain" href={href(['definitions', e.workflow_name])} title="To the definition">{e.workflow_name}</a></h1>
					<State state={e.state} />
				</div>
				<Operations e={e} reload={reload} />
			</div>
			<div class="row head-facts">
				{e.description && <span>{e.description}</span>}
				<span><span class="muted">created</span> <Ago at={e.created_at} /></span>
				<span><span class="muted">{end ? 'took' : 'for'}</span> <Took from={e.created_at} to={end} /></span>
				{e.start_at && !isFinal(e.state) && <span><span class="muted">starts</span> <Ago at={e.start_at} /></span>}
				{e.deadline && !isFinal(e.state) && <span title={moment(e.deadline)}><span class="muted">time limit</span> <Ago at={e.deadline} /></span>}
				{e.key && <span><span class="muted">key</span> {e.key}</span>}
				{e.workflow_namespace && <span><span class="muted">namespace</span> {e.workflow_namespace}</span>}
				{tagsOf(e.tags).map((t) => <a key={t} class="tag" href={href(['executions'], { tag: t })}>{t}</a>)}
				{e.task_execution_id && <a href={href(['task', e.task_execution_id])}>↑ the task that started it</a>}
				<span class="head-id"><code class="muted">{e.id}</code><Copy text={e.id} what="the id" /></span>
			</div>
		</header>
	);
}
