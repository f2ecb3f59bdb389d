/*-------------------------------------------------------------------------
 *
 * run_as.c
 *	  Running what users have written with the rights of a project.
 *
 * Queries and functions of users run in the transaction of the engine, which
 * may be a worker's or the session of somebody else.  So they get a
 * subtransaction, which is rolled back alone when they fail; the role of the
 * project, in a security-restricted operation, so that they can neither change
 * the role nor leave anything in the session; the search_path of that role;
 * and a limit of time.  Settings that they change are put back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "engine/data/run_as.h"
#include "store/role_path.h"
#include "util/guc.h"
#include "util/time_limit.h"
#include "util/transient.h"

/*
 * Makes the checks of deferred constraints, and deferred triggers, part of what
 * is run: at the end of the transaction they would run with the rights of
 * whoever ends it, which the server refuses.
 */
static void
check_constraints_now(void)
{
	ConstraintsSetStmt *stmt = makeNode(ConstraintsSetStmt);

	stmt->constraints = NIL;
	stmt->deferred = false;
	AfterTriggerSetState(stmt);
}

static void
become_role(const char *role_name)
{
	Oid			role = get_role_oid(role_name, false);
	const char *path = mst_role_search_path(role);

	SetUserIdAndSecContext(role, SECURITY_LOCAL_USERID_CHANGE |
						   SECURITY_RESTRICTED_OPERATION);
	(void) set_config_option("search_path", path, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	/* what the REST server vouches for is whoever has made the request */
	if (mst_api_admin)
		(void) set_config_option("mistral.api_admin", "off", PGC_SUSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
}

/* What the subtransaction does; the server restores XactReadOnly at its end. */
static void
run_body(const RunAs *run, void (*body) (void *arg), void *arg)
{
	int			guc_level = NewGUCNestLevel();

	if (run->is_immediate)
		check_constraints_now();
	become_role(run->role_name);
	if (run->is_read_only)
		XactReadOnly = true;
	body(arg);
	AtEOXact_GUC(false, guc_level);
}

/* Whatever it said in the end: it has taken too long. */
static void
say_timeout(const RunAs *run, ErrorData *error)
{
	error->sqlerrcode = ERRCODE_QUERY_CANCELED;
	error->message = psprintf("%s took longer than %d ms (%s)", run->what, run->limit_ms,
							  run->limit_setting);
	error->message_id = error->message;
	error->detail = NULL;
	error->hint = NULL;
}

/*
 * Calls body(arg) as a role, in a subtransaction that is rolled back when it
 * fails.  Returns NULL, or the error, in the current memory context, which is
 * also that of the call.  A cancel of the statement, and the end of a limit
 * outside, are raised on.
 */
ErrorData *
mst_run_as(const RunAs *run, void (*body) (void *arg), void *arg)
{
	MemoryContext caller_cxt = CurrentMemoryContext;
	ResourceOwner caller_owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	Oid			user;
	int			sec_context;
	TimeLimit	limit;

	GetUserIdAndSecContext(&user, &sec_context);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller_cxt);
	mst_time_limit_begin(&limit, run->limit_ms);
	PG_TRY();
	{
		run_body(run, body, arg);
		mst_time_limit_end(&limit);
		SetUserIdAndSecContext(user, sec_context);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller_cxt);
		error = CopyErrorData();
		FlushErrorState();
		mst_time_limit_end(&limit);
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller_cxt);
	CurrentResourceOwner = caller_owner;

	if (error != NULL && limit.is_over)
		say_timeout(run, error);
	/* whoever catches it next ends a subtransaction of its own */
	if (error != NULL && (mst_time_limit_is_over() || mst_error_is_cancel(error)))
		ReThrowError(error);
	return error;
}
