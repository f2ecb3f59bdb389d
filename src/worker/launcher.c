/*-------------------------------------------------------------------------
 *
 * launcher.c
 *	  The one worker of the cluster that starts the workers of databases.
 *
 * The launcher is connected to no database.  At its start it looks at every
 * database, later at those it is asked about (CREATE EXTENSION, CREATE
 * DATABASE).  Only a session in a database can tell whether the extension is
 * there, so looking means to take a slot in shared memory and to start the
 * first scheduler: that frees the slot and ends when it does not find the
 * extension, and marks the slot as probed when it does.  For each database
 * with a probed slot the launcher keeps the schedulers and the dispatcher
 * running, and starts them again, ever more slowly, when they die.
 *
 *		unknown --> slot taken, first scheduler runs
 *						--no extension--> slot freed
 *						--extension--> probed: all workers run
 *							--extension dropped--> slot freed
 *							--leaving--> workers end; run again afterwards
 *
 * Starting a worker takes a slot of max_worker_processes.  While there are not
 * enough, the databases take turns: each gets its first scheduler, and its
 * first slow one when it has calls for that, for a moment at least; other
 * workers have to wait.  Nothing depends on them: without a dispatcher the
 * transactions themselves notify.  The launcher warns once;
 * stat_worker_slots shows it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/procarray.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "util/compat.h"
#include "util/guc.h"
#include "worker/workers.h"

#define MAX_PROBES			4	/* databases being looked at at a time */
#define LOOK_RETRY_MS		1000	/* no free worker slot */
#define TURN_MS				1000	/* how long a worker may stay then */
#define SHORT_MS			30000	/* after a lack, only what is essential
									 * starts */
#define LEAVING_CHECK_MS	1000
#define MIN_RESTART_MS		1000
#define MAX_RESTART_MS		60000
#define STABLE_MS			30000	/* lived that long: start again at once */
#define MAX_FAILED_PROBES	10	/* then nobody can connect to the database */

/* A worker that runs or that is to be started again. */
typedef struct Launched
{
	Oid			database_id;
	WorkerKind	kind;
	int			number;
	BackgroundWorkerHandle *handle; /* NULL: not running */
	TimestampTz started_at;
	TimestampTz start_after;
	long		delay_ms;
	int			ends;			/* how often it has ended */
	bool		is_yielding;	/* has been asked to end */
} Launched;

static const struct
{
	const char *function;
	const char *type;
}			worker_names[] = {
	[WORKER_SCHEDULER] = {"mistral_scheduler_main", "mistral scheduler"},
	[WORKER_SLOW_SCHEDULER] = {"mistral_slow_scheduler_main", "mistral slow_scheduler"},
	[WORKER_DISPATCHER] = {"mistral_dispatcher_main", "mistral dispatcher"}
};

static List *launched = NIL;	/* of Launched * */
static List *unknown = NIL;		/* oids of databases to look at */
static TimestampTz short_until = 0; /* worker slots of the server are short */

PGDLLEXPORT void mistral_launcher_main(Datum main_arg);

/* Registers the launcher; called by _PG_init at server start. */
void
mst_launcher_register(void)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = 5;
	strlcpy(worker.bgw_library_name, "mistral", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "mistral_launcher_main", BGW_MAXLEN);
	strlcpy(worker.bgw_name, "mistral launcher", BGW_MAXLEN);
	strlcpy(worker.bgw_type, "mistral launcher", BGW_MAXLEN);
	RegisterBackgroundWorker(&worker);
}

/* Has the launcher look at a database (InvalidOid: at all of them) now. */
void
mst_launcher_request(Oid database_id)
{
	SharedState *shared = mst_shared();
	Latch	   *latch;

	if (shared == NULL)
		return;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	if (!OidIsValid(database_id) || shared->nrequests == MST_MAX_REQUESTS)
		shared->look_again = true;
	else
		shared->requests[shared->nrequests++] = database_id;
	latch = shared->launcher;
	LWLockRelease(shared->lock);
	if (latch != NULL)
		SetLatch(latch);
}

