/*-------------------------------------------------------------------------
 *
 * trigger_fire.h
 *	  Starting workflows at points in time and on events.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H
#define MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H

#include "store/store.h"
#include "store/triggers.h"

extern void mst_cron_trigger_fire(DelayedCallRow *delayed);

/* Returns the next time of a pattern; raises an error when there is none. */
extern TimestampTz mst_cron_trigger_next_time(const char *text, const char *zone,
											  TimestampTz after);

/* Leaves the delayed call, or the job of pg_cron, for a trigger's next time. */
extern void mst_cron_trigger_wait(const CronTrigger *trigger);
extern void mst_cron_trigger_fire_now(const pg_uuid_t *id);
extern pg_uuid_t mst_cron_trigger_start_for(const CronTrigger *trigger, TimestampTz scheduled_at,
											bool is_queued);
extern bool mst_event_trigger_start(const EventTrigger *trigger, Jsonb *params,
									pg_uuid_t *execution_id);

#endif							/* MISTRAL_ENGINE_CALLS_TRIGGER_FIRE_H */
