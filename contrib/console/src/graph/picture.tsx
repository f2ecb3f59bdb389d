// The nodes and edges of a graph, as SVG.

import { Component } from 'preact';
import { stateName, stateShape, stateWord } from '../parts/state';
import { detailOf, joinWords, type PlacedEdge, type PlacedNode, type Point } from './layout';
import type { GraphNode } from './model';

// A line through points, round at its corners (a uniform cubic B-spline, which
// touches its first and last point).
export function curve(points: Point[]): string
{
	if (points.length === 0)
		return '';
	const n = (v: number) => v.toFixed(1);
	const [first] = points;
	const last = points[points.length - 1];
	if (points.length < 3)
		return `M${n(first.x)} ${n(first.y)}L${n(last.x)} ${n(last.y)}`;
	let path = `M${n(first.x)} ${n(first.y)}L${n((5 * first.x + points[1].x) / 6)} ${n((5 * first.y + points[1].y) / 6)}`;
	for (let i = 1; i < points.length; i++)
	{
		const [a, b, c] = [points[i - 1], points[i], points[i + 1] ?? last];
		path += `C${n((2 * a.x + b.x) / 3)} ${n((2 * a.y + b.y) / 3)} ${n((a.x + 2 * b.x) / 3)} ${n((a.y + 2 * b.y) / 3)} ${n((a.x + 4 * b.x + c.x) / 6)} ${n((a.y + 4 * b.y + c.y) / 6)}`;
	}
	return path + `L${n(last.x)} ${n(last.y)}`;
}

// Renders again only when one of its properties is another.
abstract class Still<P extends object> extends Component<P>
{
	override shouldComponentUpdate(next: Readonly<P>): boolean
	{
		return Object.keys(next).some((name) => next[name as keyof P] !== this.props[name as keyof P]);
	}
}

interface EdgeProps
{
	placed: PlacedEdge;
	taken: number | undefined;
	hasRun: boolean;			// the graph is one of an execution
	isLit: boolean;				// leads to or from the selected task
	marker: string;				// id of the arrow head
}

export class Edge extends Still<EdgeProps>
{
	override render()
	{
		const { placed, taken, hasRun, isLit, marker } = this.props;
		const { edge, points, label, labelAt, isLoop } = placed;
		const isTaken = (taken ?? 0) > 0;
		const kind = `edge is-${edge.kind}${hasRun ? (isTaken ? ' is-taken' : ' is-open') : ''}${isLoop ? ' is-loop' : ''}${isLit ? ' is-lit' : ''}`;
		const words = [label, isTaken && taken! > 1 ? `×${taken}` : ''].filter(Boolean).join(' ');
		const about = `${edge.from} → ${edge.to}, ${edge.kind}${edge.guard ? `, if ${edge.guard}` : ''}${isLoop ? ', leads back' : ''}${isTaken ? `, taken ${taken} ×` : ''}`;
		const width = words.length * 6.7 + 8;

		return (
			<g class={kind}>
				<title>{about}</title>
				<path class="edge-grip" d={curve(points)} />
				<path class="edge-line" d={curve(points)} marker-end={`url(#${marker})`} />
				{words !== '' && labelAt && (
					<g class="edge-label" transform={`translate(${labelAt.x.toFixed(1)} ${labelAt.y.toFixed(1)})`}>
						<rect x={-width / 2} y={-8} width={width} height={16} rx={4} />
						<text text-anchor="middle" y={4}>{words}</text>
					</g>
				)}
				{words === '' && edge.guard && labelAt && (
					<path class="edge-guard" d="M0 -5L5 0L0 5L-5 0Z" transform={`translate(${labelAt.x.toFixed(1)} ${labelAt.y.toFixed(1)})`} />
				)}
			</g>
		);
	}
}

// A task in words, for readers of screens and on hover.
export function describe(node: GraphNode): string
{
	const { items } = node;

	return [
		node.label, node.kind === 'command' ? 'command' : node.detail,
		node.state === undefined ? null : stateWord(node.state),
		items && `${items.done} of ${items.total} items done${items.failed ? `, ${items.failed} failed` : ''}${items.running ? `, ${items.running} running` : ''}`,
		node.join && `joins ${node.join}`, node.runs && node.runs > 1 ? `has run ${node.runs} times` : null,
		node.attempt ? `attempt ${node.attempt + 1}` : null,
		node.policies?.length ? `policies: ${node.policies.join(', ')}` : null,
	].filter(Boolean).join(', ');
}

