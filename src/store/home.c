/*-------------------------------------------------------------------------
 *
 * home.c
 *	  Is this database the home of the work that its tables hold?
 *
 * Each row of mistral.abode is an identity: the cluster's system identifier,
 * and the oids of the database, of the extension and of a function of it.
 * What the rows say:
 *
 *		only ours						settled
 *		ours and others, or marks		a dump was restored here, or rows were
 *										copied in: stands still
 *		the same cluster, another
 *		database						a copy by CREATE DATABASE: stands still,
 *										unless it holds no work
 *		another cluster, the same
 *		database, objects made anew		pg_upgrade: goes on
 *		none, or anything else			stands still
 *
 * A physical copy that takes over (a standby, recovery to a point in time) has
 * the same identity and goes on.  One that becomes a cluster of its own has
 * another system identifier and stands still.
 *
 * To read the table in each call would be cheap but not free.  While no
 * transaction is in doubt (worker/doubt.h), in any database, and none has been
 * since this backend found the table in order, it still is.  Without shared
 * memory (and workers) the table is read once in each transaction, and again
 * before its commit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

#include "signal/doubt.h"
#include "store/home.h"
#include "store/statement.h"

#define SCHEMA_NAME		"mistral"
#define TABLE_NAME		"abode"

/* the function whose oid tells whether the catalogs were made anew */
#define MARKER_FUNCTION	"resume_after_restore"

/* Columns of the table, in its order. */
enum
{
	ABODE_SYSTEM_ID,
	ABODE_DATABASE_ID,
	ABODE_EXTENSION_ID,
	ABODE_MARKER_ID,
	ABODE_IDENTITY_COLUMNS
};

typedef enum HomeState
{
	HOME_SETTLED,
	HOME_FOREIGN,
	HOME_COPIED,				/* by CREATE DATABASE, as a whole */
	HOME_UPGRADED				/* by pg_upgrade */
} HomeState;

typedef struct Identity
{
	int64		system_id;
	Oid			database_id;
	Oid			extension_id;
	Oid			marker_id;
} Identity;

/* At this number the table was in order; valid if is_known. */
static uint64 known_changes;
static bool is_known = false;

/* Of this transaction. */
static bool is_required = false;	/* passed mst_home_require() */
static bool is_in_doubt = false;	/* counted in shared memory */

/* This session has been warned that the database stands still. */
static bool has_told = false;

/* ---- the table ---- */

static Oid
abode_relid(void)
{
	Oid			schema = get_namespace_oid(SCHEMA_NAME, true);

	return OidIsValid(schema) ? get_relname_relid(TABLE_NAME, schema) : InvalidOid;
}

static Identity
own_identity(void)
{
	Identity	own;
	Oid			argtype = BOOLOID;

	own.system_id = (int64) GetSystemIdentifier();
	own.database_id = MyDatabaseId;
	own.extension_id = get_extension_oid("mistral", true);
	own.marker_id = GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid,
									CStringGetDatum(MARKER_FUNCTION),
									PointerGetDatum(buildoidvector(&argtype, 1)),
									ObjectIdGetDatum(get_namespace_oid(SCHEMA_NAME, false)));
	return own;
}

static Identity
read_identity(TupleTableSlot *slot)
{
	Identity	row;

	slot_getsomeattrs(slot, ABODE_IDENTITY_COLUMNS);
	row.system_id = DatumGetInt64(slot->tts_values[ABODE_SYSTEM_ID]);
	row.database_id = DatumGetObjectId(slot->tts_values[ABODE_DATABASE_ID]);
	row.extension_id = DatumGetObjectId(slot->tts_values[ABODE_EXTENSION_ID]);
	row.marker_id = DatumGetObjectId(slot->tts_values[ABODE_MARKER_ID]);
	return row;
}

/* Returns the state of this database by one row. */
static HomeState
judge_row(const Identity *row, const Identity *own)
{
	bool		same_cluster = row->system_id == own->system_id;
	bool		same_database = row->database_id == own->database_id;
	bool		same_extension = row->extension_id == own->extension_id;

	if (same_cluster && same_database && same_extension)
		return HOME_SETTLED;
	if (same_cluster && !same_database && same_extension)
		return HOME_COPIED;
	if (!same_cluster && same_database &&
		!(same_extension && row->marker_id == own->marker_id))
		return HOME_UPGRADED;
	return HOME_FOREIGN;
}

