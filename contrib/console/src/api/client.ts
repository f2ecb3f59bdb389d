// Requests to the REST API: one function, whose errors say what to do.

import { parseJson } from './json';
import { authorization, sessionEnded } from './session';

// The API is one level above the page, whose scripts are in assets/, whatever
// is in front of both.
export const base = new URL('../../', import.meta.url);

export type Query = Record<string, string | number | boolean | null | undefined>;

// What went wrong with a request, in words for people.
export class ApiError extends Error
{
	constructor(
		readonly status: number,		// of HTTP; 0: no answer came
		message: string,
		readonly advice: string,		// what the reader can do about it
		readonly retryAfter?: number,	// seconds, where the server says so
	)
	{
		super(message);
		this.name = 'ApiError';
	}
}

// The address of a path of the API ("v2/executions") with its query; members
// that are null, undefined or empty are left out.
export function address(path: string, query: Query = {}): URL
{
	const url = new URL(path, base);

	for (const [name, value] of Object.entries(query))
		if (value !== null && value !== undefined && value !== '')
			url.searchParams.set(name, String(value));
	return url;
}

function advise(status: number, after: string | null): string
{
	switch (status)
	{
		case 400:
			return 'The request was understood but refused. Correct what the message names.';
		case 401:
			return 'Log in again.';
		case 403:
			return 'Your role may not do this. Ask somebody of the project, or an administrator.';
		case 404:
			return 'It may have been deleted, or belong to another project. Go back to the list.';
		case 409:
			return 'Something else changed it meanwhile. Look at its present state and try again.';
		case 413:
			return 'It is too large for the server; an administrator can raise max_body.';
		case 503:
			return `The server is busy or its database away. Try again${after ? ` in ${after} s` : ' shortly'}.`;
		case 504:
			return 'No answer in time. The work may still go on: look at it before you try again.';
	}
	return status >= 500
		? 'A fault of the server. Its log says more; try again, then tell an administrator.'
		: 'Check the request.';
}

// Where an answer has a fault, it is one of three forms: the API's own, one of
// a proxy, or text.
async function errorOf(response: Response): Promise<ApiError>
{
	const text = await response.text().catch(() => '');
	let body: unknown;

	try
	{
		body = JSON.parse(text);
	}
	catch
	{
		body = undefined;
	}
	const fault = body as { faultstring?: string; hint?: string; detail?: string } | undefined;
	const message = fault?.faultstring ?? (text.length > 0 && text.length < 300 && !text.startsWith('<') ? text : `The server answered ${response.status}`);
	const after = response.headers.get('retry-after');
	return new ApiError(response.status, message, fault?.hint ?? advise(response.status, after), after === null ? undefined : Number(after));
}

export interface Options
{
	query?: Query;
	signal?: AbortSignal;
	json?: unknown;			// a body of JSON
	text?: string;			// or of plain text: definitions
	headers?: Record<string, string>;
}

// Send a request and return the response, whose status is one of success.
// Fails with ApiError, or with AbortError when the signal says so. A 401 ends
// the session: the page asks for a login.
export async function send(method: string, path: string, options: Options = {}): Promise<Response>
{
	const headers: Record<string, string> = { accept: 'application/json', ...authorization(), ...options.headers };
	let body: string | undefined;

	if (options.json !== undefined)
	{
		headers['content-type'] = 'application/json';
		body = JSON.stringify(options.json);
	}
	else if (options.text !== undefined)
	{
		headers['content-type'] = 'text/plain';
		body = options.text;
	}
	let response: Response;
	try
	{
		response = await fetch(address(path, options.query), {
			method, headers, body, signal: options.signal, credentials: 'omit', cache: 'no-store', redirect: 'error',
		});
	}
	catch (error)
	{
		if ((error as Error).name === 'AbortError')
			throw error;
		throw new ApiError(0, 'The server cannot be reached', 'Look whether mistral-api runs and the network is there. The page tries again by itself.');
	}
	if (response.ok)
		return response;
	const error = await errorOf(response);
	if (response.status === 401)
		sessionEnded(error.message);
	throw error;
}

async function body<T>(method: string, path: string, options: Options): Promise<T>
{
	const response = await send(method, path, options);
	const text = await response.text();

	return (text === '' ? undefined : parseJson(text)) as T;
}

export const get = <T>(path: string, query?: Query, signal?: AbortSignal) => body<T>('GET', path, { query, signal });
export const post = <T>(path: string, options: Options) => body<T>('POST', path, options);
export const put = <T>(path: string, options: Options) => body<T>('PUT', path, options);
export const remove = <T>(path: string, options: Options = {}) => body<T>('DELETE', path, options);

// A segment of a path: names may have any character.
export const segment = (name: string) => encodeURIComponent(name);
