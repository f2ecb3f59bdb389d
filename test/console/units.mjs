// The parts of the console that need no browser: where in a text a place is,
// what can be written there, and what a simulation showed at a moment.

import { fileURLToPath } from 'node:url';
import { packages } from './browser.mjs';
import { check } from './harness.mjs';

const SOURCES = fileURLToPath(new URL('../../contrib/console/src/', import.meta.url));

// The exports of some source files, bundled as the build does it.
export async function load(...files)
{
	const { outputFiles } = await packages('esbuild').build({
		stdin: { contents: files.map((f) => `export * from './${f}';`).join('\n'), resolveDir: SOURCES, loader: 'ts' },
		bundle: true, write: false, format: 'esm', jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'error',
	});

	return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`);
}

const TEXT = `version: '2.0'

order:
  input: [amount, who: "a, b"]
  vars:
    total: 1
  tasks:
    check:
      action: std.http url="x"
      on-success:
        - pay: <% $.total > 1 %>
        - no
    pay:
      # a remark
      workflow: payment
      input:
        amount: 5

      publish: {a: 1}
    "no":
      action: std.fail
refund:
  tasks:
    pay: {action: std.noop}
`.split('\n');

export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

function outline({ placeAt, taskAt, tasksOf })
{
	const at = (text, column = Infinity) => {
		const line = TEXT.indexOf(text);
		return placeAt(TEXT, line, Math.min(column, text.length));
	};

	check('the keys above a key', same(at("      action: std.http url=\"x\"", 6).path, ['order', 'tasks', 'check']));
	check('the key of a value', at('      workflow: payment').key === 'workflow');
	check('what is before the place', at('      workflow: payment').before === 'payment');
	check('the keys above an item of a list', same(at('        - no').path, ['order', 'tasks', 'check', 'on-success']));
	check('keys below a remark and a blank line', same(at('      publish: {a: 1}', 6).path, ['order', 'tasks', 'pay']));
	check('keys of a mapping in a task', same(at('        amount: 5', 8).path, ['order', 'tasks', 'pay', 'input']));
	check('the top has no keys above it', same(at('refund:', 0).path, []));
	check('the tasks of each workflow with their lines', same(tasksOf(TEXT).map((t) => `${t.workflow}.${t.task}:${t.line}`),
		['order.check:8', 'order.pay:13', 'order.no:20', 'refund.pay:24']), JSON.stringify(tasksOf(TEXT)));
	check('the task in which a line is', taskAt(TEXT, 17)?.task === 'pay' && taskAt(TEXT, 17)?.workflow === 'order');
	check('a line behind the tasks is in none', taskAt(TEXT, 22) === null, JSON.stringify(taskAt(TEXT, 22)));
	check('a line in front of the tasks is in none', taskAt(TEXT, 4) === null);
}

// What is offered where "¦" stands in a text.
async function offers(completer, known, text)
{
	const pos = text.indexOf('¦');
	const plain = text.replace('¦', '');
	const lines = plain.split('\n');
	let from = 0;
	const lineAt = (at) => {
		from = 0;
		for (const [i, line] of lines.entries())
		{
			if (at <= from + line.length)
				return { from, to: from + line.length, text: line, number: i + 1 };
			from += line.length + 1;
		}
		return null;
	};
	const result = await completer(() => known)({ pos, explicit: true, state: { doc: { lineAt, toString: () => plain } } });

	return result ? result.options.map((o) => o.label) : [];
}

async function completion({ completer, parametersOf })
{
	const known = {
		language: {
			attributes: {
				workbook: [{ name: 'version' }, { name: 'workflows' }], workflow: [{ name: 'tasks' }, { name: 'input' }], task: [{ name: 'action' }, { name: 'on-success' }],
				'task-defaults': [{ name: 'retry' }], action: [{ name: 'base' }], retry: [{ name: 'count' }, { name: 'delay' }],
			},
			commands: ['fail', 'noop'],
			functions: [
				{ language: 'yaql', kind: 'function', name: 'where', usage: 'where()', description: '' },
				{ language: 'jinja', kind: 'filter', name: 'upper', usage: 'upper', description: '' },
				{ language: 'both', kind: 'function', name: 'task', usage: 'task()', description: '' },
			],
		},
		actions: [{ name: 'std.http', input: 'url, method="GET"', description: '' }],
		workflows: [{ name: 'payment', input: 'amount' }],
	};
	const expect = async (what, text, names) => {
		const found = await offers(completer, known, text);
		check(`completes ${what}`, names.every((n) => found.includes(n)) && (names.length > 0 || found.length === 0), found.join(' '));
	};
	const task = (line) => `version: '2.0'\nw:\n  input: [who]\n  tasks:\n    a:\n${line}\n    b: {action: std.noop}\n    c:\n      action: std.noop\n`;

	await expect('attributes of a workflow', "version: '2.0'\nw:\n  ¦", ['tasks', 'input']);
	await expect('attributes of a task', task('      ¦'), ['action', 'on-success']);
	await expect('no names of tasks', "version: '2.0'\nw:\n  tasks:\n    ¦", []);
	await expect('names of actions', task('      action: st¦'), ['std.http']);
	await expect('inputs of an action in its line', task('      action: std.http ¦'), ['url', 'method']);
	await expect('inputs of an action below', task('      action: std.http\n      input:\n        ¦'), ['url', 'method']);
	await expect('names of workflows', task('      workflow: ¦'), ['payment']);
	await expect('targets', task('      on-success:\n        - ¦'), ['a', 'b', 'c', 'fail', 'noop']);
	await expect('targets in a list of one line', task('      on-success: [¦'), ['c', 'fail']);
	await expect('members of a policy', task('      retry:\n        ¦'), ['count', 'delay']);
	await expect('attributes of task-defaults', "version: '2.0'\nw:\n  task-defaults:\n    ¦", ['retry']);
	await expect('functions of YAQL', task('      action: std.echo output=<% ¦'), ['where', 'task']);
	await expect('filters of Jinja', task('      action: std.echo output="{{ _.a | ¦'), ['upper']);
	await expect('variables', task('      action: std.echo output=<% $.¦'), ['who']);
	check('parameters with commas in their defaults', same(parametersOf('a, b="x, y", c=[1, 2], d={"e": 1}').map((p) => p.name), ['a', 'b', 'c', 'd']));
}

function moments({ statesAt, contextAt, pendingAt, describe, clock, mocksOf, problemsOf })
{
	const steps = [
		{ at: 0, workflow: 'w', task: null, event: 'WORKFLOW_LAUNCHED', state: 'RUNNING' },
		{ at: 0, workflow: 'w', task: 'a', event: 'TASK_LAUNCHED', state: 'RUNNING' },
		{ at: 9, workflow: 'sub', task: 'x', event: 'TASK_FAILED', state: 'ERROR' },
		{ at: 90061, workflow: 'w', task: 'a', event: 'TASK_SUCCEEDED', state: 'SUCCESS' },
	];

	check('the states at a moment', same(statesAt(steps, 2, 'w'), { a: 'RUNNING' }));
	check('the states at the end', same(statesAt(steps, 3, 'w'), { a: 'SUCCESS' }));
	check('states of a sub-workflow are its own', same(statesAt(steps, 3, 'sub'), { x: 'ERROR' }));
	const published = [
		{ at: 0, workflow: 'w', task: 'a', event: 'TASK_SUCCEEDED', state: 'SUCCESS', detail: { published: { x: 1 } } },
		{ at: 0, workflow: 'sub', task: 'a', event: 'TASK_SUCCEEDED', state: 'SUCCESS', detail: { published: { other: 1 } } },
		{ at: 5, workflow: 'w', task: 'b', event: 'TASK_SUCCEEDED', state: 'SUCCESS', detail: { published: { x: 2, y: 3 } } },
	];
	check('the data at a moment', same(contextAt(published, 2, 'w', { i: 0 }), { now: { i: 0, x: 2, y: 3 }, before: { i: 0, x: 1 } }), JSON.stringify(contextAt(published, 2, 'w', { i: 0 })));
	const retried = [
		{ at: 0, workflow: 'w', task: 'a', event: 'TASK_LAUNCHED', state: 'RUNNING' }, { at: 0, workflow: 'w', task: 'a', event: 'TASK_FAILED', state: 'ERROR' },
		{ at: 0, workflow: 'w', task: 'c', event: 'TASK_LAUNCHED', state: 'RUNNING' }, { at: 9, workflow: 'w', task: 'a', event: 'TASK_LAUNCHED', state: 'RUNNING' },
	];
	check('a failure that a retry takes back waits for its time', same(pendingAt(retried, 2).map((p) => [p.task, p.until]), [['a', 9], ['c', null]]), JSON.stringify(pendingAt(retried, 2)));
	check('a step in words', describe(steps[3]) === 'a succeeded' && describe(steps[0]) === 'w began');
	check('virtual time in words', clock(90061) === '1 d 1 h' && clock(0) === '0 s', clock(90061));
	check('answers as the server takes them', same(mocksOf([
		{ task: 'a', kind: 'result', text: '{"x": 1}' }, { task: 'b', kind: 'error', text: 'no' }, { task: 'c', kind: 'cancel', text: '' },
		{ task: 'd', kind: 'list', text: '[1, 2]' }, { task: 'e', kind: 'none', text: 'left' },
	]), { a: { result: { x: 1 } }, b: { error: 'no' }, c: { cancel: true }, d: [1, 2] }));
	check('a verdict as marks', same(problemsOf({ valid: false, message: 'm', line: 3, column: 4, warnings: [{ message: 'w' }] }).map((p) => p.severity), ['error', 'warning']));
}

export async function run()
{
	const parts = await load('editor/outline.ts', 'editor/complete.ts', 'views/definitions/answers.ts', 'views/definitions/steps.ts');

	outline(parts);
	await completion(parts);
	moments(parts);
}
