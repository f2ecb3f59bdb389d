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

extern void mst_wake_scheduler(TimestampTz due);
extern void mst_wake_housekeeping(void);
extern void mst_wake_dispatcher_row(const char *lane, uint64 kind,
									int32 priority, int64 queue_id);
extern void mst_wake_executor(int64 executor_id);
extern void mst_wake_events(void);
extern void mst_wake_deliveries(void);
extern void mst_wake_waiters_of(const pg_uuid_t *execution_id);
extern bool mst_wait_for_change(const pg_uuid_t *execution_id,
								TimestampTz deadline);
extern void mst_wait_end(void);
extern void mst_wake_everybody(void);
extern void mst_wake_everybody_at_commit(void);
extern char *mst_wake_channel(const char *target);
extern char *mst_wake_executor_channel(int64 executor_id);

#endif							/* MISTRAL_SIGNAL_WAKE_H */
