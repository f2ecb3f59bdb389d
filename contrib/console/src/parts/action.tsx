// A button that may be out of reach: then it is disabled and says why, on
// hover and when it is pressed, since a finger cannot hover.

import type { ComponentChildren } from 'preact';
import { say } from './toasts';

export interface ActionProps
{
	// Why it cannot be done; null: it can.
	reason: string | null | undefined;
	onClick: () => void;
	children: ComponentChildren;
	kind?: 'primary' | 'danger' | 'quiet';
	title?: string;
}

export function Action({ reason, onClick, children, kind, title }: ActionProps)
{
	return (
		<button type="button" class={kind ?? ''} aria-disabled={!!reason} title={reason ?? title}
			onClick={() => (reason ? say(`Not now: ${reason}.`) : onClick())}>
			{children}
			{reason && <span class="for-readers">: {reason}</span>}
		</button>
	);
}
