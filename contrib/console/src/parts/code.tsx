// A text of code: the editor as soon as it is there, and plain text until then.

import { useEffect, useRef, useState } from 'preact/hooks';
import type { Editor, EditorOptions, Problem } from '../editor/code';

export interface CodeProps extends EditorOptions
{
	problems?: Problem[];
	onReady?: (editor: Editor) => void;
}

const NONE: Problem[] = [];

// `text` is what it begins with; when it changes later, the editor gets it anew.
export function Code({ text, problems = NONE, onReady, ...options }: CodeProps)
{
	const host = useRef<HTMLDivElement>(null);
	const editor = useRef<Editor | null>(null);
	const shown = useRef(text);
	const latest = useRef(options);
	const [state, setState] = useState<'loading' | 'there' | 'failed'>('loading');

	latest.current = options;
	useEffect(() => {
		let isGone = false;

		import('../editor/code').then(({ makeEditor }) => {
			if (isGone || !host.current)
				return;
			editor.current = makeEditor(host.current, {
				...options, text: shown.current,
				onChange: (t) => latest.current.onChange?.(t),
				onLine: (line) => latest.current.onLine?.(line),
				onSave: () => latest.current.onSave?.(),
			});
			setState('there');
			onReady?.(editor.current);
		}).catch(() => setState('failed'));
		return () => {
			isGone = true;
			editor.current?.destroy();
			editor.current = null;
		};
	}, []);
	useEffect(() => {
		if (text !== shown.current)
			editor.current?.setText(text);
		shown.current = text;
	}, [text]);
	useEffect(() => editor.current?.setProblems(problems), [problems, state]);

	return (
		<div class={`code ${options.isReadOnly ? 'is-read-only' : ''}`}>
			<div class="editor" ref={host} hidden={state !== 'there'} />
			{state !== 'there' && (state === 'loading' || options.isReadOnly
				? <pre class="code-plain" tabIndex={0}>{text}</pre>
				: <textarea class="code-plain" aria-label={options.label} spellcheck={false} onInput={(e) => options.onChange?.(e.currentTarget.value)}>{text}</textarea>)}
		</div>
	);
}
