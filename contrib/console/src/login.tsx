// The login, with what the server offers.

import { useEffect, useState } from 'preact/hooks';
import { get, type ApiError } from './api/client';
import { login, logout, type Credentials } from './api/session';
import { ErrorBox } from './parts/error';

const TITLES: Record<string, string> = { password: 'Role and password', token: 'Token' };

export function Login({ reason }: { reason: string })
{
	const [methods, setMethods] = useState<string[]>([]);
	const [method, setMethod] = useState('');
	const [user, setUser] = useState('');
	const [secret, setSecret] = useState('');
	const [error, setError] = useState<Pick<ApiError, 'message' | 'advice'> | null>(reason ? { message: reason, advice: '' } : null);
	const [isBusy, setBusy] = useState(false);
	const known = methods.filter((m) => m in TITLES);

	useEffect(() => {
		get<{ methods: string[] }>('v2/auth').then(({ methods: offered }) => {
			setMethods(offered);
			setMethod(offered.find((m) => m in TITLES) ?? '');
			if (offered.length > 0 && !offered.some((m) => m in TITLES))
				setError({ message: 'A proxy in front of this server has to say who you are, and has not.', advice: 'Open the page through the proxy, and log in there.' });
		}, setError);
	}, []);
	const submit = async (e: Event) => {
		e.preventDefault();
		setBusy(true);
		setError(null);
		const given: Credentials = method === 'token' ? { kind: 'token', token: secret.trim() } : { kind: 'basic', user, password: secret };
		login(given);
		// a wrong secret comes back here, through the 401 of the first request
		setBusy(false);
	};

	return (
		<main class="login">
			<form onSubmit={submit}>
				<h1>Mistral</h1>
				{error && <ErrorBox error={error} />}
				{known.length > 1 && (
					<div class="pills" role="group" aria-label="How to log in">
						{known.map((m) => <button key={m} type="button" class="pill" aria-pressed={m === method} onClick={() => setMethod(m)}>{TITLES[m]}</button>)}
					</div>
				)}
				{method === 'password' && (
					<div class="field">
						<label for="login-user">Role</label>
						<input id="login-user" autocomplete="username" required value={user} onInput={(e) => setUser(e.currentTarget.value)} />
					</div>
				)}
				{method !== '' && (
					<>
						<div class="field">
							<label for="login-secret">{method === 'token' ? 'Token' : 'Password'}</label>
							<input id="login-secret" type="password" autocomplete={method === 'token' ? 'off' : 'current-password'} required value={secret} onInput={(e) => setSecret(e.currentTarget.value)} />
						</div>
						<button class="primary" disabled={isBusy}>Log in</button>
						<p class="muted">{method === 'token'
							? 'An administrator makes tokens with mistral_api.create_token().'
							: 'The role of the database that stands for your project.'} What you enter is kept until this tab is closed.</p>
					</>
				)}
				{known.length === 0 && methods.length > 0 && <button type="button" onClick={() => { logout(); location.reload(); }}>Try again</button>}
			</form>
		</main>
	);
}
