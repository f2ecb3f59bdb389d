// When a task has to be done.

import type { HumanTask } from './api';
import { Mark } from '../system/mark';
import { Ago } from '../../parts/time';

export function Due({ task }: { task: HumanTask })
{
	if (task.state === 'COMPLETED' || task.state === 'ENDED')
		return <Mark kind={task.state === 'COMPLETED' ? 'good' : 'off'}>{task.state === 'COMPLETED' ? 'done' : 'ended'}</Mark>;
	if (!task.due_at)
		return <span class="muted">since <Ago at={task.created_at} /></span>;
	return task.is_overdue ? <Mark kind="bad">overdue: <Ago at={task.due_at} /></Mark> : <span>due <Ago at={task.due_at} /></span>;
}
