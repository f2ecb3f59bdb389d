// What the console makes of what the API says: places in a timeline, filters,
// graphs, and errors without their wrapping.

import { check } from './harness.mjs';
import { load, same } from './units.mjs';

function timelines({ scaleOf, gaps, clock })
{
	const minute = 60_000;
	const busy = [{ from: 0, to: minute }, { from: 100 * minute, to: 101 * minute }];
	const folded = scaleOf(0, 101 * minute, busy, true);
	const plain = scaleOf(0, 101 * minute, busy, false);

	check('gaps are what no stretch covers', same(gaps([{ from: 5, to: 9 }, { from: 2, to: 6 }], 0, 12), [{ from: 0, to: 2 }, { from: 9, to: 12 }]));
	check('what is busy all the time has no gaps', gaps([{ from: 0, to: 12 }], 0, 12).length === 0);
	check('a long idle time is folded', folded.folds.length === 1 && folded.folds[0].right - folded.folds[0].left < 0.05);
	check('it is not when nobody wants that', plain.folds.length === 0);
	check('what is beside it gets the room', folded.place(minute) > 0.45 && plain.place(minute) < 0.02, folded.place(minute));
	check('a scale begins and ends at its edges', folded.place(0) === 0 && Math.abs(folded.place(101 * minute) - 1) < 1e-9);
	check('a scale never turns back', Array.from({ length: 200 }, (_, i) => folded.place(i * 101 * minute / 199)).every((x, i, all) => i === 0 || x >= all[i - 1]));
	check('no tick is within a fold', folded.ticks.every((t) => !folded.folds.some((f) => t.at > f.from && t.at < f.to)));
	check('little idle time is not folded', scaleOf(0, 10_000, [{ from: 0, to: 4000 }, { from: 8000, to: 10_000 }], true).folds.length === 0);
	check('nothing at all has a scale', scaleOf(5, 5, [], true).place(5) === 0);
	check('times on a clock', same([0, 59_000, 65_000, 3_725_000, 90_061_000].map((ms) => clock(ms, 1000)), ['0 s', '59 s', '1:05', '1:02:05', '1 d 1:01:01']));
}

function filters({ filtersOf, withStates, secondsOf })
{
	const of = (query) => filtersOf(new URLSearchParams(query));

	check('lengths of time', same(['90', '5m', '2h', '1d', '1w', '1.5h', '', 'soon', '-5'].map(secondsOf), [90, 300, 7200, 86400, 604800, 5400, null, null, null]));
	check('roots alone, unless others are asked for', of('').params.nulls === 'root_execution_id' && of('sub=1').params.nulls === undefined);
	check('one state', withStates(of('state=ERROR')).state === 'ERROR');
	check('several states', withStates(of('state=ERROR,PAUSED')).state === 'in:ERROR,PAUSED');
	check('a state that is none is left out', withStates(of('state=NONSENSE')).state === undefined);
	check('what waits longer than', of('waits=2h').params.waits_longer === '7200');
	check('what is no length of time filters nothing', of('waits=later').params.waits_longer === undefined);
	check('since a time ago', /^gte:\d{4}-\d\d-\d\d \d\d:\d\d:00$/.test(of('since=1d').params.created_at), of('since=1d').params.created_at);
	check('since a date', of('since=2026-01-02T00:00:00Z').params.created_at === 'gte:2026-01-02 00:00:00');
	check('a project is one of all', of('project=team_a').params.all_projects === 'true' && of('project=team_a').params.project_id === 'team_a');
}

const TASK = { kind: 'action', calls: 'std.noop', join: null, with_items: null, policies: { retry: { count: 1 } }, is_start: false };

function graphs({ fromApi, withRuns, schemaOfInputs })
{
	const graph = {
		name: 'w', type: 'direct', input: [], input_schema: null,
		tasks: [{ ...TASK, name: 'a', is_start: true }, { ...TASK, name: 'b', join: 'all' }, { ...TASK, name: 'c', kind: 'workflow', calls: 'sub' }],
		edges: [{ from: 'a', to: 'b', kind: 'on-success', guard: null }, { from: 'a', to: 'c', kind: 'on-error', guard: '<% $.x %>' }],
		commands: [{ from: 'b', command: 'fail', kind: 'on-error', guard: null, params: { msg: 'too late' } }, { from: 'b', command: 'noop', kind: 'on-success', guard: null, params: null }],
	};
	const run = { state: 'ERROR', state_info: 'x', runs: 2, task_execution_id: 'T', attempt: 1, items: null };
	const lit = withRuns(graph, { runs: [{ ...run, task: 'a' }], taken: [{ from: 'a', to: 'c', kind: 'on-error', times: 2 }, { from: 'b', to: 'fail', kind: 'on-error', times: 1 }] });
	const data = fromApi(lit);
	const inner = fromApi(graph, 'c');
	const node = (label) => data.nodes.find((n) => n.label === label);

	check('tasks that have begun have their state', node('a').state === 'ERROR' && node('a').runs === 2);
	check('others have none', node('b').state === null);
	check('arrows that were taken are counted', data.edges.find((e) => e.to === 'c').taken === 2 && data.edges.find((e) => e.to === 'b').taken === 0);
	check('commands are nodes with what they say, and noop is none', data.nodes.filter((n) => n.kind === 'command').map((n) => n.detail).join() === 'too late');
	check('a command that was done is lit', data.nodes.find((n) => n.kind === 'command').state === 'SUCCESS');
	check('a sub-workflow can be opened', node('c').canOpen && !node('a').canOpen);
	check('what is inside a task is named by it', inner.nodes.every((n) => n.parent === 'c' && n.id.startsWith('c/')));
	check('no two nodes have one name', new Set([...data.nodes, ...inner.nodes].map((n) => n.id)).size === data.nodes.length + inner.nodes.length);

	const schema = schemaOfInputs(['who', { times: 3 }, { list: [] }, { set: { a: 1 } }, { yes: true }, { expr: '<% $.who %>' }, { none: null }]);

	check('inputs without a default are needed', same(schema.required, ['who']));
	check('types come from defaults', same(Object.values(schema.properties).map((p) => p.type ?? null), [null, 'number', 'array', 'object', 'boolean', null, null]));
}

