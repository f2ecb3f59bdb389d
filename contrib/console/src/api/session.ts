// Who uses the page. What proves it is kept in sessionStorage, so that it ends
// with the tab, and goes into a header, never into a cookie: another site
// cannot make the browser send it.

import { signal } from '@preact/signals';

const KEY = 'mistral-console-login';

export type Credentials =
	| { kind: 'none' }
	| { kind: 'basic'; user: string; password: string }
	| { kind: 'token'; token: string };

function stored(): Credentials
{
	try
	{
		return JSON.parse(sessionStorage.getItem(KEY) ?? '') as Credentials;
	}
	catch
	{
		return { kind: 'none' };
	}
}

const credentials = signal<Credentials>(stored());

// Why the login is asked for; null: it is not.
export const loginNeeded = signal<string | null>(null);

function base64(text: string): string
{
	return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

// The headers that say who sends a request.
export function authorization(): Record<string, string>
{
	const c = credentials.value;

	if (c.kind === 'basic')
		return { authorization: `Basic ${base64(`${c.user}:${c.password}`)}` };
	return c.kind === 'token' ? { authorization: `Bearer ${c.token}` } : {};
}

export function login(given: Credentials): void
{
	credentials.value = given;
	sessionStorage.setItem(KEY, JSON.stringify(given));
	loginNeeded.value = null;
}

export function logout(): void
{
	sessionStorage.removeItem(KEY);
	credentials.value = { kind: 'none' };
	loginNeeded.value = '';
}

// The server does not take what was sent (any more).
export function sessionEnded(reason: string): void
{
	const was = credentials.value.kind;

	sessionStorage.removeItem(KEY);
	credentials.value = { kind: 'none' };
	// without anything sent there is nothing to complain of
	loginNeeded.value = was === 'none' ? '' : reason;
}

export const isLoggedIn = () => credentials.value.kind !== 'none';
