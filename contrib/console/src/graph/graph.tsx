// A graph of tasks: layered, with pan and zoom, lit by state.
//
//   <Graph data={data} selected={id} onSelect={(id) => …} onOpen={(id) => …} guards={true} label="tasks of wf" />
//
// The layout is made anew only when nodes, edges or what is open change, not
// when a state does; a node is drawn anew only when it differs. Keys while the
// graph has the focus: arrows go to the task in that direction, Enter opens it,
// o opens its sub-workflow in place, n goes to the next task that failed or is
// at work, + and - zoom, 0 shows all, Shift with arrows moves the picture.

import { useEffect, useId, useMemo, useRef } from 'preact/hooks';
import { stateName } from '../parts/state';
import { layOut, shapeKey, type PlacedNode } from './layout';
import type { GraphData } from './model';
import { Edge, Node } from './picture';
import { Viewport } from './view';

export interface GraphProps
{
	data: GraphData;
	label: string;						// for screen readers: "tasks of wf"
	selected?: string | null;
	onSelect?: (id: string | null) => void;
	onOpen?: (id: string) => void;		// Enter, or a double click
	onToggle?: (id: string) => void;	// open or close the sub-workflow in place
	guards?: boolean;					// write the guards on the edges
	hasRun?: boolean;					// of an execution: what was not taken is pale
	// How high it may become, in pixels (620). It is lower when there is little
	// to see.
	height?: number;
}

// The nearest task in a direction; those it is linked with count as nearer.
function neighbour(nodes: PlacedNode[], data: GraphData, from: PlacedNode, dx: number, dy: number): PlacedNode | null
{
	const linked = new Set(data.edges.flatMap((e) => (e.from === from.node.id ? [e.to] : e.to === from.node.id ? [e.from] : [])));
	const center = (p: PlacedNode) => ({ x: p.x + p.width / 2, y: p.y + (p.node.isOpen ? 20 : p.height / 2) });
	const a = center(from);
	let best: PlacedNode | null = null;
	let least = Infinity;

	for (const p of nodes)
	{
		const b = center(p);
		const along = (b.x - a.x) * dx + (b.y - a.y) * dy;
		const aside = Math.abs((b.x - a.x) * dy) + Math.abs((b.y - a.y) * dx);
		if (p === from || along <= 4 || aside > along * 4)
			continue;
		const cost = (along + aside * 1.5) * (linked.has(p.node.id) ? 0.4 : 1);
		if (cost < least)
			[best, least] = [p, cost];
	}
	return best;
}

const ATTENTION = new Set(['ERROR', 'RUNNING', 'PAUSED', 'WAITING', 'DELAYED']);

