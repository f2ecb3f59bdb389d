// A browser whose pages are listened to: whatever a page complains of, asks
// another host for, or is kept from by its policy is noted.

import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { until } from './harness.mjs';

// the packages of the console
export const packages = createRequire(fileURLToPath(new URL('../../contrib/console/package.json', import.meta.url)));
const { chromium } = packages('playwright-core');

// so long without a request the page has nothing more to ask for, in milliseconds
const QUIET = 120;

// The sandbox of the browser cannot be made by root.
export function launch(executablePath)
{
	const args = ['--disable-gpu', '--disable-dev-shm-usage', '--force-color-profile=srgb'];

	if (process.getuid() === 0)
		args.push('--no-sandbox');
	return chromium.launch({ executablePath, args, headless: true });
}

// A page of its own storage. What it does that no page may do is pushed to
// "faults"; "tolerated" are patterns of what a story does on purpose, such as
// a login with a wrong password.
export async function openPage(browser, base, settings = {})
{
	const context = await browser.newContext({
		viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce', ...settings,
	});
	const page = await context.newPage();
	const host = new URL(base).host;
	const seen = { faults: [], tolerated: [], requests: 0, clicks: 0 };
	const open = new Set();		// requests without an answer; not the stream, which has no end
	let last = 0;				// when the newest of them began or ended
	const note = (kind, text) => {
		if (!seen.tolerated.some((pattern) => pattern.test(text)))
			seen.faults.push(`${kind}: ${text}`);
	};

	page.setDefaultTimeout(8000);
	await context.exposeBinding('noteViolation', (_, text) => note('policy', text));
	await context.addInitScript(() => {
		document.addEventListener('securitypolicyviolation',
			(e) => globalThis.noteViolation(`${e.violatedDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`));
	});
	page.on('console', (message) => {
		if (message.type() === 'error' || message.type() === 'warning')
			note('console', `${message.text()} (${message.location().url})`);
	});
	page.on('pageerror', (error) => note('error', error.stack ?? String(error)));
	page.on('dialog', (dialog) => {
		note('dialog', dialog.message());
		dialog.dismiss().catch(() => {});
	});
	page.on('popup', (popup) => note('popup', popup.url()));
	context.on('request', (request) => {
		const url = new URL(request.url());

		seen.requests++;
		last = Date.now();
		if (!url.pathname.endsWith('/events/stream'))
			open.add(request);
		if (url.host !== host && url.protocol !== 'data:' && url.protocol !== 'blob:')
			note('request', request.url());
	});
	for (const end of ['requestfinished', 'requestfailed'])
		context.on(end, (request) => {
			open.delete(request);
			last = Date.now();
		});
	return Object.assign(page, {
		seen,
		base,
		// an address within the console
		to: (path) => page.goto(new URL(path, base).href),
		// until the page shows what it asked for, and asks for nothing more
		settle: () => {
			last = Date.now();
			return until('the page to come to rest', async () => open.size === 0 && Date.now() - last > QUIET
				&& page.evaluate(() => document.querySelector('main') !== null && document.querySelector('.loading') === null), 10);
		},
		// a click of a user, counted
		press: async (locator) => {
			seen.clicks++;
			await locator.click();
		},
	});
}

// The faults since the last call, one a line.
export function faultsOf(page)
{
	return page.seen.faults.splice(0).join('\n     ');
}
