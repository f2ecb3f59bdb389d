// The title of the page, which names what is shown: tabs and bookmarks have it.

import { useEffect } from 'preact/hooks';

// Have a title while the component that calls this is there; empty: none yet.
export function useTitle(title: string): void
{
	useEffect(() => {
		if (title !== '')
			document.title = `${title} – Mistral`;
	}, [title]);
}
