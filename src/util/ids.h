/*-------------------------------------------------------------------------
 *
 * ids.h
 *	  Ids of executions, tasks and actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_UTIL_IDS_H
#define MISTRAL_UTIL_IDS_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

/* An absent uuid is all zeroes in the structures, NULL in the tables. */
extern const pg_uuid_t mst_uuid_none;
extern bool mst_uuid_is_none(const pg_uuid_t *id);
extern bool mst_uuid_equal(const pg_uuid_t *a, const pg_uuid_t *b);

/*
 * New ids, ordered by time (RFC 9562, version 7).  The id of a task ends in
 * four zero bytes; its n-th child action's id has n (>= 1) there.
 */
extern pg_uuid_t mst_uuid_new(void);
extern pg_uuid_t mst_uuid_new_task(TimestampTz *created_at);
extern pg_uuid_t mst_uuid_new_simulated_task(void);
extern pg_uuid_t mst_uuid_new_alone(TimestampTz *created_at);
extern pg_uuid_t mst_uuid_action(const pg_uuid_t *task_id, int child_no);
extern pg_uuid_t mst_uuid_task_of_action(const pg_uuid_t *action_id);

#endif							/* MISTRAL_UTIL_IDS_H */
