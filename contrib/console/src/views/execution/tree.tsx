// The executions below an execution.

import { useState } from 'preact/hooks';
import { get, segment } from '../../api/client';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { State } from '../../parts/state';
import { Took } from '../../parts/time';
import { href } from '../../router';
import { useResource } from '../../state/resource';

interface Branch
{
	id: string;
	workflow_name: string;
	state: string;
	state_info: string | null;
	created_at: string;
	finished_at: string | null;
	task: string | null;
	index: number | null;
	children: Branch[];
	more: number;
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
			{branch.more > 0 && <p class="twig-more"><a href={href(['execution', branch.id, 'tree'])}>{branch.more.toLocaleString('en')} more below {branch.workflow_name}</a></p>}
		</li>
	);
}

export function Tree({ id, turn }: { id: string; turn: number })
{
	const tree = useResource((s) => get<Branch>(`v2/executions/${segment(id)}/tree`, { depth: 4, limit: 200 }, s), [id, Math.floor(turn / 3)]);

	if (!tree.value)
		return tree.error ? <ErrorBox error={tree.error} onRetry={tree.reload} /> : <Loading what="the executions below" />;
	if (tree.value.children.length === 0 && tree.value.more === 0)
		return <Empty title="It has started no other workflow"><p class="muted">A task with the attribute “workflow” starts one; it then appears here.</p></Empty>;
	return <ul class="panel tree" role="tree" aria-label="Executions below"><Twig branch={tree.value} depth={0} /></ul>;
}
