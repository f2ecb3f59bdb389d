// A button that copies a text.

import { useState } from 'preact/hooks';
import { complain } from './toasts';

export function Copy({ text, what }: { text: string | (() => string); what: string })
{
	const [isDone, setDone] = useState(false);
	const copy = async () => {
		try
		{
			await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
			setDone(true);
			setTimeout(() => setDone(false), 1500);
		}
		catch
		{
			complain(new Error('The browser does not let this page copy. Mark the text and copy it by hand.'));
		}
	};

	return (
		<button type="button" class="quiet copy" title={`Copy ${what}`} aria-label={`Copy ${what}`} onClick={copy}>
			<svg class="sign" viewBox="0 0 16 16" aria-hidden="true"><path d={isDone ? 'M3 8.5l3.3 3.3L13 4.8' : 'M6 3.5h6.500v7M3.500 6h6.500v6.500h-6.500z'} /></svg>
		</button>
	);
}
