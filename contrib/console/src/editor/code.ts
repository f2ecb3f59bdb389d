// The text editor, loaded when one is first shown.
//
// It lives in a shadow tree: there CodeMirror makes its styles from script,
// where in the page it would write <style> elements, which the policy of the
// page forbids.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap, type CompletionSource } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentLess, indentMore } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, HighlightStyle, indentOnInput, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
	Decoration, drawSelection, EditorView, highlightActiveLine, highlightActiveLineGutter, keymap, lineNumbers, MatchDecorator,
	ViewPlugin, type DecorationSet, type ViewUpdate,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';

export interface Problem
{
	severity: 'error' | 'warning';
	message: string;
	hint?: string;
	line?: number;				// from 1; none: the text as a whole
	column?: number;
}

export interface EditorOptions
{
	text: string;
	label: string;				// for screen readers
	isReadOnly?: boolean;
	onChange?: (text: string) => void;
	onLine?: (line: number) => void;	// the cursor has come to another line
	onSave?: () => void;		// Ctrl+S
	complete?: CompletionSource;
}

export interface Editor
{
	setText: (text: string) => void;
	setProblems: (problems: Problem[]) => void;
	goTo: (line: number, column?: number) => void;
	destroy: () => void;
}

const colours = HighlightStyle.define([
	{ tag: [tags.definition(tags.propertyName), tags.propertyName], color: 'var(--json-name)' },
	{ tag: [tags.string, tags.special(tags.string)], color: 'var(--json-string)' },
	{ tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--json-plain)' },
	{ tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
	{ tag: [tags.punctuation, tags.separator, tags.squareBracket, tags.brace], color: 'var(--muted)' },
]);

const looks = EditorView.theme({
	'&': { height: '100%', fontSize: 'inherit', color: 'var(--text)', backgroundColor: 'transparent' },
	'&.cm-focused': { outline: 'none' },
	'.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
	'.cm-content': { caretColor: 'var(--text)' },
	'.cm-cursor': { borderLeftColor: 'var(--text)' },
	'.cm-gutters': { backgroundColor: 'transparent', color: 'var(--muted)', borderRight: '1px solid var(--line)' },
	'.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--sunk)' },
	'&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--accent-ground)' },
	'.cm-selectionMatch': { backgroundColor: 'var(--accent-ground)' },
	'.cm-matchingBracket': { backgroundColor: 'var(--accent-ground)', outline: '1px solid var(--line)' },
	'.cm-expression': { backgroundColor: 'var(--waiting-ground)', borderRadius: '3px' },
	'.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)', borderRadius: '6px', boxShadow: 'var(--shadow)' },
	'.cm-tooltip-autocomplete > ul > li[aria-selected]': { backgroundColor: 'var(--accent)', color: 'var(--on-accent)' },
	'.cm-tooltip.cm-completionInfo': { padding: '6px 10px', maxWidth: '360px', whiteSpace: 'pre-wrap' },
	'.cm-completionDetail': { color: 'inherit', opacity: '0.7', fontStyle: 'normal', marginLeft: '1em' },
	'.cm-diagnostic': { padding: '4px 8px', whiteSpace: 'pre-wrap' },
	'.cm-diagnostic-error': { borderLeft: '4px solid var(--error)' },
	'.cm-diagnostic-warning': { borderLeft: '4px solid var(--paused)' },
	'.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--text)' },
	'.cm-foldPlaceholder': { backgroundColor: 'var(--accent-ground)', border: 'none', color: 'var(--muted)' },
});

// The parts of the text that are expressions.
const marker = new MatchDecorator({
	regexp: /<%.*?%>|\{\{.*?\}\}|\{%.*?%\}/g,
	decoration: Decoration.mark({ class: 'cm-expression' }),
});
const expressions = ViewPlugin.fromClass(class
{
	decorations: DecorationSet;

	constructor(view: EditorView)
	{
		this.decorations = marker.createDeco(view);
	}

	update(update: ViewUpdate)
	{
		this.decorations = marker.updateDeco(update, this.decorations);
	}
}, { decorations: (plugin) => plugin.decorations });

// Where a problem is: from its column to the end of the word, at least a character.
function placeOf(view: EditorView, problem: Problem): { from: number; to: number }
{
	const { doc } = view.state;
	const line = doc.line(Math.max(1, Math.min(doc.lines, problem.line ?? 1)));
	const column = Math.max(0, Math.min(line.length, (problem.column ?? 1) - 1));
	const word = /^[^\s:,\]}]+/.exec(line.text.slice(column));
	const from = line.from + column;

	return { from, to: Math.min(line.to, from + (word ? word[0].length : 1)) };
}

function editing(options: EditorOptions): Extension[]
{
	if (options.isReadOnly)
		return [EditorState.readOnly.of(true)];
	return [
		history(), closeBrackets(), indentOnInput(), lintGutter(), highlightActiveLine(), highlightActiveLineGutter(),
		autocompletion({ override: options.complete ? [options.complete] : undefined, icons: false, maxRenderedOptions: 60 }),
		keymap.of([
			{ key: 'Mod-s', run: () => { options.onSave?.(); return true; }, preventDefault: true },
			...closeBracketsKeymap, ...completionKeymap, ...lintKeymap, ...historyKeymap,
			// Escape, then Tab, leaves the editor
			{ key: 'Tab', run: indentMore, shift: indentLess },
		]),
	];
}

// Make an editor inside of an element, which must be empty.
export function makeEditor(host: HTMLElement, options: EditorOptions): Editor
{
	const root = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
	const parent = document.createElement('div');
	let lastLine = 1;
	let isSetting = false;

	parent.style.height = '100%';
	root.replaceChildren(parent);
	const view = new EditorView({
		parent, root,
		state: EditorState.create({
			doc: options.text,
			extensions: [
				lineNumbers(), foldGutter(), drawSelection(), bracketMatching(), highlightSelectionMatches(), indentUnit.of('  '),
				yaml(), syntaxHighlighting(colours), expressions, looks, editing(options),
				keymap.of([...searchKeymap, ...foldKeymap, ...defaultKeymap]),
				EditorView.contentAttributes.of({ 'aria-label': options.label }),
				EditorView.updateListener.of((update) => {
					const line = update.state.doc.lineAt(update.state.selection.main.head).number;
					if (update.docChanged && !isSetting)
						options.onChange?.(update.state.doc.toString());
					if (line !== lastLine)
						options.onLine?.(lastLine = line);
				}),
			],
		}),
	});

	return {
		setText: (text) => {
			isSetting = true;
			view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
			isSetting = false;
		},
		setProblems: (problems) => view.dispatch(setDiagnostics(view.state, problems.map((p): Diagnostic => ({
			...placeOf(view, p), severity: p.severity, message: p.hint ? `${p.message}\n${p.hint}` : p.message,
		})))),
		goTo: (line, column = 1) => {
			const at = placeOf(view, { severity: 'error', message: '', line, column }).from;
			view.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: 'center' }) });
			view.focus();
		},
		destroy: () => view.destroy(),
	};
}
