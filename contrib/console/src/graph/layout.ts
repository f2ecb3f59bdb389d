// Where the nodes and edges of a graph go.
//
// dagre puts the nodes into layers. It is given one level at a time: an open
// sub-workflow is laid out first and then is one large node of its parent, so
// that a loop or a long branch inside never pulls at what is outside.
//
// Both directions are tried on small graphs, and the one that fits the shape
// of the picture better is taken.

import { Graph as Dagre, layout as dagreLayout } from '@dagrejs/dagre';
import type { GraphData, GraphEdge, GraphNode } from './model';

export interface Point
{
	x: number;
	y: number;
}

export interface PlacedNode extends Point
{
	node: GraphNode;
	label: string;				// cut to the width
	detail: string;
	width: number;				// x and y are the upper left corner
	height: number;
}

export interface PlacedEdge
{
	edge: GraphEdge;
	key: string;
	points: Point[];
	isLoop: boolean;			// leads back
	label: string;
	labelAt: Point | null;
}

export interface Layout
{
	nodes: PlacedNode[];		// parents before what is inside them
	edges: PlacedEdge[];
	width: number;
	height: number;
	direction: 'TB' | 'LR';
}

const LABEL_FONT = '600 13px system-ui, sans-serif';
const DETAIL_FONT = '11.5px system-ui, sans-serif';
const BADGE_FONT = '600 10px system-ui, sans-serif';
const EDGE_FONT = '11px ui-monospace, monospace';
const MAX_TEXT = 230;
const MAX_EDGE_TEXT = 260;
const HEAD = 46;				// height of a node, and of the head of an open one
const PAD = 14;					// around what is inside an open node
const BOTH_DIRECTIONS = 120;	// nodes up to which both are tried
const THOROUGH = 250;			// nodes up to which layers are chosen thoroughly

let canvas: CanvasRenderingContext2D | null | undefined;

function widthOf(text: string, font: string): number
{
	canvas ??= document.createElement('canvas').getContext('2d');
	if (!canvas)
		return text.length * 7;
	canvas.font = font;
	return canvas.measureText(text).width;
}

function cut(text: string, font: string, most: number): string
{
	if (widthOf(text, font) <= most)
		return text;
	let low = 0;
	let high = text.length;
	while (low < high)
	{
		const middle = (low + high + 1) >> 1;
		if (widthOf(text.slice(0, middle) + '…', font) <= most)
			low = middle;
		else
			high = middle - 1;
	}
	return text.slice(0, low) + '…';
}

// The second line: what is called, and how far it is. Room is kept for the
// largest numbers, so that a node does not grow while it runs.
export function detailOf(node: GraphNode): string
{
	const parts = [node.detail ?? ''];

	if (node.items)
		parts.push(`${node.items.done}/${node.items.total}${node.items.failed > 0 ? `, ${node.items.failed} failed` : ''}`);
	return parts.filter(Boolean).join(' · ');
}

export const joinWords = (join: string) => `join ${join === 'one' ? 'any' : join}`;

// What is written on an edge.
export function edgeWords(edge: GraphEdge, guards: boolean): string
{
	const kind = { 'on-success': '', 'on-error': 'error', 'on-complete': 'always', 'on-skip': 'skipped', requires: '' }[edge.kind];
	const guard = edge.guard ? (guards ? edge.guard.replace(/\s+/g, ' ').replace(/^<% ?(.*?) ?%>$/, '$1') : '') : '';

	return [kind, guard].filter(Boolean).join(': ');
}

function measure(node: GraphNode): PlacedNode
{
	const label = cut(node.label, LABEL_FONT, MAX_TEXT);
	const detail = cut(detailOf(node), DETAIL_FONT, MAX_TEXT);
	const beside = (node.canOpen ? 22 : 0) + (node.join ? widthOf(joinWords(node.join), BADGE_FONT) + 28 : 0);
	const widest = node.kind === 'command' ? widthOf(label, LABEL_FONT)
		: Math.max(widthOf(label, LABEL_FONT) + beside, node.items ? Math.max(120, widthOf(detail, DETAIL_FONT) + 60) : widthOf(detail, DETAIL_FONT));

	return { node, label, detail, x: 0, y: 0, width: Math.ceil(Math.max(node.kind === 'command' ? 60 : 96, widest + 44)), height: node.kind === 'command' ? 34 : HEAD };
}

// Edges that lead back to where a walk from the starts has come from.
function loops(nodes: GraphNode[], edges: GraphEdge[]): Set<GraphEdge>
{
	const out = new Map<string, GraphEdge[]>(nodes.map((n) => [n.id, []]));
	const state = new Map<string, 'open' | 'done'>();
	const back = new Set<GraphEdge>();

	for (const e of edges)
		out.get(e.from)?.push(e);
	for (const root of [...nodes.filter((n) => n.isStart), ...nodes])
	{
		// a walk without recursion: chains may be thousands of tasks long
		const path: { id: string; at: number }[] = state.has(root.id) ? [] : [{ id: root.id, at: 0 }];
		if (path.length > 0)
			state.set(root.id, 'open');
		while (path.length > 0)
		{
			const top = path[path.length - 1];
			const e = out.get(top.id)?.[top.at++];
			if (!e)
			{
				state.set(top.id, 'done');
				path.pop();
			}
			else if (state.get(e.to) === 'open')
				back.add(e);
			else if (!state.has(e.to) && out.has(e.to))
			{
				state.set(e.to, 'open');
				path.push({ id: e.to, at: 0 });
			}
		}
	}
	return back;
}

