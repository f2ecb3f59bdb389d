// A chart of numbers over time, by uPlot, in the colours of the page.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { shownTheme } from '../../state/theme';

export interface Line
{
	name: string;
	values: number[];
	colour: string;				// a custom property: "--success"
	dash?: number[];			// so that lines differ without colour
}

export interface ChartProps
{
	label: string;
	times: number[];			// seconds since 1970
	lines: Line[];
}

const HEIGHT = 200;

function coloursOf(element: Element): (name: string) => string
{
	const style = getComputedStyle(element);

	return (name) => style.getPropertyValue(name).trim();
}

const hours = new Intl.DateTimeFormat('en', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const days = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short' });

// The times of the axis: days where there are several, else hours and minutes.
function timesOf(_: uPlot, splits: number[]): string[]
{
	const isLong = splits.length > 1 && splits.at(-1)! - splits[0] > 2 * 86400;

	return splits.map((s) => (isLong ? days : hours).format(s * 1000));
}

function optionsOf(host: HTMLElement, lines: Line[]): uPlot.Options
{
	const colour = coloursOf(host);
	const axis: uPlot.Axis = {
		stroke: colour('--muted'), font: `12px ${colour('--font')}`, grid: { stroke: colour('--line'), width: 1 }, ticks: { stroke: colour('--line'), width: 1 },
	};

	return {
		width: host.clientWidth || 600, height: HEIGHT, padding: [12, 24, 0, 0],
		cursor: { drag: { x: false, y: false } },
		scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
		axes: [{ ...axis, values: timesOf }, { ...axis, size: 52, space: 26, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000, 1_000_000] }],
		series: [{ label: 'time', value: (_, at) => (at ? hours.format(at * 1000) : '') }, ...lines.map((line): uPlot.Series => ({
			label: line.name, stroke: colour(line.colour), width: 2, dash: line.dash, points: { show: false },
			paths: uPlot.paths.stepped!({ align: 1 }),
		}))],
	};
}

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);

export function Chart({ label, times, lines }: ChartProps)
{
	const host = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const data = [times, ...lines.map((line) => line.values)] as uPlot.AlignedData;

	useEffect(() => {
		const element = host.current!;
		const size = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }));

		plot.current = new uPlot(optionsOf(element, lines), data, element);
		size.observe(element);
		return () => {
			size.disconnect();
			plot.current?.destroy();
			plot.current = null;
		};
	}, [shownTheme.value, lines.map((line) => line.name).join()]);
	useEffect(() => plot.current?.setData(data), [times, lines]);

	return (
		<figure class="chart">
			<figcaption>{label}</figcaption>
			<div ref={host} role="img" aria-label={`${label}: ${lines.map((line) => `${sum(line.values)} ${line.name}`).join(', ')}`} />
		</figure>
	);
}
