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
	executions?: number;
}

export interface Uses
{
	used_by: {
		workflows: { id: string; name: string; namespace: string; task: string }[];
		cron_triggers: { id: string; name: string }[];
		event_triggers: { id: string; name: string }[];
	};
	calls: { workflows: string[]; actions: string[] };
}

export interface FunctionInfo
{
	language: 'yaql' | 'jinja' | 'both';
	kind: string;
	name: string;
	usage: string;
	parameters: string | null;
	description: string;
	topic: string;
}

export interface Language
{
	attributes: Record<string, { name: string; description?: string }[]>;
	commands: string[];
	functions: FunctionInfo[];
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
	detail: Record<string, unknown> | null;
	states?: Record<string, string>;
	context?: Record<string, unknown>;
	waits?: unknown;
}

export interface Simulation
{
	steps: Step[];
	ended: boolean;
	state: string;
}

export const FIELDS = 'id,name,namespace,input,tags,scope,project_id,created_at,updated_at,is_draft';

export const workflow = (id: string, signal?: AbortSignal) => get<Workflow>(`v2/workflows/${segment(id)}`, {}, signal);
export const graphOf = (id: string, signal?: AbortSignal) => get<ApiGraph>(`v2/workflows/${segment(id)}/graph`, {}, signal);
export const versionsOf = (id: string, signal?: AbortSignal) => get<{ versions: Version[] }>(`v2/workflows/${segment(id)}/versions`, {}, signal);
export const versionOf = (id: string, version: string, signal?: AbortSignal) =>
	get<{ definition: string }>(`v2/workflows/${segment(id)}/versions/${segment(version)}`, {}, signal);
export const usesOf = (id: string, signal?: AbortSignal) => get<Uses>(`v2/workflows/${segment(id)}/uses`, {}, signal);

export const validate = (text: string, signal?: AbortSignal) =>
	post<Verdict>('v2/workflows/validate', { text, query: { warnings: true, positions: true }, signal });
export const graphsOf = (text: string, signal?: AbortSignal) =>
	post<{ graphs?: ApiGraph[] }>('v2/graphs', { text, signal });
export const simulate = (json: Record<string, unknown>) => post<Simulation>('v2/simulate', { json });

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
