// The editor of a definition: text and graph beside each other, what is wrong
// while it is being written, simulation, and saving.

import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import {
	FIELDS, graphsOf, languageOnce, validate, workflow, type ActionInfo, type Workflow, type WorkflowInfo,
} from './api';
import { Diff } from './diff';
import { Simulator } from './simulate';
import { problemsOf } from './steps';
import { get, post, put, type ApiError } from '../../api/client';
import type { Editor, Problem } from '../../editor/code';
import { completer, type Known } from '../../editor/complete';
import { taskAt, tasksOf } from '../../editor/outline';
import { Graph } from '../../graph/graph';
import { fromApi, type ApiGraph } from '../../graph/model';
import { Action } from '../../parts/action';
import { Code } from '../../parts/code';
import { ask } from '../../parts/dialog';
import { Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { say } from '../../parts/toasts';
import { count } from '../../format';
import { go, href, route, setQuery } from '../../router';
import { useDraft, type Draft } from '../../state/draft';
import { useResource } from '../../state/resource';
import { useSettled } from '../../state/settled';
import { whyNot } from '../../state/who';

const TEMPLATE = `version: '2.0'

hello:
  description: Says hello.
  input:
    - who: you
  tasks:
    greet:
      action: std.echo output="Hello, <% $.who %>"
      publish:
        greeting: <% task().result %>
`;

const PAUSE = 400;				// of typing, before the server is asked

// What can be completed; fetched once an editor is open.
function useKnown(): () => Known | null
{
	const known = useRef<Known | null>(null);

	useEffect(() => {
		const all = { limit: 1000, sort_keys: 'name', sort_dirs: 'asc' };
		Promise.all([
			languageOnce(),
			get<{ actions: ActionInfo[] }>('v2/actions', { ...all, fields: 'name,input,description' }),
			get<{ workflows: WorkflowInfo[] }>('v2/workflows', { ...all, fields: FIELDS }),
		]).then(([language, { actions }, { workflows }]) => {
			known.current = { language, actions, workflows };
		}, () => undefined);	// without it one writes everything oneself
	}, []);
	return () => known.current;
}

// The verdict about a text and the graphs of its workflows; the last graphs
// there were stay while the text is wrong.
function useFindings(text: string)
{
	const settled = useSettled(text, PAUSE);
	const graphs = useRef<ApiGraph[]>([]);
	const found = useResource(async (signal) => {
		const [verdict, drawn] = await Promise.all([validate(settled, signal), graphsOf(settled, signal).catch(() => ({ graphs: undefined }))]);
		graphs.current = drawn.graphs ?? graphs.current;
		return verdict;
	}, [settled]);

	return { verdict: found.value, error: found.error, graphs: graphs.current, isFresh: settled === text && !found.isLoading };
}

function Problems({ problems, isFresh, error, goTo }: { problems: Problem[]; isFresh: boolean; error?: ApiError; goTo: (line: number, column?: number) => void })
{
	if (error)
		return <p class="problems-none muted" role="status">The text cannot be checked: {error.message}</p>;
	if (problems.length === 0)
		return <p class="problems-none muted" role="status">{isFresh ? 'The text is valid.' : 'Checking …'}</p>;
	return (
		<ul class="problems" aria-label="What is wrong" aria-live="polite">
			{problems.map((p, i) => (
				<li key={i}>
					<button type="button" class={`problem is-${p.severity}`} onClick={() => goTo(p.line ?? 1, p.column)}>
						<b>{p.severity === 'error' ? '✕ Error' : '⚠ Warning'}</b>
						{p.line !== undefined && <span class="muted"> line {p.line}</span>} {p.message}
						{p.hint && <small>{p.hint}</small>}
					</button>
				</li>
			))}
		</ul>
	);
}

// Choose one of the workflows of the text.
function Choose({ graphs, chosen, onChoose }: { graphs: ApiGraph[]; chosen: string; onChoose: (name: string) => void })
{
	return graphs.length < 2 ? null : (
		<select aria-label="Workflow of the text" value={chosen} onChange={(e) => onChoose(e.currentTarget.value)}>
			{graphs.map((g) => <option key={g.name}>{g.name}</option>)}
		</select>
	);
}

// Ask, and store the text; resolves with what was stored.
function save(draft: Draft, stored: Workflow | null, onSaved: (workflows: WorkflowInfo[]) => void): void
{
	let isDraft = stored?.is_draft ?? false;

	ask({
		title: stored ? `Save a new version of ${stored.name}?` : 'Save the workflow?', verb: 'Save', wide: stored !== null,
		body: (
			<>
				{stored && <Diff before={stored.definition} after={draft.text} label="what changes" />}
				<p>{stored ? 'What starts from now on uses the new version. What runs keeps the one it began with.' : 'It can be started as soon as it is saved.'}</p>
				<label class="check">
					<input type="checkbox" defaultChecked={isDraft} onChange={(e) => { isDraft = e.currentTarget.checked; }} />
					<span>As a draft: it is started only by those who ask for drafts</span>
				</label>
			</>
		),
		run: async () => {
			const query = { namespace: stored?.namespace, draft: isDraft, scope: stored?.scope };
			const request = stored ? put : post;
			const { workflows } = await request<{ workflows: WorkflowInfo[] }>('v2/workflows', { text: draft.text, query });
			say(`Saved: ${workflows.map((w) => w.name).join(', ')}.`);
			onSaved(workflows);
		},
	});
}

function Workbench({ name, draft, stored, onSaved }: {
	name: string; draft: Draft; stored: Workflow | null; onSaved: (workflows: WorkflowInfo[]) => void;
})
{
	const { text } = draft;
	const known = useKnown();
	const complete = useMemo(() => completer(known), []);
	const editor = useRef<Editor | null>(null);
	const [begun, setBegun] = useState(text);
	const [line, setLine] = useState(1);
	const { verdict, error, graphs, isFresh } = useFindings(text);
	const problems = useMemo(() => problemsOf(verdict), [verdict]);
	const [chosen, choose] = useState('');
	const lines = useMemo(() => text.split('\n'), [text]);
	const here = taskAt(lines, line);
	const graph = graphs.find((g) => g.name === (here && graphs.length > 1 ? here.workflow : chosen)) ?? graphs[0];
	const isSimulating = route.value.query.get('simulate') === '1';
	const goTo = useCallback((l: number, column?: number) => editor.current?.goTo(l, column), []);
	const goToTask = (task: string | null) => {
		const at = tasksOf(lines).find((t) => t.task === task && (graphs.length < 2 || t.workflow === graph?.name));
		if (at)
			goTo(at.line);
	};
	const reason = whyNot('define') ?? (verdict && !verdict.valid ? 'the text is not valid yet' : !draft.isChanged && stored ? 'nothing has been changed' : null);
	const saveNow = () => reason === null && save(draft, stored, onSaved);

	return (
		<div class="workbench">
			<div class="row is-spread">
				<h1 class="is-long">{name}{draft.isChanged && <span class="badge">not saved</span>}</h1>
				<div class="row">
					{draft.isChanged && <button type="button" class="quiet" onClick={() => { draft.forget(); setBegun(stored?.definition ?? TEMPLATE); }}>Undo all changes</button>}
					<button type="button" aria-pressed={isSimulating} onClick={() => setQuery({ simulate: isSimulating ? null : '1' })}>Simulate</button>
					<Action kind="primary" reason={reason} onClick={saveNow} title="Ctrl+S">{stored ? 'Save as new version' : 'Save'} …</Action>
				</div>
			</div>
			<div class="workbench-panes">
				<section class="pane" aria-label="Text">
					<Code text={begun} label={`text of ${name}`} problems={problems} onChange={draft.setText} onLine={setLine}
						onSave={saveNow} complete={complete} onReady={(e) => { editor.current = e; }} />
					<Problems problems={problems} isFresh={isFresh} error={error} goTo={goTo} />
					<p class="muted keys-hint">Ctrl+Space completes · F8 next problem · Ctrl+F finds · Escape, then Tab leaves the text</p>
				</section>
				<section class="pane" aria-label={isSimulating ? 'Simulation' : 'Graph'}>
					<div class="row is-spread pane-head">
						<span class="muted">{graph ? `${graph.name}: ${count(graph.tasks.length, 'task')}` : 'no graph yet'}{verdict?.valid === false && graph ? ' – of the last valid text' : ''}</span>
						<Choose graphs={graphs} chosen={graph?.name ?? ''} onChoose={choose} />
					</div>
					{graph && (isSimulating
						? <Simulator key={graph.name} text={text} graph={graph} isValid={verdict?.valid === true} onTask={goToTask} />
						: <Graph data={fromApi(graph)} label={`tasks of ${graph.name}`} selected={here?.task ?? null} onSelect={goToTask} guards />)}
				</section>
			</div>
		</div>
	);
}

export function NewDefinition()
{
	const draft = useDraft('new', TEMPLATE);

	return (
		<Workbench name="New workflow" draft={draft} stored={null} onSaved={(workflows) => {
			draft.forget();
			go(['definitions', workflows[0].id]);
		}} />
	);
}

function EditStored({ stored, reload }: { stored: Workflow; reload: () => void })
{
	const draft = useDraft(stored.id, stored.definition);

	return (
		<>
			<p class="muted"><a href={href(['definitions', stored.id])}>← {stored.name}</a></p>
			<Workbench name={stored.name} draft={draft} stored={stored} onSaved={reload} />
		</>
	);
}

export function EditDefinition({ id }: { id: string })
{
	const found = useResource((signal) => workflow(id, signal), [id]);

	if (found.error && !found.value)
		return <ErrorBox error={found.error} onRetry={found.reload} />;
	return found.value ? <EditStored stored={found.value} reload={found.reload} /> : <Loading what="text" />;
}