/*
 * Reads the table as of now: what has been committed, and what this
 * transaction has done.  All rows must say the same.
 */
static HomeState
read_table(void)
{
	Oid			relid = abode_relid();
	Relation	rel = OidIsValid(relid) ? try_table_open(relid, AccessShareLock) : NULL;
	Identity	own;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;
	HomeState	state = HOME_FOREIGN;
	int			nrows = 0;

	/* the extension has gone: there is nothing to be done at all */
	if (rel == NULL)
		return HOME_SETTLED;

	own = own_identity();
	snapshot = RegisterSnapshot(GetLatestSnapshot());
	slot = table_slot_create(rel, NULL);
	scan = table_beginscan(rel, snapshot, 0, NULL);
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		Identity	row = read_identity(slot);
		HomeState	judged = judge_row(&row, &own);

		state = nrows++ == 0 || judged == state ? judged : HOME_FOREIGN;
		if (state == HOME_FOREIGN)
			break;
	}
	table_endscan(scan);
	ExecDropSingleTupleTableSlot(slot);
	UnregisterSnapshot(snapshot);
	table_close(rel, AccessShareLock);
	return state;
}

/*
 * Returns whether there is anything that could be done twice, here and
 * where the rows came from.
 */
static bool
holds_work(void)
{
	static Statement find = {
		"SELECT 'work' WHERE EXISTS (SELECT FROM mistral.delayed_calls)"
		" OR EXISTS (SELECT FROM mistral.workflow_executions)"
		" OR EXISTS (SELECT FROM mistral.action_executions)"
		" OR EXISTS (SELECT FROM mistral.event_deliveries)",
		0, {0}
	};
	StatementArgs args = {0};

	return mst_statement_text(&find, &args) != NULL;
}

/* ---- doubt ---- */

/* Warns, once a session, what it means that rows were loaded. */
static void
tell_loader(void)
{
	if (!is_in_doubt || has_told || mst_home_is_settled())
		return;
	has_told = true;
	ereport(WARNING,
			(errmsg("the workflows of this database stand still"),
			 errdetail("It holds rows of workflows that were loaded from elsewhere."),
			 errhint("Call mistral.resume_after_restore() when all has been loaded.")));
}

/*
 * Raises an error if the answer of the first write does not hold at the
 * commit.
 */
static void
recheck_home(void)
{
	if (is_required && !mst_home_is_settled())
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("rows of workflows have been loaded into this database meanwhile"),
				 errhint("Call mistral.resume_after_restore() when all has been loaded.")));
}

static void
end_of_transaction(XactEvent event, void *arg)
{
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
		case XACT_EVENT_PRE_PREPARE:
			recheck_home();
			tell_loader();
			return;
		case XACT_EVENT_COMMIT:
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			is_required = false;
			if (is_in_doubt)
				mst_doubt_end();
			is_in_doubt = false;
			return;
		default:
			return;
	}
}

static void
follow_transactions(void)
{
	static bool is_registered = false;

	if (is_registered)
		return;
	RegisterXactCallback(end_of_transaction, NULL);
	is_registered = true;
}

/* ---- questions ---- */

/*
 * Returns the state, from what is known or from the table.  The table need not
 * be read when nothing has happened since it was found in order.
 */
static HomeState
find_state(void)
{
	DoubtView	view = mst_doubt_view();
	bool		is_quiet = view.is_shared && view.in_doubt == 0;
	HomeState	state;

	if (is_known && is_quiet && view.changes == known_changes)
		return HOME_SETTLED;

	state = read_table();
	is_known = state == HOME_SETTLED && is_quiet;
	known_changes = view.changes;
	return state;
}

/*
 * Returns whether work may be done in this database.  The answer covers
 * what the caller has read from tables before.  Changes nothing.
 */
bool
mst_home_is_settled(void)
{
	return find_state() == HOME_SETTLED;
}

/*
 * Returns whether work may be done in this database, and first settles one
 * that pg_upgrade has carried over, or a copy that holds no work.  For
 * workers, who may write.
 */
bool
mst_home_try_settle(void)
{
	HomeState	state = find_state();

	if (state == HOME_UPGRADED || (state == HOME_COPIED && !holds_work()))
	{
		mst_home_settle();
		return true;
	}
	return state == HOME_SETTLED;
}

/*
 * Raises an error unless work may be done in this database.  Looks again
 * before the transaction commits, in case others were loading rows
 * meanwhile.  Cheap enough for every call.
 */
