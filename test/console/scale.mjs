// Very many executions, and very large graphs: that they are shown, and how
// long it takes, as figures.

import { fileURLToPath } from 'node:url';
import { check, figure, story, until } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const SERVER_TIMES = 5;

// The milliseconds of a request, the median of some.
async function timeOf(address)
{
	const times = [];

	for (let i = 0; i < SERVER_TIMES; i++)
	{
		const begin = performance.now();
		const response = await fetch(address);
		await response.arrayBuffer();
		if (!response.ok)
			throw new Error(`${address}: ${response.status}`);
		times.push(performance.now() - begin);
	}
	return times.sort((a, b) => a - b)[Math.floor(SERVER_TIMES / 2)];
}

async function timed(what, act)
{
	const begin = performance.now();

	await act();
	figure(what, `${Math.round(performance.now() - begin)} ms`);
}

async function lists(page, { api, executions })
{
	const list = (query) => new URL(`../v2/executions?limit=50&sort_keys=created_at&sort_dirs=desc&fields=id,workflow_name,state,state_info,created_at,updated_at&${query}`, api).href;

	for (const [what, query] of Object.entries({ 'first page': '', 'first page of errors': 'state=ERROR', 'text that is nowhere': 'q=nowhere-to-be-found' }))
		figure(`server, ${what} of ${executions}`, `${(await timeOf(list(query))).toFixed(1)} ms`);
	figure(`server, counts by state of ${executions}`, `${(await timeOf(new URL('../v2/executions/counts', api).href)).toFixed(1)} ms`);
	await timed('browser, list of executions', async () => {
		await page.to('');
		await page.getByRole('table', { name: 'executions' }).waitFor();
	});
	await timed('browser, twenty more pages', async () => {
		for (let i = 0; i < 20; i++)
		{
			const before = await page.locator('tbody tr').count();
			await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
			await until('more rows', async () => await page.locator('tbody tr').count() > before);
		}
	});
	check('a thousand rows and more can be walked through', await page.locator('tbody tr').count() >= 1000);
}

async function graph(page, { db, tasks })
{
	const id = db.sql("SELECT id FROM mistral.executions WHERE workflow_name = 'wide' LIMIT 1");
	const nodes = page.locator('.graph-node');

	await timed(`browser, graph of ${tasks} tasks`, async () => {
		await page.to(`#/execution/${id}`);
		await until('all tasks to be drawn', async () => await nodes.count() >= Number(tasks), 40);
	});
	check('a graph shows all of its tasks', await nodes.count() >= Number(tasks), await nodes.count());
	const layout = await page.evaluate(() => performance.getEntriesByName('graph layout').at(-1)?.duration);
	figure('browser, layout of the graph', `${Math.round(layout)} ms`);
	await page.keyboard.press('f');
	const frames = await page.evaluate(() => new Promise((resolve) => {
		const frame = document.querySelector('.graph-frame');
		const begin = performance.now();
		let n = 0;
		const step = () => {
			frame.dispatchEvent(new KeyboardEvent('keydown', { key: n % 2 ? '+' : '-', bubbles: true }));
			if (++n < 30)
				requestAnimationFrame(step);
			else
				resolve((performance.now() - begin) / n);
		};
		requestAnimationFrame(step);
	}));
	figure('browser, a step of the zoom', `${frames.toFixed(1)} ms`);
	await timed(`browser, timeline of ${tasks} tasks`, async () => {
		await page.to(`#/execution/${id}/timeline`);
		await page.settle();
	});
	await timed(`browser, opening and checking the text of ${tasks} tasks`, async () => {
		await page.to(`#/definitions/${db.sql("SELECT id FROM mistral.workflows WHERE name = 'wide'")}/edit`);
		await page.getByText('The text is valid.').waitFor({ timeout: 20000 });
	});
}

export async function run(suite)
{
	const { browser, api, db, pictures, executions, tasks } = suite;

	await timed(`making ${executions} executions`, async () => {
		db.file(fileURLToPath(new URL('many.sql', import.meta.url)), { executions, tasks });
	});
	await until('the large execution to end', () => db.sql("SELECT state FROM mistral.executions WHERE workflow_name = 'wide'") === 'SUCCESS', 60);
	for (const [what, act] of Object.entries({ lists, graph }))
	{
		const page = await openPage(browser, api);

		page.setDefaultTimeout(30000);
		await story(`much: ${what}`, page, pictures, () => act(page, suite));
		check(`much, ${what}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		await page.context().close();
	}
}