function errors({ essence, firstCause })
{
	check('an error without its wrapping', essence("The action raised an exception [action_ex_id=1, msg='no 'such' card', action_cls='std.js']") === "no 'such' card");
	check('another form of it', essence("The action raised an exception [action=Fail action, action_ex_id=1, msg='Fail action expected exception.']") === 'Fail action expected exception.');
	check('a task that could not be run', essence('Failed to run task [error=Invalid input [name=std.email, missing=[]], wf=w, task=t]') === 'Invalid input [name=std.email, missing=[]]');
	check('the message of an error that is an object', essence('{"message": "no such card", "sqlstate": "P0001"}') === 'no such card' && essence('{"a": 1}') === '{"a": 1}');
	check('what is not wrapped stays', essence('plain') === 'plain' && essence('') !== '' && essence(null) !== '');
	check('the first cause of an execution', firstCause("Failure caused by error in tasks: a, b\n\n  a [task_ex_id=1] -> it broke\n    [action_ex_id=2, idx=0]: it broke\n\n  b [task_ex_id=3] -> Failed by tasks: ['a']\n") === 'a: it broke');
	check('an info of another form stays', firstCause('stopped by hand') === 'stopped by hand' && firstCause(null) === '');
}

function lists({ refreshed })
{
	const row = (id, state = 'RUNNING') => ({ id, state });
	const old = [row('e'), row('d'), row('c'), row('b')];
	const ids = (list) => list.map((r) => r.id).join('');
	const after = (found, next = 'more', moves = true) => refreshed(old, 'old', found, next, moves);

	check('new rows come on top', ids(after([row('f'), row('e'), row('d')]).rows) === 'fedcb');
	check('they wait where the list must not move', ids(after([row('f'), row('e'), row('d')], 'more', false).rows) === 'edcb'
		&& ids(after([row('f'), row('e'), row('d')], 'more', false).waiting) === 'f');
	check('rows that no longer match go', ids(after([row('e'), row('c'), row('b')]).rows) === 'ecb');
	check('what moves up behind them is last, not first', ids(after([row('e'), row('c'), row('b'), row('a')], 'more', false).rows) === 'ecba');
	check('then the list goes on behind it', after([row('e'), row('c'), row('b'), row('a')]).next === 'more');
	check('rows that were not looked at stay, and the list goes on behind them', ids(after([row('e'), row('d')]).rows) === 'edcb' && after([row('e'), row('d')]).next === 'old');
	check('what is all there is is all', ids(after([row('e'), row('d')], null).rows) === 'ed' && after([row('e')], null).next === null);
	check('what changed is exchanged', after([row('e', 'ERROR'), row('d')]).rows[0].state === 'ERROR');
	check('what is the same stays the same object', after([row('e'), row('d')]).rows[0] === old[0]);
	check('so much that is new begins anew', ids(after([row('z'), row('y')]).rows) === 'zy' && after([row('z'), row('y')]).next === 'more');
	check('but not under the eyes', ids(after([row('z'), row('y')], 'more', false).rows) === 'edcb');
	check('an empty list is empty', after([], null, false).rows.length === 0);
}

// Node may be older than what keeps numbers: then they are rounded, as said.
function numbers({ parseJson, exactNumber })
{
	const text = '{"big":12345678901234567890,"small":1.5,"many":0.1234567890123456789,"list":[1,2]}';
	const value = parseJson(text);

	check('numbers are written as they came', JSON.stringify(value) === (JSON.rawJSON ? text : JSON.stringify(JSON.parse(text))), JSON.stringify(value));
	check('those that a browser keeps are numbers', value.small === 1.5 && value.list[1] === 2);
	check('others are shown as texts', exactNumber(value.big) === (JSON.rawJSON ? '12345678901234567890' : null));
	check('what is no JSON is refused', (() => { try { parseJson('{'); return false; } catch { return true; } })());
}

export async function run()
{
	timelines(await load('views/execution/timescale.ts'));
	filters(await load('views/executions/filter.ts'));
	graphs(await load('graph/model.ts', 'parts/form.tsx'));
	errors(await load('state/errors.ts'));
	numbers(await load('api/json.ts'));
	lists(await load('api/refreshed.ts'));
}
