// The frame: navigation, the view of the address, login, help.

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { ApiError } from './api/client';
import { isLoggedIn, loginNeeded, logout } from './api/session';
import { Help, isHelpOpen } from './help';
import { useKeys } from './keys';
import { Login } from './login';
import { Boundary } from './parts/boundary';
import { Questions } from './parts/dialog';
import { ErrorBox } from './parts/error';
import { BulkDialog } from './operate/bulk';
import { StartDialog } from './operate/start';
import { Loading } from './parts/empty';
import { Toasts } from './parts/toasts';
import { go, href, restoreScroll, route } from './router';
import { loadWho, who } from './state/who';
import { nextTheme, theme } from './state/theme';
import { byName, views, type View, type ViewProps } from './views';

// A view, whose code is fetched when it is first shown.
function Shown({ view }: { view: View })
{
	const [part, setPart] = useState<{ name: string; Component?: ComponentType<ViewProps>; error?: Error }>({ name: '' });

	useEffect(() => {
		view.load().then(
			(Component) => setPart({ name: view.name, Component }),
			(error: Error) => setPart({ name: view.name, error }));
	}, [view]);
	if (part.name !== view.name)
		return <Loading what={view.title.toLowerCase()} />;
	if (!part.Component)
		return <ErrorBox error={{ message: `A part of the page could not be loaded: ${part.error?.message}`, advice: 'The server may have been updated. Load the page again.' }} onRetry={() => location.reload()} />;
	return (
		<Boundary of={route.value.segments.join('/')}>
			<part.Component segments={route.value.segments.slice(1)} query={route.value.query} />
		</Boundary>
	);
}

const THEME_WORDS = { system: 'as the system', light: 'light', dark: 'dark' };
const THEME_SIGNS = { system: '◐', light: '☀', dark: '☾' };

function Bar({ current }: { current: View })
{
	return (
		<header class="bar">
			<a class="skip-link" href="#main" onClick={(e) => { e.preventDefault(); document.getElementById('main')?.focus(); }}>To the content</a>
			<a class="brand" href={href(['executions'])}>Mistral</a>
			<nav aria-label="Views" class="bar-nav">
				{views.filter((v) => v.key && (v.isThere?.() ?? true)).map((v) => (
					<a key={v.name} href={href([v.name])} aria-current={(current.within ?? current.name) === v.name ? 'page' : undefined} title={`g ${v.key}`}>{v.title}</a>
				))}
			</nav>
			<div class="bar-end">
				{who.value && <span class="bar-who" title={`project ${who.value.project_id}`}>{who.value.user}{who.value.is_read_only && ' (may only look)'}</span>}
				{isLoggedIn() && <button class="quiet" onClick={logout}>Log out</button>}
				<button class="quiet" title={`Colours: ${THEME_WORDS[theme.value]}`} aria-label={`Colours: ${THEME_WORDS[theme.value]}. Change`} onClick={nextTheme}>{THEME_SIGNS[theme.value]}</button>
				<button class="quiet" title="Keys (?)" aria-label="Keys" onClick={() => { isHelpOpen.value = true; }}>?</button>
			</div>
		</header>
	);
}

export function App()
{
	const [error, setError] = useState<ApiError>();
	const current = byName(route.value.segments[0]);
	const needsLogin = loginNeeded.value;

	useKeys([
		...views.filter((v) => v.key).map((v) => ({ keys: `g ${v.key}`, does: `go to ${v.title.toLowerCase()}`, run: () => go([v.name]) })),
		{ keys: '/', does: 'to the filter', run: () => document.querySelector<HTMLElement>('[data-filter]')?.focus() },
		{ keys: 't', does: 'light, dark, or as the system', run: nextTheme },
		{ keys: '?', does: 'this list', run: () => { isHelpOpen.value = true; } },
	]);
	useEffect(() => {
		if (needsLogin === null)
			loadWho().then(() => setError(undefined), (e: ApiError) => e.status !== 401 && setError(e));
	}, [needsLogin]);
	useEffect(() => {
		if (route.value.segments.length === 0)
			go(['executions'], {}, true);
		restoreScroll();
		// what had the focus is gone with the view before: go on in the new one
		if (document.activeElement === document.body)
			document.getElementById('main')?.focus({ preventScroll: true });
	}, [route.value.segments.join('/')]);
	useEffect(() => {
		document.title = `${current.title} – Mistral`;
	}, [current]);

	if (needsLogin !== null)
		return <><Login reason={needsLogin} /><Toasts /></>;
	return (
		<>
			<Bar current={current} />
			{who.value && who.value.maintenance !== 'RUNNING' && <p class="band" role="status">The service is {who.value.maintenance.toLowerCase()} for maintenance: nothing is started or changed until an administrator resumes it.</p>}
			<main id="main" tabIndex={-1}>
				{error && !who.value ? <ErrorBox error={error} onRetry={() => { setError(undefined); void loadWho().catch(setError); }} />
					: who.value ? <Shown view={current} /> : <Loading what="the page" />}
			</main>
			<Help />
			<Questions />
			<StartDialog />
			<BulkDialog />
			<Toasts />
		</>
	);
}
