#!/usr/bin/env node
// Takes the pictures of docs/console.md: starts workflows on a server made for
// it, brings them to where there is something to see, and photographs the views.
//
//   make up && contrib/console/pictures.mjs http://127.0.0.1:8989/v2
//
// Needs a chromium (CHROMIUM=/path/to/it). The pictures go to docs/console.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, '../../docs/console');
const api = process.argv[2] ?? process.env.MISTRAL_API_URL;
const MOST = 100_000;				// bytes of a picture

if (!api)
{
	console.error('usage: pictures.mjs URL, of the API of a server that may be filled (make up prints it)');
	process.exit(2);
}

async function call(method, path, body)
{
	const isText = typeof body === 'string';
	const response = await fetch(`${api}/${path}`, {
		method, headers: { 'content-type': isText ? 'text/plain' : 'application/json' }, body: isText ? body : JSON.stringify(body),
	});
	const text = await response.text();

	if (!response.ok)
		throw new Error(`${method} ${path}: ${response.status} ${text}`);
	return text ? JSON.parse(text) : null;
}

// Ask until the answer is one that is wanted.
async function until(path, isWanted)
{
	for (let i = 0; i < 300; i++)
	{
		const answer = await call('GET', path);
		if (isWanted(answer))
			return answer;
		await new Promise((done) => setTimeout(done, 100));
	}
	throw new Error(`what was waited for did not come: ${path}`);
}

const start = (workflow_name, input, more = {}) => call('POST', 'executions', { workflow_name, input, ...more });

// Report results of the release's builds, until the tests begin.
async function build(release)
{
	const tasks = await until(`executions/${release}/tasks`, (a) => a.tasks.some((t) => t.name === 'build_packages'));
	const { id } = tasks.tasks.find((t) => t.name === 'build_packages');

	for (let done = 0; done < 6;)
	{
		const { action_executions: open } = await call('GET', `tasks/${id}/action_executions?state=RUNNING&fields=id`);
		for (const action of open)
		{
			await call('PUT', `action_executions/${action.id}`, { state: 'SUCCESS', output: { size: 4711 } });
			done += 1;
		}
		await new Promise((next) => setTimeout(next, 300));
	}
	await until(`executions/${release}/why`, (a) => a.waits.some((w) => w.kind === 'signal'));
}

async function fill()
{
	const text = readFileSync(join(here, 'pictures.yaml'), 'utf8');

	// what is there already is brought up to date
	await call('POST', 'workflows', text).catch(() => call('PUT', 'workflows', text));
	for (let i = 0; i < 9; i++)
		await start('nightly_report', { days: 3 + i % 5 });
	for (let i = 1; i <= 4; i++)
		await start('signup', { mail: `mail${i}@example.org` }, { description: `for mail ${i}` });
	const orders = [];
	for (let i = 1; i <= 3; i++)
		orders.push(await start('order', { customer: `C-${70 + i}`, amount: 19.5 * i }));
	const release = await start('publish_release', { version: '4.2' }, { description: 'Release 4.2' });
	await start('publish_release', { version: '4.3' }, { key: 'release-4.3' });
	await build(release.id);
	await until(`executions/${orders[2].id}`, (e) => e.state === 'ERROR');
	const { user } = await call('GET', 'whoami');
	for (const [who, days] of [['Ada', 5], ['Grace', 12], ['Edsger', 2]])
		await start('holiday', { who, days, approver: user });
	await until('inbox', (a) => a.inbox.length >= 3);
	// a second version of a workflow, and one that is started by the clock
	await call('PUT', 'workflows', text.replace('description: Builds, tests and publishes a release', 'description: Builds, tests, publishes and announces a release')
		.replace('      timeout: 3600\n', '      timeout: 7200\n'));
	await call('POST', 'cron_triggers', { name: 'every_night', workflow_name: 'nightly_report', pattern: '30 2 * * *', workflow_input: '{"days": 1}' }).catch(() => undefined);
	const taskOf = async (execution, name) => (await call('GET', `executions/${execution}/tasks`)).tasks.findLast((t) => t.name === name).id;
	return { release: release.id, order: orders[2].id, charge: await taskOf(orders[2].id, 'charge'), fix: await taskOf(release.id, 'fix_flaky') };
}

function smaller(file)
{
	try
	{
		execFileSync('pngquant', ['--force', '--skip-if-larger', '--output', file, '64', file], { stdio: 'ignore' });
	}
	catch
	{
		// not there, or no gain: the size is looked at below
	}
	const { size } = statSync(file);
	console.log(`${file}: ${Math.round(size / 1000)} kB`);
	if (size > MOST)
	{
		console.error(`That is more than ${MOST / 1000} kB: show less, or install pngquant.`);
		process.exitCode = 1;
	}
}

const ids = await fill();
const root = api.replace(/\/v2\/?$/, '/ui/');
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });

mkdirSync(out, { recursive: true });

// A picture of the view at an address, after `act` has done something in it.
async function picture(name, hash, { act = async () => undefined, width = 1120, height = 640, dark = false } = {})
{
	const page = await browser.newPage({ viewport: { width, height }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
	const file = join(out, `${name}.png`);

	await page.goto(root + hash);
	await page.waitForSelector('main h1');
	await page.waitForFunction(() => !document.querySelector('.loading'));
	await act(page);
	await page.waitForTimeout(500);
	await page.screenshot({ path: file });
	await page.close();
	smaller(file);
}

await picture('executions', '#/executions', { height: 600 });
await picture('graph', `#/execution/${ids.release}?task=approve`, { height: 860 });
await picture('timeline', `#/execution/${ids.release}/timeline`, { height: 690, dark: true });
await picture('errors', `#/execution/${ids.order}/tasks`, { height: 440 });
await picture('task', `#/task/${ids.charge}`, {
	height: 560, act: async (page) => { await page.keyboard.press('j'); await page.keyboard.press('Enter'); await page.waitForSelector('aside h3'); },
});
await picture('context', `#/task/${ids.fix}/context`, { height: 520 });
await picture('start', '#/executions', {
	height: 600, act: async (page) => { await page.keyboard.press('s'); await page.keyboard.type('order'); await page.keyboard.press('Enter'); await page.waitForSelector('dialog .field'); },
});
await picture('definition', '#/definitions/order/edit', { height: 640, act: async (page) => { await page.waitForSelector('.graph-node'); } });
await picture('versions', '#/definitions/publish_release/versions', { height: 520, act: async (page) => { await page.waitForSelector('.diff'); } });
await picture('simulation', '#/definitions/order/edit?simulate=1', {
	height: 1000, act: async (page) => {
		await page.getByRole('textbox', { name: 'Customer' }).fill('C-71');
		await page.getByLabel('amount').fill('59');
		await page.getByLabel('Answer of charge').selectOption('list');
		await page.getByLabel('What charge answers').fill('[{"error": "503"}, {"result": {"paid": true}}]');
		await page.getByRole('button', { name: /^Run/ }).click();
		await page.getByRole('slider').waitFor();
		for (let i = 0; i < 4; i++)
			await page.getByRole('slider').press('ArrowLeft');
	},
});
await picture('inbox', '#/inbox', { height: 560, act: async (page) => { await page.keyboard.press('j'); await page.waitForSelector('article form'); } });
await picture('triggers', '#/system/triggers', { height: 520 });
await picture('system', '#/system', { height: 640, dark: true });
await picture('phone', `#/execution/${ids.release}`, { width: 390, height: 760, dark: true });
await browser.close();
