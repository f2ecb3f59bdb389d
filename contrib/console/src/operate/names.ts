// Lists of names to choose from, fetched once a page.

import { get } from '../api/client';

let workflows: Promise<string[]> | undefined;

// The names of the workflows that can be started; empty when they cannot be had.
export function workflowNames(): Promise<string[]>
{
	workflows ??= get<{ workflows: { name: string }[] }>('v2/workflows', { fields: 'name', sort_keys: 'name', limit: 1000 })
		.then((answer) => [...new Set(answer.workflows.map((w) => w.name))], () => []);
	return workflows;
}

let environments: Promise<string[]> | undefined;

export function environmentNames(): Promise<string[]>
{
	environments ??= get<{ environments: { name: string }[] }>('v2/environments', { fields: 'name', limit: 1000 })
		.then((answer) => answer.environments.map((e) => e.name), () => []);
	return environments;
}

// A definition was made or deleted: ask again.
export function forgetNames(): void
{
	workflows = undefined;
	environments = undefined;
}
