// Light, dark, or what the system prefers; remembered on this machine.

import { effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'mistral-console-theme';
const remembered = localStorage.getItem(KEY);

export const theme = signal<Theme>(remembered === 'light' || remembered === 'dark' ? remembered : 'system');

effect(() => {
	document.documentElement.dataset.theme = theme.value;
	localStorage.setItem(KEY, theme.value);
});

const ORDER: Theme[] = ['system', 'light', 'dark'];

export function nextTheme(): void
{
	theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length];
}
