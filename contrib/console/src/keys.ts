// The keyboard. A view registers what its keys do while it is shown; "?" lists
// what there is now.
//
// A key is written as in the list: "j", "/", "Shift+R", "g e" (one after the
// other). Single letters do nothing while the focus is in a field or a dialog.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

export interface Key
{
	keys: string;
	does: string;				// for the list
	run: (event: KeyboardEvent) => void;
}

export const registered = signal<Key[][]>([]);

let pending = '';
let forget = 0;

function nameOf(event: KeyboardEvent): string
{
	const shift = event.shiftKey && (event.key.length > 1 || /[A-Z]/.test(event.key)) ? 'Shift+' : '';

	return (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + (event.altKey ? 'Alt+' : '') + shift + event.key;
}

function isTyping(target: EventTarget | null): boolean
{
	return target instanceof HTMLElement
		&& (target.closest('input, textarea, select, dialog, [contenteditable="true"], .editor') !== null);
}

document.addEventListener('keydown', (event) => {
	if (event.defaultPrevented || event.isComposing)
		return;
	const name = nameOf(event);
	if (isTyping(event.target) && !name.startsWith('Ctrl+'))
		return;
	const both = pending + name;
	// what was registered last is in front
	const all = registered.value.toReversed().flat();
	const found = all.find((k) => k.keys === both) ?? all.find((k) => k.keys === name);
	pending = '';
	clearTimeout(forget);
	if (found)
	{
		event.preventDefault();
		found.run(event);
	}
	else if (all.some((k) => k.keys.startsWith(name + ' ')))
	{
		pending = name + ' ';
		forget = window.setTimeout(() => { pending = ''; }, 1200);
	}
});

// Have keys while the component that calls this is there.
export function useKeys(keys: Key[]): void
{
	const latest = useRef(keys);

	latest.current = keys;
	useEffect(() => {
		const mine = keys.map((key, i): Key => ({ ...key, run: (event) => latest.current[i]?.run(event) }));
		registered.value = [...registered.value, mine];
		return () => {
			registered.value = registered.value.filter((list) => list !== mine);
		};
	}, [keys.map((key) => key.keys + key.does).join('\n')]);
}
