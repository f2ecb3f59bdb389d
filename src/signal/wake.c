/*-------------------------------------------------------------------------
 *
 * wake.c
 *	  Waking workers, executors and waiting sessions when a transaction
 *	  commits.
 *
 * What a transaction asks for is collected in the static "pending"; the list
 * of channels lives in TopTransactionContext, which is still there in the
 * commit callback.  In the callback nothing may fail: it takes a spinlock,
 * copies, and sets latches.
 *
 * A transaction that is prepared wakes nobody, as nothing can be seen yet;
 * COMMIT PREPARED wakes everybody (see hooks.c).
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/async.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "signal/low_water.h"
#include "signal/shared.h"
#include "signal/wake.h"
#include "util/compat.h"

#define ACTIONS_CHANNEL		"mistral_actions"
#define EXECUTOR_CHANNEL	"mistral_executor"

/* how often a session looks again when nobody can wake it, and when one can */
#define WAIT_POLL_MS		50
#define WAIT_RECHECK_MS		1000

/* A row that was queued: the first of its kind. */
typedef struct QueuedRow
{
	uint64		kind;
	QueuePosition position;
} QueuedRow;

/* How far a claim has got. */
typedef struct ClaimedTo
{
	uint64		kind;
	uint64		seen_changes;
	QueuePosition position;
} ClaimedTo;

static struct
{
	bool		is_any;
	bool		everybody;
	bool		housekeeping;
	bool		events;
	bool		scheduler;
	TimestampTz due;			/* the earliest */
	uint64		waiters;		/* bit per group */
	List	   *channels;		/* of char * */
	List	   *queued;			/* of QueuedRow * */
	List	   *claimed;		/* of ClaimedTo * */
}			pending;

/*
 * Returns whether there is a worker that sends notifications for this
 * transaction.
 */
static bool
have_dispatcher(void)
{
	DatabaseSlot *slot = mst_shared_database();

	return slot != NULL && slot->dispatcher.latch != NULL;
}

/*
 * Notifies the channels from this transaction where there is no dispatcher,
 * which would do it after the commit: after it, this session cannot.
 */
static void
notify_in_transaction(void)
{
	ListCell   *lc;

	if (have_dispatcher())
		return;
	foreach(lc, pending.channels)
		Async_Notify((char *) lfirst(lc), NULL);
	pending.channels = NIL;
}

/*
 * Choose the scheduler to wake for a call due at this time: one that sleeps
 * longer.  One that is awake will look again before it sleeps, as the count
 * has changed.  Called with the mutex held; marks the chosen one awake.
 */
static Latch *
choose_scheduler(DatabaseSlot *slot, TimestampTz due)
{
	slot->wake_count++;
	for (int i = 0; i < MST_MAX_SCHEDULERS; i++)
	{
		WorkerSlot *worker = &slot->schedulers[i];

		if (worker->latch != NULL && worker->sleep_until > due)
		{
			worker->sleep_until = 0;
			return worker->latch;
		}
	}
	return NULL;
}

/* Called with the mutex held. */
static void
add_channel(DatabaseSlot *slot, const char *channel)
{
	for (int i = 0; i < slot->nchannels; i++)
	{
		if (strcmp(slot->channels[i], channel) == 0)
			return;
	}
	if (slot->nchannels == MST_MAX_CHANNELS)
		slot->all_channels = true;
	else
		strlcpy(slot->channels[slot->nchannels++], channel, NAMEDATALEN);
}

static void
wake_workers(DatabaseSlot *slot)
{
	Latch	   *scheduler = NULL;
	Latch	   *dispatcher = NULL;
	ListCell   *lc;

	SpinLockAcquire(&slot->mutex);
	foreach(lc, pending.claimed)
	{
		ClaimedTo  *claimed = (ClaimedTo *) lfirst(lc);

		mst_low_water_set(slot, claimed->kind, claimed->seen_changes,
						  claimed->position);
	}
	foreach(lc, pending.queued)
	{
		QueuedRow  *queued = (QueuedRow *) lfirst(lc);

		mst_low_water_lower(slot, queued->kind, queued->position);
	}
	if (pending.housekeeping || pending.events)
	{
		slot->wake_count++;
		if (pending.housekeeping)
			slot->housekeeping_count++;
		if (pending.events)
			slot->has_events = true;
		slot->schedulers[0].sleep_until = 0;
		scheduler = slot->schedulers[0].latch;
	}
	else if (pending.scheduler)
		scheduler = choose_scheduler(slot, pending.due);
	if (pending.channels != NIL)
	{
		foreach(lc, pending.channels)
			add_channel(slot, (char *) lfirst(lc));
		dispatcher = slot->dispatcher.latch;
	}
	SpinLockRelease(&slot->mutex);

	if (scheduler)
		SetLatch(scheduler);
	if (dispatcher)
		SetLatch(dispatcher);
}

