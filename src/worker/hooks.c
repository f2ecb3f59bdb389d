/*-------------------------------------------------------------------------
 *
 * hooks.c
 *	  Commands that workers must know about: of databases, of the extension,
 *	  and of prepared transactions.
 *
 * DROP DATABASE and the other commands that need a database without sessions
 * first have the workers of that database leave, and let them come back when
 * the command is done.  CREATE DATABASE may copy the extension, so the
 * launcher looks at the new database.  DROP EXTENSION wakes the workers of
 * this database, which then find the extension gone, and takes the jobs of
 * cron triggers along.  COMMIT PREPARED makes visible what another transaction
 * did, so it wakes everybody.  COPY into one of our tables loads rows that came
 * from elsewhere, so that the database stands still afterwards (store/home.h);
 * here it is seen also with triggers switched off.
 *
 * The hooks are installed under shared_preload_libraries only: without, there
 * are no workers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_extension.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "storage/ipc.h"
#include "storage/procarray.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "signal/doubt.h"
#include "signal/wake.h"
#include "store/home.h"
#include "store/triggers.h"
#include "util/compat.h"
#include "worker/workers.h"

#define LEAVE_POLL_MS		10
#define LEAVE_ASK_MS		2000	/* then they are terminated */
#define LEAVE_LIMIT_MS		4000

static ProcessUtility_hook_type prev_utility_hook = NULL;
static object_access_hook_type prev_object_hook = NULL;

/* Requests to the launcher for when this transaction commits. */
static struct
{
	bool		is_any;
	bool		look_here;		/* the launcher shall look at this database */
	bool		tell_absent;	/* say that there will be no workers */
	List	   *look_at;		/* oids of databases, in TopTransactionContext */
}			at_commit;


static void
commit_callback(XactEvent event, void *arg)
{
	ListCell   *lc;

	if (!at_commit.is_any)
		return;
	if (event == XACT_EVENT_PRE_COMMIT && at_commit.tell_absent)
		ereport(NOTICE,
				(errmsg("no workers of mistral run in this server"),
				 errdetail("Delayed work is done only when mistral.run_due_calls() is called."),
				 errhint("Add mistral to shared_preload_libraries and restart the server.")));
	if (event == XACT_EVENT_COMMIT)
	{
		if (at_commit.look_here)
			mst_launcher_request(MyDatabaseId);
		foreach(lc, at_commit.look_at)
			mst_launcher_request(lfirst_oid(lc));
	}
	else if (event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
		return;
	memset(&at_commit, 0, sizeof(at_commit));
}

static void
begin_at_commit(void)
{
	static bool is_registered = false;

	if (!is_registered)
	{
		RegisterXactCallback(commit_callback, NULL);
		is_registered = true;
	}
	at_commit.is_any = true;
}

static void
look_at_commit(Oid database_id)
{
	MemoryContext old_cxt = MemoryContextSwitchTo(TopTransactionContext);

	begin_at_commit();
	at_commit.look_at = lappend_oid(at_commit.look_at, database_id);
	MemoryContextSwitchTo(old_cxt);
}

/* Only who may do what the command does may send the workers away. */
static bool
may_change_database(Oid database_id)
{
	HeapTuple	tuple = SearchSysCache1(DATABASEOID, ObjectIdGetDatum(database_id));
	bool		may = false;

	if (HeapTupleIsValid(tuple))
	{
		may = has_privs_of_role(GetUserId(),
								((Form_pg_database) GETSTRUCT(tuple))->datdba);
		ReleaseSysCache(tuple);
	}
	return may;
}

/* Sets leaving_for, tells the workers, and returns how many are still there. */
static int
ask_to_leave(DatabaseSlot *slot, bool terminate)
{
	Latch	   *latches[MST_MAX_WORKERS];
	int			pids[MST_MAX_WORKERS];
	int			n = 0;

	SpinLockAcquire(&slot->mutex);
	for (int i = 0; i < MST_MAX_WORKERS; i++)
	{
		WorkerSlot *worker = mst_shared_worker(slot, i);

		if (worker->latch == NULL)
			continue;
		latches[n] = worker->latch;
		pids[n++] = worker->pid;
	}
	SpinLockRelease(&slot->mutex);

	for (int i = 0; i < n; i++)
	{
		if (terminate && BackendPidGetProc(pids[i]) != NULL)
			(void) kill(pids[i], SIGTERM);
		else
			SetLatch(latches[i]);
	}
	return n;
}

/*
 * Tells the launcher that the workers of a database shall leave; NULL when
 * none run there, or the user may not do that.
 */
static pg_noinline DatabaseSlot *
send_workers_away(Oid database_id)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;

	if (shared == NULL || !OidIsValid(database_id) ||
		!may_change_database(database_id))
		return NULL;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(database_id, false);
	if (slot != NULL)
		slot->leaving_for = MyProcPid;
	LWLockRelease(shared->lock);
	return slot;
}

