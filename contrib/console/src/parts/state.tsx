// States, by icon and word: never by colour alone.

import type { JSX } from 'preact';

// The states of the API, and "PLANNED" for what has not begun.
export type StateName = 'IDLE' | 'RUNNING' | 'SUCCESS' | 'ERROR' | 'PAUSED' | 'CANCELLED' | 'WAITING' | 'DELAYED' | 'SKIPPED' | 'PLANNED';

const WORDS: Record<StateName, string> = {
	IDLE: 'Idle', RUNNING: 'Running', SUCCESS: 'Success', ERROR: 'Error', PAUSED: 'Paused',
	CANCELLED: 'Cancelled', WAITING: 'Waiting', DELAYED: 'Delayed', SKIPPED: 'Skipped', PLANNED: 'Not yet',
};

// Paths in a box of 16 x 16; each has a shape of its own.
const SHAPES: Record<StateName, string> = {
	IDLE: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M8 5v3l2 1.5',
	RUNNING: 'M5 3.2v9.6l8-4.8z',
	SUCCESS: 'M3 8.5l3.3 3.3L13 4.8',
	ERROR: 'M4 4l8 8M12 4l-8 8',
	PAUSED: 'M5.5 3.5v9M10.5 3.5v9',
	CANCELLED: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M4.2 11.8l7.6-7.6',
	WAITING: 'M4.5 2.5h7M4.5 13.5h7M5.5 2.5c0 4 5 3.500 5 11M10.500 2.5c0 4-5 3.500-5 11',
	DELAYED: 'M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M8 4.800v3.400l2.600 1.500',
	SKIPPED: 'M3 4.500l4.500 3.500-4.500 3.500M8.500 4.500l4.500 3.500-4.500 3.500',
	PLANNED: 'M8 3.500a4.500 4.500 0 1 0 0 9a4.500 4.500 0 0 0 0-9',
};

// The name of a state as we show it: an unknown one as it is.
export function stateName(state: string | null | undefined): StateName
{
	const name = (state ?? 'PLANNED').toUpperCase().replace('RUNNING_DELAYED', 'DELAYED');

	return name in WORDS ? name as StateName : 'PLANNED';
}

export const stateWord = (state: string | null | undefined) => WORDS[stateName(state)];

// The path of the icon, for what draws itself (the graph).
export const stateShape = (state: string | null | undefined) => SHAPES[stateName(state)];

export function StateIcon({ state }: { state: string | null | undefined }): JSX.Element
{
	const name = stateName(state);

	return (
		<svg class={`state-icon is-${name}`} viewBox="0 0 16 16" aria-hidden="true">
			<path d={SHAPES[name]} />
		</svg>
	);
}

// Icon and word.
export function State({ state }: { state: string | null | undefined }): JSX.Element
{
	return (
		<span class={`state is-${stateName(state)}`}>
			<StateIcon state={state} />
			{stateWord(state)}
		</span>
	);
}
