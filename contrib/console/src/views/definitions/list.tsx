// The workflows there are.

import { FIELDS, type WorkflowInfo } from './api';
import { DefinitionTabs, Filter } from './heading';
import { usePages } from '../../api/paging';
import { Action } from '../../parts/action';
import { Empty } from '../../parts/empty';
import { Table, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { go, href, route } from '../../router';
import { useKeys } from '../../keys';
import { whyNot } from '../../state/who';

const COLUMNS: Column<WorkflowInfo>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (w) => (
		<>
			<a class="clamp" title={w.name} href={href(['definitions', w.id])}>{w.name}</a>
			{w.is_draft && <span class="badge" title="Only for those who ask for drafts">draft</span>}
			{w.scope === 'public' && <span class="badge" title="Everybody may start it">public</span>}
		</>
	) },
	{ id: 'namespace', title: 'Namespace', className: 'hide-narrow', cell: (w) => w.namespace },
	{ id: 'input', title: 'Input', className: 'is-wide mono', cell: (w) => w.input },
	{ id: 'tags', title: 'Tags', className: 'hide-narrow', cell: (w) => w.tags?.map((t) => <span class="tag" key={t}>{t}</span>) },
	{ id: 'changed', title: 'Changed', className: 'number', cell: (w) => <Ago at={w.updated_at ?? w.created_at} /> },
];

const create = () => go(['definitions', 'new']);

function Nothing({ q }: { q: string })
{
	if (q !== '')
		return <Empty title={`No workflow has “${q}” in its name`}><p class="muted">Names are compared letter by letter: try a part of it.</p></Empty>;
	return (
		<Empty title="There are no workflows yet">
			<p>A workflow is a text in YAML that says which tasks there are and what follows what. The first one can be as short as this:</p>
			<pre>{"version: '2.0'\nhello:\n  tasks:\n    greet:\n      action: std.echo output=\"Hello\""}</pre>
			<Action kind="primary" reason={whyNot('define')} onClick={create}>Write the first workflow</Action>
		</Empty>
	);
}

export function Workflows()
{
	const q = route.value.query.get('q') ?? '';
	const pages = usePages<WorkflowInfo>('v2/workflows', 'workflows', {
		limit: 50, sort_keys: 'name', sort_dirs: 'asc', fields: FIELDS, name: q === '' ? undefined : `has:${q}`,
	}, { every: 15_000 });

	useKeys([{ keys: 'n', does: 'write a new workflow', run: create }]);
	return (
		<div class="stack">
			<div class="row is-spread">
				<h1>Definitions</h1>
				<Action kind="primary" reason={whyNot('define')} onClick={create}>New workflow</Action>
			</div>
			<DefinitionTabs chosen="workflows" />
			<Filter label="Name contains" />
			<Table label="workflows" columns={COLUMNS} pages={pages} hrefOf={(w) => href(['definitions', w.id])} empty={<Nothing q={q} />} />
		</div>
	);
}
