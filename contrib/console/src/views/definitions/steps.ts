// What a simulation showed at a moment, and what a check of a text found.

import type { Finding, Step, Verdict } from './api';
import type { Problem } from '../../editor/code';
import { duration } from '../../format';

// The states of the tasks of a workflow after a step.
export function statesAt(steps: Step[], index: number, workflow: string): Record<string, string>
{
	const states: Record<string, string> = {};

	for (const s of steps.slice(0, index + 1))
		if (s.workflow === workflow && s.task)
			states[s.task] = s.state;
	return states;
}

// The variables of a workflow after a step, with their values before it: the
// input, and what its tasks have published up to then in any branch.
export function contextAt(steps: Step[], index: number, workflow: string, input: Record<string, unknown>): { now: Record<string, unknown>; before: Record<string, unknown> }
{
	const upTo = (end: number) => steps.slice(0, end).filter((s) => s.workflow === workflow)
		.reduce<Record<string, unknown>>((all, s) => ({ ...all, ...s.detail?.published }), { ...input });

	return { now: upTo(index + 1), before: index === 0 ? {} : upTo(index) };
}

export interface Pending
{
	task: string;
	workflow: string;
	state: string;
	until: number | null;		// seconds; null: nothing makes it go on
}

const FINAL = new Set(['SUCCESS', 'ERROR', 'CANCELLED', 'SKIPPED']);

// Tasks that have begun and still have something before them, and when that is:
// also those whose failure a retry takes back.
export function pendingAt(steps: Step[], index: number): Pending[]
{
	const latest = new Map<string, Step>();

	for (const s of steps.slice(0, index + 1))
		if (s.task)
			latest.set(`${s.workflow}\u0000${s.task}`, s);
	return [...latest.values()].flatMap((s) => {
		const next = steps.slice(index + 1).find((later) => later.task === s.task && later.workflow === s.workflow);
		return next === undefined && FINAL.has(s.state) ? []
			: [{ task: s.task!, workflow: s.workflow, state: s.state, until: next?.at ?? null }];
	}).filter((p) => p.until === null || p.until > steps[index].at || !FINAL.has(p.state));
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
