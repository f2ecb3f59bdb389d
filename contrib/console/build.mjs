// Builds the console into dist/: files with hashed names, each with a .gz
// beside it, and index.html, which names them.
//
//   node build.mjs            build
//   node build.mjs --check    build, and fail when it has grown over its budget
//   node build.mjs --serve    build on every change, and serve it; requests for
//                             the REST API go on to the server MISTRAL_API_URL
//
// The page is told nothing about where it is served from: all addresses in
// it are relative.

import * as esbuild from 'esbuild';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync, constants } from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const serving = process.argv.includes('--serve');
const out = process.env.OUT || join(here, serving ? 'dist-served' : 'dist');

// What all but the editor may weigh, compressed.
const BUDGET = 250 * 1000;

const options = {
	absWorkingDir: here,
	entryPoints: { console: 'src/main.tsx', style: 'styles/index.css', icon: 'icon.svg' },
	outdir: join(out, 'assets'),
	entryNames: '[name]-[hash]',
	chunkNames: '[name]-[hash]',
	assetNames: '[name]-[hash]',
	loader: { '.svg': 'copy' },
	bundle: true,
	splitting: true,
	format: 'esm',
	target: ['es2022', 'chrome110', 'firefox115', 'safari16'],
	jsx: 'automatic',
	jsxImportSource: 'preact',
	minify: !serving,
	legalComments: 'linked',
	metafile: true,
	sourcemap: serving ? 'linked' : false,
	logLevel: 'warning',
};

// index.html, with the names that the entry points have been given.
function writePage(metafile)
{
	const named = {};

	for (const [file, { entryPoint }] of Object.entries(metafile.outputs))
		if (entryPoint && !file.endsWith('.map'))
			named[entryPoint] = relative(out, join(here, file)).replaceAll('\\', '/');
	const values = {
		script: named['src/main.tsx'],
		style: named['styles/index.css'],
		icon: named['icon.svg'],
	};
	const page = readFileSync(join(here, 'index.html'), 'utf8')
		.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
	writeFileSync(join(out, 'index.html'), page);
}

function compressAll()
{
	for (const dir of [out, join(out, 'assets')])
		for (const entry of readdirSync(dir, { withFileTypes: true }))
			if (entry.isFile() && !entry.name.endsWith('.gz'))
			{
				const packed = gzipSync(readFileSync(join(dir, entry.name)), { level: constants.Z_BEST_COMPRESSION });
				writeFileSync(join(dir, entry.name + '.gz'), packed);
			}
}

// The files of the editor: what is reached by its import() alone.
function editorFiles(metafile)
{
	const inputOf = (file) => metafile.outputs[file].entryPoint;
	const reached = (start, skip) => {
		const seen = new Set();
		const todo = [...start];
		while (todo.length > 0)
		{
			const file = todo.pop();
			if (seen.has(file) || skip(file))
				continue;
			seen.add(file);
			todo.push(...metafile.outputs[file].imports.filter((i) => !i.external).map((i) => i.path));
		}
		return seen;
	};
	const isEditor = (file) => /^src\/editor\//.test(inputOf(file) ?? '');
	const all = Object.keys(metafile.outputs).filter((file) => !/\.map$|\.txt$/.test(file));
	const entries = all.filter((file) => /src\/main\.tsx$|styles\/index\.css$|icon\.svg$/.test(inputOf(file) ?? ''));
	const plain = reached(entries, isEditor);
	return { plain: [...plain], editor: all.filter((file) => !plain.has(file)) };
}

function weigh(metafile)
{
	const size = (files) => files.reduce((sum, file) => sum + readFileSync(join(here, file) + '.gz').length, 0);
	const { plain, editor } = editorFiles(metafile);
	const weight = size(plain);

	console.log(`console: ${Math.round(weight / 1000)} kB compressed (at most ${BUDGET / 1000}), and ${Math.round(size(editor) / 1000)} kB for the editor`);
	if (weight > BUDGET)
	{
		const largest = plain.map((file) => [size([file]), file]).sort((a, b) => b[0] - a[0]).slice(0, 8);
		console.error('It is too large. Its largest files:');
		for (const [bytes, file] of largest)
			console.error(`  ${bytes}\t${file}`);
		process.exitCode = 1;
	}
}

// The lock file names packages and digests; where they come from is for the
// settings of npm to say.
function checkLock()
{
	if (/https?:/.test(readFileSync(join(here, 'package-lock.json'), 'utf8')))
	{
		console.error('package-lock.json has addresses: remove the members "resolved" and "funding".');
		process.exitCode = 1;
	}
}

async function build()
{
	rmSync(out, { recursive: true, force: true });
	mkdirSync(join(out, 'assets'), { recursive: true });
	const { metafile } = await esbuild.build(options);
	writePage(metafile);
	compressAll();
	if (process.argv.includes('--check'))
		checkLock();
	weigh(metafile);
}

// Development: the page below /ui/, all else from the REST API.
async function serve()
{
	const api = new URL(process.env.MISTRAL_API_URL ?? 'http://127.0.0.1:8989/v2');
	const types = { html: 'text/html; charset=utf-8', js: 'text/javascript', css: 'text/css', svg: 'image/svg+xml', map: 'application/json' };
	const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";

	rmSync(out, { recursive: true, force: true });
	mkdirSync(join(out, 'assets'), { recursive: true });
	const context = await esbuild.context({
		...options,
		plugins: [{ name: 'page', setup: (b) => b.onEnd((result) => { if (result.metafile) writePage(result.metafile); }) }],
	});
	await context.rebuild();
	await context.watch();
	createServer((req, res) => {
		const path = new URL(req.url, 'http://localhost').pathname;
		if (path === '/' || path === '/ui')
		{
			res.writeHead(302, { location: '/ui/' }).end();
			return;
		}
		if (path.startsWith('/ui/'))
		{
			const file = join(out, path === '/ui/' ? 'index.html' : path.slice(4).replaceAll('..', ''));
			try
			{
				const body = readFileSync(file);
				res.writeHead(200, {
					'content-type': types[file.split('.').pop()] ?? 'application/octet-stream',
					'content-security-policy': policy, 'cache-control': 'no-store',
				}).end(body);
			}
			catch
			{
				res.writeHead(404).end();
			}
			return;
		}
		const on = request({ host: api.hostname, port: api.port, method: req.method, path: req.url, headers: { ...req.headers, host: api.host, ...(req.headers.origin ? { origin: api.origin } : {}) } },
			(answer) => { res.writeHead(answer.statusCode, answer.headers); answer.pipe(res); });
		on.on('error', (e) => { if (!res.headersSent) res.writeHead(502); res.end(String(e)); });
		req.pipe(on);
		res.on('close', () => on.destroy());
	}).listen(Number(process.env.PORT ?? 8990), '127.0.0.1', function () {
		console.log(`http://127.0.0.1:${this.address().port}/ui/ with the API at ${api.origin}`);
	});
}

await (serving ? serve() : build());