/* Has the launcher look at the workers that it keeps running now. */
void
mst_launcher_wake(void)
{
	SharedState *shared = mst_shared();
	Latch	   *latch;

	LWLockAcquire(shared->lock, LW_SHARED);
	latch = shared->launcher;
	LWLockRelease(shared->lock);
	if (latch != NULL)
		SetLatch(latch);
}

static void
forget_launcher(int code, Datum arg)
{
	SharedState *shared = mst_shared();

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->launcher = NULL;
	LWLockRelease(shared->lock);
}

static Launched *
find_launched(Oid database_id, WorkerKind kind, int number)
{
	ListCell   *lc;

	foreach(lc, launched)
	{
		Launched   *worker = (Launched *) lfirst(lc);

		if (worker->database_id == database_id && worker->kind == kind &&
			worker->number == number)
			return worker;
	}
	return NULL;
}

static Launched *
add_launched(Oid database_id, WorkerKind kind, int number)
{
	Launched   *worker = palloc0(sizeof(Launched));

	worker->database_id = database_id;
	worker->kind = kind;
	worker->number = number;
	launched = lappend(launched, worker);
	return worker;
}

/* Asks the postmaster to start a worker.  False: no slot is free. */
static bool
start_worker(Launched *launch)
{
	BackgroundWorker worker;

	memset(&worker, 0, sizeof(worker));
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	worker.bgw_main_arg = ObjectIdGetDatum(launch->database_id);
	memcpy(worker.bgw_extra, &launch->number, sizeof(int));
	strlcpy(worker.bgw_library_name, "mistral", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, worker_names[launch->kind].function, BGW_MAXLEN);
	strlcpy(worker.bgw_type, worker_names[launch->kind].type, BGW_MAXLEN);
	if (launch->kind == WORKER_DISPATCHER)
		snprintf(worker.bgw_name, BGW_MAXLEN, "%s for database %u",
				 worker.bgw_type, launch->database_id);
	else
		snprintf(worker.bgw_name, BGW_MAXLEN, "%s %d for database %u",
				 worker.bgw_type, launch->number + 1, launch->database_id);

	if (!RegisterDynamicBackgroundWorker(&worker, &launch->handle))
	{
		launch->handle = NULL;
		return false;
	}
	launch->started_at = GetCurrentTimestamp();
	return true;
}

/* Returns whether a database stands still without this worker. */
static bool
is_essential(const Launched *launch)
{
	return launch->kind != WORKER_DISPATCHER && launch->number == 0;
}

/* Notes in shared memory since when a database waits; 0: it does not. */
static void
note_waiting(Oid database_id, TimestampTz since)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(database_id, false);
	if (slot != NULL && (since == 0 || slot->waits_since == 0))
		slot->waits_since = since;
	LWLockRelease(shared->lock);
}

/*
 * Returns whether "a" makes room rather than "b" (which may be NULL): one
 * that is not essential does, and then the one that has had the longest
 * turn.
 */
static bool
yields_before(const Launched *a, const Launched *b)
{
	if (b == NULL || is_essential(a) != is_essential(b))
		return b == NULL || !is_essential(a);
	return a->started_at < b->started_at;
}

/* Asks a worker whose turn is over to end.  It ends between two calls. */
static void
make_room(void)
{
	TimestampTz now = GetCurrentTimestamp();
	Launched   *chosen = NULL;
	ListCell   *lc;
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;
	Latch	   *latch = NULL;

	foreach(lc, launched)
	{
		Launched   *launch = lfirst(lc);

		if (launch->handle == NULL)
			continue;
		/* one at a time */
		if (launch->is_yielding)
			return;
		if ((!is_essential(launch) ||
			 TimestampDifferenceExceeds(launch->started_at, now, TURN_MS)) &&
			yields_before(launch, chosen))
			chosen = launch;
	}
	if (chosen == NULL)
		return;

	chosen->is_yielding = true;
	LWLockAcquire(shared->lock, LW_SHARED);
	slot = mst_shared_slot(chosen->database_id, false);
	if (slot != NULL)
	{
		WorkerSlot *worker = mst_shared_worker_of(slot, chosen->kind, chosen->number);

		SpinLockAcquire(&slot->mutex);
		worker->must_yield = true;
		latch = worker->latch;
		SpinLockRelease(&slot->mutex);
	}
	LWLockRelease(shared->lock);
	if (latch != NULL)
		SetLatch(latch);
}

