// The executions below an execution.

import { useRef, useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { State } from '../../parts/state';
import { Took } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';

interface Row
{
	id: string;
	parent_execution_id: string | null;
	task: string | null;
	index: number | null;
	depth: number;
	workflow_name: string;
	state: string;
	state_info: string | null;
	created_at: string;
	finished_at: string | null;
}

interface Branch extends Row
{
	children: Branch[];
}

// The rows, upper ones first, as trees.
function branches(rows: Row[]): Branch[]
{
	const all = new Map(rows.map((r): [string, Branch] => [r.id, { ...r, children: [] }]));
	const tops: Branch[] = [];

	for (const branch of all.values())
		(all.get(branch.parent_execution_id ?? '')?.children ?? tops).push(branch);
	return tops;
}

function Twig({ branch, depth }: { branch: Branch; depth: number })
{
	const [isOpen, setOpen] = useState(depth < 2);
	const hasChildren = branch.children.length > 0;

	return (
		<li role="treeitem" aria-expanded={hasChildren ? isOpen : undefined}>
			<div class="twig">
				{hasChildren
					? <button type="button" class="quiet" aria-label={isOpen ? 'Close' : 'Open'} onClick={() => setOpen(!isOpen)}>{isOpen ? '▾' : '▸'}</button>
					: <span class="twig-space" />}
				<State state={branch.state} />
				<a href={href(['execution', branch.id])}>{branch.workflow_name}</a>
				{branch.task && <span class="muted">task {branch.task}{branch.index !== null && ` [${branch.index}]`}</span>}
				<span class="muted"><Took from={branch.created_at} to={branch.finished_at} /></span>
				{branch.state_info && <span class="muted clip" title={branch.state_info}>{branch.state_info}</span>}
			</div>
			{isOpen && hasChildren && <ul role="group">{branch.children.map((c) => <Twig key={c.id} branch={c} depth={depth + 1} />)}</ul>}
		</li>
	);
}

export function Tree({ id, turn }: { id: string; turn: number })
{
	const [depth, setDepth] = useState(3);
	const [limit, setLimit] = useState(200);
	const tree = useResource((s) => get<{ executions: Row[]; has_more: boolean }>(`v2/executions/${segment(id)}/tree`, { max_depth: depth, limit }, s), [id, depth, limit, Math.floor(turn / 3)]);
	const last = useRef<{ executions: Row[]; has_more: boolean } | undefined>(undefined);
	const value = tree.value ?? last.current;

	last.current = value;
	if (!value)
		return tree.error ? <ErrorBox error={tree.error} onRetry={tree.reload} /> : <Loading what="the executions below" />;
	const tops = branches(value.executions);
	if (value.executions.every((e) => e.id === id))
		return <Empty title="It has started no other workflow"><p class="muted">A task with the attribute “workflow” starts one; it then appears here.</p></Empty>;
	return (
		<div class="panel tree">
			<ul role="tree" aria-label="Executions below">{tops.map((b) => <Twig key={b.id} branch={b} depth={0} />)}</ul>
			{value.has_more && <button type="button" class="quiet" onClick={() => { setDepth(depth + 3); setLimit(Math.min(1000, limit * 2)); }}>Show more</button>}
		</div>
	);
}