interface Level
{
	nodes: PlacedNode[];
	edges: PlacedEdge[];
	width: number;
	height: number;
}

function layLevel(data: GraphData, parent: string | undefined, direction: 'TB' | 'LR', guards: boolean): Level
{
	const nodes = data.nodes.filter((n) => n.parent === parent);
	const ids = new Set(nodes.map((n) => n.id));
	const edges = data.edges.filter((e) => ids.has(e.from) && ids.has(e.to));
	const back = loops(nodes, edges);
	const graph = new Dagre({ multigraph: true });
	const inside = new Map<string, Level>();
	const placed = nodes.map((node) => {
		const p = measure(node);
		if (node.isOpen && data.nodes.some((n) => n.parent === node.id))
		{
			const level = layLevel(data, node.id, direction, guards);
			inside.set(node.id, level);
			p.width = Math.max(p.width, level.width + 2 * PAD);
			p.height += level.height + PAD;
		}
		return p;
	});

	graph.setGraph({
		rankdir: direction, nodesep: direction === 'TB' ? 26 : 18, ranksep: direction === 'TB' ? 38 : 54, edgesep: 12, marginx: 0, marginy: 0,
		ranker: nodes.length > THOROUGH ? 'longest-path' : 'network-simplex',
	});
	for (const p of placed)
		graph.setNode(p.node.id, { width: p.width, height: p.height });
	const words = edges.map((e) => cut(edgeWords(e, guards), EDGE_FONT, MAX_EDGE_TEXT));
	edges.forEach((e, i) => {
		const label = words[i] ? { width: widthOf(words[i], EDGE_FONT) + 10, height: 16, labelpos: 'c' as const } : { width: 0, height: 0 };
		// a loop is laid out as if it led forward, from the task it returns to
		const [from, to] = back.has(e) && e.from !== e.to ? [e.to, e.from] : [e.from, e.to];
		graph.setEdge(from, to, { ...label, weight: e.kind === 'on-error' || back.has(e) ? 1 : 3, minlen: 1 }, String(i));
	});
	dagreLayout(graph);

	const all: PlacedNode[] = [];
	const allEdges: PlacedEdge[] = [];
	for (const p of placed)
	{
		const at = graph.node(p.node.id) as Point;
		p.x = at.x - p.width / 2;
		p.y = at.y - p.height / 2;
		all.push(p);
		const level = inside.get(p.node.id);
		if (level)
		{
			const dx = p.x + (p.width - level.width) / 2;
			const dy = p.y + HEAD;
			all.push(...level.nodes.map((n) => ({ ...n, x: n.x + dx, y: n.y + dy })));
			allEdges.push(...level.edges.map((e) => ({
				...e, points: e.points.map((q) => ({ x: q.x + dx, y: q.y + dy })),
				labelAt: e.labelAt && { x: e.labelAt.x + dx, y: e.labelAt.y + dy },
			})));
		}
	}
	edges.forEach((e, i) => {
		const isTurned = back.has(e) && e.from !== e.to;
		const d = graph.edge(isTurned ? e.to : e.from, isTurned ? e.from : e.to, String(i)) as { points: Point[]; x?: number; y?: number };
		const points = isTurned ? [...d.points].reverse() : d.points;
		allEdges.push({
			edge: e, key: `${e.from}>${e.to}>${e.kind}>${i}`, points, isLoop: back.has(e), label: words[i],
			labelAt: d.x !== undefined && d.y !== undefined ? { x: d.x, y: d.y } : points[Math.floor(points.length / 2)] ?? null,
		});
	});
	const size = graph.graph() as { width?: number; height?: number };
	const number = (n: number | undefined) => (n !== undefined && Number.isFinite(n) ? n : 0);
	return { nodes: all, edges: allEdges, width: number(size.width), height: number(size.height) };
}

// The layouts that were made last, by what they depend on: who comes back to a
// large graph does not wait for it again.
const made = new Map<string, Layout>();
const KEPT = 6;

// Lay a graph out for a picture of the given shape (width / height). A
// direction that is given is not chosen anew: the picture does not turn while
// somebody looks at it. `key` is what shapeKey() makes of the data.
export function layOut(data: GraphData, key: string, shape: number, guards: boolean, direction?: 'TB' | 'LR'): Layout
{
	const known = `${key} ${direction ?? shape.toFixed(1)}`;
	const layout = made.get(known) ?? newLayout(data, shape, guards, direction);

	made.delete(known);
	made.set(known, layout);
	for (const old of [...made.keys()].slice(0, -KEPT))
		made.delete(old);
	return layout;
}

function newLayout(data: GraphData, shape: number, guards: boolean, direction: 'TB' | 'LR' | undefined): Layout
{
	const of = (d: 'TB' | 'LR'): Layout => ({ ...layLevel(data, undefined, d, guards), direction: d });
	const scale = (l: Layout) => Math.min(shape / Math.max(1, l.width), 1 / Math.max(1, l.height));

	if (direction)
		return of(direction);
	const down = of('TB');
	if (data.nodes.length > BOTH_DIRECTIONS)
		return down;
	const right = of('LR');
	return scale(right) > scale(down) * 1.15 ? right : down;
}

// What a layout depends on: as long as this is the same, it is.
export function shapeKey(data: GraphData, guards: boolean): string
{
	return JSON.stringify([guards,
		data.nodes.map((n) => [n.id, n.label, n.detail, n.parent, n.isOpen, n.join, !!n.items, n.canOpen]),
		data.edges.map((e) => [e.from, e.to, e.kind, guards ? e.guard : null])]);
}
