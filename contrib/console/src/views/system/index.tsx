// The service: executors, the queue, calls and deliveries that failed,
// triggers, environments, limits, and how much is going on.
//
//   #/system    #/system/executors    #/system/triggers?trigger=ID    …

import type { ComponentType } from 'preact';
import type { ViewProps } from '..';
import { Calls } from './calls';
import { Environments } from './environments';
import { Events } from './events';
import { Executors } from './executors';
import { Limits } from './limits';
import { Overview } from './overview';
import { Queue } from './queue';
import { Triggers } from './triggers';
import { Tabs } from '../../parts/pills';
import { href } from '../../router';
import { hasFeature } from '../../state/who';

const PARTS: { id: string; label: string; Part: ComponentType; isThere?: () => boolean }[] = [
	{ id: 'overview', label: 'Overview', Part: Overview },
	{ id: 'executors', label: 'Executors', Part: Executors },
	{ id: 'queue', label: 'Queue', Part: Queue },
	{ id: 'calls', label: 'Delayed calls', Part: Calls },
	{ id: 'events', label: 'Events', Part: Events },
	{ id: 'triggers', label: 'Triggers', Part: Triggers },
	{ id: 'environments', label: 'Environments', Part: Environments },
	{ id: 'limits', label: 'Limits', Part: Limits, isThere: () => hasFeature('limits') },
];

export function System({ segments }: ViewProps)
{
	const there = PARTS.filter((p) => p.isThere?.() ?? true);
	const { id, Part } = there.find((p) => p.id === segments[0]) ?? there[0];

	return (
		<div class="stack">
			<h1>System</h1>
			<Tabs label="System" chosen={id} tabs={there.map((p) => ({ id: p.id, label: p.label, href: href(['system', p.id]) }))} />
			<Part />
		</div>
	);
}
