// A button that may be out of reach: then it is disabled and says why.

import type { ComponentChildren } from 'preact';

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
			onClick={() => !reason && onClick()}>
			{children}
			{reason && <span class="for-readers">: {reason}</span>}
		</button>
	);
}
