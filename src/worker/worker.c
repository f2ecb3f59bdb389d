/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  What the workers of a database have in common: start, end, transactions.
 *
 * A worker ends of its own accord when the extension has gone (it then frees
 * the database's slot, so that the launcher does not start it again), when a
 * session wants the database for itself, when there are more workers of its
 * kind than the settings ask for, and when the launcher needs its place for
 * another database.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "store/home.h"
#include "util/compat.h"
#include "util/guc.h"
#include "worker/workers.h"

/* how often a worker that stands still looks by itself whether it may go on */
#define STILL_LOOK_MS	60000

static TimestampTz
real_clock(void)
{
	return GetCurrentTimestamp();
}

static void
real_wait(long timeout_ms, uint32 wait_event)
{
	(void) WaitLatch(MyLatch,
					 WL_LATCH_SET | WL_EXIT_ON_PM_DEATH |
					 (timeout_ms >= 0 ? WL_TIMEOUT : 0),
					 timeout_ms, wait_event);
	ResetLatch(MyLatch);
}

TimestampTz (*mst_worker_clock) (void) = real_clock;
void		(*mst_worker_wait) (long timeout_ms, uint32 wait_event) = real_wait;

/* At exit: nobody shall wake this process any more. */
static void
leave_slot(int code, Datum arg)
{
	Worker	   *worker = (Worker *) DatumGetPointer(arg);

	SpinLockAcquire(&worker->slot->mutex);
	if (worker->self->pid == MyProcPid)
	{
		worker->self->latch = NULL;
		worker->self->pid = 0;
		worker->self->sleep_until = 0;
		worker->self->must_yield = false;
	}
	SpinLockRelease(&worker->slot->mutex);
}

/* Takes the worker's place; ends the process when it is not wanted. */
static void
enter_slot(Worker *worker)
{
	SharedState *shared = mst_shared();
	DatabaseSlot *slot;

	LWLockAcquire(shared->lock, LW_EXCLUSIVE);
	slot = mst_shared_slot(MyDatabaseId, false);
	if (slot != NULL && slot->leaving_for == 0)
	{
		slot->is_probed = true;
		worker->slot = slot;
		worker->self = mst_shared_worker_of(slot, worker->kind, worker->number);
		SpinLockAcquire(&slot->mutex);
		worker->self->latch = MyLatch;
		worker->self->pid = MyProcPid;
		worker->self->sleep_until = 0;
		slot->all_channels = true;
		SpinLockRelease(&slot->mutex);
	}
	LWLockRelease(shared->lock);
	if (worker->slot == NULL)
		proc_exit(0);
	before_shmem_exit(leave_slot, PointerGetDatum(worker));
}

/* In a transaction: ends the process when the extension is not there. */
static void
require_extension(void)
{
	if (OidIsValid(get_extension_oid("mistral", true)))
		return;

	AbortCurrentTransaction();
	mst_shared_free_slot(MyDatabaseId);
	proc_exit(0);
}

/*
 * Begins a worker's main function: connects to the database, sees that the
 * extension is there and takes the worker's place in shared memory.  Ends
 * the process when any of them fails.
 */
Worker *
mst_worker_begin(Datum main_arg, WorkerKind kind)
{
	Worker	   *worker;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(DatumGetObjectId(main_arg),
											  InvalidOid, 0);

	worker = MemoryContextAllocZero(TopMemoryContext, sizeof(Worker));
	worker->kind = kind;
	memcpy(&worker->number, MyBgworkerEntry->bgw_extra, sizeof(int));
	worker->round_cxt = AllocSetContextCreate(TopMemoryContext,
											  "mistral worker round",
											  ALLOCSET_DEFAULT_SIZES);

	SetConfigOption("application_name", MyBgworkerEntry->bgw_name,
					PGC_USERSET, PGC_S_OVERRIDE);
	SetConfigOption("search_path", "pg_catalog, pg_temp", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("statement_timeout", "0", PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("idle_in_transaction_session_timeout", "0",
					PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_isolation", "read committed",
					PGC_SUSET, PGC_S_OVERRIDE);
	SetConfigOption("default_transaction_read_only", "off",
					PGC_SUSET, PGC_S_OVERRIDE);

	StartTransactionCommand();
	(void) GetTransactionSnapshot();
	require_extension();
	CommitTransactionCommand();

	enter_slot(worker);
	mst_launcher_request(MyDatabaseId);
	pgstat_report_activity(STATE_IDLE, NULL);
	MemoryContextSwitchTo(worker->round_cxt);
	return worker;
}

/*
 * Reloads the settings when asked to, and ends the process when it is not
 * wanted any more.  Must be called in every round.
 */
void
mst_worker_check(Worker *worker)
{
	CHECK_FOR_INTERRUPTS();
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		worker->reloads++;
	}
	if (ShutdownRequestPending || worker->self->must_yield ||
		worker->slot->leaving_for != 0 ||
		worker->slot->database_id != MyDatabaseId ||
		(worker->kind == WORKER_SCHEDULER &&
		 worker->number >= mst_scheduler_workers) ||
		(worker->kind == WORKER_SLOW_SCHEDULER &&
		 worker->number >= mst_slow_scheduler_workers))
		proc_exit(0);
}

static void
after_transaction(void)
{
	/* a query of std.sql may have taken locks for the session */
	LockReleaseSession(USER_LOCKMETHOD);
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
}

static void
begin_transaction(const char *activity)
{
	/* SIGTERM ends a worker quietly while it waits, and by an error at work */
	pqsignal(SIGTERM, die);
	if (ShutdownRequestPending)
		proc_exit(0);
	pgstat_report_activity(STATE_RUNNING, activity);
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	require_extension();
	PushActiveSnapshot(GetTransactionSnapshot());
}

/* The rows here came from elsewhere: wait until somebody looks again. */
static void
stand_still(Worker *worker)
{
	static uint32 wait_event = 0;

	pgstat_report_activity(STATE_IDLE,
						   "standing still until mistral.resume_after_restore() is called");
	mst_worker_check(worker);
	mst_worker_wait(STILL_LOOK_MS, MST_WAIT_EVENT(wait_event, "MistralStandStill"));
	mst_worker_check(worker);
}

/* Said by one worker of the database when it comes to stand. */
static void
tell_standing(Worker *worker)
{
	if (worker->kind != WORKER_SCHEDULER || worker->number != 0)
		return;
	ereport(WARNING,
			(errmsg("workflows of database \"%s\" stand still",
					get_database_name(MyDatabaseId)),
			 errdetail("It was restored, replicated or copied, and nobody has said that they are to go on here."),
			 errhint("Call mistral.resume_after_restore() in it when all has been loaded.")));
}

/*
 * Starts a transaction of a worker, with a snapshot; "activity" is shown by
 * pg_stat_activity.  Ends the process when the extension has gone, and
 * waits while the database stands still (store/home.h).
 */
void
mst_worker_start_transaction(Worker *worker, const char *activity)
{
	begin_transaction(activity);
	if (mst_home_try_settle())
		return;
	tell_standing(worker);
	do
	{
		mst_worker_abort();
		stand_still(worker);
		begin_transaction(activity);
	} while (!mst_home_try_settle());
}

/* Commits the transaction of a worker and reports the worker as idle. */
void
mst_worker_commit(void)
{
	if (ActiveSnapshotSet())
		PopActiveSnapshot();
	CommitTransactionCommand();
	after_transaction();
}

/* Aborts the transaction of a worker and reports the worker as idle. */
void
mst_worker_abort(void)
{
	AbortCurrentTransaction();
	after_transaction();
}

/* Returns the latch of one that sleeps, now marked awake; NULL: none does. */
static Latch *
choose_sleeping(WorkerSlot *workers)
{
	TimestampTz now = mst_worker_clock();

	for (int i = 0; i < MST_MAX_SCHEDULERS; i++)
	{
		if (workers[i].latch != NULL && workers[i].sleep_until > now)
		{
			workers[i].sleep_until = 0;
			return workers[i].latch;
		}
	}
	return NULL;
}

/*
 * Wakes another scheduler of the database, because there may be work for
 * two.
 */
void
mst_worker_wake_sibling(Worker *worker)
{
	DatabaseSlot *slot = worker->slot;
	bool		is_slow = worker->kind == WORKER_SLOW_SCHEDULER;
	Latch	   *latch;

	if ((is_slow ? mst_slow_scheduler_workers : mst_scheduler_workers) == 1)
		return;

	SpinLockAcquire(&slot->mutex);
	latch = choose_sleeping(is_slow ? slot->slow_schedulers : slot->schedulers);
	SpinLockRelease(&slot->mutex);
	if (latch != NULL)
		SetLatch(latch);
}

/*
 * Wakes a slow scheduler, or has one started, because there are calls for
 * it.
 */
void
mst_worker_want_slow(Worker *worker)
{
	DatabaseSlot *slot = worker->slot;
	bool		is_new;
	Latch	   *latch;

	SpinLockAcquire(&slot->mutex);
	is_new = !slot->wants_slow;
	slot->wants_slow = true;
	slot->slow_wake_count++;
	latch = choose_sleeping(slot->slow_schedulers);
	SpinLockRelease(&slot->mutex);
	if (latch != NULL)
		SetLatch(latch);
	if (is_new)
		mst_launcher_wake();
}
