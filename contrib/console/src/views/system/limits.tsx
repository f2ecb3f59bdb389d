// How many of a thing may go on at a time, and how many do.

import { useState } from 'preact/hooks';
import { list, type Limit } from './api';
import { post, put, remove, segment } from '../../api/client';
import { Action } from '../../parts/action';
import { ask } from '../../parts/dialog';
import { Empty } from '../../parts/empty';
import { Table, whole, type Column } from '../../parts/table';
import { say } from '../../parts/toasts';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

type Row = Limit & { id: string };

interface Bounds
{
	name: string;
	max: string;
	rate: string;
	description: string;
}

function Fields({ value, isNew, onChange }: { value: Bounds; isNew: boolean; onChange: (value: Bounds) => void })
{
	const [now, setNow] = useState(value);
	const field = (name: keyof Bounds) => ({
		id: `limit-${name}`, value: now[name], autocomplete: 'off',
		onInput: (e: { currentTarget: { value: string } }) => {
			const next = { ...now, [name]: e.currentTarget.value };
			setNow(next);
			onChange(next);
		},
	});

	return (
		<div class="fields">
			{isNew && <div class="field"><label for="limit-name">Name</label><input {...field('name')} required /></div>}
			<div class="field"><label for="limit-max">At most</label><input {...field('max')} type="number" min="0" step="1" /><p class="muted">so many at a time; empty: as many as there are</p></div>
			<div class="field"><label for="limit-rate">Rate</label><input {...field('rate')} placeholder="100/1m" /><p class="muted">so many that begin within a time, in s, m, h or d; empty: no bound</p></div>
			<div class="field"><label for="limit-description">Description</label><input {...field('description')} /></div>
		</div>
	);
}

function edit(limit: Limit | null, reload: () => void): void
{
	let value: Bounds = { name: limit?.name ?? '', max: String(limit?.max ?? ''), rate: limit?.rate ?? '', description: limit?.description ?? '' };

	ask({
		title: limit ? `Change the limit ${limit.name}` : 'New limit', verb: 'Save',
		body: (
			<>
				<Fields value={value} isNew={!limit} onChange={(v) => { value = v; }} />
				{limit && <p>What goes on is not stopped. What waits begins as soon as the new bounds let it.</p>}
			</>
		),
		run: async () => {
			const bounds = { ...(value.max === '' ? {} : { max: Number(value.max) }), ...(value.rate === '' && !limit ? {} : { rate: value.rate }), description: value.description };
			await (limit ? put(`v2/limits/${segment(limit.name)}`, { json: bounds }) : post('v2/limits', { json: { name: value.name, ...bounds } }));
			say(`The limit ${value.name} is saved.`);
			reload();
		},
	});
}

function forget(limit: Limit, reload: () => void): void
{
	ask({
		title: `Delete the limit ${limit.name}?`, verb: 'Delete', isDangerous: true,
		body: <p>What waits for it begins at once, unless the definitions themselves say how many may go on.</p>,
		run: async () => {
			await remove(`v2/limits/${segment(limit.name)}`);
			say(`The limit ${limit.name} is deleted.`);
			reload();
		},
	});
}

function columns(reload: () => void): Column<Row>[]
{
	return [
		{ id: 'name', title: 'Name', className: 'is-name', cell: (l) => <><span class="clamp" title={l.name}>{l.name}</span>{l.description && <small class="muted clamp">{l.description}</small>}</> },
		{ id: 'action', title: 'For action', className: 'hide-narrow mono', cell: (l) => l.action },
		{ id: 'held', title: 'In use', className: 'number', cell: (l) => l.held.toLocaleString('en') },
		{ id: 'max', title: 'Of', className: 'number', cell: (l) => l.max?.toLocaleString('en') ?? <span class="muted">no bound</span> },
		{ id: 'bar', title: <span class="for-readers">Share</span>, className: 'is-wide hide-narrow', cell: (l) => (l.max ? <meter min={0} max={l.max} value={Math.min(l.held, l.max)} aria-label={`${l.held} of ${l.max}`} /> : '') },
		{ id: 'rate', title: 'Rate', className: 'number', cell: (l) => l.rate },
		{ id: 'waiting', title: 'Waiting', className: 'number', cell: (l) => l.waiting.toLocaleString('en') },
		{ id: 'do', title: <span class="for-readers">What can be done</span>, cell: (l) => (
			<span class="row is-tight">
				<Action reason={whyNot('change')} onClick={() => edit(l, reload)}>Change …</Action>
				<Action reason={whyNot('change')} onClick={() => forget(l, reload)}>Delete …</Action>
			</span>
		) },
	];
}

export function Limits()
{
	const limits = useResource((signal) => list<Limit>('v2/limits', 'limits', {}, signal), [], 5000);

	return (
		<>
			<div class="row is-spread">
				<p class="muted">How many tasks and executions that name a limit go on at a time, in all of the project.</p>
				<Action kind="primary" reason={whyNot('change')} onClick={() => edit(null, limits.reload)}>New limit …</Action>
			</div>
			<Table label="limits" columns={columns(limits.reload)} pages={whole(limits.value?.map((l) => ({ ...l, id: l.name })), limits.error, limits.reload)} empty={(
				<Empty title="There are no limits"><p class="muted">A task names one with “limits”. Bounds that stand in a definition alone are not listed here.</p></Empty>
			)} />
			{limits.value?.some((l) => !l.is_exact) && <p class="muted">Very much goes on: not all of it was counted.</p>}
		</>
	);
}
