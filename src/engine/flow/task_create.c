/*-------------------------------------------------------------------------
 *
 * task_create.c
 *	  Making the task executions of commands, and making them ready to run again.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/flow/flow.h"
#include "util/json.h"
#include "util/uuid.h"

static Jsonb *
make_trigger(const Command *command)
{
	JsonBuilder b;
	const char *event = mst_spec_event_name(command->event);

	if (command->from == NULL)
		return NULL;
	mst_json_begin_array(&b);
	mst_json_open_object(&b, NULL);
	mst_json_add_text(&b, "task_id", mst_uuid_text(&command->from->id));
	mst_json_add_text(&b, "event", event);
	mst_json_close_object(&b);
	return mst_json_end(&b);
}

/*
 * Makes the task execution of a command, with its inbound context, and queues
 * its start.
 */
Task *
mst_task_create(EngineCall *call, Execution *exec, const Command *command)
{
	const TaskSpec *spec = &exec->spec->tasks[command->task_index];
	Task	   *task = mst_call_add_task(call, exec, spec);

	if (exec->spec->is_reverse)
		task->row->context_id = mst_reverse_context(call, exec, spec);
	else if (command->from != NULL)
		task->row->context_id = command->from->row->published_id;
	task->row->published_id = task->row->context_id;
	task->row->triggered_by = make_trigger(command);
	mst_call_push(call, STEP_RUN_TASK, exec, task);
	return task;
}

/*
 * Returns whether a child of this attempt or of one before it may be
 * unfinished.
 */
bool
mst_task_has_children(const Task *task)
{
	return task->runtime.left_children || task->row->open_children > 0;
}

/*
 * Begins the next attempt of a task: its children so far count no more, and
 * those that are unfinished end with the task.  A join that runs may be armed
 * again, so there can be some.
 */
void
mst_task_next_attempt(EngineCall *call, Task *task)
{
	task->runtime.left_children = mst_task_has_children(task);
	task->runtime_dirty = true;
	task->row->attempt++;
	task->row->open_children = 0;
	mst_task_touch(call, task);
}

/*
 * Queues another run of the task, without the policies before: retry, or a
 * wait that has passed.
 */
void
mst_task_restart(EngineCall *call, Task *task)
{
	if (task->spec->join != JOIN_NONE)
		mst_join_collect(call, task);
	task->runtime.before_done = true;
	if (!task->runtime.keeps_items)
		task->runtime.item_count = -1;
	task->runtime.next_item = 0;
	task->runtime.failed_items = 0;
	task->runtime.cancelled_items = 0;
	task->runtime_dirty = true;
	task->row->open_children = 0;
	if (!task->runtime.keeps_items)
		task->row->items_id = mst_uuid_none;
	mst_call_push(call, STEP_RUN_TASK, task->exec, task);
}