/* Has the workers leave, and waits for a while until they have. */
static void
wait_for_leave(DatabaseSlot *slot)
{
	TimestampTz start = GetCurrentTimestamp();

	for (;;)
	{
		TimestampTz now = GetCurrentTimestamp();

		CHECK_FOR_INTERRUPTS();
		if (ask_to_leave(slot, TimestampDifferenceExceeds(start, now, LEAVE_ASK_MS)) == 0 ||
			TimestampDifferenceExceeds(start, now, LEAVE_LIMIT_MS))
			break;
		pg_usleep(LEAVE_POLL_MS * 1000L);
	}
}

/* Lets the workers come back; forgets the slot of a database that has gone. */
static void
call_workers_back(Oid database_id, bool is_gone)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;
	Latch	   *latch;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(database_id, false);
	if (slot != NULL)
	{
		if (slot->leaving_for == MyProcPid)
			slot->leaving_for = 0;
		if (is_gone)
			slot->database_id = InvalidOid;
	}
	latch = shared->launcher;
	LWLockRelease(shared->lock);
	if (latch != NULL)
		SetLatch(latch);
}

/* Returns the value of an option of CREATE DATABASE, or NULL. */
static char *
find_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = (DefElem *) lfirst(lc);

		if (strcmp(option->defname, name) == 0 && option->arg != NULL)
			return defGetString(option);
	}
	return NULL;
}

/*
 * Returns the database that must be without sessions for the command, if any.
 */
static Oid
database_to_clear(Node *command)
{
	char	   *name = NULL;

	switch (nodeTag(command))
	{
		case T_DropdbStmt:
			name = ((DropdbStmt *) command)->dbname;
			break;
		case T_CreatedbStmt:
			name = find_option(((CreatedbStmt *) command)->options, "template");
			if (name == NULL)
				name = "template1";
			break;
		case T_RenameStmt:
			if (((RenameStmt *) command)->renameType == OBJECT_DATABASE)
				name = ((RenameStmt *) command)->subname;
			break;
		case T_AlterDatabaseStmt:
			if (find_option(((AlterDatabaseStmt *) command)->options, "tablespace"))
				name = ((AlterDatabaseStmt *) command)->dbname;
			break;
		default:
			break;
	}
	return name == NULL ? InvalidOid : get_database_oid(name, true);
}

/* Runs the command with the workers of a database away. */
static void
run_without_workers(Oid database_id, void (*run) (void *arg), void *arg,
					Node *command)
{
	DatabaseSlot *slot = send_workers_away(database_id);
	volatile bool done = false;

	if (slot == NULL)
	{
		run(arg);
		return;
	}
	PG_TRY();
	{
		wait_for_leave(slot);
		run(arg);
		done = true;
	}
	PG_FINALLY();
	{
		call_workers_back(database_id, done && IsA(command, DropdbStmt));
	}
	PG_END_TRY();
}

