// What is above the list: the text filter, the states with their counts, and
// the other filters as pills.

import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { Dialog } from '../../parts/dialog';
import { Menu } from '../../parts/menu';
import { Pills, SetPill } from '../../parts/pills';
import { StateIcon, stateWord } from '../../parts/state';
import { setQuery } from '../../router';
import { workflowNames } from '../../operate/names';
import { whyNot } from '../../state/who';
import { secondsOf, STATES } from './filter';

export interface Counts
{
	counts: Record<string, number>;
	total: number;
	is_exact: boolean;
	oldest: string | null;
}

interface Kind
{
	name: string;				// in the address
	label: string;
	hint: string;
	placeholder: string;
	isTime?: boolean;
}

const KINDS: Kind[] = [
	{ name: 'workflow', label: 'workflow', hint: 'its whole name', placeholder: 'order' },
	{ name: 'tag', label: 'tag', hint: 'several with commas: those that have all of them', placeholder: 'billing' },
	{ name: 'since', label: 'created since', hint: 'a time ago (30m, 6h, 2d) or a date', placeholder: '1d', isTime: true },
	{ name: 'until', label: 'created before', hint: 'a time ago (30m, 6h, 2d) or a date', placeholder: '7d', isTime: true },
	{ name: 'waits', label: 'waits longer than', hint: 'unfinished, and nothing has happened for so long: 5m, 2h, 1d', placeholder: '1h', isTime: true },
	{ name: 'key', label: 'key', hint: 'the key it was started with', placeholder: 'order-17' },
	{ name: 'project', label: 'project', hint: 'of another project; for administrators', placeholder: 'team_a' },
];

function AddFilter({ kind, value, onClose }: { kind: Kind; value: string; onClose: () => void })
{
	const id = useId();
	const [text, setText] = useState(value);
	const [names, setNames] = useState<string[]>([]);
	const isWrong = text !== '' && !!kind.isTime && secondsOf(text) === null && (kind.name === 'waits' || Number.isNaN(Date.parse(text)));

	useEffect(() => {
		if (kind.name === 'workflow')
			void workflowNames().then(setNames);
	}, []);
	return (
		<Dialog title={`Filter: ${kind.label}`} onClose={onClose}>
			<form onSubmit={(e) => {
				e.preventDefault();
				if (isWrong)
					return;
				setQuery({ [kind.name]: text.trim() || null });
				onClose();
			}}>
				<div class="field">
					<label for={id}>{kind.label}</label>
					<input id={id} value={text} list={`${id}-names`} placeholder={kind.placeholder} aria-invalid={isWrong} autofocus autocomplete="off"
						onInput={(e) => setText(e.currentTarget.value)} />
					<datalist id={`${id}-names`}>{names.map((n) => <option key={n} value={n} />)}</datalist>
					<p class={isWrong ? 'field-fault' : 'muted'}>{kind.hint}</p>
				</div>
				<footer class="dialog-foot"><button type="submit" class="primary">Filter</button></footer>
			</form>
		</Dialog>
	);
}

// The text, which takes effect when the typing rests.
function Search({ value }: { value: string })
{
	const [text, setText] = useState(value);
	const timer = useRef(0);

	useEffect(() => setText(value), [value]);
	const set = (next: string) => {
		setText(next);
		clearTimeout(timer.current);
		timer.current = window.setTimeout(() => setQuery({ q: next.trim() || null }), 250);
	};
	return (
		<input type="search" class="filter-text" data-filter aria-label="Filter by id or any text" placeholder="Id, name, key or text  ( / )" value={text}
			onInput={(e) => set(e.currentTarget.value)}
			onKeyDown={(e) => { if (e.key === 'Escape') { e.currentTarget.blur(); } }} />
	);
}

export function FilterBar({ query, states, counts }: { query: URLSearchParams; states: string[]; counts: Counts | undefined })
{
	const [adding, setAdding] = useState<Kind | null>(null);
	const set = KINDS.filter((k) => query.get(k.name));
	const hasSub = query.get('sub') === '1';
	const isAll = query.get('all') === '1';

	return (
		<div class="filters">
			<div class="row">
				<Search value={query.get('q') ?? ''} />
				<Pills label="States" chosen={states} onChange={(chosen) => setQuery({ state: chosen.join(',') || null })}
					choices={STATES.map((s) => ({
						value: s, label: <><StateIcon state={s} />{stateWord(s)}</>, count: counts?.counts[s],
						title: counts && !counts.is_exact ? 'of the newest 50,000' : undefined,
					}))} />
			</div>
			<div class="row">
				<Menu label="Add a filter" items={[
					...KINDS.map((k) => ({ label: k.label, run: () => setAdding(k), reason: k.name === 'project' ? whyNot('see_all_projects') : null })),
				]}>+ Filter</Menu>
				<button type="button" class="pill" aria-pressed={!hasSub} title="Without executions that a task of another one has started" onClick={() => setQuery({ sub: hasSub ? null : '1' })}>root only</button>
				{!whyNot('see_all_projects') && <button type="button" class="pill" aria-pressed={isAll} onClick={() => setQuery({ all: isAll ? null : '1' })}>all projects</button>}
				{set.map((k) => (
					<SetPill key={k.name} name={k.label} value={query.get(k.name)!} onEdit={() => setAdding(k)} onRemove={() => setQuery({ [k.name]: null })} />
				))}
				{(set.length > 0 || states.length > 0 || query.get('q')) && (
					<button type="button" class="quiet" onClick={() => setQuery({ ...Object.fromEntries(KINDS.map((k) => [k.name, null])), state: null, q: null })}>Clear</button>
				)}
				{counts && <span class="muted filter-total">{counts.is_exact ? '' : 'of the newest 50,000: '}{counts.total.toLocaleString('en')}</span>}
			</div>
			{adding && <AddFilter kind={adding} value={query.get(adding.name) ?? ''} onClose={() => setAdding(null)} />}
		</div>
	);
}
