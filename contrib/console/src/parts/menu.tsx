// A button with a list of actions below it; arrows move, Escape closes.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';

export interface MenuItem
{
	label: string;
	run: () => void;
	// Why it cannot be done now; it is then shown, but disabled.
	reason?: string | null;
	isDangerous?: boolean;
}

export function Menu({ label, items, children }: { label: string; items: MenuItem[]; children?: ComponentChildren })
{
	const [isOpen, setOpen] = useState(false);
	const root = useRef<HTMLDivElement>(null);
	const id = useId();

	useEffect(() => {
		if (!isOpen)
			return undefined;
		const outside = (e: Event) => !root.current?.contains(e.target as Node) && setOpen(false);
		document.addEventListener('pointerdown', outside);
		// on a narrow page it is moved to where there is room
		const list = root.current?.querySelector<HTMLElement>('[role=menu]');
		const over = list ? list.getBoundingClientRect().left - 4 : 0;
		if (list && over < 0)
			list.style.right = `${over}px`;
		root.current?.querySelector<HTMLElement>('[role=menuitem]:not([aria-disabled=true])')?.focus();
		return () => document.removeEventListener('pointerdown', outside);
	}, [isOpen]);
	const onKeyDown = (e: KeyboardEvent) => {
		const all = [...root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? []];
		const at = all.indexOf(document.activeElement as HTMLElement);
		const step = { ArrowDown: 1, ArrowUp: -1 }[e.key];

		if (!isOpen || (step === undefined && e.key !== 'Escape'))
			return;
		e.preventDefault();
		e.stopPropagation();
		if (step !== undefined)
			all[(at + step + all.length) % all.length]?.focus();
		else
		{
			setOpen(false);
			root.current?.querySelector('button')?.focus();
		}
	};

	return (
		<div class="menu" ref={root} onKeyDown={onKeyDown}>
			<button type="button" aria-haspopup="menu" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
				{children ?? label} <span aria-hidden="true">▾</span>
			</button>
			{isOpen && (
				<div class="menu-list" role="menu" id={id} aria-label={label}>
					{items.map((item) => (
						<button key={item.label} type="button" role="menuitem" tabIndex={-1} aria-disabled={!!item.reason}
							class={item.isDangerous ? 'is-dangerous' : ''} title={item.reason ?? undefined}
							onClick={() => { if (!item.reason) { setOpen(false); item.run(); } }}>
							{item.label}
							{item.reason && <small>{item.reason}</small>}
						</button>
					))}
				</div>
			)}
		</div>
	);
}
