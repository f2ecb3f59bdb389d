// What the views of definitions ask the REST API for.

import { get, post, segment } from '../../api/client';
import type { ApiGraph } from '../../graph/model';

export interface WorkflowInfo
{
	id: string;
	name: string;
	namespace: string;
	input: string | null;
	tags: string[] | null;
	scope: string;
	project_id: string;
	created_at: string;
	updated_at: string | null;
	is_draft?: boolean;
}

export interface Workflow extends WorkflowInfo
{
	definition: string;
}

export interface ActionInfo
{
	id: string;
	name: string;
	namespace: string;
	input: string | null;
	description: string | null;
	kind?: string;
	definition?: string;
}

export interface Version
{
	id: string;
	created_at: string;
	retired_at: string | null;
	is_newest: boolean;
	size: number;
}

export interface Uses
{
	calls: { workflows: string[]; actions: string[] };
	called_by: { workflows: { id: string; name: string; namespace: string; task: string }[]; is_exact: boolean };
	cron_triggers: { id: string; name: string }[];
	event_triggers: { id: string; name: string }[];
}

export interface FunctionInfo
{
	language: 'yaql' | 'jinja' | 'both';
	kind: string;
	name: string | null;		// operators have none
	usage: string;
	parameters: string | null;
	description: string;
	topic: string;
}

export interface Language
{
	attributes: Record<string, { name: string; summary?: string }[]>;
	commands: string[];
	functions: FunctionInfo[];
	own_functions?: { name: string; description: string | null }[];
}

export interface Finding
{
	message: string;
	line?: number | null;
	column?: number | null;
	path?: string | null;
	hint?: string | null;
}

export interface Verdict extends Partial<Finding>
{
	valid: boolean;
	error?: string;
	warnings?: Finding[];
}

export interface Step
{
	at: number;					// seconds of virtual time
	workflow: string;
	task: string | null;
	event: string;
	state: string;
	detail: { result?: unknown; published?: Record<string, unknown>; state_info?: string; output?: unknown; reason?: string } | null;
}

export interface Simulation
{
	steps: Step[];
	is_completed: boolean;
	state: string;
	reason: string | null;		// why it did not come to an end
	output: unknown;
	seconds: number;
}

export const FIELDS = 'id,name,namespace,input,tags,scope,project_id,created_at,updated_at,is_draft';

export const workflow = (id: string, signal?: AbortSignal) => get<Workflow>(`v2/workflows/${segment(id)}`, {}, signal);
export const graphOf = (id: string, signal?: AbortSignal) => get<ApiGraph>(`v2/workflows/${segment(id)}/graph`, {}, signal);
export const versionsOf = (id: string, signal?: AbortSignal) => get<{ versions: Version[] }>(`v2/workflows/${segment(id)}/versions`, { limit: 200 }, signal);
export const versionOf = (id: string, version: string, signal?: AbortSignal) =>
	get<{ definition: string }>(`v2/workflows/${segment(id)}/versions/${segment(version)}`, {}, signal);
export const usesOf = (id: string, signal?: AbortSignal) => get<Uses>(`v2/workflows/${segment(id)}/uses`, {}, signal);

export const validate = (text: string, signal?: AbortSignal) =>
	post<Verdict>('v2/workflows/validate', { text, query: { warnings: true, positions: true }, signal });
export const graphsOf = (text: string, signal?: AbortSignal) =>
	post<{ graphs?: ApiGraph[] }>('v2/graphs', { text, signal });
export const simulate = (json: Record<string, unknown>) => post<Simulation>('v2/simulations', { json });

// What is the same as long as the page is open: asked for once.
let language: Promise<Language> | null = null;

export function languageOnce(): Promise<Language>
{
	language ??= get<Language>('v2/language').catch((error) => {
		language = null;
		throw error;
	});
	return language;
}