/*
 * Starts a worker that is due to be; when slots have run out one of the others
 * has to make room.
 */
static void
try_start_worker(Launched *launch)
{
	TimestampTz now = GetCurrentTimestamp();

	/* neither may be further: the clock was set back */
	if (launch->start_after > TimestampTzPlusMilliseconds(now, MAX_RESTART_MS))
		launch->start_after = now;
	if (short_until > TimestampTzPlusMilliseconds(now, SHORT_MS))
		short_until = now;
	if (launch->handle != NULL || launch->start_after > now)
		return;
	if (!is_essential(launch) && now < short_until)
	{
		launch->start_after = short_until;
		return;
	}
	if (start_worker(launch))
	{
		if (launch->number == 0 && launch->kind == WORKER_SCHEDULER)
			note_waiting(launch->database_id, 0);
		return;
	}

	if (short_until == 0)
		ereport(WARNING,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("could not start a worker of mistral: no worker slot is free"),
				 errdetail("The databases take turns."),
				 errhint("You might need to increase max_worker_processes.")));
	short_until = TimestampTzPlusMilliseconds(now, SHORT_MS);
	launch->start_after = TimestampTzPlusMilliseconds(now, LOOK_RETRY_MS);
	if (!is_essential(launch))
		return;
	if (launch->kind == WORKER_SCHEDULER)
		note_waiting(launch->database_id, now);
	make_room();
}

/* A slot has become free: whoever waits for one may try at once. */
static void
retry_waiting(TimestampTz now)
{
	ListCell   *lc;

	foreach(lc, launched)
	{
		Launched   *launch = lfirst(lc);

		if (launch->handle == NULL && is_essential(launch))
			launch->start_after = Min(launch->start_after, now);
	}
}

/* For list_sort(): who was started longest ago, or never, comes first. */
static int
compare_starts(const ListCell *a, const ListCell *b)
{
	TimestampTz first = ((Launched *) lfirst(a))->started_at;
	TimestampTz second = ((Launched *) lfirst(b))->started_at;

	return first < second ? -1 : first > second;
}

/*
 * Notice that a worker has ended.  It may be started again when it is still
 * wanted: at once if it had run for a while, else after a growing delay.
 */
static void
check_ended(Launched *launch)
{
	TimestampTz now = GetCurrentTimestamp();
	pid_t		pid;

	if (launch->handle == NULL ||
		GetBackgroundWorkerPid(launch->handle, &pid) != BGWH_STOPPED)
		return;

	pfree(launch->handle);
	launch->handle = NULL;
	launch->ends++;
	if (launch->is_yielding)
	{
		launch->is_yielding = false;
		launch->ends--;
		launch->delay_ms = MIN_RESTART_MS;
		retry_waiting(now);
	}
	else if (TimestampDifferenceExceeds(launch->started_at, now, STABLE_MS))
		launch->delay_ms = MIN_RESTART_MS;
	else
		launch->delay_ms = Max(MIN_RESTART_MS,
							   Min(launch->delay_ms * 2, MAX_RESTART_MS));
	launch->start_after = TimestampTzPlusMilliseconds(now, launch->delay_ms);
}

/*
 * Returns whether the end of this worker ends the probe of its database: the
 * first scheduler has ended again and again without finding out whether the
 * extension is there, so it cannot connect, or the database is gone.
 */
static bool
give_up_probe(const Launched *launch)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;
	bool		gives_up;

	if (launch->ends < MAX_FAILED_PROBES)
		return false;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(launch->database_id, false);
	gives_up = slot != NULL && !slot->is_probed && slot->leaving_for == 0;
	if (gives_up)
		slot->database_id = InvalidOid;
	LWLockRelease(shared->lock);
	if (gives_up)
		ereport(LOG,
				(errmsg("could not look for mistral in database %u",
						launch->database_id),
				 errhint("Call mistral.start_workers() there to have it looked at again.")));
	return gives_up;
}

