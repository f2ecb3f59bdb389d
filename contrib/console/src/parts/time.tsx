// A moment as "3 min ago", with the date on hover; moves on by itself.

import { signal } from '@preact/signals';
import { ago, duration, moment, timeOf } from '../format';

// The present, every second while the page is visible. A clock of the server
// that differs is corrected by clockOffset (server minus browser, in ms).
export const clockOffset = signal(0);
export const now = signal(Date.now());


// The same, when a minute has passed: enough for what is hours ago, so that a
// long list does not change everywhere each second.
const minute = signal(Date.now());

setInterval(() => {
	if (document.hidden)
		return;
	now.value = Date.now() + clockOffset.value;
	if (now.value - minute.value >= 60_000)
		minute.value = now.value;
}, 1000);

// The present, as closely as a moment asks for.
function present(at: number): number
{
	return now.peek() - at > 120_000 ? Math.max(minute.value, at) : now.value;
}

export function Ago({ at }: { at: string | null | undefined })
{
	if (!at)
		return <span class="muted">–</span>;
	return <time dateTime={new Date(timeOf(at)).toISOString()} title={moment(at)}>{ago(at, present(timeOf(at)))}</time>;
}

// How long from one moment to another, or to now.
export function Took({ from, to }: { from: string | null | undefined; to?: string | null })
{
	if (!from)
		return <span class="muted">–</span>;
	const ms = Math.max(0, (to ? timeOf(to) : present(timeOf(from))) - timeOf(from));
	// classic objects of the API have whole seconds
	return <span class="number">{ms === 0 ? '< 1 s' : duration(ms)}</span>;
}