export function Graph(props: GraphProps)
{
	const { data, label, selected = null, onSelect, onOpen, onToggle, guards = false, hasRun = false, height = 620 } = props;
	const frame = useRef<HTMLDivElement>(null);
	const layer = useRef<SVGGElement>(null);
	const viewport = useRef<Viewport | null>(null);
	const direction = useRef<'TB' | 'LR' | undefined>(undefined);
	const id = useId();
	const elementId = (node: string) => `${id}-${node}`;
	const key = shapeKey(data, guards);
	const layout = useMemo(() => {
		performance.mark('graph-layout');
		const shape = (frame.current?.clientWidth || Math.min(innerWidth, 1400)) / height;
		const made = layOut(data, key, shape, guards, data.nodes.length > 0 ? direction.current : undefined);
		if (data.nodes.length > 0)
			direction.current = made.direction;
		performance.measure('graph layout', 'graph-layout');
		return made;
	}, [key]);
	const nodes = new Map(data.nodes.map((n) => [n.id, n]));
	const taken = new Map(data.edges.map((e) => [`${e.from}>${e.to}>${e.kind}>${e.guard}`, e.taken]));
	const byId = new Map(layout.nodes.map((p) => [p.node.id, p]));
	const box = { x: -16, y: -18, width: layout.width + 32, height: layout.height + 36 };

	useEffect(() => {
		viewport.current = new Viewport(frame.current!, layer.current!);
		return () => viewport.current?.close();
	}, []);
	useEffect(() => {
		viewport.current!.setContent(box);
		const opened = selected !== null && byId.get(selected)?.node.isOpen ? byId.get(selected) : undefined;
		viewport.current!.fit();
		if (opened && layout.nodes.length > 40)
			viewport.current!.reveal(opened);
		else if (viewport.current!.isTiny)
			viewport.current!.reveal(layout.nodes.find((p) => ATTENTION.has(stateName(nodes.get(p.node.id)?.state))) ?? layout.nodes.find((p) => p.node.isStart) ?? box);
	}, [key]);
	useEffect(() => {
		const p = selected === null ? undefined : byId.get(selected);
		if (p)
			viewport.current!.reveal({ ...p, height: Math.min(p.height, 60) });
	}, [selected]);

	const select = (to: PlacedNode | null | undefined) => to && onSelect?.(to.node.id);
	const next = () => {
		const all = layout.nodes.filter((p) => ATTENTION.has(stateName(nodes.get(p.node.id)?.state)) && p.node.kind === 'task');
		const at = all.findIndex((p) => p.node.id === selected);
		select(all[(at + 1) % Math.max(1, all.length)]);
	};
	const onKeyDown = (e: KeyboardEvent) => {
		const current = selected === null ? undefined : byId.get(selected);
		const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[e.key];
		const view = viewport.current!;

		if (e.ctrlKey || e.metaKey || e.altKey)
			return;
		if (step && e.shiftKey)
			view.pan(-step[0] * 80, -step[1] * 80);
		else if (step)
			select(current ? neighbour(layout.nodes, data, current, step[0], step[1]) : layout.nodes.find((p) => p.node.isStart) ?? layout.nodes[0]);
		else if (e.key === '+' || e.key === '=')
			view.zoom(1.25);
		else if (e.key === '-')
			view.zoom(0.8);
		else if (e.key === '0')
			view.fit();
		else if (e.key === 'n')
			next();
		else if (e.key === 'Enter' && current)
			onOpen?.(current.node.id);
		else if (e.key === 'o' && current?.node.canOpen)
			onToggle?.(current.node.id);
		else if (e.key === 'Escape' && current)
			onSelect?.(null);
		else
			return;
		e.preventDefault();
		e.stopPropagation();
	};
	const targetOf = (e: Event, name: string) => (e.target as Element).closest(`[data-${name}]`)?.getAttribute(`data-${name}`) ?? null;

	return (
		<div class="graph">
			<div ref={frame} class="graph-frame" role="application" tabIndex={0}
				aria-label={`Graph: ${label}. Arrows go from task to task, Enter opens, plus and minus zoom, 0 shows all.`}
				aria-activedescendant={selected !== null && byId.has(selected) ? elementId(selected) : undefined}
				style={{ height: `${Math.round(Math.min(height, Math.max(180, box.height + 32)))}px` }}
				onKeyDown={onKeyDown}
				onClick={(e) => {
					const toggle = targetOf(e, 'toggle');
					if (viewport.current?.wasDrag)
						return;
					if (toggle !== null)
						onToggle?.(toggle);
					else
						onSelect?.(targetOf(e, 'node'));
				}}
				onDblClick={(e) => {
					const node = targetOf(e, 'node');
					if (node !== null && targetOf(e, 'toggle') === null)
						onOpen?.(node);
				}}>
				<svg class="graph-svg" aria-hidden={layout.nodes.length === 0}>
					<defs>
						{['on-success', 'on-error', 'on-complete', 'on-skip', 'requires'].map((kind) => (
							<marker key={kind} id={`${id}-${kind}`} class={`arrow is-${kind}`} viewBox="0 0 10 10" refX="9" refY="5" markerUnits="userSpaceOnUse" markerWidth="10" markerHeight="10" orient="auto">
								<path d="M0 1L9 5L0 9z" />
							</marker>
						))}
					</defs>
					<g ref={layer}>
						{layout.nodes.filter((p) => p.node.isOpen).map((p) => <Node key={p.node.id} {...drawn(p)} />)}
						{layout.edges.map((p) => (
							<Edge key={p.key} placed={p} hasRun={hasRun} marker={`${id}-${p.edge.kind}`}
								taken={taken.get(`${p.edge.from}>${p.edge.to}>${p.edge.kind}>${p.edge.guard}`)}
								isLit={selected !== null && (p.edge.from === selected || p.edge.to === selected)} />
						))}
						{layout.nodes.filter((p) => !p.node.isOpen).map((p) => <Node key={p.node.id} {...drawn(p)} />)}
					</g>
				</svg>
			</div>
			<div class="graph-tools">
				<button type="button" class="quiet" title="Nearer (+)" aria-label="Zoom in" onClick={() => viewport.current?.zoom(1.25)}>+</button>
				<button type="button" class="quiet" title="Farther (-)" aria-label="Zoom out" onClick={() => viewport.current?.zoom(0.8)}>−</button>
				<button type="button" class="quiet" title="Show all (0)" aria-label="Show all" onClick={() => viewport.current?.fit()}>⤢</button>
			</div>
		</div>
	);

	function drawn(placed: PlacedNode)
	{
		const node = nodes.get(placed.node.id) ?? placed.node;

		return {
			placed, node, elementId: elementId(node.id), isSelected: node.id === selected, direction: layout.direction,
			signature: JSON.stringify([node.state, node.items, node.runs, node.attempt, node.join, node.isOpen, node.mark, node.isStart, node.policies]),
		};
	}
}
