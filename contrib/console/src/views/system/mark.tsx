// A state that is none of an execution: good, bad, or worth a note.

import type { ComponentChildren } from 'preact';

const SIGNS = { good: '●', bad: '▲', note: '◐', off: '○' };
const CLASSES = { good: 'is-SUCCESS', bad: 'is-ERROR', note: 'is-PAUSED', off: 'is-IDLE' };

export function Mark({ kind, children }: { kind: keyof typeof SIGNS; children: ComponentChildren })
{
	return <span class={`state ${CLASSES[kind]}`}><span aria-hidden="true">{SIGNS[kind]}</span>{children}</span>;
}
