/*-------------------------------------------------------------------------
 *
 * turns.c
 *	  Starts that are put off: until a time, or until it is their turn.
 *
 * An execution that is put off is made with all its checks, and stays IDLE.
 * A delayed call begins it when its time has come.  One that is queued under
 * its key has no call: when an execution with the key ends or is deleted, a
 * call of its own passes the turn to the one that waits longest, as soon as
 * the one whose turn it was has ended.  So the turn never depends on the order
 * in which executions end, and one that is cancelled while it waits lets
 * nobody begin early.
 *
 * In maintenance an execution whose time has come is made RUNNING and paused
 * before its first task, as those are that events start.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "engine/calls/maintenance_mode.h"
#include "engine/calls/turns.h"
#include "engine/work/exec_make.h"
#include "store/access.h"
#include "store/executions.h"
#include "store/maintenance.h"
#include "store/start_keys.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/*
 * Returns whether the execution whose turn it is has not ended.  One that runs a
 * query of which this call is part may have no row yet.
 */
static bool
has_turn(const pg_uuid_t *turn)
{
	ExecutionRow *row;

	if (mst_store_execution_is_held(turn))
		return true;
	row = mst_store_execution(turn, LOCK_NONE, NULL);
	return row != NULL && !mst_state_is_completed(row->state);
}

/* ---- keys ---- */

/*
 * Raises an error that names the execution with the key, whose project is
 * that of the start, so that its user may see it.
 */
static void
refuse_key(const StartRequest *request, const ExecutionRow *row)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_DUPLICATE),
			 errmsg("execution %s of workflow %s has the key \"%s\"",
					mst_uuid_text(&row->id), row->workflow_name, request->key),
			 errdetail("It is in state %s.", mst_state_name(row->state)),
			 errhint("Choose another key; or have the start wait with on_conflict => 'queue'.")));
}

/* Refuses to return an execution that has no row yet. */
static void
refuse_own_key(const StartRequest *request, const pg_uuid_t *turn)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("execution %s has the key \"%s\", and runs the query that starts another",
					mst_uuid_text(turn), request->key),
			 errhint("Choose another key; or have the start wait with on_conflict => 'queue'.")));
}

/*
 * Refuses to return an execution of another workflow than the one that is to
 * be started: the caller would take it for its own.
 */
static void
check_same_workflow(const StartRequest *request, const char *project, const ExecutionRow *row)
{
	WorkflowRef ref;

	if (request->workflow == NULL ||
		!mst_definition_find_workflow(request->workflow,
									  request->namespace != NULL ? request->namespace : "",
									  project, &ref))
		return;
	if (strcmp(ref.name, row->workflow_name) != 0 || strcmp(ref.namespace, row->namespace) != 0)
		refuse_key(request, row);
}

/*
 * Returns whether a start has to wait for others with the key, which is
 * locked; if not, it is its turn from now on.
 */
static bool
must_queue(const char *project, const char *key, const pg_uuid_t *turn, const pg_uuid_t *id)
{
	pg_uuid_t	first;

	if (has_turn(turn) ||
		mst_start_queue_first(project, key, &first))
		return true;
	mst_start_key_set_turn(project, key, id);
	return false;
}

/*
 * Locks the key of a start.  Returns the execution that has it and is to be
 * returned; NULL if one is to be made, whose id is then in the request, and
 * which waits if it is in the queue.  Raises an error if the key is taken
 * and the request refuses that.
 */
Execution *
mst_start_take_key(EngineCall *call, StartRequest *request)
{
	const char *project = request->project_id != NULL ? request->project_id :
	mst_current_project();
	pg_uuid_t	turn;
	pg_uuid_t	newest;

	(void) mst_start_key_lock(project, request->key, true, &turn);
	if (request->on_conflict != CONFLICT_QUEUE &&
		mst_start_key_newest(project, request->key, &newest))
	{
		Execution  *exec = mst_call_execution(call, &newest, LOCK_NONE, NULL);

		if (exec == NULL)
			elog(ERROR, "execution with a key is gone");
		if (request->on_conflict == CONFLICT_REFUSE)
			refuse_key(request, exec->row);
		check_same_workflow(request, project, exec->row);
		return exec;
	}
	if (request->on_conflict != CONFLICT_QUEUE && mst_store_execution_is_held(&turn))
		refuse_own_key(request, &turn);
	if (mst_uuid_is_none(&request->execution_id))
		request->execution_id = mst_uuid_new();
	if (must_queue(project, request->key, &turn, &request->execution_id))
		mst_start_queue_add(project, request->key, &request->execution_id);
	return NULL;
}

