// Tasks of people, as the REST API gives them.

import { get, post, segment } from '../../api/client';
import type { Schema } from '../../parts/form';

export type TaskState = 'OPEN' | 'CLAIMED' | 'COMPLETED' | 'ENDED';

export interface HumanTask
{
	id: string;
	state: TaskState;
	title: string;
	description: string | null;
	form: Schema;
	data: unknown;
	priority: number;
	created_at: string;
	due_at: string | null;
	is_overdue: boolean;
	claimed_by: string | null;
	claimed_at: string | null;
	delegated_to: string | null;
	permissions: { claim: boolean; complete: boolean; release: boolean; delegate: boolean; why_not: string | null };

	// only for those who may read the execution
	project_id?: string;
	workflow_execution_id?: string | null;
	task_execution_id?: string | null;
	workflow_name?: string | null;
	task_name?: string | null;
	candidates?: string[];
	escalations?: { at: string; to: string[]; done: boolean }[] | null;
	completed_by?: string | null;
	completed_at?: string | null;
}

const path = (id: string) => `v2/inbox/${segment(id)}`;

export const humanTask = (id: string, signal?: AbortSignal) => get<HumanTask>(path(id), {}, signal);
export const claim = (id: string) => post<HumanTask>(`${path(id)}/claim`, {});
export const release = (id: string) => post<Partial<HumanTask>>(`${path(id)}/release`, {});
export const delegate = (id: string, role: string) => post<Partial<HumanTask>>(`${path(id)}/delegate`, { json: { role } });
export const complete = (id: string, answer: unknown) => post<HumanTask>(`${path(id)}/complete`, { json: { answer } });
