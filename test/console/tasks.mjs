// What newcomers want to do, each from the first page and with three clicks at
// most. Typing is no click; choosing from a list is none either.

import { check, figure, story, until } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const MOST = 3;

const region = (page, name) => page.getByRole('region', { name });
const button = (scope, name) => scope.getByRole('button', { name });
const dialog = (page) => page.getByRole('dialog');
const row = (page, name) => page.getByRole('table').first().getByRole('link', { name, exact: true }).first();
const view = (page, name) => page.getByRole('navigation', { name: 'Views' }).getByRole('link', { name });

function stories(db)
{
	const stateOf = (workflow) => db.sql(
		"SELECT state FROM mistral.executions WHERE workflow_name = :'name' ORDER BY created_at LIMIT 1", { name: workflow });
	const becomes = (workflow, state) => until(`${workflow} to be in ${state}`, () => stateOf(workflow) === state);
	const shows = (page, text) => page.locator('main').getByText(text).first().waitFor();

	return {
		'find out why this one waits, and make it go on': async (page) => {
			await page.press(row(page, 'approve_order'));
			await region(page, 'Why it waits').getByText('somebody to report a result').waitFor();
			await page.press(button(page, 'Report the result'));
			await dialog(page).getByLabel('Result').fill('{"ok": true}');
			await page.press(button(dialog(page), 'Complete'));
			await becomes('approve_order', 'SUCCESS');
		},
		'send the signal that one waits for': async (page) => {
			await page.press(row(page, 'ship'));
			await page.press(button(page, 'Send the signal'));
			check('the name of the signal stands there', await dialog(page).getByLabel('Name').inputValue() === 'picked_up');
			await dialog(page).getByLabel('Data').fill('{"by": "Ada"}');
			await page.press(button(dialog(page), 'Send'));
			await becomes('ship', 'SUCCESS');
		},
		'resume what is paused': async (page) => {
			await page.press(row(page, 'nightly'));
			await page.press(button(region(page, 'Why it waits'), 'Resume'));
			await page.press(button(dialog(page), 'Resume'));
			await becomes('nightly', 'SUCCESS');
		},
		'rerun the failed task with another environment': async (page) => {
			await page.press(row(page, 'deploy'));
			await page.press(button(page, 'Rerun').first());
			await dialog(page).getByLabel('Changes of the environment').fill('{"region": "eu"}');
			await page.press(button(dialog(page), 'Rerun'));
			await becomes('deploy', 'SUCCESS');
		},
		'see which items failed, and why': async (page) => {
			await page.press(row(page, 'resize'));
			await shows(page, 'picture 5 is no JPEG');
			await shows(page, 'item 27');
			check('only the items that failed are told as errors', await page.getByText('is no JPEG').count() === 3);
		},
		'find the root cause below sub-workflows': async (page) => {
			await page.press(row(page, 'order'));
			await shows(page, 'card 4711 was declined');
		},
		'skip a task that failed': async (page) => {
			await page.press(row(page, 'cleanup'));
			await page.press(button(page, 'Skip').first());
			await page.press(button(dialog(page), 'Skip'));
			await becomes('cleanup', 'SUCCESS');
		},
		'start a workflow with a form': async (page) => {
			await page.press(button(page, 'Start a workflow'));
			await dialog(page).getByRole('searchbox').fill('report');
			await page.press(button(dialog(page), 'report'));
			await dialog(page).getByLabel('Month').selectOption('March');
			await page.press(button(dialog(page), 'Start').last());
			await page.waitForURL(/#\/execution\//);
			await until('a report of March', () => db.sql(`SELECT count(*) FROM mistral.executions WHERE input ->> 'month' = 'March' AND state = 'SUCCESS'`) === '1');
		},
		'cancel what runs': async (page) => {
			await page.press(row(page, 'patience'));
			await page.press(button(page, 'Cancel').first());
			await page.press(button(dialog(page), 'Cancel it'));
			await becomes('patience', 'CANCELLED');
		},
		'see what a task made of the data': async (page) => {
			await page.press(row(page, 'approve_order'));
			await page.press(page.locator('.graph-node', { hasText: 'price' }).first());
			await page.press(page.getByRole('link', { name: 'Its data' }));
			await shows(page, 'total');
			await shows(page, 'EUR');
		},
		'list the failures of one workflow, and share that list': async (page) => {
			await page.locator('[data-filter]').fill('flaky');
			await page.press(button(page, /^Error/));
			await until('the failures alone', async () => await page.getByRole('table').first().getByRole('link', { name: 'flaky' }).count() === 5);
			const other = await page.context().newPage();
			await other.goto(page.url());
			await until('the same list in another tab', async () => await other.getByRole('table').first().getByRole('link', { name: 'flaky' }).count() === 5);
			await other.close();
		},
		'cancel, or delete, many at once': async (page) => {
			await page.locator('[data-filter]').fill('flaky');
			await page.waitForURL(/flaky/);
			await page.settle();
			await page.press(button(page, /^All that match/));
			await page.press(page.getByRole('menuitem', { name: 'Delete' }));
			await dialog(page).getByText('flaky').first().waitFor();
			await page.press(button(dialog(page), /Delete 5/));
			await until('all of them to be gone', () => db.sql("SELECT count(*) FROM mistral.executions WHERE workflow_name = 'flaky'") === '0');
		},
		'see what the last version of a definition changed': async (page) => {
			await page.press(view(page, 'Definitions'));
			await page.press(row(page, 'nightly'));
			await page.press(page.getByRole('link', { name: 'Versions' }));
			await region(page, 'changes').getByText('Runs at night.').waitFor();
		},
		'try a workflow without starting it': async (page) => {
			await page.press(view(page, 'Definitions'));
			await page.press(row(page, 'flaky'));
			await page.press(button(page, 'Simulate'));
			await page.getByRole('slider', { name: 'Moment' }).waitFor();
			await shows(page, 'of virtual time');
			check('a simulation leaves nothing', db.sql("SELECT count(*) FROM mistral.executions WHERE workflow_name = 'flaky'") === '0');
		},
		'keep a trigger from starting': async (page) => {
			await page.press(view(page, 'System'));
			await page.press(page.getByRole('link', { name: 'Triggers' }));
			await page.press(button(page.getByRole('row', { name: /every_night/ }), 'Disable'));
			await button(page.getByRole('row', { name: /every_night/ }), 'Enable').waitFor();
		},
		'keep an event from starting': async (page) => {
			await page.press(view(page, 'System'));
			await page.press(page.getByRole('link', { name: 'Triggers' }));
			await page.press(button(page.getByRole('row', { name: /on_parcel/ }), 'Disable'));
			await until('the event trigger to be off', () => db.sql("SELECT is_enabled FROM mistral.event_triggers WHERE name = 'on_parcel'") === 'f');
		},
		'let more of a thing go on at a time': async (page) => {
			await page.press(view(page, 'System'));
			await page.press(page.getByRole('link', { name: 'Limits' }));
			await page.press(button(page.getByRole('row', { name: /printers/ }), 'Change …'));
			await dialog(page).getByLabel('At most').fill('7');
			await page.keyboard.press('Enter');
			await until('the new bound', () => db.sql("SELECT max FROM mistral.limits WHERE name = 'printers'") === '7');
		},
		'have a dead call tried again': async (page) => {
			await page.press(view(page, 'System'));
			await page.press(page.getByRole('link', { name: /Dead calls/ }));
			await shows(page, 'Input/output error');
			await page.press(button(page, 'Try again'));
			await until('no dead calls', () => db.sql('SELECT count(*) FROM mistral.delayed_calls WHERE is_dead') === '0');
		},
		'answer what people are asked': async (page) => {
			await page.press(view(page, 'Inbox'));
			await page.press(page.getByRole('link', { name: /Approve the holiday of Ada/ }));
			await page.getByLabel('Approved').selectOption('true');
			await page.press(button(page, 'Complete'));
			await becomes('holiday', 'SUCCESS');
		},
	};
}

export async function run({ browser, api, db, pictures })
{
	const all = Object.entries(stories(db));
	let most = 0;

	check('there are fifteen tasks of newcomers', all.length >= 15, all.length);
	for (const [what, act] of all)
	{
		const page = await openPage(browser, api);

		await story(what, page, pictures, async () => {
			await page.to('');
			await page.settle();
			await act(page);
			check(`${what}: ${MOST} clicks at most`, page.seen.clicks <= MOST, page.seen.clicks);
			most = Math.max(most, page.seen.clicks);
		});
		check(`${what}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		await page.context().close();
	}
	figure('most clicks for one task', most);
}
