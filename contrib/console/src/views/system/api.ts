// What the views of the service ask the REST API for. Times are ISO 8601.

import { get, type Query } from '../../api/client';

export interface Executor
{
	id: string;
	name: string;
	target: string | null;
	actions: string[] | null;	// null: all
	is_alive: boolean;
	is_draining: boolean;
	last_heartbeat: string | null;
	registered_at: string;
	running: number | null;		// null: not ours to know
	info?: unknown;
}

export interface QueueRow
{
	project_id: string;
	action: string;
	target: string | null;
	actions: number;
	held: number;				// by limits, pauses and such
	oldest: string | null;
	executors: number;
}

export interface DelayedCall
{
	id: string;
	kind: string;
	due_at: string;
	attempts: number;
	is_dead: boolean;
	error: string | null;
	workflow_execution_id: string | null;
	task_execution_id: string | null;
}

export interface CallSummary
{
	waiting: number;
	due: number;
	failing: number;
	dead: number;
}

export interface Consumer
{
	name: string;
	project_id: string;
	event_types: string[] | null;
	workflow_name: string | null;
	created_at: string;
	acknowledged_at: string | null;
}

export interface Delivery
{
	id: string;
	event: string;
	endpoint: string;
	attempts: number;
	is_dead: boolean;
	error: string | null;
	created_at: string;
	next_try_at: string | null;
	workflow_execution_id: string | null;
}

export interface CronTrigger
{
	id: string;
	name: string;
	workflow_name: string;
	workflow_id: string;
	pattern: string | null;
	next_execution_time: string | null;
	first_execution_time: string | null;
	remaining_executions: number | null;
	is_enabled?: boolean;
	last_error?: string | null;
	time_zone?: string;
	overlap?: string;
}

export interface EventTrigger
{
	id: string;
	name: string;
	workflow_id: string;
	exchange: string;
	topic: string;
	event: string;
	is_enabled?: boolean;
}

export interface Environment
{
	id: string;
	name: string;
	description: string | null;
	variables: unknown;
	scope: string;
	created_at: string;
	updated_at: string | null;
}

export interface Limit
{
	name: string;
	max: number | null;			// null: no bound
	rate: string | null;		// "100/1m"
	action: string | null;
	description: string | null;
	held: number;
	waiting: number;
	is_exact: boolean;
}

export interface Rates
{
	from: string;
	to: string;
	step: number;				// seconds
	series: Record<string, number[]>;
	is_exact: boolean;
}

// The member of a list's answer, whole.
export async function list<T>(path: string, member: string, query: Query, signal: AbortSignal): Promise<T[]>
{
	return (await get<Record<string, T[]>>(path, query, signal))[member];
}

export const WHOLE: Query = { limit: 1000, sort_keys: 'name', sort_dirs: 'asc' };
