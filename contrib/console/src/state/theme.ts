// Light, dark, or what the system prefers; remembered on this machine.

import { computed, effect, signal } from '@preact/signals';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'mistral-console-theme';
const remembered = localStorage.getItem(KEY);

export const theme = signal<Theme>(remembered === 'light' || remembered === 'dark' ? remembered : 'system');

const systemPrefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(systemPrefersDark.matches);

systemPrefersDark.addEventListener('change', (event) => { systemIsDark.value = event.matches; });

// What is seen: "light" or "dark".
export const shownTheme = computed(() => (theme.value !== 'system' ? theme.value : systemIsDark.value ? 'dark' : 'light'));

effect(() => {
	document.documentElement.dataset.theme = shownTheme.value;
	localStorage.setItem(KEY, theme.value);
});

const ORDER: Theme[] = ['system', 'light', 'dark'];

export function nextTheme(): void
{
	theme.value = ORDER[(ORDER.indexOf(theme.value) + 1) % ORDER.length];
}
