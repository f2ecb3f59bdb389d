// A JSON value as a tree that opens and closes, with its text to copy.

import { useState } from 'preact/hooks';
import { exactNumber, parseJson } from '../api/json';
import { Copy } from './copy';

// Values of the classic API are strings that hold JSON. What is none is
// returned as it is.
export function parsed(text: unknown): unknown
{
	if (typeof text !== 'string')
		return text;
	try
	{
		return parseJson(text);
	}
	catch
	{
		return text;
	}
}

const PORTION = 100;

function summary(value: object): string
{
	return Array.isArray(value) ? `[${value.length}]` : `{${Object.keys(value).length}}`;
}

function Scalar({ value }: { value: unknown })
{
	if (typeof value === 'string')
	{
		const isLong = value.length > 2000;
		return <span class="json-string">"{isLong ? `${value.slice(0, 2000)}…` : value}"{isLong && <span class="muted"> ({value.length.toLocaleString('en')} characters)</span>}</span>;
	}
	return <span class={value === null ? 'json-null' : 'json-plain'}>{String(value)}</span>;
}

function Node({ name, value, depth, open }: { name?: string; value: unknown; depth: number; open: number })
{
	const [isOpen, setOpen] = useState(depth < open);
	const [shown, setShown] = useState(PORTION);
	const label = name !== undefined && <span class="json-name">{name}: </span>;

	const exact = exactNumber(value);

	if (exact !== null)
		return <div class="json-line">{label}<span class="json-plain">{exact}</span></div>;
	if (value === null || typeof value !== 'object')
		return <div class="json-line">{label}<Scalar value={value} /></div>;
	const members = Object.entries(value);
	if (members.length === 0)
		return <div class="json-line">{label}<span class="muted">{Array.isArray(value) ? '[]' : '{}'}</span></div>;
	return (
		<div class="json-line">
			<button type="button" class="json-toggle" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
				<span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {label}
				<span class="muted">{summary(value)}</span>
			</button>
			{isOpen && (
				<div class="json-members">
					{members.slice(0, shown).map(([key, member]) => <Node key={key} name={key} value={member} depth={depth + 1} open={open} />)}
					{members.length > shown && (
						<button type="button" class="quiet" onClick={() => setShown(shown + PORTION * 5)}>
							{members.length - shown} more …
						</button>
					)}
				</div>
			)}
		</div>
	);
}

export interface JsonProps
{
	value: unknown;
	what: string;				// for the copy button: "the input"
	open?: number;				// levels that are open at first (2)
}

// Only what is open is in the page, so a value of megabytes costs nothing
// until somebody opens it.
export function Json({ value, what, open = 2 }: JsonProps)
{
	const [isRaw, setRaw] = useState(false);
	const text = () => JSON.stringify(value, null, 2) ?? 'null';

	return (
		<div class="json">
			<div class="json-tools">
				{value !== null && typeof value === 'object' && (
					<button type="button" class="quiet" aria-pressed={isRaw} onClick={() => setRaw(!isRaw)}>{isRaw ? 'Tree' : 'Raw'}</button>
				)}
				<Copy text={text} what={what} />
			</div>
			{isRaw ? <pre class="json-raw" tabIndex={0}>{text()}</pre> : <Node value={value} depth={0} open={open} />}
		</div>
	);
}
