// What a simulation showed at a moment, and what a check of a text found.

import type { Finding, Step, Verdict } from './api';
import type { Problem } from '../../editor/code';
import { duration } from '../../format';

// The states of the tasks of a workflow after a step. The server gives them;
// otherwise they are what the steps so far say.
export function statesAt(steps: Step[], index: number, workflow: string): Record<string, string>
{
	const step = steps[index];

	if (step?.states && step.workflow === workflow)
		return step.states;
	const states: Record<string, string> = {};
	for (const s of steps.slice(0, index + 1))
		if (s.workflow === workflow)
		{
			if (s.states)
				Object.assign(states, s.states);
			if (s.task)
				states[s.task] = s.state;
		}
	return states;
}

// The latest context at a step: that of the step, or of one before it.
export function contextAt(steps: Step[], index: number): { now: Record<string, unknown>; before: Record<string, unknown> } | null
{
	const all = steps.slice(0, index + 1).filter((s) => s.context);

	return all.length === 0 ? null : { now: all.at(-1)!.context!, before: all.at(-2)?.context ?? {} };
}

const WORDS: Record<string, string> = {
	LAUNCHED: 'began', SUCCEEDED: 'succeeded', FAILED: 'failed', CANCELLED: 'was cancelled', PAUSED: 'paused', RESUMED: 'went on', SKIPPED: 'was skipped',
};

export function describe(step: Step): string
{
	const word = WORDS[step.event.replace(/^(TASK|WORKFLOW)_/, '')] ?? step.event.toLowerCase().replaceAll('_', ' ');

	return step.event === 'OUTPUT' ? `${step.workflow}: output` : `${step.task ?? step.workflow} ${word}`;
}

// What the virtual clock shows: hours and days come fast in it.
export const clock = (seconds: number) => (seconds === 0 ? '0 s' : duration(seconds * 1000));

// A finding of the server as a mark of the editor.
const problemOf = (f: Finding, severity: Problem['severity']): Problem =>
	({ severity, message: f.message, hint: f.hint ?? undefined, line: f.line ?? undefined, column: f.column ?? undefined });

export function problemsOf(verdict: Verdict | undefined): Problem[]
{
	if (!verdict)
		return [];
	return [
		...(verdict.valid ? [] : [problemOf({ ...verdict, message: verdict.message ?? verdict.error ?? 'not valid' }, 'error')]),
		...(verdict.warnings ?? []).map((w) => problemOf(w, 'warning')),
	];
}
