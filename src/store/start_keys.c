/*-------------------------------------------------------------------------
 *
 * start_keys.c
 *	  Keys of executions: which of those with one key may run.
 *
 * A key is the project's own name for what an execution is about, an order
 * for example.  Each key in use has a row in start_keys.  Its row lock
 * orders the starts with the key, and whoever passes the turn on: a start
 * waits for a transaction that starts with the same key and has not ended,
 * and sees what it has done.  A row lock and not an advisory one, because a
 * statement may start very many executions.
 *
 * The row names the execution whose turn it is: the last one with the key
 * that was allowed to begin.  Those that wait for it are in start_queue, in
 * the order in which they came.  The row lock is taken by transactions that
 * hold no lock on an execution with the key, or want none, so it closes no
 * circle of waits.
 *
 * Statements are enough here: starts without a key read none of this.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "store/call_kinds.h"
#include "store/delayed_calls.h"
#include "store/lookups.h"
#include "store/start_keys.h"
#include "store/statement.h"
#include "util/json.h"
#include "util/uuid.h"

static void
arg_key(StatementArgs *args, const char *project, const char *key)
{
	mst_arg_text(args, project);
	mst_arg_text(args, key);
}

/* Runs a statement that returns an id; false if it returns no row. */
static bool
fetch_id(Statement *statement, const StatementArgs *args, pg_uuid_t *id)
{
	char	   *text = mst_statement_text(statement, args);

	if (text == NULL)
		return false;
	if (!mst_uuid_parse(text, id))
		elog(ERROR, "malformed id of an execution");
	return true;
}

/*
 * Locks a key until the transaction ends, and returns the execution whose
 * turn it is in *turn: none for a key that nobody has used.  Without
 * "create" such a key is not made, and false is returned.
 */
bool
mst_start_key_lock(const char *project, const char *key, bool create, pg_uuid_t *turn)
{
	static Statement lock = {
		"SELECT turn_id FROM mistral.start_keys"
		" WHERE project_id = $1 AND key = $2 FOR UPDATE",
		2, {TEXTOID, TEXTOID}
	};
	static Statement insert = {
		"INSERT INTO mistral.start_keys (project_id, key, turn_id)"
		" VALUES ($1, $2, '00000000-0000-0000-0000-000000000000') ON CONFLICT DO NOTHING",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	*turn = mst_uuid_none;

	/* a key that is forgotten between the two statements is made again */
	while (!fetch_id(&lock, &args, turn))
	{
		if (!create)
			return false;
		if (mst_statement_execute(&insert, &args) > 0)
			return true;
	}
	return true;
}

/* Makes it the turn of an execution; the caller has locked the key. */
void
mst_start_key_set_turn(const char *project, const char *key, const pg_uuid_t *turn)
{
	static Statement set = {
		"UPDATE mistral.start_keys SET turn_id = $3 WHERE project_id = $1 AND key = $2",
		3, {TEXTOID, TEXTOID, UUIDOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	mst_arg_uuid(&args, turn);
	(void) mst_statement_execute(&set, &args);
}

/* Returns the newest execution with the key; false if there is none. */
bool
mst_start_key_newest(const char *project, const char *key, pg_uuid_t *execution_id)
{
	static Statement newest = {
		"SELECT id FROM mistral.workflow_executions WHERE project_id = $1 AND key = $2"
		" ORDER BY created_at DESC, id DESC LIMIT 1",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	return fetch_id(&newest, &args, execution_id);
}

/* Removes a key that no execution has any more; the caller has locked it. */
void
mst_start_key_forget(const char *project, const char *key)
{
	static Statement forget = {
		"DELETE FROM mistral.start_keys WHERE project_id = $1 AND key = $2",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	(void) mst_statement_execute(&forget, &args);
}

/*
 * Leaves a call that passes the turn on, because an execution with the key has
 * ended or is being deleted.  It is not done here, since that would keep the
 * key locked until a user's transaction ends.  The call has no key of its own:
 * one that is stored already may be run before this transaction commits.
 */
void
mst_start_key_pass_later(const char *project, const char *key)
{
	DelayedCallRow *call = palloc0(sizeof(DelayedCallRow));

	call->row.is_new = true;
	call->created_at = GetCurrentTimestamp();
	call->due_at = call->created_at;
	call->kind = mst_call_kind_name(CALL_PASS_START_KEY);
	call->project_id = pstrdup(project);
	call->args = mst_json_object1("key", mst_json_text(key));
	mst_store_insert_delayed_calls(&call, 1);
}

/* Returns the key of the delayed call that begins an execution, palloc'd. */
char *
mst_start_call_key(const pg_uuid_t *execution_id)
{
	return psprintf("begin-%s", mst_uuid_text(execution_id));
}

/* ---- those that wait ---- */

/* Adds an execution as the last of those that wait for their turn. */
void
mst_start_queue_add(const char *project, const char *key, const pg_uuid_t *execution_id)
{
	/* the clock is read under the lock of the key, so it orders them */
	static Statement add = {
		"INSERT INTO mistral.start_queue (project_id, key, execution_id, queued_at)"
		" SELECT $1, $2, $3, greatest(clock_timestamp(),"
		"   (SELECT max(q.queued_at) + interval '1 us' FROM mistral.start_queue q"
		"     WHERE q.project_id = $1 AND q.key = $2))",
		3, {TEXTOID, TEXTOID, UUIDOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	mst_arg_uuid(&args, execution_id);
	(void) mst_statement_execute(&add, &args);
}

/* Returns the execution that waits longest; false if none waits. */
bool
mst_start_queue_first(const char *project, const char *key, pg_uuid_t *execution_id)
{
	static Statement first = {
		"SELECT execution_id FROM mistral.start_queue WHERE project_id = $1 AND key = $2"
		" ORDER BY queued_at LIMIT 1",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	arg_key(&args, project, key);
	return fetch_id(&first, &args, execution_id);
}

/* Returns whether the execution waits for its turn. */
bool
mst_start_queue_has(const pg_uuid_t *execution_id)
{
	static Statement find = {
		"SELECT execution_id FROM mistral.start_queue WHERE execution_id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};
	pg_uuid_t	found;

	mst_arg_uuid(&args, execution_id);
	return fetch_id(&find, &args, &found);
}

/* Removes an execution from those that wait; nothing if it does not. */
void
mst_start_queue_remove(const pg_uuid_t *execution_id)
{
	static Statement remove = {
		"DELETE FROM mistral.start_queue WHERE execution_id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, execution_id);
	(void) mst_statement_execute(&remove, &args);
}
