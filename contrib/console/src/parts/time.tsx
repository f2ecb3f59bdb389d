// A moment as "3 min ago", with the date on hover; moves on by itself.

import { signal } from '@preact/signals';
import { ago, duration, moment, timeOf } from '../format';

// The present, every second while the page is visible. A clock of the server
// that differs is corrected by clockOffset (server minus browser, in ms).
export const clockOffset = signal(0);
export const now = signal(Date.now());

setInterval(() => {
	if (!document.hidden)
		now.value = Date.now() + clockOffset.value;
}, 1000);

export function Ago({ at }: { at: string | null | undefined })
{
	if (!at)
		return <span class="muted">–</span>;
	return <time dateTime={new Date(timeOf(at)).toISOString()} title={moment(at)}>{ago(at, now.value)}</time>;
}

// How long from one moment to another, or to now.
export function Took({ from, to }: { from: string | null | undefined; to?: string | null })
{
	if (!from)
		return <span class="muted">–</span>;
	const ms = Math.max(0, (to ? timeOf(to) : now.value) - timeOf(from));
	// classic objects of the API have whole seconds
	return <span class="number">{ms === 0 ? '< 1 s' : duration(ms)}</span>;
}
