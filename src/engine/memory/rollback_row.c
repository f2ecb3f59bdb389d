/*-------------------------------------------------------------------------
 *
 * rollback_row.c
 *	  What an execution remembers while it undoes what was done.
 *
 * It stands in the execution's row as JSON, since the next compensation may
 * begin in another transaction.  It stays there when the execution has ended, so
 * that nothing is run again as though it had not been undone.  The texts of the
 * end may be long, and do not change: they stand with the execution's data,
 * which is not written with each compensation.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"

#include "engine/memory/engine_objects.h"
#include "engine/memory/rollback_row.h"
#include "store/lookups.h"
#include "util/json.h"
#include "util/uuid.h"

/* bytes of the failure that are shown while it is compensated */
#define MAX_SHOWN 2000

/* Takes the member apart; the execution must have one. */
void
mst_rollback_read(const Execution *exec, Rollback *rollback)
{
	Jsonb	   *json = exec->row->rollback;
	char	   *of = mst_json_get_text(json, "of");

	*rollback = (Rollback)
	{
		.state = mst_state_from_name(mst_json_get_text(json, "state")),
			.next = mst_json_get_int(json, "next", 0),
			.made = mst_json_get_int(json, "made", 0),
			.of = exec->id
	};
	rollback->is_of_other = of != NULL && mst_uuid_parse(of, &rollback->of);
}

/* Puts it together again; what it points to is copied. */
void
mst_rollback_write(EngineCall *call, Execution *exec, const Rollback *rollback)
{
	MemoryContext old = MemoryContextSwitchTo(call->mcxt);
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "state", mst_state_name(rollback->state));
	mst_json_add_int(&b, "next", rollback->next);
	mst_json_add_int(&b, "made", rollback->made);
	if (rollback->is_of_other)
		mst_json_add_text(&b, "of", mst_uuid_text(&rollback->of));
	exec->row->rollback = mst_json_end(&b);
	mst_execution_touch(call, exec);
	MemoryContextSwitchTo(old);
}

/*
 * Returns whether the execution is about to end, and only compensations begin in
 * it any more.
 */
bool
mst_execution_rolls_back(const Execution *exec)
{
	return exec->row->rollback != NULL && !mst_state_is_completed(exec->row->state);
}

/*
 * Returns whether the execution was made to undo one that has succeeded.
 */
bool
mst_execution_undoes_other(const Execution *exec)
{
	return exec->row->rollback != NULL && mst_json_has(exec->row->rollback, "of");
}

/* Keeps the state_info that the execution ends with, and the result in its output. */
void
mst_rollback_keep_end(Execution *exec, const char *info, Jsonb *result)
{
	ExecutionDataRow *data = mst_execution_data(exec);
	MemoryContext old = MemoryContextSwitchTo(GetMemoryChunkContext(exec->latest));
	JsonBuilder b;

	mst_json_begin_object(&b);
	if (info != NULL)
		mst_json_add_text(&b, "info", info);
	if (result != NULL)
		mst_json_add(&b, "result", result);
	data->rollback = mst_json_end(&b);
	data->row.is_dirty = true;
	MemoryContextSwitchTo(old);
}

/* Returns the state_info that an execution that rolls back ends with; may be NULL. */
char *
mst_rollback_end_info(Execution *exec)
{
	return mst_json_get_text(mst_execution_data(exec)->rollback, "info");
}

/* Returns the result in the output that it ends with; NULL is null. */
Jsonb *
mst_rollback_end_result(Execution *exec)
{
	return mst_json_get(mst_execution_data(exec)->rollback, "result");
}

/*
 * Returns the state_info of an execution that runs: NULL, or what it rolls back
 * for, shortened, as it is written with each compensation.
 */
char *
mst_rollback_info(Execution *exec)
{
	char	   *info;
	int			len;

	if (exec->row->rollback == NULL)
		return NULL;
	info = mst_rollback_end_info(exec);
	if (info == NULL)
		return pstrdup("Compensating.");
	len = strlen(info);
	return psprintf("Compensating: %.*s", pg_mbcliplen(info, len, MAX_SHOWN), info);
}

/* Returns whether the task undoes another one. */
bool
mst_task_is_compensation(const Task *task)
{
	return task->spec->compensates != NO_TASK;
}

/*
 * Returns whether nothing more begins for the task, because its execution has
 * ended or undoes what such tasks have done.
 */
bool
mst_task_is_stopped(const Task *task)
{
	const ExecutionRow *exec = task->exec->row;

	return mst_state_is_completed(exec->state) ||
		(exec->rollback != NULL && !mst_task_is_compensation(task));
}

/* Returns the task that this one undoes; NULL: none, or it has been deleted. */
Task *
mst_task_compensated(EngineCall *call, const Task *task)
{
	return mst_task_is_compensation(task) ? mst_call_task(call, &task->row->compensates) : NULL;
}
