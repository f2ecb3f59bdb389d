// The graph of an execution, with those of sub-workflows that are open in it.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { get, segment, type ApiError } from '../../api/client';
import { fromApi, withRuns, type ApiExecutionGraph, type ApiGraph, type ApiGraphTask, type GraphData } from '../../graph/model';
import { useResource, type Resource } from '../../state/resource';

export interface Graphs
{
	graph: Resource<ApiGraph>;
	data: GraphData | undefined;
	taskOf: (node: string) => ApiGraphTask | undefined;
	// the execution of the sub-workflow that is open in a node
	executionOf: (node: string) => string | undefined;
	opened: Set<string>;
	toggle: (node: string) => void;
	error: ApiError | undefined;
}

interface Inner
{
	graph: ApiGraph;
	executionId?: string;
}

// The graph of an execution. Its definition does not change while it runs, so
// what is known of it is not asked for again.
async function executionGraph(id: string, known: Map<string, ApiGraph>, signal?: AbortSignal): Promise<ApiGraph>
{
	const graph = known.get(id);
	const answer = await get<ApiExecutionGraph>(`v2/executions/${segment(id)}/graph`, graph ? { graph: false } : {}, signal);

	if (answer.graph)
		known.set(id, answer.graph);
	return withRuns(answer.graph ?? graph!, answer);
}

// The graph of what a task calls: of its last execution, if it has one.
async function innerGraph(task: ApiGraphTask, namespace: string, known: Map<string, ApiGraph>): Promise<Inner>
{
	const executionId = task.sub_executions?.at(-1)?.id;

	if (executionId)
		return { graph: await executionGraph(executionId, known), executionId };
	return { graph: await get<ApiGraph>(`v2/workflows/${segment(task.calls ?? '')}/graph`, { namespace }) };
}

// `turn` is another number whenever something has changed.
export function useGraphs(id: string, namespace: string, turn: number): Graphs
{
	const known = useRef(new Map<string, ApiGraph>());
	const graph = useResource((s) => executionGraph(id, known.current, s), [id], 0);
	const [opened, setOpened] = useState<Set<string>>(new Set());
	const [inner, setInner] = useState<Map<string, Inner>>(new Map());
	const [error, setError] = useState<ApiError>();
	const shownTurn = useRef(turn);

	useEffect(() => {
		if (shownTurn.current !== turn)
			graph.reload();
		shownTurn.current = turn;
	}, [turn]);
	useEffect(() => {
		setOpened(new Set());
		setInner(new Map());
	}, [id]);

	const tasks = useMemo(() => {
		const map = new Map<string, ApiGraphTask>();
		const add = (g: ApiGraph, parent?: string) => g.tasks.forEach((t) => {
			const node = parent ? `${parent}/${t.name}` : t.name;
			map.set(node, t);
			const below = inner.get(node);
			if (below && opened.has(node))
				add(below.graph, node);
		});
		if (graph.value)
			add(graph.value);
		return map;
	}, [graph.value, inner, opened]);

	// what is open is fetched again with the graph around it
	useEffect(() => {
		let isCurrent = true;
		const nodes = [...opened].filter((n) => tasks.has(n));
		Promise.all(nodes.map(async (n) => [n, await innerGraph(tasks.get(n)!, namespace, known.current)] as const)).then((found) => {
			if (isCurrent && nodes.length > 0)
				setInner((old) => new Map([...old, ...found]));
		}, (e: ApiError) => isCurrent && setError(e));
		return () => { isCurrent = false; };
	}, [graph.value, opened]);

	const data = useMemo(() => {
		if (!graph.value)
			return undefined;
		const all: GraphData = { nodes: [], edges: [] };
		const add = (g: ApiGraph, parent?: string) => {
			const part = fromApi(g, parent);
			all.edges.push(...part.edges);
			for (const node of part.nodes)
			{
				const below = opened.has(node.id) ? inner.get(node.id) : undefined;
				all.nodes.push(below ? { ...node, isOpen: true } : node);
				if (below)
					add(below.graph, node.id);
			}
		};
		add(graph.value);
		return all;
	}, [graph.value, inner, opened]);

	return {
		graph, data, opened, error: graph.value ? error : graph.error,
		taskOf: (node) => tasks.get(node),
		executionOf: (node) => inner.get(node)?.executionId,
		toggle: (node) => setOpened((old) => {
			const next = new Set(old);
			setError(undefined);
			if (!next.delete(node))
				next.add(node);
			return next;
		}),
	};
}