static void
wake_waiters(uint64 groups)
{
	SharedState *shared = mst_shared();

	if (shared == NULL || groups == 0)
		return;
	for (int i = 0; i < MST_WAIT_GROUPS; i++)
	{
		if (groups & (UINT64CONST(1) << i))
			ConditionVariableBroadcast(&shared->waiters[i]);
	}
}

static void
wake_callback(XactEvent event, void *arg)
{
	DatabaseSlot *slot;

	if (!pending.is_any)
		return;

	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			notify_in_transaction();
			return;
		case XACT_EVENT_COMMIT:
			slot = mst_shared_database();
			if (slot != NULL)
				wake_workers(slot);
			wake_waiters(pending.waiters);
			if (pending.everybody)
				mst_wake_everybody();
			break;
		case XACT_EVENT_ABORT:
		case XACT_EVENT_PREPARE:
			break;
		default:
			return;
	}
	memset(&pending, 0, sizeof(pending));
}

/*
 * The rows of a claim that is rolled back are there again: nobody may begin
 * behind them.
 */
static void
wake_subxact_callback(SubXactEvent event, SubTransactionId subid,
					  SubTransactionId parent_subid, void *arg)
{
	if (event == SUBXACT_EVENT_ABORT_SUB)
		pending.claimed = NIL;
}

/* Notes that the transaction has something to do at its end. */
static void
begin_pending(void)
{
	static bool is_registered = false;

	if (!is_registered)
	{
		RegisterXactCallback(wake_callback, NULL);
		RegisterSubXactCallback(wake_subxact_callback, NULL);
		is_registered = true;
	}
	pending.is_any = true;
}

static void
add_pending_channel(const char *channel)
{
	MemoryContext old_cxt;
	ListCell   *lc;

	begin_pending();
	foreach(lc, pending.channels)
	{
		if (strcmp((char *) lfirst(lc), channel) == 0)
			return;
	}
	old_cxt = MemoryContextSwitchTo(TopTransactionContext);
	pending.channels = lappend(pending.channels, pstrdup(channel));
	MemoryContextSwitchTo(old_cxt);
}

/*
 * Wakes a scheduler at the commit, because a delayed call will be due at
 * this time (0: at once).
 */
void
mst_wake_scheduler(TimestampTz due)
{
	begin_pending();
	if (!pending.scheduler || due < pending.due)
		pending.due = due;
	pending.scheduler = true;
}

/*
 * Has the first scheduler look at all its housekeeping again at the commit,
 * because a condition of some of it has changed.
 */
void
mst_wake_housekeeping(void)
{
	begin_pending();
	pending.housekeeping = true;
}

/* Notes that there is work for executors of the target (NULL: any). */
static void
wake_dispatcher(const char *target)
{
	if (target == NULL || target[0] == '\0')
		add_pending_channel(ACTIONS_CHANNEL);
	else
	{
		char	   *channel = mst_wake_channel(target);

		add_pending_channel(channel);
		pfree(channel);
	}
}

/*
 * Notes a new row of the queue, of that lane and kind: at the commit claims
 * find it, and executors that look through the lane are notified.
 * Without a dispatcher in this database the transaction itself sends a
 * NOTIFY, one for each channel.
 */
void
mst_wake_dispatcher_row(const char *lane, uint64 kind, int32 priority,
						int64 queue_id)
{
	QueuedRow  *row = NULL;
	MemoryContext old_cxt;
	ListCell   *lc;

	wake_dispatcher(lane);
	if (mst_shared() == NULL)
		return;

	foreach(lc, pending.queued)
	{
		row = (QueuedRow *) lfirst(lc);
		if (row->kind == kind)
			break;
		row = NULL;
	}
	if (row == NULL)
	{
		old_cxt = MemoryContextSwitchTo(TopTransactionContext);
		row = palloc(sizeof(QueuedRow));
		pending.queued = lappend(pending.queued, row);
		MemoryContextSwitchTo(old_cxt);
	}
	else if (row->position.priority < priority ||
			 (row->position.priority == priority && row->position.id < queue_id))
		return;

	row->kind = kind;
	row->position.priority = priority;
	row->position.id = queue_id;
}

/*
 * Notes a low-water mark to set at the commit: the claim met no live row
 * before "position" but those that this transaction has deleted.
 */
void
mst_low_water_set_at_commit(uint64 kind, LowWaterView view,
							QueuePosition position)
{
	MemoryContext old_cxt;
	ClaimedTo  *claimed;

	if (mst_shared_database() == NULL)
		return;

	begin_pending();
	old_cxt = MemoryContextSwitchTo(TopTransactionContext);
	claimed = palloc(sizeof(ClaimedTo));
	claimed->kind = kind;
	claimed->seen_changes = view.changes;
	claimed->position = position;
	pending.claimed = lappend(pending.claimed, claimed);
	MemoryContextSwitchTo(old_cxt);
}

