// Who uses the page, and what they may do (GET /v2/whoami).

import { signal } from '@preact/signals';
import { get } from '../api/client';
import { clockOffset } from '../parts/time';

export interface Who
{
	user: string;
	project_id: string;
	is_admin: boolean;
	is_read_only: boolean;
	has_auth: boolean;
	roles: string[];
	maintenance: string;
	version: string;
	now: string;
	may: Record<Right, boolean>;
	features: string[];
}

export type Right = 'start' | 'change' | 'define' | 'simulate' | 'see_all_projects' | 'see_system' | 'repair' | 'maintain' | 'delete_action_executions';

export const who = signal<Who | null>(null);

// Ask the server who we are. Fails with ApiError; 401 asks for a login.
export async function loadWho(): Promise<void>
{
	who.value = await get<Who>('v2/whoami');
	clockOffset.value = Date.parse(who.value.now) - Date.now();
}

const REASONS: Record<Right, string> = {
	start: 'your role may not start workflows', change: 'your role may not change executions',
	define: 'your role may not change definitions', see_all_projects: 'only administrators see all projects',
	see_system: 'your role may not see this', repair: 'only administrators may do this',
	simulate: 'your role may not simulate', maintain: 'only administrators may do this',
	delete_action_executions: 'the server does not allow it',
};

// Why something cannot be done, for Action and Menu; null: it can.
export function whyNot(right: Right): string | null
{
	const w = who.value;

	if (w === null || w.may[right])
		return null;
	return w.is_read_only ? 'your role may only look' : REASONS[right];
}

export const hasFeature = (name: string) => who.value?.features.includes(name) ?? false;
