// Who gets in, and what whoever gets in may do: logins, an observer, other
// sites, and a server behind a prefix.

import { createServer } from 'node:http';
import { check, story } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';
import { startApi, startProxy } from './servers.mjs';

const REFUSED = /status of 401/;

async function logIn(page, method, fields)
{
	const choice = page.getByRole('button', { name: method, exact: true });

	await page.to('');
	await choice.click();
	for (const [label, value] of Object.entries(fields))
		await page.getByLabel(label, { exact: true }).fill(value);
	await page.getByRole('button', { name: 'Log in' }).click();
}

const inside = (page) => page.getByRole('navigation', { name: 'Views' }).waitFor();

async function passwords(page, { USER })
{
	page.seen.tolerated.push(REFUSED);
	await logIn(page, 'Role and password', { Role: USER.name, Password: 'wrong' });
	await page.getByRole('alert').waitFor();
	check('a wrong password is refused in words', /password|credential|authenticat|identity/i.test(await page.getByRole('alert').innerText()), await page.getByRole('alert').innerText());
	await logIn(page, 'Role and password', { Role: USER.name, Password: USER.password });
	await inside(page);
	await page.getByRole('banner').getByText(USER.name).waitFor();
	check('a role and its password get in', true);
	await page.reload();
	await inside(page);
	check('a login outlives loading the page anew', true);
	const kept = await page.evaluate(() => ({ local: JSON.stringify(localStorage), cookies: document.cookie, address: location.href }));
	check('what proves it is in no cookie, no address, and not kept for later', !Object.values(kept).some((text) => text.includes('long') || text.includes('ogin"')), JSON.stringify(kept));
	await page.getByRole('button', { name: 'Log out' }).click();
	await page.getByRole('button', { name: 'Log in' }).waitFor();
	await page.reload();
	await page.getByRole('button', { name: 'Log in' }).waitFor();
	check('after logging out the login is asked for', !(await page.evaluate(() => JSON.stringify(sessionStorage))).includes('password'));
}

async function tokens(page, { db, USER })
{
	const token = db.sql("SELECT mistral_api.create_token(:'role', '1 day')", { role: USER.name });

	page.seen.tolerated.push(REFUSED);
	await logIn(page, 'Token', { Token: 'not-a-token' });
	await page.getByRole('alert').waitFor();
	await logIn(page, 'Token', { Token: token });
	await inside(page);
	await page.getByRole('banner').getByText(USER.name).waitFor();
	check('a token gets in', true);
	const other = await page.context().newPage();
	await other.goto(page.base);
	await other.getByRole('button', { name: 'Log in' }).waitFor();
	check('another tab is asked for its own login', true);
	await other.close();
}

// An observer sees all that the others see, and may change nothing of it.
async function observer(page, { OBSERVER })
{
	page.seen.tolerated.push(REFUSED, /status of 403/);
	await logIn(page, 'Role and password', { Role: OBSERVER.name, Password: OBSERVER.password });
	await inside(page);
	await page.getByRole('banner').getByText('may only look').waitFor();
	check('an observer is told so', true);
	await page.to('#/definitions');
	const create = page.getByRole('button', { name: /^New workflow/ });
	await create.waitFor();
	check('what an observer may not do is disabled', await create.getAttribute('aria-disabled') === 'true');
	check('and says why', /only look/.test(await create.innerText()), await create.innerText());
	await page.to('#/system/triggers');
	await page.getByRole('heading', { name: 'Cron triggers' }).waitFor();
	const enabled = await page.locator('main button:not([aria-disabled=true])').filter({ hasText: /Disable|Enable|Run now/ }).count();
	check('no trigger can be changed by an observer', enabled === 0, enabled);
}

// Another site in the same browser: its forms and scripts do nothing here,
// though the server believes whoever reaches it.
async function otherSites(browser, { db, api })
{
	const target = new URL('../v2/', api).href;
	const server = createServer((req, res) => res.writeHead(200, { 'content-type': 'text/html' }).end(`<!doctype html>
		<iframe src="${api}"></iframe>
		<form method="post" enctype="text/plain" action="${target}workflows"><textarea name="version: '2.0'
stolen: {tasks: {a: {action: std.noop}}}
#">x</textarea></form>`));
	const context = await browser.newContext();
	const page = await context.newPage();

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	try
	{
		await page.goto(`http://localhost:${server.address().port}/`);
		await page.evaluate(async (base) => {
			const text = "version: '2.0'\nstolen: {tasks: {a: {action: std.noop}}}";
			for (const headers of [{ 'content-type': 'text/plain' }, { 'content-type': 'application/json' }])
				await fetch(`${base}workflows`, { method: 'POST', mode: headers['content-type'] === 'text/plain' ? 'no-cors' : 'cors', headers, body: text }).catch(() => {});
			await fetch(`${base}executions`, { method: 'DELETE' }).catch(() => {});
		}, target);
		check('another site cannot show the console in a frame', (await page.frames()[1].locator('#app').count()) === 0);
		await page.evaluate(() => document.forms[0].submit());
		await page.waitForURL(`${target}**`).catch(() => {});
		check('forms and scripts of another site change nothing', db.sql("SELECT count(*) FROM mistral.workflows WHERE name = 'stolen'") === '0');
	}
	finally
	{
		await context.close();
		server.close();
	}
}

async function prefix(suite)
{
	const { browser, db, pictures } = suite;
	const base = await startProxy(await startApi(suite, db.conninfo, '--trust-forwarded=on'), '/deep/er');
	const page = await openPage(browser, base);
	const outside = [];

	page.on('request', (request) => {
		if (!new URL(request.url()).pathname.startsWith('/deep/er/'))
			outside.push(request.url());
	});
	await story('behind a prefix', page, pictures, async () => {
		for (const path of ['#/executions', '#/definitions', '#/definitions/new', '#/system'])
		{
			await page.to(path);
			await page.reload();
			await inside(page);
			await page.settle();
			await page.locator('main h1').first().waitFor();
		}
		await page.goto(base.replace(/ui\/$/, 'ui'));
		await inside(page);
		check('behind a prefix all works', true);
	});
	check('nothing outside of the prefix is asked for', outside.length === 0, outside.slice(0, 3).join(' '));
	check('behind a prefix nothing is complained of', page.seen.faults.length === 0, faultsOf(page));
	await page.context().close();
}

export async function run(suite)
{
	const { browser, db, pictures } = suite;
	const guarded = await startApi(suite, db.conninfo, '--auth=token,password');

	for (const [what, part] of Object.entries({ passwords, tokens, observer }))
	{
		const page = await openPage(browser, guarded);

		await story(what, page, pictures, () => part(page, suite));
		check(`${what}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		await page.context().close();
	}
	await otherSites(browser, suite);
	await prefix(suite);
}
