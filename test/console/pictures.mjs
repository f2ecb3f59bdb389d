// Pictures of the main views, light, dark and on a phone, for whoever changes
// them to look at. That each is drawn is all that is checked.

import { check, story } from './harness.mjs';
import { faultsOf, openPage } from './browser.mjs';

const LOOKS = {
	light: { colorScheme: 'light' },
	dark: { colorScheme: 'dark' },
	phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

function viewsOf(db)
{
	const execution = (name) => db.sql("SELECT id FROM mistral.executions WHERE workflow_name = :'name' ORDER BY created_at LIMIT 1", { name });
	const workflow = (name) => db.sql("SELECT id FROM mistral.workflows WHERE name = :'name'", { name });
	const task = (name) => db.sql("SELECT id FROM mistral.tasks WHERE name = :'name' ORDER BY created_at LIMIT 1", { name });

	return {
		executions: '', failed: '#/executions?state=ERROR',
		waiting: `#/execution/${execution('stuck')}`, execution: `#/execution/${execution('order')}?task=pay`, items: `#/task/${task('each')}`,
		timeline: `#/execution/${execution('resize')}/timeline`, context: `#/task/${task('approval')}/context`,
		definitions: '#/definitions', definition: `#/definitions/${workflow('order')}`, versions: `#/definitions/${workflow('nightly')}/versions`,
		uses: `#/definitions/${workflow('payment')}/uses`, editor: `#/definitions/${workflow('approve_order')}/edit`,
		simulation: `#/definitions/${workflow('approve_order')}/edit?simulate=1`, expressions: '#/definitions/expressions',
		system: '#/system', executors: '#/system/executors', calls: '#/system/calls?all=1', events: '#/system/events', triggers: '#/system/triggers',
		environments: '#/system/environments?env=europe', limits: '#/system/limits', inbox: `#/inbox/${db.sql("SELECT id FROM mistral.inbox ORDER BY created_at DESC LIMIT 1")}`,
	};
}

export async function run({ browser, api, db, pictures })
{
	for (const [look, settings] of Object.entries(LOOKS))
	{
		const page = await openPage(browser, api, settings);

		for (const [name, path] of Object.entries(viewsOf(db)))
		{
			await story(`a picture of ${name}, ${look}`, page, pictures, async () => {
				await page.to(path);
				await page.settle();
				await page.screenshot({ path: `${pictures}/${name}-${look}.png` });
				const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
				check(`${name} fits into its width, ${look}`, wide <= 0, `${wide} pixels`);
			});
			check(`${name}, ${look}: nothing is complained of`, page.seen.faults.length === 0, faultsOf(page));
		}
		await page.context().close();
	}
}
