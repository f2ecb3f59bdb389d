// One workflow: its graph, its text, its versions, and what uses it.

import { useState } from 'preact/hooks';
import { graphOf, workflow, type Workflow } from './api';
import { UsesOfWorkflow } from './uses';
import { Versions } from './versions';
import { remove, segment } from '../../api/client';
import { startWorkflow } from '../../operate/start';
import { Graph } from '../../graph/graph';
import { fromApi } from '../../graph/model';
import { Action } from '../../parts/action';
import { Code } from '../../parts/code';
import { Copy } from '../../parts/copy';
import { ask } from '../../parts/dialog';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Menu } from '../../parts/menu';
import { Tabs } from '../../parts/pills';
import { Ago } from '../../parts/time';
import { say } from '../../parts/toasts';
import { useKeys } from '../../keys';
import { go, href } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

const PARTS = { graph: 'Graph', text: 'Text', versions: 'Versions', uses: 'Used by' };

function GraphOfWorkflow({ id }: { id: string })
{
	const graph = useResource((signal) => graphOf(id, signal), [id]);
	const [selected, select] = useState<string | null>(null);
	const task = graph.value?.tasks.find((t) => t.name === selected);

	if (graph.error && !graph.value)
		return <ErrorBox error={graph.error} onRetry={graph.reload} />;
	if (!graph.value)
		return <Loading what="graph" />;
	return (
		<>
			<Graph data={fromApi(graph.value)} label={`tasks of ${graph.value.name}`} selected={selected} onSelect={select} guards height={560} />
			{task && (
				<dl class="facts panel panel-body">
					<dt>Task</dt><dd><b>{task.name}</b></dd>
					{task.calls && <><dt>Calls</dt><dd class="mono">{task.calls}</dd></>}
					{task.with_items && <><dt>For each</dt><dd class="mono">{task.with_items.join(', ')}</dd></>}
					{task.join !== null && <><dt>Joins</dt><dd>{task.join === 'all' ? 'all branches' : `${task.join} of its branches`}</dd></>}
					{Object.keys(task.policies ?? {}).length > 0 && <><dt>Policies</dt><dd>{Object.keys(task.policies ?? {}).join(', ')}</dd></>}
					{task.description && <><dt>Description</dt><dd>{task.description}</dd></>}
				</dl>
			)}
		</>
	);
}

function forget(w: Workflow): void
{
	ask({
		title: `Delete the workflow ${w.name}?`, verb: 'Delete', isDangerous: true,
		body: <p>It cannot be started any more, and its triggers go. What runs goes on to its end, and past executions stay.</p>,
		run: async () => {
			await remove(`v2/workflows/${segment(w.id)}`);
			say(`The workflow ${w.name} is deleted.`);
			go(['definitions']);
		},
	});
}

function Facts({ w }: { w: Workflow })
{
	return (
		<p class="muted row">
			{w.namespace && <span>namespace {w.namespace}</span>}
			<span>{w.scope}</span>
			<span>changed <Ago at={w.updated_at ?? w.created_at} /></span>
			{w.tags?.map((tag) => <span class="tag" key={tag}>{tag}</span>)}
			<span class="mono">{w.id}<Copy text={w.id} what="the id" /></span>
		</p>
	);
}

export function Definition({ id, tab }: { id: string; tab: string })
{
	const found = useResource((signal) => workflow(id, signal), [id]);
	const w = found.value;
	const edit = () => go(['definitions', id, 'edit']);
	const simulate = () => go(['definitions', id, 'edit'], { simulate: '1' });
	const start = () => w && startWorkflow(w.id, w.namespace, undefined, w.name);

	useKeys([
		{ keys: 'e', does: 'edit the text', run: edit },
		{ keys: 'm', does: 'simulate', run: simulate },
		{ keys: 's', does: 'start it', run: () => { if (!whyNot('start')) start(); } },
	]);
	if (found.error && !w)
		return <ErrorBox error={found.error} onRetry={found.reload} />;
	if (!w)
		return <Loading what="workflow" />;
	return (
		<div class="stack">
			<div>
				<div class="row is-spread">
					<h1 class="is-long">{w.name}{w.is_draft && <span class="badge">draft</span>}</h1>
					<div class="row">
						<Action kind="primary" reason={whyNot('start')} onClick={start}>Start …</Action>
						<Action reason={null} onClick={simulate}>Simulate</Action>
						<Action reason={null} onClick={edit}>{whyNot('define') ? 'Open in the editor' : 'Edit'}</Action>
						<Menu label="More" items={[
							{ label: 'Its executions', run: () => go(['executions'], { workflow: w.name }) },
							{ label: 'Delete …', run: () => forget(w), isDangerous: true, reason: whyNot('define') },
						]} />
					</div>
				</div>
				<Facts w={w} />
			</div>
			<Tabs label={w.name} chosen={tab} tabs={Object.entries(PARTS).map(([part, label]) => ({ id: part, label, href: href(['definitions', id, part]) }))} />
			{tab === 'graph' && <GraphOfWorkflow id={id} />}
			{tab === 'text' && <Code text={w.definition} label={`text of ${w.name}`} isReadOnly />}
			{tab === 'versions' && <Versions id={id} />}
			{tab === 'uses' && <UsesOfWorkflow id={id} />}
		</div>
	);
}
