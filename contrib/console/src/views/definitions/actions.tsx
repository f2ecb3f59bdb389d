// The actions that workflows can call, and what they take.

import { type ActionInfo } from './api';
import { DefinitionTabs, Filter } from './heading';
import { usePages } from '../../api/paging';
import { Empty } from '../../parts/empty';
import { Table, type Column } from '../../parts/table';
import { route } from '../../router';

const KINDS: Record<string, string> = {
	standard: 'standard', adhoc: 'ad-hoc', executor: 'of an executor', function: 'SQL function', dynamic: 'script',
};

const COLUMNS: Column<ActionInfo>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (a) => <span class="clamp" title={a.name}>{a.name}</span> },
	{ id: 'kind', title: 'Kind', className: 'hide-narrow', cell: (a) => (a.kind ? KINDS[a.kind] ?? a.kind : a.definition ? 'ad-hoc' : 'standard') },
	{ id: 'input', title: 'Input', className: 'mono is-text', cell: (a) => a.input },
	{ id: 'description', title: 'What it does', className: 'is-text', cell: (a) => a.description },
];

export function Actions()
{
	const q = route.value.query.get('q') ?? '';
	const pages = usePages<ActionInfo>('v2/actions', 'actions', {
		limit: 100, sort_keys: 'name', sort_dirs: 'asc', fields: 'id,name,namespace,input,description,kind', name: q === '' ? undefined : `has:${q}`,
	});

	return (
		<div class="stack">
			<h1>Definitions</h1>
			<DefinitionTabs chosen="actions" />
			<Filter label="Name contains" />
			<Table label="actions" columns={COLUMNS} pages={pages}
				empty={<Empty title={`No action has “${q}” in its name`}><p class="muted">Executors bring actions of their own: see System.</p></Empty>} />
		</div>
	);
}
