// Choices that are seen at a glance, and filters that are set.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

export interface Choice
{
	value: string;
	label: ComponentChildren;
	count?: number | null;		// how many there are; null: not known
	title?: string;
}

// Buttons of which any number is pressed; `chosen` empty means all.
export function Pills({ label, choices, chosen, onChange }: {
	label: string; choices: Choice[]; chosen: string[]; onChange: (chosen: string[]) => void;
})
{
	return (
		<div class="pills" role="group" aria-label={label}>
			{choices.map((c) => {
				const isChosen = chosen.includes(c.value);
				return (
					<button key={c.value} type="button" class="pill" aria-pressed={isChosen} title={c.title}
						onClick={() => onChange(isChosen ? chosen.filter((v) => v !== c.value) : [...chosen, c.value])}>
						{c.label}
						{c.count !== undefined && c.count !== null && <span class="pill-count">{c.count.toLocaleString('en')}</span>}
					</button>
				);
			})}
		</div>
	);
}

// A filter that is set, with buttons to change it and to take it away.
export function SetPill({ name, value, onEdit, onRemove }: { name: string; value: string; onEdit?: () => void; onRemove: () => void })
{
	const words = <><span class="muted">{name}</span> {value}</>;

	return (
		<span class="pill is-set">
			{onEdit ? <button type="button" class="pill-edit" title="Change" onClick={onEdit}>{words}</button> : words}
			<button type="button" class="quiet" aria-label={`Remove the filter ${name} ${value}`} onClick={onRemove}>✕</button>
		</span>
	);
}

// Tabs that are links, so that each has an address.
export function Tabs({ label, tabs, chosen }: {
	label: string; tabs: { id: string; label: ComponentChildren; href: string }[]; chosen: string;
})
{
	const nav = useRef<HTMLElement>(null);

	// where they do not fit, the chosen one is to be seen
	useEffect(() => nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' }), [chosen]);
	return (
		<nav class="tabs" ref={nav} aria-label={label}>
			{tabs.map((t) => <a key={t.id} href={t.href} aria-current={t.id === chosen ? 'page' : undefined}>{t.label}</a>)}
		</nav>
	);
}
