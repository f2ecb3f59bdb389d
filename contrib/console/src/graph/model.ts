// What the graph component draws. Whoever has a graph (an execution, a
// definition, a moment of a simulation) makes these from it.

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

// What the API answers (GET …/graph).
export interface ApiGraph
{
	name: string;
	type: 'direct' | 'reverse';
	input: { name: string; is_required: boolean; default?: unknown }[];
	input_schema: unknown;
	tasks: ApiGraphTask[];
	edges: { from: string; to: string; kind: GraphEdge['kind']; guard: string | null; is_default?: boolean; taken?: number }[];
	commands: { from: string; command: string; kind: GraphEdge['kind']; guard: string | null; message: string | null; taken?: number }[];
	execution?: { id: string; state: string };
}

export interface ApiGraphTask
{
	name: string;
	line?: number;
	kind: 'action' | 'workflow' | 'wait' | 'noop';
	calls: string | null;
	is_dynamic?: boolean;
	join: string | number | null;
	with_items: string[] | null;
	policies?: string[];
	is_start: boolean;
	description?: string;
	state?: string | null;
	runs?: number;
	task_id?: string | null;
	items?: GraphNode['items'];
	attempt?: number;
	counts?: Record<string, number>;
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
		items: t.items, runs: t.runs, attempt: t.attempt, policies: t.policies,
		canOpen: t.kind === 'workflow',
	}));
	const edges = graph.edges.map((e): GraphEdge => ({ from: id(e.from), to: id(e.to), kind: e.kind, guard: e.guard, taken: e.taken, isDefault: e.is_default }));

	graph.commands.filter((c) => c.command !== 'noop').forEach((c, i) => {
		const node = `${id(c.from)}#${c.command}#${i}`;
		nodes.push({ id: node, label: c.command, detail: c.message ?? CLAUSE[c.command], kind: 'command', parent, state: c.taken ? 'SUCCESS' : null });
		edges.push({ from: id(c.from), to: node, kind: c.kind, guard: c.guard, taken: c.taken });
	});
	return { nodes, edges };
}
