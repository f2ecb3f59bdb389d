/*-------------------------------------------------------------------------
 *
 * triggers.h
 *	  Rows of cron and event triggers.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_TRIGGERS_H
#define MISTRAL_STORE_TRIGGERS_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

/* Columns of the same names. */
typedef struct CronTrigger
{
	pg_uuid_t	id;
	char	   *name;
	char	   *project_id;
	char	   *scope;
	pg_uuid_t	workflow_id;
	Jsonb	   *workflow_input;
	Jsonb	   *workflow_params;
	char	   *pattern;		/* NULL: only once */
	char	   *time_zone;
	TimestampTz first_execution_time;	/* 0: not given */
	TimestampTz next_execution_time;
	int32		remaining_executions;	/* 0: no end */
	bool		is_enabled;
	char	   *missed;
	char	   *overlap;
	int64		jitter;			/* microseconds */
	pg_uuid_t	last_execution_id;	/* none: none yet */
} CronTrigger;

typedef struct EventTrigger
{
	pg_uuid_t	id;
	char	   *name;			/* or NULL */
	char	   *project_id;
	char	   *scope;
	pg_uuid_t	workflow_id;
	Jsonb	   *workflow_input;
	Jsonb	   *workflow_params;
	char	   *exchange;
	char	   *topic;
	char	   *event;
} EventTrigger;

extern bool mst_trigger_hold_workflow(const pg_uuid_t *id);
extern char *mst_cron_triggers_of(const pg_uuid_t *workflow, const char *except);
extern char *mst_event_triggers_of(const pg_uuid_t *workflow, const char *except);
extern bool mst_cron_trigger_insert(const CronTrigger *trigger);
extern bool mst_event_trigger_insert(const EventTrigger *trigger);

/* Reads a trigger and locks its row; NULL when there is none. */
extern CronTrigger *mst_cron_trigger_lock(const pg_uuid_t *id);
extern EventTrigger *mst_event_trigger_lock(const pg_uuid_t *id);
extern void mst_cron_trigger_advance(const CronTrigger *trigger);
extern void mst_cron_trigger_note_start(const pg_uuid_t *id,
										const pg_uuid_t *execution_id,
										const char *error);
extern void mst_cron_trigger_update(const CronTrigger *trigger);

/* Has a job of pg_cron call fire_cron_trigger(); false: it cannot. */
extern bool mst_cron_job_schedule(const CronTrigger *trigger);
extern void mst_cron_job_remove(const pg_uuid_t *id);
extern void mst_cron_job_remove_all(void);
extern void mst_cron_call_remove(const pg_uuid_t *id);
extern void mst_event_trigger_update(const EventTrigger *trigger);
extern void mst_event_trigger_enable(const pg_uuid_t *id, bool enabled);
extern void mst_cron_trigger_delete(const pg_uuid_t *id);
extern void mst_event_trigger_delete(const pg_uuid_t *id);
extern List *mst_event_triggers_for(const char *exchange, const char *topic,
									const char *event, const char *project);

#endif							/* MISTRAL_STORE_TRIGGERS_H */
