// The database of the suite and the programs beside it: all on sockets and
// loopback addresses, and ended with the suite.

import { spawn, execFileSync } from 'node:child_process';
import { createServer, request } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';

const running = [];

// SQL as the superuser; returns the rows as text, columns parted by tabs.
export function connection({ bindir, database })
{
	const run = (name, sql, variables = {}) => {
		const sets = Object.entries(variables).flatMap(([key, value]) => ['-v', `${key}=${value}`]);

		return execFileSync(`${bindir}/psql`,
			['-XAtq', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-d', name, ...sets, '-f', '-'],
			{ input: sql, encoding: 'utf8', maxBuffer: 1 << 26 }).trimEnd();
	};

	return {
		sql: (text, variables) => run(database, text, variables),
		file: (path, variables) => run(database, readFileSync(path, 'utf8'), variables),
		create: () => {
			run('postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
			run('postgres', `CREATE DATABASE ${database}`);
			run(database, 'SET client_min_messages = warning; CREATE EXTENSION mistral');
		},
		// passwords prove something only where the database asks for them
		askPasswords: (roles) => {
			const file = run('postgres', 'SHOW hba_file');
			const line = `local ${database} ${roles.join(',')} scram-sha-256\n`;
			const old = readFileSync(file, 'utf8');

			if (!old.startsWith(line))
				writeFileSync(file, line + old);
			run('postgres', 'SELECT pg_reload_conf()');
		},
		drop: () => run('postgres', `DROP DATABASE IF EXISTS ${database} WITH (FORCE)`),
		conninfo: `dbname=${database}`,
	};
}

// Start a program of contrib; resolves with what its log says when "ready" is in it.
function start(program, args, ready)
{
	const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
	let log = '';

	running.push(child);
	return new Promise((resolve, reject) => {
		const timer = setTimeout(() => reject(new Error(`${program} does not begin: ${log}`)), 30000);

		child.stderr.on('data', (data) => {
			const match = ready.exec(log = (log + data).slice(-20000));

			if (match)
			{
				clearTimeout(timer);
				resolve(match);
			}
		});
		child.on('exit', (status) => {
			clearTimeout(timer);
			reject(new Error(`${program} ended with ${status}: ${log}`));
		});
		child.on('error', reject);
	});
}

// Start a mistral-api; resolves with the address of its console.
export async function startApi({ bindir, console: files }, conninfo, ...more)
{
	const match = await start(`${bindir}/mistral-api`,
		['--listen=127.0.0.1', '--port=0', `--database=${conninfo}`, `--console_dir=${files}`, ...more],
		/serving https? on [^,]*, port (\d+)/);

	return `http://127.0.0.1:${match[1]}/ui/`;
}

export function startExecutor({ bindir }, conninfo)
{
	const child = spawn(`${bindir}/mistral-executor`, ['-d', conninfo, '--http-denied-ranges=none'], { stdio: 'ignore' });

	running.push(child);
}

// A reverse proxy that serves all of the server below a prefix, and nothing else.
export async function startProxy(base, prefix)
{
	const target = new URL(base);
	const server = createServer((req, res) => {
		if (!req.url.startsWith(`${prefix}/`))
		{
			res.writeHead(404).end('not below the prefix');
			return;
		}
		const forwarded = request({
			host: target.hostname, port: target.port, method: req.method, path: req.url.slice(prefix.length),
			headers: { ...req.headers, host: target.host, 'x-forwarded-host': req.headers.host, 'x-forwarded-proto': 'http', 'x-forwarded-prefix': prefix },
		}, (answer) => {
			res.writeHead(answer.statusCode, answer.headers);
			answer.pipe(res);
		});

		forwarded.on('error', () => res.destroy());
		req.pipe(forwarded);
		res.on('close', () => forwarded.destroy());
	});

	await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
	running.push({ kill: () => { server.closeAllConnections(); server.close(); } });
	return `http://127.0.0.1:${server.address().port}${prefix}/ui/`;
}

export function stopAll()
{
	for (const child of running.splice(0))
	{
		child.removeAllListeners?.('exit');
		child.kill('SIGTERM');
	}
}