static void
want_kind(Oid database_id, WorkerKind kind, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (find_launched(database_id, kind, i) == NULL)
			add_launched(database_id, kind, i);
	}
}

/*
 * Sees that the wanted workers of a database are known: the first scheduler,
 * and the others when that has found the extension.
 */
static void
want_workers(const DatabaseSlot *slot)
{
	want_kind(slot->database_id, WORKER_SCHEDULER,
			  slot->is_probed ? mst_scheduler_workers : 1);
	if (!slot->is_probed)
		return;
	want_kind(slot->database_id, WORKER_DISPATCHER, 1);
	if (slot->wants_slow)
		want_kind(slot->database_id, WORKER_SLOW_SCHEDULER, mst_slow_scheduler_workers);
}

/*
 * Returns the databases in which workers shall run.  One whose workers were
 * asked to leave by a session that has ended since is looked at again.
 */
static List *
enabled_databases(int *probes, bool *some_leave)
{
	SharedState *shared = mst_shared();
	List	   *enabled = NIL;

	*probes = 0;
	*some_leave = false;
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	for (int i = 0; i < MST_MAX_DATABASES; i++)
	{
		DatabaseSlot *slot = &shared->databases[i];

		if (!OidIsValid(slot->database_id))
			continue;
		if (slot->leaving_for != 0 && BackendPidGetProc(slot->leaving_for) == NULL)
			slot->leaving_for = 0;
		if (slot->leaving_for != 0)
			*some_leave = true;
		else
		{
			enabled = lappend_oid(enabled, slot->database_id);
			want_workers(slot);
			/* those that fail must not keep the others waiting */
			if (!slot->is_probed &&
				find_launched(slot->database_id, WORKER_SCHEDULER, 0)->ends == 0)
				(*probes)++;
		}
	}
	LWLockRelease(shared->lock);
	return enabled;
}

/*
 * Puts all databases, or those asked for, on the list of those to look at.
 */
static void
take_requests(bool all)
{
	SharedState *shared = mst_shared();
	Oid			requests[MST_MAX_REQUESTS];
	int			nrequests;
	Relation	rel;
	TableScanDesc scan;
	HeapTuple	tuple;
	MemoryContext caller_cxt = CurrentMemoryContext;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	nrequests = shared->nrequests;
	memcpy(requests, shared->requests, sizeof(Oid) * nrequests);
	all = all || shared->look_again;
	shared->nrequests = 0;
	shared->look_again = false;
	LWLockRelease(shared->lock);
	if (!all && nrequests == 0)
		return;

	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	rel = table_open(DatabaseRelationId, AccessShareLock);
	scan = table_beginscan_catalog(rel, 0, NULL);
	while (HeapTupleIsValid(tuple = heap_getnext(scan, ForwardScanDirection)))
	{
		Form_pg_database database = (Form_pg_database) GETSTRUCT(tuple);
		bool		is_asked = all;

		for (int i = 0; i < nrequests && !is_asked; i++)
			is_asked = requests[i] == database->oid;
		if (is_asked && database->datallowconn && !database->datistemplate)
		{
			MemoryContextSwitchTo(caller_cxt);
			unknown = list_append_unique_oid(unknown, database->oid);
		}
	}
	table_endscan(scan);
	table_close(rel, AccessShareLock);
	CommitTransactionCommand();
	MemoryContextSwitchTo(caller_cxt);
}

/* Takes slots for the next unknown databases, a few at a time. */
static void
probe_databases(int probes)
{
	SharedState *shared = mst_shared();

	while (unknown != NIL && probes < MAX_PROBES)
	{
		Oid			database_id = linitial_oid(unknown);
		DatabaseSlot *slot;

		unknown = list_delete_first(unknown);
		LWLockAcquire(shared->lock, LW_EXCLUSIVE);
		slot = mst_shared_slot(database_id, true);
		if (slot != NULL && !slot->is_probed)
			probes++;
		LWLockRelease(shared->lock);
		if (slot == NULL)
			ereport(WARNING,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("cannot run workers of mistral in database %u",
							database_id),
					 errdetail("They run in %d databases already.",
							   MST_MAX_DATABASES)));
	}
}

