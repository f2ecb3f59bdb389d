// A text that is being written: kept in this tab until it is saved or thrown
// away, so that neither a wrong key nor another view loses it.

import { useCallback, useEffect, useState } from 'preact/hooks';

export interface Draft
{
	text: string;
	setText: (text: string) => void;
	isChanged: boolean;
	forget: () => void;			// back to the stored text
}

// `stored` is what the server has; `name` tells one draft from another.
export function useDraft(name: string, stored: string): Draft
{
	const key = `mistral-console-draft-${name}`;
	const [text, setText] = useState(() => sessionStorage.getItem(key) ?? stored);
	const isChanged = text !== stored;

	useEffect(() => {
		if (isChanged)
			sessionStorage.setItem(key, text);
		else
			sessionStorage.removeItem(key);
	}, [key, text, isChanged]);
	useEffect(() => {
		const warn = (e: BeforeUnloadEvent) => isChanged && e.preventDefault();
		addEventListener('beforeunload', warn);
		return () => removeEventListener('beforeunload', warn);
	}, [isChanged]);
	const forget = useCallback(() => {
		sessionStorage.removeItem(key);
		setText(stored);
	}, [key, stored]);
	return { text, setText, isChanged, forget };
}
