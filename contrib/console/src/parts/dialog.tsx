// Dialogs. The element <dialog> keeps the focus inside and closes at Escape.

import { signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { ApiError } from '../api/client';
import { ErrorBox } from './error';

export interface DialogProps
{
	title: string;
	onClose: () => void;
	children: ComponentChildren;
	wide?: boolean;
}

// A dialog that is open as long as it is rendered.
export function Dialog({ title, onClose, children, wide }: DialogProps)
{
	const ref = useRef<HTMLDialogElement>(null);

	useEffect(() => {
		const before = document.activeElement;

		ref.current?.showModal();
		// the field that is asked for, rather than the button that closes
		if (!ref.current?.querySelector('[autofocus]'))
			(ref.current?.querySelector<HTMLElement>('.dialog-body > :not(header) :is(input, select, textarea, button)') ?? ref.current)?.focus();
		return () => {
			if (before instanceof HTMLElement && before.isConnected)
				before.focus();
		};
	}, []);
	return (
		<dialog ref={ref} class={wide ? 'dialog is-wide' : 'dialog'} aria-label={title}
			onClose={onClose} onCancel={(e) => { e.preventDefault(); onClose(); }}
			onClick={(e) => e.target === ref.current && onClose()}>
			<div class="dialog-body">
				<header class="dialog-head">
					<h2>{title}</h2>
					<button type="button" class="quiet" aria-label="Close" onClick={onClose}>✕</button>
				</header>
				{children}
			</div>
		</dialog>
	);
}

export interface Question
{
	title: string;
	// What will happen, in words; may have fields whose values `run` reads.
	body: ComponentChildren;
	// The word on the button: the verb, not "OK".
	verb: string;
	isDangerous?: boolean;
	wide?: boolean;
	// Does it. While it runs the button is busy; when it fails the dialog stays
	// and shows the error.
	run: () => Promise<unknown>;
}

const question = signal<Question | null>(null);

// Ask for confirmation: ask({title, body, verb, run}). One at a time.
export function ask(q: Question): void
{
	question.value = q;
}

function Confirmation({ q }: { q: Question })
{
	const [isBusy, setBusy] = useState(false);
	const [error, setError] = useState<ApiError>();
	const close = () => {
		if (question.value === q)
			question.value = null;
	};

	return (
		<Dialog title={q.title} onClose={close} wide={q.wide}>
			<form onSubmit={(e) => {
				e.preventDefault();
				setBusy(true);
				setError(undefined);
				q.run().then(close, (failure: ApiError) => { setError(failure); setBusy(false); });
			}}>
				<div class="dialog-text">{q.body}</div>
				{error && <ErrorBox error={error} />}
				<footer class="dialog-foot">
					<button type="button" onClick={close} autofocus={q.isDangerous}>Back</button>
					<button type="submit" class={q.isDangerous ? 'danger' : 'primary'} disabled={isBusy} autofocus={!q.isDangerous}>
						{isBusy ? 'Working …' : q.verb}
					</button>
				</footer>
			</form>
		</Dialog>
	);
}

// Where questions appear: once in the page.
export function Questions()
{
	return question.value && <Confirmation key={question.value.title} q={question.value} />;
}
