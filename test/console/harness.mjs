// What the parts of the suite share: checks and their count, conditions that
// are waited for, and clicks that are counted.

const results = [];
export const options = { verbose: false };

// check WHAT holds, and go on either way.
export function check(what, condition, detail = '')
{
	results.push(Boolean(condition));
	if (options.verbose || !condition)
		console.log(`${condition ? 'ok  ' : 'FAIL'} ${what}${condition || detail === '' ? '' : `: ${detail}`}`);
	return Boolean(condition);
}

// A figure is printed for whoever compares; it is never a test.
export function figure(what, value)
{
	console.log(`     ${what}: ${value}`);
}

export function summary()
{
	const passed = results.filter(Boolean).length;

	console.log(`${passed} passed, ${results.length - passed} failed`);
	return passed === results.length ? 0 : 1;
}

// Ask until the answer is there; fails after so many seconds, with what was asked for.
export async function until(what, ask, seconds = 20)
{
	const end = Date.now() + seconds * 1000;

	for (;;)
	{
		const answer = await ask();

		if (answer)
			return answer;
		if (Date.now() > end)
			throw new Error(`waited in vain for ${what}`);
		await new Promise((resolve) => setTimeout(resolve, 30));
	}
}

// Run one story; what it throws is a failure of this story only. When one
// fails, a picture of the page is left beside the others.
export async function story(what, page, pictures, run)
{
	try
	{
		await run();
		return true;
	}
	catch (error)
	{
		const file = `${pictures}/failed-${what.replace(/[^a-z0-9]+/gi, '-').slice(0, 60)}.png`;

		check(what, false, String(error?.message ?? error).split('\n').slice(0, 6).join(' | '));
		await page.screenshot({ path: file }).catch(() => {});
		return false;
	}
}
