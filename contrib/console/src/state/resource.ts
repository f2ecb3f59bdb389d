// What a view shows of the server, and keeps fresh.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';

export interface Resource<T>
{
	value: T | undefined;			// the last that came; kept while a newer one is fetched
	error: ApiError | undefined;	// of the last attempt
	isLoading: boolean;
	reload: () => void;				// now
}

// Fetch with load(), again when one of keys changes, and every `every`
// milliseconds while the page is visible (0: not). After a failure it tries
// again after growing pauses. The value of other keys is never shown.
export function useResource<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[], every = 0): Resource<T>
{
	const [state, setState] = useState<{ key: string; value?: T; error?: ApiError; isLoading: boolean }>({ key: '', isLoading: true });
	const [turn, setTurn] = useState(0);
	const key = JSON.stringify(keys);
	const latest = useRef(load);
	const failures = useRef(0);

	latest.current = load;
	useEffect(() => {
		const abort = new AbortController();
		let timer = 0;

		const again = (ms: number) => {
			timer = window.setTimeout(() => (document.hidden ? again(ms) : run()), ms);
		};
		const run = () => {
			setState((old) => ({ ...(old.key === key ? old : { key }), isLoading: true, key }));
			latest.current(abort.signal).then((value) => {
				failures.current = 0;
				if (abort.signal.aborted)
					return;
				setState({ key, value, isLoading: false });
				if (every > 0)
					again(every);
			}, (error: ApiError) => {
				if (abort.signal.aborted)
					return;
				setState((old) => ({ ...old, key, error, isLoading: false }));
				failures.current += 1;
				if (error.status === 0 || error.status >= 500 || every > 0)
					again(Math.min(30_000, Math.max(every, 1000) * 2 ** failures.current));
			});
		};
		run();
		return () => {
			abort.abort();
			clearTimeout(timer);
		};
	}, [key, turn, every]);
	const reload = useCallback(() => setTurn((n) => n + 1), []);
	const isMine = state.key === key;

	return { value: isMine ? state.value : undefined, error: isMine ? state.error : undefined, isLoading: !isMine || state.isLoading, reload };
}