function Bar({ items, width }: { items: NonNullable<GraphNode['items']>; width: number })
{
	const of = (n: number) => (items.total > 0 ? (width * n) / items.total : 0);
	const good = of(items.done - items.failed);
	const bad = of(items.failed);

	return (
		<g class="node-bar">
			<rect class="is-rest" width={width} height={4} rx={2} />
			<rect class="is-good" width={Math.max(0, good)} height={4} rx={2} />
			<rect class="is-bad" x={good} width={bad} height={4} rx={2} />
			<rect class="is-now" x={good + bad} width={of(items.running)} height={4} rx={2} />
		</g>
	);
}

function Badge({ words, right, y, kind }: { words: string; right: number; y: number; kind: string })
{
	const width = words.length * 6.2 + 10;

	return (
		<g class={`node-badge is-${kind}`} transform={`translate(${right - width} ${y})`}>
			<rect width={width} height={15} rx={7.5} />
			<text x={width / 2} y={11} text-anchor="middle">{words}</text>
		</g>
	);
}

interface NodeProps
{
	placed: PlacedNode;
	node: GraphNode;			// with its present state
	signature: string;			// what of the node is drawn
	elementId: string;
	isSelected: boolean;
	direction: 'TB' | 'LR';
}

export class Node extends Still<Omit<NodeProps, 'node'> & { node: GraphNode }>
{
	// the node is another object at each refresh; its signature tells whether it differs
	override shouldComponentUpdate(next: Readonly<NodeProps>): boolean
	{
		return next.placed !== this.props.placed || next.signature !== this.props.signature
			|| next.isSelected !== this.props.isSelected || next.elementId !== this.props.elementId;
	}

	override render()
	{
		const { placed, node, elementId, isSelected, direction } = this.props;
		const { x, y, width, height, label } = placed;
		const state = stateName(node.state);
		const isCommand = node.kind === 'command';
		const runs = node.runs && node.runs > 1 ? `↻ ${node.runs}` : '';
		const badge = [runs, node.attempt ? `retry ${node.attempt}` : ''].filter(Boolean).join(' · ');
		const detail = node.items ? detailOf(node) : placed.detail;
		const second = isCommand ? '' : detail.length > placed.detail.length + 12 ? placed.detail : detail;

		return (
			<g id={elementId} role="button" aria-label={describe(node)} aria-pressed={isSelected} data-node={node.id}
				class={`graph-node is-${state}${isCommand ? ' is-command' : ''}${isSelected ? ' is-selected' : ''}${node.isOpen ? ' is-opened' : ''}${node.mark ? ` has-${node.mark}` : ''}`}
				transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`}>
				<title>{describe(node)}</title>
				{node.isStart && (direction === 'TB'
					? <path class="node-start" d={`M${width / 2} -12v11m0 -11a3 3 0 1 1 0.1 0`} />
					: <path class="node-start" d={`M-1 ${height / 2}h-11a3 3 0 1 1 0 -0.1`} />)}
				<rect class="node-box" width={width} height={height} rx={isCommand ? 17 : 7} />
				{!isCommand && <rect class="node-stripe" x={4} y={7} width={3} height={(node.isOpen ? 46 : height) - 14} rx={1.5} />}
				<path class="node-icon" d={stateShape(isCommand && !node.state ? 'PLANNED' : node.state)} transform={`translate(13 ${isCommand ? 9 : 8})`} />
				<text class="node-label" x={34} y={isCommand ? 22 : second || node.items ? 20 : 28}>{label}</text>
				{second && <text class="node-detail" x={34} y={36}>{second}</text>}
				{node.items && <g transform={`translate(34 ${40})`}><Bar items={node.items} width={width - 48} /></g>}
				{node.join && <Badge words={joinWords(node.join)} right={width - (node.canOpen ? 30 : 8)} y={8} kind="join" />}
				{badge && <Badge words={badge} right={width - 8} y={-8} kind="runs" />}
				{node.canOpen && (
					<g class="node-toggle" data-toggle={node.id} transform={`translate(${width - 24} 8)`}>
						<rect width={16} height={16} rx={4} />
						<path d={node.isOpen ? 'M4 8h8' : 'M4 8h8M8 4v8'} />
					</g>
				)}
			</g>
		);
	}
}
