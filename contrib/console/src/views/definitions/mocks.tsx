// The table in which the answers of a simulation are made up.

import { faultOf, type MockKind, type MockRow } from './answers';
import type { ApiGraphTask } from '../../graph/model';

const KINDS: Record<MockKind, string> = {
	none: 'its own', result: 'this result', error: 'this error', cancel: 'cancelled', list: 'one after the other',
};

const HINTS: Partial<Record<MockKind, string>> = {
	result: 'JSON, or words', error: 'JSON, or words', list: '[{"error": "busy"}, {"result": 1}]',
};

// A row for each task that calls something.
export function Mocks({ tasks, rows, onChange }: { tasks: ApiGraphTask[]; rows: MockRow[]; onChange: (rows: MockRow[]) => void })
{
	const calling = tasks.filter((t) => t.kind !== 'noop');
	const rowOf = (task: string): MockRow => rows.find((r) => r.task === task) ?? { task, kind: 'none', text: '', fault: null };
	const change = (row: MockRow) => onChange([...rows.filter((r) => r.task !== row.task), { ...row, fault: faultOf(row.kind, row.text) }]);

	if (calling.length === 0)
		return <p class="muted">No task calls anything.</p>;
	return (
		<table class="mocks">
			<tbody>
				{calling.map((t) => {
					const row = rowOf(t.name);
					const hint = HINTS[row.kind];
					return (
						<tr key={t.name}>
							<th scope="row" title={t.calls ?? ''}>{t.name}</th>
							<td>
								<select aria-label={`Answer of ${t.name}`} value={row.kind} onChange={(e) => change({ ...row, kind: e.currentTarget.value as MockKind })}>
									{Object.entries(KINDS).map(([kind, words]) => <option key={kind} value={kind}>{words}</option>)}
								</select>
							</td>
							<td>
								{hint && <textarea rows={1} aria-label={`What ${t.name} answers`} placeholder={hint} value={row.text} spellcheck={false}
									onInput={(e) => change({ ...row, text: e.currentTarget.value })} />}
								{row.fault && <p class="field-fault">{row.fault}</p>}
							</td>
						</tr>
					);
				})}
			</tbody>
		</table>
	);
}
