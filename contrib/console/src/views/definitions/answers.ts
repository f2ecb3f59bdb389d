// Answers that are made up for the actions of a simulation.

export type MockKind = 'none' | 'result' | 'error' | 'cancel' | 'list';

export interface MockRow
{
	task: string;
	kind: MockKind;
	text: string;
	fault: string | null;		// why the text cannot be used
}

function valueOf(text: string): unknown
{
	try
	{
		return JSON.parse(text);
	}
	catch
	{
		return text;
	}
}

// What is wrong with the text of an answer, or null.
export function faultOf(kind: MockKind, text: string): string | null
{
	return kind === 'list' && !Array.isArray(valueOf(text)) ? 'is not a JSON list' : null;
}

// The rows as the server takes them.
export function mocksOf(rows: MockRow[]): Record<string, unknown>
{
	const answers: Record<MockKind, (text: string) => unknown> = {
		none: () => undefined, result: (t) => ({ result: t === '' ? null : valueOf(t) }), error: (t) => ({ error: valueOf(t) }),
		cancel: () => ({ cancel: true }), list: valueOf,
	};

	return Object.fromEntries(rows.filter((r) => r.kind !== 'none').map((r) => [r.task, answers[r.kind](r.text)]));
}
