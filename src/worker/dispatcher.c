/*-------------------------------------------------------------------------
 *
 * dispatcher.c
 *	  The worker that tells executors and listeners of committed work.
 *
 * A transaction that notifies holds a lock of the whole cluster through the
 * flush of its commit.  So transactions that create work only leave the names
 * of channels in shared memory; this worker takes all that have come together
 * and notifies once a channel, in a transaction whose commit need not wait
 * for the disk.  A notification lost in a crash is no loss: who listens has
 * lost its connection too, and looks when it is back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/async.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

#include "signal/wake.h"
#include "store/claims.h"
#include "store/recalls.h"
#include "util/compat.h"
#include "worker/workers.h"

PGDLLEXPORT void mistral_dispatcher_main(Datum main_arg);

/* Takes the names that have been left; returns how many. */
static int
take_channels(DatabaseSlot *slot, char channels[][NAMEDATALEN], bool *all)
{
	int			n;

	SpinLockAcquire(&slot->mutex);
	n = slot->nchannels;
	memcpy(channels, slot->channels, n * NAMEDATALEN);
	*all = slot->all_channels;
	slot->nchannels = 0;
	slot->all_channels = false;
	SpinLockRelease(&slot->mutex);
	return n;
}

/*
 * Notifies the listeners of events, of every target that has work, and executors
 * that are to be told something.
 */
static void
notify_all(void)
{
	ListCell   *lc;

	Async_Notify(MST_EVENTS_CHANNEL, NULL);
	Async_Notify(MST_DELIVERIES_CHANNEL, NULL);
	foreach(lc, mst_store_queued_lanes())
		Async_Notify(mst_wake_channel((char *) lfirst(lc)), NULL);
	foreach(lc, mst_store_recalled_executors())
		Async_Notify(mst_wake_executor_channel(*(int64 *) lfirst(lc)), NULL);
}

/* Main function of the dispatcher. */
void
mistral_dispatcher_main(Datum main_arg)
{
	static uint32 wait_event = 0;
	Worker	   *worker = mst_worker_begin(main_arg, WORKER_DISPATCHER);
	char		channels[MST_MAX_CHANNELS][NAMEDATALEN];

	SetConfigOption("synchronous_commit", "off", PGC_SUSET, PGC_S_OVERRIDE);
	for (;;)
	{
		bool		all;
		int			n;

		mst_worker_check(worker);
		n = take_channels(worker->slot, channels, &all);
		if (n > 0 || all)
		{
			mst_worker_start_transaction(worker, "notifying listeners");
			for (int i = 0; i < n; i++)
				Async_Notify(channels[i], NULL);
			if (all)
				notify_all();
			mst_worker_commit();
			MemoryContextReset(worker->round_cxt);
		}
		else
			mst_worker_wait(-1, MST_WAIT_EVENT(wait_event, "MistralDispatcherMain"));
	}
}
