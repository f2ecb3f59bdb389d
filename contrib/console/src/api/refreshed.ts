// A list whose first rows have been asked for again.

export interface Refreshed<T>
{
	rows: T[];
	waiting: T[];
	next: string | null;
}

// What a list shows after its first rows have been asked for again: `found`,
// behind which `next` leads on. Rows that are new at the top wait, unless the
// list may move; what changed is exchanged, what does not match any more is
// gone, and rows behind those that were looked at stay. A row that is the same
// stays the same object, which is not drawn again.
export function refreshed<T extends { id: string }>(rows: T[], oldNext: string | null, found: T[], next: string | null, moves: boolean): Refreshed<T>
{
	const before = new Map(rows.map((row) => [row.id, row]));
	const same = found.map((row) => {
		const old = before.get(row.id);
		return old && JSON.stringify(old) === JSON.stringify(row) ? old : row;
	});
	const firstKnown = same.findIndex((row) => before.has(row.id));

	// so much is new that the old rows lie behind a gap: begin anew
	if (firstKnown < 0)
		return moves || found.length === 0 ? { rows: found, waiting: [], next } : { rows, waiting: found, next: oldNext };
	const ids = new Set(found.map((row) => row.id));
	const lastKnown = rows.findLastIndex((row) => ids.has(row.id));
	const rest = next === null ? [] : rows.slice(lastKnown + 1);
	const body = [...same.slice(firstKnown), ...rest];
	const top = same.slice(0, firstKnown);

	return {
		rows: moves ? [...top, ...body] : body, waiting: moves ? [] : top,
		next: rest.length > 0 ? oldNext : next,
	};
}
