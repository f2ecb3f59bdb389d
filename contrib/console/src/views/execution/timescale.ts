// The scale of a timeline: moments to places, with idle time folded.
//
// Idle is what has no segment in which something is queued or at work. A long
// idle stretch takes up a fixed, small share of the width, whatever its length,
// so that what did happen can be seen beside it.

export interface Stretch
{
	from: number;				// ms
	to: number;
}

export interface Fold extends Stretch
{
	left: number;				// its place, 0 to 1
	right: number;
}

export interface Scale
{
	place: (t: number) => number;	// 0 to 1
	folds: Fold[];
	ticks: { at: number; place: number }[];
	from: number;
	to: number;
	step: number;				// ms between ticks
}

const FOLD_SHARE = 0.035;		// of the width, for one fold
const MOST_FOLDS = 8;
const LEAST_IDLE = 5000;		// ms; less is not worth a fold

// What the stretches leave free between from and to.
export function gaps(busy: Stretch[], from: number, to: number): Stretch[]
{
	const free: Stretch[] = [];
	let end = from;

	for (const s of [...busy].sort((a, b) => a.from - b.from))
	{
		if (s.from > end)
			free.push({ from: end, to: Math.min(s.from, to) });
		end = Math.max(end, s.to);
	}
	if (end < to)
		free.push({ from: end, to });
	return free.filter((s) => s.to > s.from);
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 10e3, 15e3, 30e3, 60e3, 120e3, 300e3, 600e3, 900e3, 1800e3, 3600e3, 7200e3, 21600e3, 43200e3, 86400e3, 604800e3];

// A time since the start, as on a clock: "12 s", "2:05", "1:02:05", "3 d 4:00:00".
export function clock(ms: number, step: number): string
{
	const two = (n: number) => String(n).padStart(2, '0');
	const s = Math.floor(ms / 1000);
	const [days, hours, minutes, seconds] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60, s % 60];

	if (step < 1000 && ms < 60_000)
		return ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(step < 100 ? 2 : 1)} s`;
	if (s < 60)
		return `${s} s`;
	const rest = hours > 0 || days > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
	return days > 0 ? `${days} d ${rest}` : rest;
}

// The scale from one moment to another. `busy` is when something was going on.
export function scaleOf(from: number, to: number, busy: Stretch[], folded: boolean): Scale
{
	const end = Math.max(to, from + 1);
	const total = end - from;
	const candidates = folded ? gaps(busy, from, end).filter((g) => g.to - g.from >= Math.max(LEAST_IDLE, total * 0.12)) : [];
	const idle = candidates.sort((a, b) => (b.to - b.from) - (a.to - a.from)).slice(0, MOST_FOLDS).sort((a, b) => a.from - b.from);
	const active = Math.max(1, total - idle.reduce((sum, g) => sum + g.to - g.from, 0));
	const perMs = (1 - idle.length * FOLD_SHARE) / active;
	const folds: Fold[] = [];
	const place = (t: number): number => {
		const at = Math.min(end, Math.max(from, t));
		let x = (at - from) * perMs;
		for (const g of idle)
		{
			if (at <= g.from)
				break;
			const inside = Math.min(at, g.to) - g.from;
			x += inside * (FOLD_SHARE / (g.to - g.from) - perMs);
		}
		return x;
	};

	for (const g of idle)
		folds.push({ ...g, left: place(g.from), right: place(g.to) });
	const step = STEPS.find((s) => active / s <= 8) ?? STEPS[STEPS.length - 1];
	const ticks: Scale['ticks'] = [];
	for (let at = 0; at <= total && ticks.length < 400; at += step)
	{
		const fold = idle.find((g) => from + at > g.from && from + at < g.to);
		if (fold)
		{
			at = Math.max(at, Math.floor((fold.to - from) / step) * step);
			continue;
		}
		const x = place(from + at);
		if (ticks.length === 0 || x - ticks[ticks.length - 1].place > 0.05)
			ticks.push({ at, place: x });
	}
	return { place, folds, ticks, from, to: end, step };
}
