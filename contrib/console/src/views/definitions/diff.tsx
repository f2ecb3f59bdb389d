// Two texts side by side in one column: what was taken out, what was put in,
// and a few lines around it.

import { diffLines } from 'diff';

const AROUND = 3;

interface Line
{
	kind: 'same' | 'added' | 'removed';
	text: string;
	before: number | null;		// numbers of the line in both texts
	after: number | null;
}

function linesOf(before: string, after: string): Line[]
{
	let a = 0;
	let b = 0;

	return diffLines(before, after).flatMap((part) => part.value.replace(/\n$/, '').split('\n').map((text): Line => {
		if (part.added)
			return { kind: 'added', text, before: null, after: ++b };
		if (part.removed)
			return { kind: 'removed', text, before: ++a, after: null };
		return { kind: 'same', text, before: ++a, after: ++b };
	}));
}

// Lines to show; a number stands for so many that are left out.
function folded(lines: Line[]): (Line | number)[]
{
	const near = new Set<number>();

	lines.forEach((line, i) => {
		if (line.kind !== 'same')
			for (let j = i - AROUND; j <= i + AROUND; j++)
				near.add(j);
	});
	return lines.reduce<(Line | number)[]>((out, line, i) => {
		if (near.has(i))
			out.push(line);
		else if (typeof out.at(-1) === 'number')
			out[out.length - 1] = out.at(-1) as number + 1;
		else
			out.push(1);
		return out;
	}, []);
}

const MARK = { same: ' ', added: '+', removed: '−' };
const WORD = { same: '', added: 'added: ', removed: 'removed: ' };

export function Diff({ before, after, label }: { before: string; after: string; label: string })
{
	const lines = linesOf(before, after);
	const changes = lines.filter((line) => line.kind !== 'same').length;

	if (changes === 0)
		return <p class="muted">The two texts are the same.</p>;
	return (
		<div class="diff" role="region" aria-label={label} tabIndex={0}>
			<table>
				<tbody>
					{folded(lines).map((line, i) => (typeof line === 'number'
						? <tr key={i} class="diff-fold"><td colSpan={4}>{line === 1 ? '1 line' : `${line} lines`} the same</td></tr>
						: (
							<tr key={i} class={`diff-${line.kind}`}>
								<td class="diff-number">{line.before}</td>
								<td class="diff-number">{line.after}</td>
								<td class="diff-mark"><span aria-hidden="true">{MARK[line.kind]}</span><span class="for-readers">{WORD[line.kind]}</span></td>
								<td class="diff-text">{line.text}</td>
							</tr>
						)))}
				</tbody>
			</table>
		</div>
	);
}
