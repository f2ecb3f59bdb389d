// Lists that come page after page, each behind the last row of the one before
// it, and stay fresh without moving under the reader's eyes.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { get, type ApiError, type Query } from './client';
import { refreshed } from './refreshed';

export interface Pages<T>
{
	rows: T[];
	fresh: number;				// new rows that showFresh() puts in front
	showFresh: () => void;
	hasMore: boolean;
	more: () => void;			// fetch the next page
	reload: () => void;
	error: ApiError | undefined;
	isLoading: boolean;			// nothing has come yet
	isLoadingMore: boolean;
}

interface State<T>
{
	key: string;
	rows: T[];
	waiting: T[];				// fresh rows that are not shown yet
	next: string | null;
	error?: ApiError;
	isLoading: boolean;
	isLoadingMore: boolean;
}

// Where a link to the next page leads, below the root of the API. Its host is
// the server's, which the browser may know by another name.
function below(next: unknown): string | null
{
	if (typeof next !== 'string')
		return null;
	const { pathname, search } = new URL(next, location.href);
	return pathname.slice(pathname.indexOf('/v2/') + 1) + search;
}

// The list that was shown last: who comes back to it finds it as it was, until
// the first answer brings it up to date.
let lastShown: State<{ id: string }> | null = null;

const REFRESHED = 200;			// rows that one refresh looks at

export interface PagesOptions
{
	every?: number;				// milliseconds between refreshes; 0: none
	// Whether new rows may be put in front at once. Otherwise they are counted
	// in `fresh`, until showFresh() is called. Default: while the page is
	// scrolled to its top.
	mayMove?: () => boolean;
}

// Fetch the list `member` of `path` with `query`, rows of which have `id`.
export function usePages<T extends { id: string }>(path: string | null, member: string, query: Query, options: PagesOptions = {}): Pages<T>
{
	const { every = 0, mayMove = () => scrollY < 80 } = options;
	const key = JSON.stringify([path, query]);
	const empty = (): State<T> => (lastShown?.key === key ? { ...lastShown as State<T>, error: undefined, isLoadingMore: false }
		: { key, rows: [], waiting: [], next: null, isLoading: true, isLoadingMore: false });
	const [state, setState] = useState<State<T>>(empty);
	const [turn, setTurn] = useState(0);
	const abort = useRef(new AbortController());
	const latest = useRef(state);
	latest.current = state;
	if (state.key === key && state.rows.length > 0)
		lastShown = state;

	const fail = (error: ApiError) => {
		if (error.name !== 'AbortError')
			setState((old) => ({ ...old, error, isLoading: false, isLoadingMore: false }));
	};

	useEffect(() => {
		const mine = new AbortController();
		let timer = 0;
		let failures = 0;

		abort.current = mine;
		if (path === null)
			return undefined;
		setState((old) => (old.key === key ? { ...old, error: undefined } : empty()));

		const isFirst = () => latest.current.key !== key || latest.current.rows.length === 0;
		const merge = (found: T[], next: string | null) => setState((old) => {
			if (old.key !== key || old.rows.length === 0)
				return { key, rows: found, waiting: [], next, isLoading: false, isLoadingMore: false };
			return { ...old, error: undefined, isLoading: false, ...refreshed(old.rows, old.next, found, next, mayMove()) };
		});
		const load = async () => {
			try
			{
				const limit = isFirst() ? Number(query.limit) : Math.min(REFRESHED, Math.max(Number(query.limit), latest.current.rows.length));
				const answer = await get<Record<string, unknown>>(path, { ...query, limit }, mine.signal);
				failures = 0;
				merge(answer[member] as T[], below(answer.next));
			}
			catch (error)
			{
				failures += 1;
				fail(error as ApiError);
			}
			if (!mine.signal.aborted && every > 0)
				wait(Math.min(60_000, every * 2 ** failures));
		};
		const wait = (ms: number) => {
			timer = window.setTimeout(() => (document.hidden ? wait(ms) : load()), ms);
		};
		void load();
		return () => {
			mine.abort();
			clearTimeout(timer);
		};
	}, [key, turn, every]);

	const more = useCallback(() => {
		const { next, isLoadingMore } = latest.current;
		if (next === null || isLoadingMore || path === null)
			return;
		setState((old) => ({ ...old, isLoadingMore: true }));
		get<Record<string, unknown>>(next, {}, abort.current.signal).then((answer) => setState((old) => {
			const known = new Set(old.rows.map((row) => row.id));
			return {
				...old, isLoadingMore: false, error: undefined, next: below(answer.next),
				rows: [...old.rows, ...(answer[member] as T[]).filter((row) => !known.has(row.id))],
			};
		}), fail);
	}, [key]);

	const reload = useCallback(() => setTurn((n) => n + 1), []);
	const showFresh = useCallback(() => {
		setState((old) => ({ ...old, rows: [...old.waiting, ...old.rows.filter((row) => !old.waiting.some((w) => w.id === row.id))], waiting: [] }));
		reload();
	}, []);
	const shown = state.key === key ? state : empty();

	return {
		rows: shown.rows, fresh: shown.waiting.length, showFresh, hasMore: shown.next !== null, more, reload,
		error: shown.error, isLoading: shown.isLoading, isLoadingMore: shown.isLoadingMore,
	};
}