/* ---- putting off ---- */

/* Leaves the call that begins an execution. */
static void
begin_at(EngineCall *call, Execution *exec, TimestampTz due)
{
	mst_call_delay(call, CALL_BEGIN_EXECUTION, exec, NULL, due, mst_start_call_key(&exec->id), NULL);
}

/*
 * Leaves a new execution IDLE if its time has not come, or it is queued.
 * False: it is to begin now.
 */
bool
mst_start_put_off(EngineCall *call, Execution *exec, const StartRequest *request)
{
	bool		is_early = request->start_at > call->now;

	if (request->start_at != 0)
		exec->data->start_at = request->start_at;
	if (request->key != NULL && mst_start_queue_has(&exec->id))
		return true;
	if (is_early)
		begin_at(call, exec, request->start_at);
	return is_early;
}

/* Returns the execution above, if it has been paused while this one waited to begin. */
static Execution *
paused_above(EngineCall *call, Execution *exec)
{
	TaskRow    *task = mst_uuid_is_none(&exec->row->parent_task_id) ? NULL :
	mst_store_task(&exec->row->parent_task_id);
	Execution  *parent = task == NULL ? NULL :
	mst_call_execution(call, &task->execution_id, LOCK_NONE, NULL);

	return parent != NULL && parent->row->state == MST_STATE_PAUSED ? parent : NULL;
}

static void
begin_execution(EngineCall *call, Execution *exec)
{
	bool		is_held = mst_maintenance_is_on();
	Execution  *above;

	mst_execution_begin(call, exec);
	if (exec->row->state != MST_STATE_RUNNING)
		return;
	above = paused_above(call, exec);
	if (above != NULL)
		mst_execution_pause(call, exec, NULL, above->row->paused_by_maintenance ?
							NULL : mst_pause_by_execution(&above->id));
	else if (is_held)
		mst_maintenance_hold(call, exec);
}

/*
 * Begins an execution because a user wants it before its time.  Its turn
 * cannot be taken before others.
 */
void
mst_start_begin_now(EngineCall *call, Execution *exec)
{
	if (exec->row->key != NULL && mst_start_queue_has(&exec->id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("execution %s waits for others with its key \"%s\"",
						mst_uuid_text(&exec->id), exec->row->key),
				 errhint("It begins when they have ended; cancel them, or let them end.")));
	mst_store_delete_delayed_call(mst_start_call_key(&exec->id));
	begin_execution(call, exec);
}

/* Begins an execution whose time has come, unless it has begun, or ended. */
void
mst_start_begin_due(EngineCall *call, Execution *exec)
{
	if (exec->row->state == MST_STATE_IDLE)
		begin_execution(call, exec);
}

/* ---- passing the turn ---- */

/*
 * Takes the execution that waits longest out of the queue; NULL if none is
 * left.  Those that have ended in the queue are passed over.
 */
static Execution *
take_first(EngineCall *call, const char *project, const char *key)
{
	pg_uuid_t	id;

	while (mst_start_queue_first(project, key, &id))
	{
		Execution  *exec = mst_call_execution(call, &id, LOCK_NONE, NULL);

		mst_start_queue_remove(&id);
		if (exec != NULL && exec->row->state == MST_STATE_IDLE)
			return exec;
	}
	return NULL;
}

/*
 * Lets the next execution with the key begin if the one whose turn it was
 * has ended; forgets a key that no execution has any more.
 */
void
mst_start_pass_turn(const char *project, const char *key)
{
	EngineCall *call;
	Execution  *next;
	pg_uuid_t	turn;
	pg_uuid_t	newest;

	if (!mst_start_key_lock(project, key, false, &turn) ||
		has_turn(&turn))
		return;
	call = mst_call_begin();
	next = take_first(call, project, key);
	if (next != NULL)
	{
		mst_start_key_set_turn(project, key, &next->id);
		begin_at(call, next, Max(call->now, mst_execution_data(next)->start_at));
	}
	else if (!mst_start_key_newest(project, key, &newest))
		mst_start_key_forget(project, key);
	mst_call_finish(call);
}
