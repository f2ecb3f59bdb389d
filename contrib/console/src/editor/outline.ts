// Where in a definition a place of its text is: found from the indentation,
// as the text is being written and mostly no valid YAML.

export interface Place
{
	path: string[];				// the keys above: ["wf", "tasks", "t1"]
	key: string | null;			// of this line, when the place is behind its colon
	before: string;				// what stands in the line in front of the place, without key and dash
	indent: number;
}

const KEY = /^(\s*(?:- +)*)(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)'|([^\s#:'"[{][^:#]*?))\s*:(?=\s|$)/;

interface Keyed
{
	indent: number;
	key: string | null;
	rest: string;
}

function keyed(line: string): Keyed
{
	const match = KEY.exec(line);

	if (!match)
	{
		const dash = /^\s*(?:- +)*/.exec(line)![0];
		return { indent: dash.length, key: null, rest: line.slice(dash.length) };
	}
	return { indent: match[1].length, key: match[2] ?? match[3] ?? match[4], rest: line.slice(match[0].length) };
}

const isBlank = (line: string) => /^\s*(#.*)?$/.test(line);

// The keys above a line, from the outermost.
function keysAbove(lines: string[], index: number, indent: number): string[]
{
	const path: string[] = [];
	let limit = indent;

	for (let i = index - 1; i >= 0 && limit > 0; i--)
	{
		const { indent: at, key } = keyed(lines[i]);
		// "- " of a list may stand as far left as the key that has the list
		const dashed = /^\s*-\s/.test(lines[i]) ? lines[i].search(/-/) : at;
		if (isBlank(lines[i]) || Math.min(at, dashed) >= limit || (key === null && at >= limit))
			continue;
		if (key !== null && at < limit)
			path.unshift(key);
		limit = Math.min(limit, dashed, at);
	}
	return path;
}

// The place of a column (from 0) of a line (from 0).
export function placeAt(lines: string[], index: number, column: number): Place
{
	const line = lines[index].slice(0, column);
	const { indent, key, rest } = keyed(line);
	const dash = /^(\s*)- /.exec(line);
	const left = dash ? dash[1].length + 1 : indent;

	return { path: keysAbove(lines, index, left), key, before: key === null ? rest : rest.trimStart(), indent };
}

// The tasks of each workflow of a text, with their lines (from 1).
export function tasksOf(lines: string[]): { workflow: string; task: string; line: number }[]
{
	const found: { workflow: string; task: string; line: number }[] = [];
	let keys: Keyed[] = [];

	lines.forEach((line, i) => {
		const at = keyed(line);
		if (isBlank(line) || at.key === null)
			return;
		keys = [...keys.filter((k) => k.indent < at.indent), at];
		if (keys.length >= 3 && keys.at(-2)!.key === 'tasks')
			found.push({ workflow: keys.at(-3)!.key!, task: at.key, line: i + 1 });
	});
	return found;
}

// The task in which a line is, or null.
export function taskAt(lines: string[], line: number): { workflow: string; task: string } | null
{
	const indent = (l: string) => l.length - l.trimStart().length;
	const before = tasksOf(lines).filter((t) => t.line <= line).at(-1);

	if (!before)
		return null;
	const between = lines.slice(before.line, line).filter((l) => !isBlank(l));
	return between.every((l) => indent(l) > indent(lines[before.line - 1])) ? before : null;
}
