// What the graph component draws. Whoever has a graph (an execution, a
// definition, a moment of a simulation) makes these from it.

import type { Inputs } from '../parts/form';

export interface GraphNode
{
	id: string;					// unique among the nodes
	label: string;
	detail?: string;			// second line: the action or workflow that is called
	kind: 'task' | 'command';	// a command: fail, succeed, pause
	state?: string | null;		// of the API; null or none: has not begun
	isStart?: boolean;
	join?: string | null;		// "all", "one", "2": how many it waits for
	items?: { total: number; done: number; failed: number; running: number } | null;
	runs?: number;				// how often it has run, when more than once: a loop
	attempt?: number;			// retries so far
	policies?: string[];		// shown as small words on demand
	parent?: string;			// the node inside which it is drawn (an open sub-workflow)
	canOpen?: boolean;			// has a sub-workflow that can be opened in place
	isOpen?: boolean;
	mark?: 'error' | 'warning';	// an editor's finding
}

export interface GraphEdge
{
	from: string;
	to: string;
	kind: 'on-success' | 'on-error' | 'on-complete' | 'on-skip' | 'requires';
	guard?: string | null;
	taken?: number;				// how often; undefined: not known
	isDefault?: boolean;		// comes from task-defaults
}

export interface GraphData
{
	nodes: GraphNode[];
	edges: GraphEdge[];
}

// The graph of a definition (GET v2/workflows/NAME/graph). What `state` and
// the members behind it say comes from an execution, by withRuns(), or from
// whoever else knows.
export interface ApiGraph
{
	name: string;
	type: 'direct' | 'reverse';
	description?: string | null;
	input: Inputs;
	input_schema: unknown;
	tasks: ApiGraphTask[];
	edges: { from: string; to: string; kind: GraphEdge['kind']; guard: string | null; is_default?: boolean; taken?: number }[];
	commands: { from: string; command: string; kind: GraphEdge['kind']; guard: string | null; params?: { msg?: string } | null; taken?: number }[];
}

export interface ApiGraphTask
{
	name: string;
	line?: number | null;
	kind: 'action' | 'workflow' | 'wait' | 'noop';
	calls: string | null;
	is_dynamic?: boolean;
	join: string | number | null;
	with_items: string[] | null;
	policies?: Record<string, unknown> | null;
	is_start: boolean;
	description?: string | null;
	state?: string | null;
	state_info?: string | null;
	runs?: number;
	task_id?: string | null;
	items?: GraphNode['items'];
	attempt?: number;
	sub_executions?: SubExecution[];
}

export interface SubExecution
{
	id: string;
	workflow_name: string;
	state: string;
	index: number | null;
}

// The graph of an execution (GET v2/executions/ID/graph).
export interface ApiExecutionGraph
{
	execution: { id: string; state: string };
	graph: ApiGraph | null;			// null where only what changes was asked for
	runs: {
		task: string; state: string; state_info: string | null; runs: number; task_execution_id: string; attempt: number;
		items: GraphNode['items']; sub_executions?: SubExecution[];
	}[];
	taken: { from: string; to: string; kind: string; times: number }[];
}

// A graph with what an execution says of its tasks.
export function withRuns(graph: ApiGraph, { runs, taken }: Pick<ApiExecutionGraph, 'runs' | 'taken'>): ApiGraph
{
	const byName = new Map(runs.map((r) => [r.task, r]));
	const times = new Map(taken.map((t) => [`${t.from}>${t.to}>${t.kind}`, t.times]));

	return {
		...graph,
		tasks: graph.tasks.map((t) => {
			const run = byName.get(t.name);
			return run ? { ...t, state: run.state, state_info: run.state_info, runs: run.runs, task_id: run.task_execution_id, attempt: run.attempt, items: run.items, sub_executions: run.sub_executions } : { ...t, state: null };
		}),
		edges: graph.edges.map((e) => ({ ...e, taken: times.get(`${e.from}>${e.to}>${e.kind}`) ?? 0 })),
		commands: graph.commands.map((c) => ({ ...c, taken: times.get(`${c.from}>${c.command}>${c.kind}`) ?? 0 })),
	};
}

const CLAUSE: Record<string, string> = { noop: 'ends', fail: 'fails the workflow', succeed: 'ends with success', pause: 'pauses' };

// The nodes and edges of an answer. Nodes of tasks have the task's name as id;
// `prefix` (with the parent's id) keeps those of a sub-workflow apart.
export function fromApi(graph: ApiGraph, parent?: string): GraphData
{
	const id = (name: string) => (parent ? `${parent}/${name}` : name);
	const nodes = graph.tasks.map((t): GraphNode => ({
		id: id(t.name), label: t.name, kind: 'task', parent,
		detail: t.calls ?? (t.kind === 'noop' ? undefined : t.kind),
		state: t.state, isStart: t.is_start, join: t.join === null || t.join === undefined ? null : String(t.join),
		items: t.items, runs: t.runs, attempt: t.attempt, policies: t.policies ? Object.keys(t.policies) : [],
		canOpen: t.kind === 'workflow',
	}));
	const edges = graph.edges.map((e): GraphEdge => ({ from: id(e.from), to: id(e.to), kind: e.kind, guard: e.guard, taken: e.taken, isDefault: e.is_default }));

	graph.commands.filter((c) => c.command !== 'noop').forEach((c, i) => {
		const node = `${id(c.from)}#${c.command}#${i}`;
		nodes.push({ id: node, label: c.command, detail: c.params?.msg ?? CLAUSE[c.command], kind: 'command', parent, state: c.taken ? 'SUCCESS' : null });
		edges.push({ from: id(c.from), to: node, kind: c.kind, guard: c.guard, taken: c.taken });
	});
	return { nodes, edges };
}
