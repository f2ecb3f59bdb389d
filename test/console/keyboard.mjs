// Everything with the keyboard alone: the pointer is never used here.

import { check, story, until } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const focused = (page) => page.evaluate(() => {
	const e = document.activeElement;
	return e ? `${e.tagName} ${e.getAttribute('aria-label') ?? e.textContent?.slice(0, 60) ?? ''}` : '';
});

// Press Tab until what has the focus is called so.
async function tabTo(page, pattern, most = 80)
{
	for (let i = 0; i < most; i++)
	{
		if (pattern.test(await focused(page)))
			return;
		await page.keyboard.press('Tab');
	}
	throw new Error(`no way by Tab to ${pattern}; it ended at ${await focused(page)}`);
}

async function walk(page)
{
	await page.to('');
	await page.settle();
	await page.keyboard.press('?');
	await page.getByRole('dialog').waitFor();
	check('? lists the keys', /filter/.test(await page.getByRole('dialog').innerText()));
	await page.keyboard.press('Escape');
	await page.getByRole('dialog').waitFor({ state: 'detached' });

	await page.keyboard.press('/');
	await page.keyboard.type('order');
	check('/ leads to the filter', /q=order/.test(await until('the filter in the address', () => /q=/.test(page.url()) && page.url())));
	await page.keyboard.press('Escape');
	await page.settle();
	await tabTo(page, /^A (?!To the content|Mistral)/);
	for (const [keys, title] of [['g d', 'Definitions'], ['g s', 'System'], ['g e', 'Executions']])
	{
		for (const key of keys.split(' '))
			await page.keyboard.press(key);
		await page.getByRole('heading', { name: title, level: 1 }).waitFor();
	}
	check('g and a letter go to the views', true);
	await page.settle();
	await page.keyboard.press('j');
	await page.keyboard.press('j');
	await page.keyboard.press('k');
	const id = await page.locator('tr[aria-selected=true]').getAttribute('data-id');
	await page.keyboard.press('Enter');
	await page.waitForURL(new RegExp(`execution/${id}`));
	check('j, k and Enter open a row', true);
	await page.settle();
	await page.keyboard.press(']');
	await page.waitForURL(/timeline/);
	await page.keyboard.press('[');
	await page.settle();
	await page.keyboard.press('u');
	await page.getByRole('heading', { name: 'Executions', level: 1 }).waitFor();
	check('] and [ change the tab, u goes up', true);
}

// Start a workflow, and see it end.
async function start(page, db)
{
	await page.to('');
	await page.settle();
	await page.keyboard.press('s');
	await page.getByRole('dialog').getByRole('searchbox').waitFor();
	await page.keyboard.type('report');
	await page.keyboard.press('Enter');
	await page.getByRole('dialog').getByLabel('Month').waitFor();
	await tabTo(page, /SELECT/);
	await page.keyboard.type('Feb');
	await tabTo(page, /^BUTTON Start$/);
	await page.keyboard.press('Enter');
	await page.waitForURL(/#\/execution\//);
	await until('a report of February', () => db.sql(`SELECT count(*) FROM mistral.executions WHERE input ->> 'month' = 'February' AND state = 'SUCCESS'`) === '1');
	check('a workflow is started by keyboard', true);
}

async function graph(page, db)
{
	const id = db.sql("SELECT id FROM mistral.executions WHERE workflow_name = 'approve_order' LIMIT 1");

	await page.to(`#/execution/${id}`);
	await page.settle();
	await page.keyboard.press('f');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await page.waitForURL(/task=/);
	check('arrows go from task to task', true);
	await page.keyboard.press('Enter');
	await page.waitForURL(/#\/task\//);
	check('Enter opens the task', true);
}

// A menu opens, is walked through, and gives the focus back.
async function menu(page)
{
	await page.to('#/definitions');
	await page.settle();
	await page.keyboard.press('j');
	await page.keyboard.press('Enter');
	await page.waitForURL(/definitions\/./);
	await page.settle();
	await tabTo(page, /^BUTTON More/);
	await page.keyboard.press('Enter');
	await until('the menu to take the focus', async () => /executions/.test(await focused(page)));
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('Escape');
	await until('Escape to give it back', async () => /^BUTTON More/.test(await focused(page)));
	check('a menu takes the focus, and gives it back', true);
	await page.keyboard.press('e');
	await page.waitForURL(/edit/);
	check('e opens the editor', true);
}

// Focus is seen wherever it is, and what has no words has a name.
async function readers(page)
{
	for (const path of ['', '#/definitions', '#/system', '#/system/triggers'])
	{
		await page.to(path);
		await page.settle();
		const unnamed = await page.evaluate(() => [...document.querySelectorAll('button, a[href], input, select, textarea')]
			.filter((e) => !(e.getAttribute('aria-label') || e.textContent.trim() || e.title || e.labels?.length)).map((e) => e.outerHTML.slice(0, 120)));
		check(`everything has a name at ${path || '#/'}`, unnamed.length === 0, unnamed.join(' '));
		const hidden = [];
		await page.keyboard.press('Tab');
		for (let i = 0; i < 12; i++)
		{
			await page.keyboard.press('Tab');
			const seen = await page.evaluate(() => {
				const e = document.activeElement;
				const style = getComputedStyle(e);
				return style.outlineStyle !== 'none' || style.boxShadow !== 'none' ? '' : e.outerHTML.slice(0, 120);
			});
			if (seen)
				hidden.push(seen);
		}
		check(`the focus is seen at ${path || '#/'}`, hidden.length === 0, hidden.join(' '));
	}
}

export async function run({ browser, api, db, pictures })
{
	for (const [what, act] of Object.entries({ walk, start, graph, menu, readers }))
	{
		const page = await openPage(browser, api);

		await story(`keyboard only: ${what}`, page, pictures, () => act(page, db));
		check(`keyboard only, ${what}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		await page.context().close();
	}
}