/* Notifies one executor at the commit, because there is news for it alone. */
void
mst_wake_executor(int64 executor_id)
{
	char	   *channel = mst_wake_executor_channel(executor_id);

	add_pending_channel(channel);
	pfree(channel);
}

/*
 * Wakes those who listen for events, and those who route them, at the
 * commit.
 */
void
mst_wake_events(void)
{
	add_pending_channel(MST_EVENTS_CHANNEL);
	pending.events = true;
}

/* Wakes the notifiers at the commit, because there are deliveries. */
void
mst_wake_deliveries(void)
{
	add_pending_channel(MST_DELIVERIES_CHANNEL);
}

static int
wait_group(const pg_uuid_t *execution_id)
{
	return hash_bytes(execution_id->data, UUID_LEN) % MST_WAIT_GROUPS;
}

/* Wakes, at the commit, the sessions that wait for this execution's end. */
void
mst_wake_waiters_of(const pg_uuid_t *execution_id)
{
	begin_pending();
	pending.waiters |= UINT64CONST(1) << wait_group(execution_id);
}

/*
 * Waits until an execution has probably finished; false if the deadline has
 * passed.  The caller loops: it looks with a new snapshot, calls this, and
 * calls mst_wait_end() after the loop.
 *
 * The first call returns at once, and later ones may, so that nothing is
 * missed between the look and the wait.  Can be interrupted.
 */
bool
mst_wait_for_change(const pg_uuid_t *execution_id, TimestampTz deadline)
{
	static uint32 wait_event = 0;
	SharedState *shared = mst_shared();
	long		wait_ms;

	CHECK_FOR_INTERRUPTS();
	wait_ms = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), deadline);
	if (wait_ms <= 0)
		return false;

	if (shared != NULL)
	{
		ConditionVariableTimedSleep(&shared->waiters[wait_group(execution_id)],
									Min(wait_ms, WAIT_RECHECK_MS),
									MST_WAIT_EVENT(wait_event, "MistralExecution"));
		return true;
	}

	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 Min(wait_ms, WAIT_POLL_MS),
					 MST_WAIT_EVENT(wait_event, "MistralExecution"));
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
	return true;
}

/* Ends a loop of mst_wait_for_change(): leaves the condition variable. */
void
mst_wait_end(void)
{
	if (mst_shared() != NULL)
		ConditionVariableCancelSleep();
}

/*
 * Returns the channel on which executors of a target, or another lane of the
 * queue, are notified, palloc'd.  Has the target's name in it if that is short
 * enough, else a hash.
 */
char *
mst_wake_channel(const char *target)
{
	size_t		len;

	if (target == NULL || target[0] == '\0')
		return pstrdup(ACTIONS_CHANNEL);
	len = strlen(target);
	if (sizeof(ACTIONS_CHANNEL) + len < NAMEDATALEN && strchr(target, '\n') == NULL)
		return psprintf(ACTIONS_CHANNEL "_%s", target);
	return psprintf(ACTIONS_CHANNEL "_%016llx",
					(unsigned long long)
					hash_bytes_extended((const unsigned char *) target, len, 0));
}

/*
 * Returns the channel on which one executor alone is notified, palloc'd.
 */
char *
mst_wake_executor_channel(int64 executor_id)
{
	return psprintf(EXECUTOR_CHANNEL "_" INT64_FORMAT, executor_id);
}

/*
 * Wakes all workers and waiting sessions of this database now, and forgets
 * where claims begin: for work that becomes visible without its transaction
 * having asked for a wake-up.
 */
void
mst_wake_everybody(void)
{
	DatabaseSlot *slot = mst_shared_database();
	Latch	   *latches[MST_MAX_WORKERS];
	int			n = 0;

	wake_waiters(PG_UINT64_MAX);
	if (slot == NULL)
		return;

	SpinLockAcquire(&slot->mutex);
	slot->wake_count++;
	slot->housekeeping_count++;
	slot->all_channels = true;
	mst_low_water_forget(slot);
	slot->slow_wake_count++;
	for (int i = 0; i < MST_MAX_WORKERS; i++)
	{
		WorkerSlot *worker = mst_shared_worker(slot, i);

		worker->sleep_until = 0;
		if (worker->latch != NULL)
			latches[n++] = worker->latch;
	}
	SpinLockRelease(&slot->mutex);

	while (n > 0)
		SetLatch(latches[--n]);
}

/* Does the same when this transaction commits. */
void
mst_wake_everybody_at_commit(void)
{
	begin_pending();
	pending.everybody = true;
}
