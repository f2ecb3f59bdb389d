// What stands where there is nothing (yet): says how to get something.

import type { ComponentChildren } from 'preact';

export function Empty({ title, children }: { title: string; children?: ComponentChildren })
{
	return (
		<div class="empty">
			<h3>{title}</h3>
			{children}
		</div>
	);
}

export function Loading({ what }: { what: string })
{
	return <p class="loading muted" role="status">Loading {what} …</p>;
}
