// An error where its object would have been: what happened, what to do.

import type { ApiError } from '../api/client';

export function ErrorBox({ error, onRetry }: { error: Pick<ApiError, 'message' | 'advice'>; onRetry?: () => void })
{
	return (
		<div class="error-box" role="alert">
			<p class="error-text">{error.message}</p>
			{error.advice && <p class="muted">{error.advice}</p>}
			{onRetry && <button onClick={onRetry}>Try again</button>}
		</div>
	);
}
