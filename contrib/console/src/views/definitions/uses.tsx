// What uses a workflow, and what it uses.

import type { ComponentChildren } from 'preact';
import { usesOf } from './api';
import { ErrorBox } from '../../parts/error';
import { Loading } from '../../parts/empty';
import { href } from '../../router';
import { useResource } from '../../state/resource';

function List({ title, none, items }: { title: string; none: string; items: ComponentChildren[] })
{
	return (
		<section class="panel">
			<h3>{title}</h3>
			{items.length === 0 ? <p class="muted">{none}</p> : <ul class="plain-list">{items.map((item, i) => <li key={i}>{item}</li>)}</ul>}
		</section>
	);
}

export function UsesOfWorkflow({ id }: { id: string })
{
	const uses = useResource((signal) => usesOf(id, signal), [id]);

	if (uses.error && !uses.value)
		return <ErrorBox error={uses.error} onRetry={uses.reload} />;
	if (!uses.value)
		return <Loading what="uses" />;
	const { called_by: by, calls, cron_triggers: cron, event_triggers: events } = uses.value;
	return (
		<div class="panels">
			<List title="Workflows that call it" none={`No task of another workflow names it${by.is_exact ? '' : ' among those that were looked at'}. It may still be called by a computed name.`}
				items={by.workflows.map((w) => <><a href={href(['definitions', w.id])}>{w.name}</a> <span class="muted">in task {w.task}</span></>)} />
			<List title="Cron triggers" none="No cron trigger starts it."
				items={cron.map((t) => <a href={href(['system', 'triggers'], { trigger: t.id })}>{t.name}</a>)} />
			<List title="Event triggers" none="No event starts it."
				items={events.map((t) => <a href={href(['system', 'triggers'], { trigger: t.id })}>{t.name}</a>)} />
			<List title="It calls workflows" none="It calls no workflow by its name."
				items={calls.workflows.map((name) => <a href={href(['definitions', name])}>{name}</a>)} />
			<List title="It calls actions" none="It calls no action."
				items={calls.actions.map((name) => <a href={href(['definitions', 'actions'], { q: name })}>{name}</a>)} />
		</div>
	);
}
