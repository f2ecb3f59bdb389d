/*-------------------------------------------------------------------------
 *
 * wake.h
 *	  Waking workers, executors and waiting sessions when a transaction
 *	  commits.
 *
 * The mst_wake_* functions only remember what to do, in the memory of this
 * backend; it is done when the transaction commits and forgotten when it
 * aborts.  (What a rolled back subtransaction asked for is done as well: a
 * wake-up too many does no harm.)  A wake-up is a hint and may be lost; the
 * tables say what there is to do.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_SIGNAL_WAKE_H
#define MISTRAL_SIGNAL_WAKE_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

#define MST_EVENTS_CHANNEL		"mistral_events"
#define MST_DELIVERIES_CHANNEL	"mistral_deliveries"

/* A delayed call will be due at this time (0: at once). */
extern void mst_wake_scheduler(TimestampTz due);

/*
 * What the duties of the first scheduler depend on has changed: it shall look
 * at each again.
 */
extern void mst_wake_duties(void);

/*
 * There is a row of the queue for executors of the target ("" or NULL: any
 * executor), which claims shall find.  Without a dispatcher in this database
 * the transaction itself will NOTIFY, once a channel.
 */
extern void mst_wake_dispatcher_row(const char *target, int32 priority,
									int64 queue_id);

/* There are new events: for those who listen, and to be routed. */
extern void mst_wake_events(void);

/* There are deliveries for notifiers. */
extern void mst_wake_deliveries(void);

/* This execution has finished: wake the sessions that wait for it. */
extern void mst_wake_waiters_of(const pg_uuid_t *execution_id);

/*
 * Wait until an execution has probably finished.  For the caller's loop:
 *
 *		for (;;)
 *		{
 *			if (it has finished)			-- with a new snapshot
 *				break;
 *			if (!mst_wait_for_change(execution_id, deadline))
 *				break;						-- the deadline has passed
 *		}
 *		mst_wait_end();
 *
 * The first call returns at once, so that nothing is missed between the
 * check and the wait; so may later ones.  Can be interrupted.
 */
extern bool mst_wait_for_change(const pg_uuid_t *execution_id,
								TimestampTz deadline);
extern void mst_wait_end(void);

/* Wakes all workers and sessions of this database: now, and at the commit. */
extern void mst_wake_everybody(void);
extern void mst_wake_everybody_at_commit(void);

/* The channel on which executors of a target are notified; palloc'd. */
extern char *mst_wake_channel(const char *target);

#endif							/* MISTRAL_SIGNAL_WAKE_H */
