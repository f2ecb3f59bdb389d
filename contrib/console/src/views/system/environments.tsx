// Sets of variables that executions are started with.

import { useState } from 'preact/hooks';
import { WHOLE, list, type Environment } from './api';
import { get, post, put, remove, segment } from '../../api/client';
import { Action } from '../../parts/action';
import { ask } from '../../parts/dialog';
import { Empty, Loading } from '../../parts/empty';
import { ErrorBox } from '../../parts/error';
import { Json, parsed } from '../../parts/json';
import { Table, whole, type Column } from '../../parts/table';
import { Ago } from '../../parts/time';
import { say } from '../../parts/toasts';
import { route, setQuery } from '../../router';
import { useResource } from '../../state/resource';
import { whyNot } from '../../state/who';

const COLUMNS: Column<Environment>[] = [
	{ id: 'name', title: 'Name', className: 'is-name', cell: (e) => <button type="button" class="link" onClick={() => setQuery({ env: e.name })}>{e.name}</button> },
	{ id: 'description', title: 'Description', className: 'is-text', cell: (e) => e.description },
	{ id: 'scope', title: 'Scope', className: 'hide-narrow', cell: (e) => e.scope },
	{ id: 'changed', title: 'Changed', className: 'number', cell: (e) => <Ago at={e.updated_at ?? e.created_at} /> },
];

function Fields({ value, isNew, onChange }: { value: { name: string; description: string; text: string }; isNew: boolean; onChange: (v: typeof value) => void })
{
	const [now, setNow] = useState(value);
	const change = (part: Partial<typeof value>) => {
		const next = { ...now, ...part };
		setNow(next);
		onChange(next);
	};

	return (
		<div class="fields">
			{isNew && <div class="field"><label for="env-name">Name</label><input id="env-name" required value={now.name} onInput={(e) => change({ name: e.currentTarget.value })} /></div>}
			<div class="field"><label for="env-about">Description</label><input id="env-about" value={now.description} onInput={(e) => change({ description: e.currentTarget.value })} /></div>
			<div class="field">
				<label for="env-variables">Variables</label>
				<textarea id="env-variables" rows={10} spellcheck={false} value={now.text} onInput={(e) => change({ text: e.currentTarget.value })} />
				<p class="muted">A JSON object. Secrets show as *** : a value that is left so stays as it is.</p>
			</div>
		</div>
	);
}

function edit(environment: Environment | null, reload: () => void): void
{
	let value = {
		name: environment?.name ?? '', description: environment?.description ?? '',
		text: JSON.stringify(environment ? parsed(environment.variables) : {}, null, 2),
	};

	ask({
		title: environment ? `Change ${environment.name}` : 'New environment', verb: 'Save', wide: true,
		body: (
			<>
				<Fields value={value} isNew={!environment} onChange={(v) => { value = v; }} />
				{environment && <p>Executions that run keep the variables they were started with.</p>}
			</>
		),
		run: async () => {
			let variables: unknown;
			try
			{
				variables = JSON.parse(value.text);
			}
			catch (error)
			{
				throw Object.assign(new Error(`The variables are not valid JSON: ${(error as Error).message}`), { advice: 'Correct the text, then save again.' });
			}
			await (environment ? put : post)('v2/environments', { json: { name: value.name, description: value.description, variables } });
			say(`The environment ${value.name} is saved.`);
			reload();
		},
	});
}

function forget(e: Environment, reload: () => void): void
{
	ask({
		title: `Delete the environment ${e.name}?`, verb: 'Delete', isDangerous: true,
		body: <p>Nothing can be started with it any more. What runs keeps its variables.</p>,
		run: async () => {
			await remove(`v2/environments/${segment(e.name)}`);
			say(`The environment ${e.name} is deleted.`);
			setQuery({ env: null });
			reload();
		},
	});
}

function One({ name, reload }: { name: string; reload: () => void })
{
	const found = useResource((signal) => get<Environment>(`v2/environments/${segment(name)}`, {}, signal), [name]);
	const again = () => {
		found.reload();
		reload();
	};

	if (found.error && !found.value)
		return <ErrorBox error={found.error} onRetry={found.reload} />;
	if (!found.value)
		return <Loading what="environment" />;
	const e = found.value;
	return (
		<section class="panel">
			<div class="panel-head">
				<h2 class="is-long">{e.name}</h2>
				<div class="row">
					<Action reason={whyNot('change')} onClick={() => edit(e, again)}>Change …</Action>
					<Action reason={whyNot('change')} onClick={() => forget(e, reload)}>Delete …</Action>
				</div>
			</div>
			<div class="panel-body"><Json value={parsed(e.variables)} what="variables" open={2} /></div>
		</section>
	);
}

export function Environments()
{
	const environments = useResource((signal) => list<Environment>('v2/environments', 'environments', WHOLE, signal), [], 30_000);
	const chosen = route.value.query.get('env');

	return (
		<>
			<div class="row is-spread">
				<p class="muted">Variables that an execution is started with; expressions read them by env().</p>
				<Action kind="primary" reason={whyNot('change')} onClick={() => edit(null, environments.reload)}>New environment …</Action>
			</div>
			<Table label="environments" columns={COLUMNS} pages={whole(environments.value?.map((e) => ({ ...e, id: e.name })), environments.error, environments.reload)} empty={(
				<Empty title="There are no environments"><p class="muted">One of them keeps what differs between places: addresses, regions, names of machines, secrets.</p></Empty>
			)} />
			{chosen && <One name={chosen} reload={environments.reload} />}
		</>
	);
}
