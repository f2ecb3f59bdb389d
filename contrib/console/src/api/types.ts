// What the REST API answers, as far as the console reads it. Members that are
// strings of JSON in the API are `Text`.

export type Text = string;

export interface ExecutionRow
{
	id: string;
	workflow_name: string;
	workflow_id?: string;
	workflow_namespace?: string;
	description?: string | null;
	tags?: Text | string[];
	state: string;
	state_info: string | null;
	created_at: string;
	updated_at: string | null;
	finished_at?: string | null;
	task_execution_id: string | null;
	root_execution_id?: string | null;
	project_id?: string;
	key?: string | null;
	start_at?: string | null;
	deadline?: string | null;
	waits_for?: string | null;
}

export interface ExecutionObject extends ExecutionRow
{
	input: Text;
	output: Text;
	params: Text;
	published_global?: Text;
}

export interface TaskObject
{
	id: string;
	name: string;
	type: 'ACTION' | 'WORKFLOW';
	workflow_name: string;
	workflow_execution_id: string;
	state: string;
	state_info: string | null;
	runtime_context: Text;
	result?: Text | null;
	published?: Text;
	published_global?: Text | null;
	processed: boolean;
	tags?: Text | string[];
	created_at: string;
	updated_at: string;
	started_at: string | null;
	finished_at: string | null;
	waits_for?: string | null;
}

export interface ActionRow
{
	id: string;
	name: string;
	state: string;
	accepted: boolean;
	index?: number | null;
	attempt?: number | null;
	executor?: string | null;
	target?: string | null;
	claimed_at?: string | null;
	is_sync?: boolean;
	input?: Text;
	output?: Text | null;
	created_at: string;
	updated_at: string | null;
}

export interface Wait
{
	is_cause: boolean;
	n: number;
	place: string;
	kind: string;
	waits_for: string;
	since: string | null;
	who: string | null;
	how: string | null;
	// the statement `how`, taken apart: its function, and its arguments that are texts
	operation?: { function: string; arguments: string[] } | null;
}

export interface RootCause
{
	path: string;
	error: string | null;
	is_handled: boolean;
	occurred_at: string;
	workflow_execution_id: string;
	task_execution_id: string | null;
	action_execution_id: string | null;
	index: number | null;
}

export const FINAL = ['SUCCESS', 'ERROR', 'CANCELLED', 'SKIPPED'];

export const isFinal = (state: string | null | undefined) => FINAL.includes(state ?? '');

// The tags of an object: a list, or a string that holds one.
export function tagsOf(tags: Text | string[] | undefined | null): string[]
{
	if (typeof tags !== 'string')
		return tags ?? [];
	try
	{
		const list: unknown = JSON.parse(tags);
		return Array.isArray(list) ? list.map(String) : [];
	}
	catch
	{
		return [];
	}
}
