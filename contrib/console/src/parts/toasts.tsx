// Short messages at the edge of the page: what was done, what could not be.

import { signal } from '@preact/signals';
import type { ApiError } from '../api/client';

interface Toast
{
	id: number;
	kind: 'good' | 'bad';
	text: string;
	advice?: string;
}

const toasts = signal<Toast[]>([]);
let last = 0;

function close(id: number)
{
	toasts.value = toasts.value.filter((t) => t.id !== id);
}

// Say that something is done. Goes away by itself.
export function say(text: string): void
{
	const id = ++last;

	toasts.value = [...toasts.value, { id, kind: 'good', text }];
	setTimeout(() => close(id), 6000);
}

// Say that something failed, and what to do. Stays until it is closed.
export function complain(error: unknown): void
{
	const e = error as Partial<ApiError>;

	if (e.name === 'AbortError')
		return;
	toasts.value = [...toasts.value.slice(-3), { id: ++last, kind: 'bad', text: e.message ?? String(error), advice: e.advice }];
}

export function Toasts()
{
	return (
		<div class="toasts" role="status" aria-live="polite">
			{toasts.value.map((t) => (
				<div key={t.id} class={`toast is-${t.kind}`}>
					<div>
						<p>{t.text}</p>
						{t.advice && <p class="muted">{t.advice}</p>}
					</div>
					<button class="quiet" aria-label="Close this message" onClick={() => close(t.id)}>✕</button>
				</div>
			))}
		</div>
	);
}
