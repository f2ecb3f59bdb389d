// The filter of the list: in the address of the page, and as the API takes it.
//
//   #/executions?state=ERROR,PAUSED&workflow=order&tag=shop&since=1d&waits=300&sub=1&q=text

import type { Query } from '../../api/client';

export const STATES = ['RUNNING', 'PAUSED', 'IDLE', 'ERROR', 'SUCCESS', 'CANCELLED'];

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400, w: 604800 };

// Seconds of "90", "5m", "2h", "1d"; null when it is none.
export function secondsOf(text: string): number | null
{
	const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([smhdw]?)\s*$/.exec(text) ?? [];

	return number === undefined ? null : Number(number) * UNITS[unit || 's'];
}

function apiTime(ms: number): string
{
	return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}

// A bound of time: "1d" is a day ago, all else is a date.
function bound(text: string): string | undefined
{
	const seconds = secondsOf(text);
	const date = Date.parse(text);

	// whole minutes: the same filter is the same query for a while
	if (seconds !== null)
		return apiTime(Math.floor((Date.now() - seconds * 1000) / 60_000) * 60_000);
	return Number.isNaN(date) ? undefined : apiTime(date);
}

export interface Filters
{
	params: Record<string, string>;		// for the list, without the states
	states: string[];
}

// The parameters of GET /v2/executions for the query of an address.
export function filtersOf(query: URLSearchParams): Filters
{
	const params: Record<string, string> = {};
	const value = (name: string) => query.get(name)?.trim() ?? '';
	const since = value('since') && bound(value('since'));
	const until = value('until') && bound(value('until'));
	const waits = secondsOf(value('waits'));

	if (value('q'))
		params.q = value('q');
	if (value('workflow'))
		params.workflow_name = value('workflow');
	if (value('key'))
		params.key = value('key');
	if (value('tag'))
		params.tags = value('tag');
	if (since)
		params.created_at = `gte:${since}`;
	else if (until)
		params.created_at = `lte:${until}`;
	if (waits !== null && waits > 0)
		params.waits_longer = String(waits);
	if (value('sub') !== '1')
		params.nulls = 'root_execution_id';
	if (value('all') === '1')
		params.all_projects = 'true';
	if (value('project'))
	{
		params.all_projects = 'true';
		params.project_id = value('project');
	}
	return { params, states: value('state').split(',').filter((s) => STATES.includes(s)) };
}

// With the states, for the list and for bulk operations.
export function withStates({ params, states }: Filters): Record<string, string>
{
	if (states.length === 0)
		return params;
	return { ...params, state: states.length === 1 ? states[0] : `in:${states.join(',')}` };
}

export const FIELDS = 'id,workflow_name,state,state_info,created_at,updated_at,finished_at,task_execution_id,tags,description,key';

export function listQuery(filters: Filters, withWaits: boolean): Query
{
	return {
		...withStates(filters), limit: 50, sort_keys: 'created_at', sort_dirs: 'desc',
		fields: FIELDS + (withWaits ? ',waits_for' : '') + (filters.params.all_projects ? ',project_id' : ''),
	};
}
