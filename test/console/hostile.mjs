// Names, texts and results made by somebody who wants the page to do something
// for them: all of it is shown as text, and nothing else happens.

import { check, story } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const HTML = '<img/src=//evil.invalid/x/onerror=hacked=1><script>hacked=2</script>';

// Every address at which something of the hostile data can be seen.
function addresses(db)
{
	const one = (sql) => db.sql(sql);
	const workflow = one(`SELECT id FROM mistral.workflows WHERE name LIKE '<img%'`);
	const execution = one(`SELECT id FROM mistral.executions WHERE workflow_name LIKE '<img%' LIMIT 1`);
	const large = one(`SELECT id FROM mistral.executions WHERE workflow_name LIKE 'WWW%' LIMIT 1`);
	const tasks = one(`SELECT id FROM mistral.tasks WHERE workflow_execution_id IN ('${execution}', '${large}')`).split('\n');
	const trigger = one(`SELECT id FROM mistral.cron_triggers WHERE name LIKE '<img%'`);
	const html = encodeURIComponent(HTML);

	return [
		'#/executions', `#/executions?q=${html}`, `#/executions?workflow_name=${html}`, `#/executions?state=${html}&tags=${html}`,
		`#/execution/${execution}`, ...['graph', 'timeline', 'tree', 'errors', 'context', 'data', 'signals', 'tasks', 'raw', html].map((tab) => `#/execution/${execution}/${tab}`),
		`#/execution/${large}`, ...tasks.flatMap((id) => [`#/task/${id}`]),
		'#/definitions', `#/definitions?q=${html}`, ...['graph', 'text', 'versions', 'uses', 'edit', 'edit?simulate=1', html].map((tab) => `#/definitions/${workflow}/${tab}`),
		'#/definitions/actions', `#/definitions/expressions?q=${html}`,
		...['overview', 'executors', 'queue', 'calls?all=1', 'events?all=1', `triggers?trigger=${trigger}`, `environments?env=${html}`, 'limits', html].map((tab) => `#/system/${tab}`),
		'#/inbox', `#/${html}`, `#/execution/${html}`, `#/task/${html}`, `#/definitions/${html}`, '#/%', '#/definitions/%E0%A4%A',
	];
}

// What a page that was taken over would show.
const isTaken = (page) => page.evaluate(() => ({
	hacked: 'hacked' in globalThis || 'hacked' in {},
	images: document.querySelectorAll('main img, main iframe, main script, main object, main embed, main [onerror], main [onmouseover], main [onload]').length,
	links: [...document.querySelectorAll('a[href]')].map((a) => a.getAttribute('href')).filter((href) => /^\s*(javascript|data|vbscript):/i.test(href)),
}));

export async function run(suite)
{
	const { browser, api, db, pictures } = suite;
	const page = await openPage(browser, api);
	let shown = 0;

	// what does not exist is told to be missing, which a browser notes
	page.seen.tolerated.push(/status of 40[04]/);
	for (const path of addresses(db))
	{
		await story(`hostile data at ${path.slice(0, 60)}`, page, pictures, async () => {
			await page.to(path);
			await page.settle();
			const taken = await isTaken(page);
			const text = await page.locator('body').innerText();
			shown += text.includes('<script>hacked=2</script>') ? 1 : 0;
			check(`hostile data is text at ${path.slice(0, 90)}`, !taken.hacked && taken.images === 0 && taken.links.length === 0, JSON.stringify(taken));
			check(`and the page is there`, text.trim().length > 60, text);
			const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
			check(`long texts do not make the page wider at ${path.slice(0, 90)}`, wide <= 0, `${wide} pixels`);
		});
		check(`nothing is asked of others, and nothing complained of at ${path.slice(0, 90)}`, page.seen.faults.length === 0, faultsOf(page));
	}
	check('hostile names are to be seen', shown >= 8, shown);
	await page.context().close();
}