static bool
wants_slow(Oid database_id)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;
	bool		wants;

	LWLockAcquire(shared->lock, LW_SHARED);
	slot = mst_shared_slot(database_id, false);
	wants = slot != NULL && slot->wants_slow;
	LWLockRelease(shared->lock);
	return wants;
}

/* Returns whether the worker is to be kept running. */
static bool
is_wanted(const Launched *launch, List *enabled)
{
	if (!list_member_oid(enabled, launch->database_id))
		return false;
	switch (launch->kind)
	{
		case WORKER_SCHEDULER:
			return launch->number < mst_scheduler_workers;
		case WORKER_SLOW_SCHEDULER:
			return launch->number < mst_slow_scheduler_workers &&
				wants_slow(launch->database_id);
		case WORKER_DISPATCHER:
			return true;
	}
	elog(ERROR, "unrecognized kind of worker: %d", (int) launch->kind);
	return false;
}

/*
 * One round: notice what has ended, start what is wanted.  Returns the time
 * until the next round must be, -1 if there need be none.
 */
static long
run_round(void)
{
	bool		some_leave;
	int			probes;
	List	   *enabled;
	ListCell   *lc;
	TimestampTz now;
	long		wait_ms = -1;

	take_requests(false);
	list_free(enabled_databases(&probes, &some_leave));
	probe_databases(probes);
	enabled = enabled_databases(&probes, &some_leave);

	foreach(lc, launched)
		check_ended(lfirst(lc));
	list_sort(launched, compare_starts);
	foreach(lc, launched)
	{
		Launched   *launch = (Launched *) lfirst(lc);

		if (launch->handle != NULL)
			continue;
		if (is_wanted(launch, enabled) && !give_up_probe(launch))
			try_start_worker(launch);
		else
		{
			launched = foreach_delete_current(launched, lc);
			pfree(launch);
		}
	}

	now = GetCurrentTimestamp();
	foreach(lc, launched)
	{
		Launched   *launch = (Launched *) lfirst(lc);

		if (launch->handle == NULL)
		{
			long		ms = TimestampDifferenceMilliseconds(now, launch->start_after);

			wait_ms = wait_ms < 0 ? ms : Min(wait_ms, ms);
		}
	}
	if (some_leave)
		wait_ms = wait_ms < 0 ? LEAVING_CHECK_MS : Min(wait_ms, LEAVING_CHECK_MS);
	list_free(enabled);
	return wait_ms;
}

/*
 * Main function of the launcher.  A probe that has ended sets our latch, so
 * that the next of the unknown databases gets its turn.
 */
void
mistral_launcher_main(Datum main_arg)
{
	static uint32 wait_event = 0;
	SharedState *shared = mst_shared();
	MemoryContext launcher_cxt;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);

	launcher_cxt = AllocSetContextCreate(TopMemoryContext, "mistral launcher",
										 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(launcher_cxt);
	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	shared->launcher = MyLatch;
	LWLockRelease(shared->lock);
	before_shmem_exit(forget_launcher, (Datum) 0);

	take_requests(true);
	for (;;)
	{
		long		wait_ms;

		ResetLatch(MyLatch);
		CHECK_FOR_INTERRUPTS();
		if (ShutdownRequestPending)
			proc_exit(1);		/* to be started again, unless at shutdown */
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
		}

		wait_ms = run_round();
		(void) WaitLatch(MyLatch,
						 WL_LATCH_SET | WL_EXIT_ON_PM_DEATH |
						 (wait_ms >= 0 ? WL_TIMEOUT : 0),
						 wait_ms, MST_WAIT_EVENT(wait_event, "MistralLauncherMain"));
	}
}
