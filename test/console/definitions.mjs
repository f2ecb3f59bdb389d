// The editor: what it finds, completes, draws, simulates and saves; and the
// tester of expressions.

import { check, story, until } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const content = (page) => page.locator('.cm-content');

async function write(page, text)
{
	await content(page).click();
	await page.keyboard.press('Control+a');
	await page.keyboard.press('Delete');
	await page.keyboard.insertText(text);
}

async function checking(page)
{
	await page.to('#/definitions/new');
	await content(page).waitFor();
	await page.getByText('The text is valid.').waitFor();
	await write(page, "version: '2.0'\nw:\n  tasks:\n    a:\n      action: std.noop\n      on-success: nowhere\n");
	await page.getByRole('button', { name: /Error line 6.*nowhere/ }).waitFor();
	await page.locator('.cm-lintRange-error').first().waitFor();
	check('what is wrong is told, with its line, while one writes', true);
	check('a wrong text cannot be saved', await page.getByRole('button', { name: /^Save/ }).getAttribute('aria-disabled') === 'true');
	await page.getByRole('button', { name: /Error line 6/ }).click();
	await page.keyboard.press('End');
	await page.keyboard.press('Control+Backspace');
	await page.keyboard.type('noop');
	await page.getByText('The text is valid.').waitFor();
	check('a problem leads to its place', (await content(page).innerText()).includes('on-success: noop'));
}

async function completing(page)
{
	await page.to('#/definitions/new');
	await content(page).waitFor();
	await page.settle();
	await write(page, "version: '2.0'\nw:\n  tasks:\n    a:\n      action: ");
	const offer = (name) => page.locator('.cm-tooltip-autocomplete li', { hasText: name }).first();
	await page.keyboard.press('Control+Space');
	await page.keyboard.type('std.ec');
	await offer('std.echo').waitFor();
	await page.keyboard.press('Enter');
	await page.keyboard.type(' ');
	await page.keyboard.press('Control+Space');
	await offer('output').waitFor();
	await page.keyboard.press('Escape');
	await page.keyboard.type('output=1');
	await page.keyboard.press('Enter');
	await page.keyboard.press('Control+Space');
	await offer('on-success').waitFor();
	check('attributes, actions and their inputs are completed', true);
	await page.keyboard.press('Escape');
	await page.keyboard.type('publish: {x: "<% $.x.wher');
	await page.keyboard.press('Control+Space');
	await offer('where').waitFor();
	check('functions are completed', true);
}

async function saving(page, db)
{
	const id = () => db.sql("SELECT id FROM mistral.workflows WHERE name = 'written'");

	await page.to('#/definitions/new');
	await content(page).waitFor();
	await write(page, "version: '2.0'\nwritten:\n  tasks:\n    one: {action: std.noop, on-success: two}\n    two: {action: std.noop}\n");
	await page.locator('.graph-node', { hasText: 'two' }).first().waitFor();
	check('the graph is drawn beside the text', true);
	await page.keyboard.press('Control+s');
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await page.getByRole('heading', { name: 'written' }).waitFor();
	check('a new workflow is stored', id() !== '');
	await page.to(`#/definitions/${id()}/edit`);
	await content(page).waitFor();
	await content(page).click();
	await page.keyboard.press('Control+End');
	await page.keyboard.insertText('    three: {action: std.noop}\n');
	await page.getByText('not saved').waitFor();
	await page.to('#/definitions');
	await page.settle();
	await page.to(`#/definitions/${id()}/edit`);
	await until('the text that was not saved', async () => (await content(page).innerText().catch(() => '')).includes('three'));
	check('what is not saved outlives another view', true);
	await page.getByText('The text is valid.').waitFor();
	await page.getByRole('button', { name: /Save as new version/ }).click();
	await page.getByRole('dialog').getByRole('region', { name: 'what changes' }).getByText('three').waitFor();
	check('before a version is saved it says what changes', true);
	await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
	await until('the new version', () => db.sql("SELECT count(*) FROM mistral.workflows WHERE name = 'written' AND definition LIKE '%three%'") === '1');
	await page.getByText('not saved').waitFor({ state: 'detached' });
	check('a new version is stored', true);
}

async function simulating(page, db)
{
	const id = db.sql("SELECT id FROM mistral.workflows WHERE name = 'deploy'");
	const slider = page.getByRole('slider', { name: 'Moment' });

	await page.to(`#/definitions/${id}/edit?simulate=1`);
	await slider.waitFor();
	await page.getByText('Input and answers').click();
	await page.getByLabel('Answer of roll_out').selectOption('result');
	await page.getByLabel('What roll_out answers').fill('"done"');
	await page.getByRole('button', { name: 'Run again' }).click();
	await page.settle();
	await slider.press('Home');
	check('the first moment is the beginning', /deploy began/.test(await slider.getAttribute('aria-valuetext')), await slider.getAttribute('aria-valuetext'));
	await slider.press('ArrowRight');
	await slider.press('ArrowRight');
	check('the clock is moved by keys', /build succeeded/.test(await slider.getAttribute('aria-valuetext')), await slider.getAttribute('aria-valuetext'));
	await page.getByRole('heading', { name: 'Data', exact: true }).waitFor();
	check('each moment has its data', (await page.locator('.context').innerText()).includes('1.4.2'));
	check('a simulation writes nothing', db.sql("SELECT count(*) FROM mistral.executions WHERE workflow_name = 'deploy'") === '1');
}

async function expressions(page)
{
	await page.to('#/definitions/expressions');
	await page.getByLabel('Expression').fill('<% $.a.select($ * 2) %>');
	await page.getByLabel('Data context').fill('{"a": [4, 21]}');
	await page.locator('main').getByText('42').waitFor();
	check('an expression is evaluated as it is written', true);
	await page.getByLabel('Expression').fill('{{ _.a | join("-") }}');
	await page.locator('main').getByText('4-21').waitFor();
	check('in both languages', true);
	page.seen.tolerated.push(/status of 400/);
	await page.getByLabel('Expression').fill('<% $.a.nonsense( %>');
	await page.getByRole('alert').waitFor();
	check('what is wrong with it is told', true);
	await page.getByLabel('Find a function').fill('regex');
	await page.locator('.reference li').first().waitFor();
	check('functions can be looked up', /regex/i.test(await page.locator('.reference').innerText()));
}

export async function run({ browser, api, db, pictures })
{
	for (const [what, act] of Object.entries({ checking, completing, saving, simulating, expressions }))
	{
		const page = await openPage(browser, api);

		await story(`definitions: ${what}`, page, pictures, () => act(page, db));
		check(`definitions, ${what}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		await page.context().close();
	}
}
