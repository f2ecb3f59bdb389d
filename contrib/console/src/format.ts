// Times, durations and numbers as people read them.

export function duration(ms: number): string
{
	if (ms < 1000)
		return `${Math.round(ms)} ms`;
	if (ms < 10_000)
		return `${(ms / 1000).toFixed(1)} s`;
	const s = Math.round(ms / 1000);
	if (s < 60)
		return `${s} s`;
	const parts: [number, string][] = [[Math.floor(s / 86400), 'd'], [Math.floor(s / 3600) % 24, 'h'], [Math.floor(s / 60) % 60, 'min'], [s % 60, 's']];
	const first = parts.findIndex(([n]) => n > 0);
	return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(' ');
}

// A time of the API, which has no zone and is in UTC, as milliseconds.
export function timeOf(text: string): number
{
	const iso = text.trim().replace(' ', 'T');

	return Date.parse(/(Z|[+-]\d\d:?\d\d)$/.test(iso) ? iso : iso + 'Z');
}

// The same with one unit, for what is read at a glance: "5 min".
export function roughly(ms: number): string
{
	if (ms < 60_000)
		return `${Math.max(1, Math.round(ms / 1000))} s`;
	for (const [size, unit] of [[86_400_000, 'd'], [3_600_000, 'h'], [60_000, 'min']] as const)
		if (ms >= size)
			return `${Math.floor(ms / size)} ${unit}`;
	return '';
}

export function ago(text: string, now = Date.now()): string
{
	const ms = now - timeOf(text);

	return ms >= 0 ? (ms < 2000 ? 'just now' : `${roughly(ms)} ago`) : `in ${roughly(-ms)}`;
}

const clock = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

// The moment in the reader's zone, for titles.
export function moment(text: string): string
{
	return clock.format(timeOf(text));
}

// A text with moments as the database writes them, for the reader's zone.
export function withMoments(text: string): string
{
	return text.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d(?::?\d\d)?/g, (m) => moment(m.replace(/([+-]\d\d)$/, '$1:00')));
}

export function count(n: number, one: string, many = one + 's'): string
{
	return `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
}
