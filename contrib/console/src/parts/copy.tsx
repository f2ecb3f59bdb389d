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
			{isDone ? '✓' : '⧉'}
		</button>
	);
}
