/*-------------------------------------------------------------------------
 *
 * maintenance.c
 *	  The state of maintenance, and the calls that bring it about.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/maintenance.h"
#include "store/statement.h"

char *
mst_maintenance_lock(void)
{
	static Statement lock = {
		"SELECT status FROM mistral.maintenance FOR UPDATE", 0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&lock, &args);
}

void
mst_maintenance_set(const char *status)
{
	static Statement set = {
		"UPDATE mistral.maintenance SET status = $1", 1, {TEXTOID}
	};
	StatementArgs args = {0};

	mst_arg_text(&args, status);
	(void) mst_statement_execute(&set, &args);
}

void
mst_maintenance_pause_all(void)
{
	/* executions below others are paused with these */
	static Statement calls = {
		"INSERT INTO mistral.delayed_calls"
		" (due_at, created_at, execution_id, root_id, kind, project_id)"
		" SELECT now(), now(), id, id, '" MAINTENANCE_PAUSE "', project_id"
		" FROM mistral.workflow_executions"
		" WHERE state = 'R' AND parent_task_id IS NULL",
		0, {0}
	};
	StatementArgs args = {0};

	(void) mst_statement_execute(&calls, &args);
}

void
mst_maintenance_resume_all(void)
{
	static Statement forget = {
		"DELETE FROM mistral.delayed_calls"
		" WHERE kind IN ('" MAINTENANCE_PAUSE "', '" MAINTENANCE_CHECK "')",
		0, {0}
	};
	static Statement calls = {
		"INSERT INTO mistral.delayed_calls"
		" (due_at, created_at, execution_id, root_id, kind, project_id)"
		" SELECT now(), now(), id, id, '" MAINTENANCE_RESUME "', project_id"
		" FROM mistral.workflow_executions WHERE state = 'P' AND paused_by_maintenance",
		0, {0}
	};
	StatementArgs args = {0};

	(void) mst_statement_execute(&forget, &args);
	(void) mst_statement_execute(&calls, &args);
}

void
mst_maintenance_check_later(void)
{
	static Statement call = {
		"INSERT INTO mistral.delayed_calls (due_at, created_at, kind, project_id)"
		" VALUES (clock_timestamp() + interval '1 s', now(), '" MAINTENANCE_CHECK "', current_user)",
		0, {0}
	};
	StatementArgs args = {0};

	(void) mst_statement_execute(&call, &args);
}

bool
mst_maintenance_is_quiet(void)
{
	static Statement busy = {
		"SELECT 'busy' WHERE EXISTS"
		" (SELECT 1 FROM mistral.delayed_calls"
		"   WHERE kind = '" MAINTENANCE_PAUSE "' AND NOT is_dead)"
		" OR EXISTS"
		" (SELECT 1 FROM mistral.workflow_executions e"
		"   JOIN mistral.task_executions t ON t.execution_id = e.id"
		"   WHERE e.state IN ('I', 'R', 'P') AND t.state = 'R' AND t.type = 'A')",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&busy, &args) == NULL;
}
