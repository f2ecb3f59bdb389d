// How many of a thing may go on at a time.

import { list, type Limit } from './api';
import { Empty } from '../../parts/empty';
import { Table, whole, type Column } from '../../parts/table';
import { useResource } from '../../state/resource';

type Row = Limit & { id: string };

const COLUMNS: Column<Row>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (l) => l.name },
	{ id: 'used', title: 'In use', className: 'number', cell: (l) => (l.used ?? 0).toLocaleString('en') },
	{ id: 'capacity', title: 'Of', className: 'number', cell: (l) => l.capacity?.toLocaleString('en') ?? 'no bound' },
	{ id: 'bar', title: <span class="for-readers">Share</span>, className: 'is-wide', cell: (l) => (l.capacity ? <meter min={0} max={l.capacity} high={l.capacity * 0.99} value={l.used ?? 0} aria-label={`${l.used ?? 0} of ${l.capacity}`} /> : '') },
	{ id: 'waiting', title: 'Waiting', className: 'number', cell: (l) => (l.waiting ?? 0).toLocaleString('en') },
];

export function Limits()
{
	const limits = useResource((signal) => list<Limit>('v2/limits', 'limits', {}, signal), [], 5000);

	return (
		<Table label="limits" columns={COLUMNS} pages={whole(limits.value?.map((l) => ({ ...l, id: l.name })), limits.error, limits.reload)} empty={(
			<Empty title="There are no limits">
				<p class="muted">A limit bounds how many tasks or executions that name it go on at a time, in all of the project.</p>
				<pre>SELECT mistral.create_limit('database', 5);</pre>
			</Empty>
		)} />
	);
}