typedef struct UtilityCall
{
	PlannedStmt *pstmt;
	const char *queryString;
	bool		readOnlyTree;
	ProcessUtilityContext context;
	ParamListInfo params;
	QueryEnvironment *queryEnv;
	DestReceiver *dest;
	QueryCompletion *qc;
} UtilityCall;

static void
run_utility(void *arg)
{
	UtilityCall *call = (UtilityCall *) arg;

	if (prev_utility_hook)
		prev_utility_hook(call->pstmt, call->queryString, call->readOnlyTree,
						  call->context, call->params, call->queryEnv,
						  call->dest, call->qc);
	else
		standard_ProcessUtility(call->pstmt, call->queryString, call->readOnlyTree,
								call->context, call->params, call->queryEnv,
								call->dest, call->qc);
}

/* Notes the rows that a COPY is about to load into a table of ours. */
static void
note_copy(const CopyStmt *copy)
{
	Oid			relid;

	if (!copy->is_from || copy->relation == NULL)
		return;
	relid = RangeVarGetRelid(copy->relation, NoLock, true);
	if (OidIsValid(relid) &&
		get_rel_namespace(relid) == get_namespace_oid("mistral", true) &&
		getExtensionOfObject(RelationRelationId, relid) ==
		get_extension_oid("mistral", true))
		mst_home_prepare_copy(relid);
}

/* Rows of a prepared transaction appear: among them may be loaded ones. */
static void
run_commit_prepared(UtilityCall *call)
{
	mst_doubt_begin();
	PG_TRY();
	{
		run_utility(call);
	}
	PG_FINALLY();
	{
		mst_doubt_end();
	}
	PG_END_TRY();
	mst_wake_everybody();
}

static void
follow_utility(PlannedStmt *pstmt, const char *queryString, bool readOnlyTree,
			   ProcessUtilityContext context, ParamListInfo params,
			   QueryEnvironment *queryEnv, DestReceiver *dest,
			   QueryCompletion *qc)
{
	UtilityCall call = {pstmt, queryString, readOnlyTree, context, params,
	queryEnv, dest, qc};
	Node	   *command = pstmt->utilityStmt;
	bool		is_commit_prepared = IsA(command, TransactionStmt) &&
	((TransactionStmt *) command)->kind == TRANS_STMT_COMMIT_PREPARED;
	char	   *new_database = NULL;
	Oid			database_id = InvalidOid;

	/* a command that ends the transaction may free its own tree */
	if (IsA(command, CreatedbStmt))
		new_database = ((CreatedbStmt *) command)->dbname;
	if (IsTransactionState())
		database_id = database_to_clear(command);
	if (IsA(command, CopyStmt))
		note_copy((CopyStmt *) command);
	if (OidIsValid(database_id))
		run_without_workers(database_id, run_utility, &call, command);
	else if (is_commit_prepared)
		run_commit_prepared(&call);
	else
		run_utility(&call);

	if (new_database != NULL)
	{
		database_id = get_database_oid(new_database, true);
		if (OidIsValid(database_id))
			look_at_commit(database_id);
	}
}

static void
follow_object_access(ObjectAccessType access, Oid class_id, Oid object_id,
					 int sub_id, void *arg)
{
	if (prev_object_hook)
		prev_object_hook(access, class_id, object_id, sub_id, arg);

	if (access == OAT_DROP && class_id == ExtensionRelationId &&
		object_id == get_extension_oid("mistral", true))
	{
		mst_wake_everybody_at_commit();
		mst_cron_job_remove_all();
	}
}

/* Follow commands that concern databases and this extension. */
void
mst_hooks_install(void)
{
	prev_utility_hook = ProcessUtility_hook;
	ProcessUtility_hook = follow_utility;
	prev_object_hook = object_access_hook;
	object_access_hook = follow_object_access;
}

/*
 * Has the workers of this database run from the commit on.  Says so when they
 * cannot, just before the commit: the notices of install scripts are not shown.
 */
void
mst_workers_start_at_commit(void)
{
	begin_at_commit();
	at_commit.look_here = true;
	at_commit.tell_absent = mst_shared() == NULL;
}
