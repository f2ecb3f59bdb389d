// The address of the page: what stands after "#" is a path and a query, so
// that a view with its filter can be shared, and works behind any prefix.
//
//   #/executions?state=ERROR,PAUSED     #/executions/ID/timeline?task=ID

import { signal } from '@preact/signals';

export interface Route
{
	segments: string[];			// decoded
	query: URLSearchParams;
}

function parse(hash: string): Route
{
	const [path, query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s);
	const decode = (s: string) => {
		try
		{
			return decodeURIComponent(s);
		}
		catch
		{
			return s;
		}
	};

	return {
		segments: path.split('/').filter((s) => s !== '').map(decode),
		query: new URLSearchParams(query),
	};
}

export const route = signal<Route>(parse(location.hash));

// How far each view was scrolled when it was left, and whether the present one
// was come back to: an entry of the history that was seen before is marked.
const left = new Map<string, number>();
let returnTo: number | null = null;

const markSeen = () => history.replaceState({ isSeen: true }, '');

history.scrollRestoration = 'manual';
markSeen();

addEventListener('hashchange', (event) => {
	left.set(new URL(event.oldURL).hash, scrollY);
	returnTo = history.state?.isSeen ? left.get(location.hash) ?? null : null;
	markSeen();
	route.value = parse(location.hash);
});

// Scroll to where the view was left, when it was come back to; else to its top.
// What it shows may still have to come, so this is tried for a while.
export function restoreScroll(): void
{
	const to = returnTo ?? 0;
	const until = performance.now() + 700;
	const attempt = () => {
		scrollTo({ top: to });
		if (Math.abs(scrollY - to) > 2 && performance.now() < until && returnTo === to)
			requestAnimationFrame(attempt);
	};

	attempt();
}

export type QueryInput = URLSearchParams | Record<string, string | null | undefined>;

// The address of a view: href(['executions', id], {task: 'x'}). For <a href>.
export function href(segments: string[], query: QueryInput = {}): string
{
	const params = query instanceof URLSearchParams ? query : new URLSearchParams(
		Object.entries(query).filter((e): e is [string, string] => e[1] !== null && e[1] !== undefined && e[1] !== ''));
	const text = params.toString();

	return '#/' + segments.map(encodeURIComponent).join('/') + (text ? '?' + text : '');
}

// Show a view. With replace the present one is not kept for "back".
export function go(segments: string[], query: QueryInput = {}, replace = false): void
{
	const to = href(segments, query);

	if (!replace)
	{
		location.hash = to;
		return;
	}
	history.replaceState({ isSeen: true }, '', to);
	route.value = parse(to);
}

// Change members of the query of the present view; null takes one out.
export function setQuery(changes: Record<string, string | null>, replace = true): void
{
	const query = new URLSearchParams(route.value.query);

	for (const [name, value] of Object.entries(changes))
		if (value === null || value === '')
			query.delete(name);
		else
			query.set(name, value);
	go(route.value.segments, query, replace);
}