void
mst_home_require(void)
{
	/* without shared memory the answer holds until the end of the transaction */
	if (is_required && !mst_doubt_view().is_shared)
		return;
	if (!mst_home_try_settle())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the workflows of this database stand still"),
				 errdetail("It was restored, replicated or copied, and nobody has said that they are to go on here."),
				 errhint("Call mistral.resume_after_restore() when all has been loaded.")));
	is_required = true;
	follow_transactions();
}

/*
 * Returns the number of problems that check() finds in the rows that were
 * loaded.
 */
int64
mst_home_count_problems(void)
{
	static Statement count = {
		"SELECT count(*)::text FROM mistral.violations", 0, {0}
	};
	StatementArgs args = {0};

	return pg_strtoint64(mst_statement_text(&count, &args));
}

/* ---- changes ---- */

static void
begin_change(void)
{
	follow_transactions();
	if (is_in_doubt)
		return;
	mst_doubt_begin();
	is_in_doubt = true;
}

/*
 * Has the database stand still from the commit on, by the word of an
 * administrator; "reason" is what people read.
 */
void
mst_home_unsettle(const char *reason)
{
	static Statement mark = {
		"INSERT INTO mistral.abode (system_id, database_id, extension_id, marker_id, source)"
		" VALUES (0, 0, 0, 0, $1)",
		1, {TEXTOID}
	};
	StatementArgs args = {0};

	begin_change();
	mst_arg_text(&args, reason);
	(void) mst_statement_execute(&mark, &args);
}

/*
 * Notes that this transaction loads rows into a table of ours, or has
 * changed the table of homes itself (relid): the database stands still when
 * it commits.
 *
 * One note is enough: once the lock is held no note can be taken away
 * before this transaction has ended.
 */
void
mst_home_note_load(Oid relid)
{
	Oid			abode = abode_relid();

	if (!OidIsValid(abode))
		return;
	begin_change();
	if (relid == abode)
		return;
	LockRelationOid(abode, RowExclusiveLock);
	if (read_table() == HOME_SETTLED)
		mst_home_unsettle(psprintf("rows were loaded into %s.%s",
								   SCHEMA_NAME, get_rel_name(relid)));
}

/*
 * Notes, before a COPY into a table of ours, that this transaction loads
 * rows.  Deletes the rows that the install script has made, which would
 * conflict with those that come; here and not in a trigger, because
 * triggers may be disabled.
 */
void
mst_home_prepare_copy(Oid relid)
{
	static Statement leave_maintenance = {"DELETE FROM mistral.maintenance", 0, {0}};
	static Statement leave_router = {
		"DELETE FROM mistral.event_consumers WHERE name = ''", 0, {0}
	};
	StatementArgs args = {0};
	const char *name = get_rel_name(relid);

	mst_home_note_load(relid);
	if (strcmp(name, "maintenance") == 0)
		(void) mst_statement_execute(&leave_maintenance, &args);
	else if (strcmp(name, "event_consumers") == 0)
		(void) mst_statement_execute(&leave_router, &args);
}

/*
 * Makes this database the home of its rows from the commit on, and puts
 * right what does not come along with rows (settle_rows() in
 * sql/restore.sql).  Waits for transactions that load rows, and they wait
 * for this one.
 */
void
mst_home_settle(void)
{
	static Statement forget = {"DELETE FROM mistral.abode", 0, {0}};
	static Statement note = {
		"INSERT INTO mistral.abode (system_id, database_id, extension_id, marker_id, source)"
		" VALUES ($1, $2, $3, $4, current_database())",
		4, {INT8OID, OIDOID, OIDOID, OIDOID}
	};
	static Statement put_right = {"SELECT mistral.settle_rows()", 0, {0}};
	Identity	own = own_identity();
	StatementArgs none = {0};
	StatementArgs args = {0};

	begin_change();
	LockRelationOid(abode_relid(), ShareRowExclusiveLock);
	if (read_table() == HOME_SETTLED)
		return;
	(void) mst_statement_execute(&put_right, &none);
	mst_arg_datum(&args, Int64GetDatum(own.system_id), false);
	mst_arg_datum(&args, ObjectIdGetDatum(own.database_id), false);
	mst_arg_datum(&args, ObjectIdGetDatum(own.extension_id), false);
	mst_arg_datum(&args, ObjectIdGetDatum(own.marker_id), false);
	(void) mst_statement_execute(&forget, &none);
	(void) mst_statement_execute(&note, &args);
	has_told = false;
}
