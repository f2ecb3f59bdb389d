// Use the console as people do, in a real browser, with servers and data of
// its own on this machine.
//
//   run.mjs --bindir DIR --browser PATH --pictures DIR [--database NAME]
//           [--executions N] [--tasks N] [--only PART,PART] [-v]
//
// Connects as PGHOST, PGUSER and so on say, as a superuser, and makes the
// database NAME (console) anew. The parts are the files beside this one. How
// long something takes is printed, and never a test.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { launch } from './browser.mjs';
import { check, options, summary, until } from './harness.mjs';
import { connection, startApi, startExecutor, stopAll } from './servers.mjs';

const PARTS = ['units', 'rules', 'tasks', 'keyboard', 'definitions', 'hostile', 'access', 'pictures', 'scale'];
const USER = { name: 'console_user', password: 'a long Päßword' };
const OBSERVER = { name: 'console_observer', password: 'observes' };

function settings()
{
	const { values } = parseArgs({
		options: {
			bindir: { type: 'string' }, browser: { type: 'string' }, pictures: { type: 'string' },
			console: { type: 'string', default: fileURLToPath(new URL('../../contrib/console/dist', import.meta.url)) },
			database: { type: 'string', default: 'console' },
			executions: { type: 'string', default: '100000' }, tasks: { type: 'string', default: '500' },
			only: { type: 'string', default: PARTS.join(',') }, verbose: { type: 'boolean', short: 'v', default: false },
		},
	});

	options.verbose = values.verbose;
	return values;
}

// Roles for whom the servers act: one that may do all of its project, one that looks.
function makeRoles(db)
{
	db.sql(`
		SET client_min_messages = warning;
		SELECT mistral.create_roles();
		SELECT format('DROP ROLE IF EXISTS %I', r) FROM unnest(ARRAY[:'user', :'observer']) AS r \\gexec
		CREATE ROLE :"user" LOGIN PASSWORD :'user_password' IN ROLE mistral_user;
		CREATE ROLE :"observer" LOGIN PASSWORD :'observer_password' IN ROLE mistral_observer;
	`, { user: USER.name, observer: OBSERVER.name, user_password: USER.password, observer_password: OBSERVER.password });
	db.askPasswords([USER.name, OBSERVER.name]);
}

// What the stories begin with: everything that can end has ended.
async function makeData(db)
{
	const here = (file) => fileURLToPath(new URL(file, import.meta.url));

	db.file(here('data.sql'));
	db.file(here('hostile.sql'));
	await until('the executions that end', () => db.sql(`
		SELECT count(*) FROM mistral.executions
		 WHERE state = 'RUNNING' AND workflow_name NOT IN ('approve_order', 'ship', 'patience', 'stuck', 'holiday')`) === '0');
}

async function main()
{
	const given = settings();
	const db = connection(given);
	let browser;

	mkdirSync(given.pictures, { recursive: true });
	try
	{
		db.create();
		makeRoles(db);
		startExecutor(given, db.conninfo);
		await makeData(db);
		browser = await launch(given.browser);
		const api = await startApi(given, db.conninfo);
		const suite = { ...given, db, browser, api, USER, OBSERVER };
		for (const part of given.only.split(','))
		{
			const begin = Date.now();

			await (await import(`./${part}.mjs`)).run(suite).catch((error) => check(`the part ${part} runs to its end`, false, error.stack));
			console.log(`     ${part}: ${((Date.now() - begin) / 1000).toFixed(1)} s`);
		}
	}
	finally
	{
		await browser?.close();
		stopAll();
	}
	return summary();
}

main().then((status) => { process.exitCode = status; }, (error) => {
	check('the suite can begin', false, error.stack);
	process.exitCode = summary();
});
