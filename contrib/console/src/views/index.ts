// The views, in the order of the navigation. Each lies in a directory of its
// own, whose index.tsx exports the component of the view; its code is fetched
// when it is first shown.

import type { ComponentType } from 'preact';
import { hasFeature } from '../state/who';

export interface ViewProps
{
	segments: string[];			// of the address, behind the name of the view
	query: URLSearchParams;
}

export interface View
{
	name: string;				// the first segment of the address
	title: string;
	key?: string;				// goes there after "g"; has a place in the navigation
	within?: string;			// the view whose link is lit
	isThere?: () => boolean;
	load: () => Promise<ComponentType<ViewProps>>;
}

export const views: View[] = [
	{ name: 'executions', title: 'Executions', key: 'e', load: async () => (await import('./executions')).Executions },
	{ name: 'execution', title: 'Execution', within: 'executions', load: async () => (await import('./execution')).Execution },
	{ name: 'task', title: 'Task', within: 'executions', load: async () => (await import('./task')).Task },
	{ name: 'definitions', title: 'Definitions', key: 'd', load: async () => (await import('./definitions')).Definitions },
	{ name: 'inbox', title: 'Inbox', key: 'i', isThere: () => hasFeature('inbox'), load: async () => (await import('./inbox')).Inbox },
	{ name: 'system', title: 'System', key: 's', load: async () => (await import('./system')).System },
];

export function byName(name: string | undefined): View
{
	return views.find((v) => v.name === name) ?? views[0];
}
