// A table whose rows are walked through with j and k, opened with Enter and
// marked with x, with keyset paging below it.

import { Component, type ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Pages } from '../api/paging';
import { useKeys } from '../keys';
import { ErrorBox } from './error';
import { Loading } from './empty';

export interface Column<T>
{
	id: string;
	title: ComponentChildren;
	cell: (row: T) => ComponentChildren;
	className?: string;			// "number", "is-wide", "hide-narrow" (not on a phone) …
}

export interface TableProps<T>
{
	label: string;
	columns: Column<T>[];
	pages: Pages<T>;
	// Where Enter and a click lead; null: nowhere.
	hrefOf?: (row: T) => string | null;
	// What stands there when there are no rows.
	empty: ComponentChildren;
	// Marked rows, by id, when rows can be marked.
	marked?: Set<string>;
	onMark?: (marked: Set<string>) => void;
	// Whether j, k, x and Enter are for this table (true): one in a view.
	hasKeys?: boolean;
	rowClass?: (row: T) => string;
}

// For lists that come whole: wrap them so that Table can show them.
export function whole<T>(rows: T[] | undefined, error?: Pages<T>['error'], reload: () => void = () => undefined): Pages<T>
{
	return {
		rows: rows ?? [], fresh: 0, showFresh: () => undefined, hasMore: false, more: () => undefined, reload,
		error: rows ? undefined : error, isLoading: rows === undefined && !error, isLoadingMore: false,
	};
}

interface Acts<T>
{
	open: (row: T, isFree: boolean) => void;
	mark: (id: string) => void;
}

interface RowProps<T>
{
	row: T;
	columns: Column<T>[];
	isCurrent: boolean;
	isMarked: boolean | null;	// null: cannot be marked
	className: string | undefined;
	act: { current: Acts<T> };
}

// One row, rendered anew only when it differs: a list may have thousands.
class Row<T extends { id: string }> extends Component<RowProps<T>>
{
	override shouldComponentUpdate(next: Readonly<RowProps<T>>): boolean
	{
		const { props } = this;

		return next.row !== props.row || next.columns !== props.columns || next.isCurrent !== props.isCurrent
			|| next.isMarked !== props.isMarked || next.className !== props.className;
	}

	override render()
	{
		const { row, columns, isCurrent, isMarked, className, act } = this.props;

		return (
			<tr data-id={row.id} class={className} aria-selected={isCurrent}
				onClick={(e) => act.current.open(row, !(e.target as Element).closest('a, button, input, summary, label') && !getSelection()?.toString())}>
				{isMarked !== null && (
					<td class="mark">
						<input type="checkbox" aria-label={`Mark ${row.id}`} checked={isMarked} onChange={() => act.current.mark(row.id)} />
					</td>
				)}
				{columns.map((c) => <td key={c.id} class={c.className}>{c.cell(row)}</td>)}
			</tr>
		);
	}
}

export function Table<T extends { id: string }>(props: TableProps<T>)
{
	const { label, columns, pages, hrefOf, empty, marked, onMark, hasKeys = true, rowClass } = props;
	const [current, setCurrent] = useState<string | null>(null);
	const body = useRef<HTMLTableSectionElement>(null);
	const end = useRef<HTMLDivElement>(null);
	const at = pages.rows.findIndex((row) => row.id === current);

	const moveTo = (index: number) => {
		const row = pages.rows[Math.max(0, Math.min(pages.rows.length - 1, index))];
		if (!row)
			return;
		setCurrent(row.id);
		const tr = body.current?.querySelector<HTMLElement>(`tr[data-id="${CSS.escape(row.id)}"]`);
		tr?.scrollIntoView({ block: 'nearest' });
		tr?.querySelector<HTMLElement>('a')?.focus({ preventScroll: true });
		if (index >= pages.rows.length - 3)
			pages.more();
	};
	const mark = (id: string) => {
		const set = new Set(marked);
		if (!set.delete(id))
			set.add(id);
		onMark?.(set);
	};
	const act = useRef<Acts<T>>({ open: () => undefined, mark });
	act.current = {
		mark,
		open: (row, isFree) => {
			const to = hrefOf?.(row);
			setCurrent(row.id);
			if (to && isFree)
				location.hash = to;
		},
	};
	// where the walk begins: the first row that is seen, below the bar
	const firstSeen = () => {
		const rows = [...body.current?.rows ?? []];
		return Math.max(0, rows.findIndex((tr) => tr.getBoundingClientRect().top > 44));
	};
	useKeys(hasKeys ? [
		{ keys: 'j', does: `next row of ${label}`, run: () => moveTo(at < 0 ? firstSeen() : at + 1) },
		{ keys: 'k', does: `row before it`, run: () => moveTo(Math.max(0, at - 1)) },
		...(hrefOf ? [{ keys: 'Enter', does: 'open the row', run: (e: KeyboardEvent) => {
			if (document.activeElement instanceof HTMLElement && document.activeElement.matches('a, button, summary'))
				document.activeElement.click();
			else if (pages.rows[at] && hrefOf(pages.rows[at]))
				location.hash = hrefOf(pages.rows[at])!;
			else
				e.preventDefault();
		} }] : []),
		...(onMark ? [{ keys: 'x', does: 'mark the row', run: () => { if (pages.rows[at]) mark(pages.rows[at].id); } }] : []),
	] : []);

	// the next page is fetched when its place comes into sight
	useEffect(() => {
		if (!end.current || !pages.hasMore)
			return undefined;
		const observer = new IntersectionObserver((seen) => seen.some((s) => s.isIntersecting) && pages.more(), { rootMargin: '400px' });
		observer.observe(end.current);
		return () => observer.disconnect();
	}, [pages.hasMore, pages.rows.length]);

	if (pages.isLoading && pages.rows.length === 0)
		return <Loading what={label} />;
	if (pages.error && pages.rows.length === 0)
		return <ErrorBox error={pages.error} onRetry={pages.reload} />;
	if (pages.rows.length === 0)
		return <>{empty}</>;
	const isAllMarked = !!marked && pages.rows.every((row) => marked.has(row.id));
	return (
		<div class="table-box">
			{pages.error && <ErrorBox error={pages.error} onRetry={pages.reload} />}
			{pages.fresh > 0 && (
				<button class="fresh" onClick={() => { pages.showFresh(); scrollTo({ top: 0 }); }}>
					{pages.fresh} new – show
				</button>
			)}
			<table class="table" aria-label={label}>
				<thead>
					<tr>
						{onMark && (
							<th class="mark">
								<input type="checkbox" aria-label="Mark all that are shown" checked={isAllMarked}
									onChange={() => onMark(isAllMarked ? new Set() : new Set(pages.rows.map((row) => row.id)))} />
							</th>
						)}
						{columns.map((c) => <th key={c.id} class={c.className} scope="col">{c.title}</th>)}
					</tr>
				</thead>
				<tbody ref={body}>
					{pages.rows.map((row) => (
						<Row key={row.id} row={row} columns={columns} isCurrent={row.id === current} isMarked={onMark ? marked?.has(row.id) ?? false : null}
							className={rowClass?.(row)} act={act} />
					))}
				</tbody>
			</table>
			<div ref={end} class="table-end">
				{pages.hasMore && <button class="quiet" onClick={pages.more}>{pages.isLoadingMore ? 'Loading …' : 'Show more'}</button>}
			</div>
		</div>
	);
}
