/*-------------------------------------------------------------------------
 *
 * start_keys.h
 *	  Keys of executions: which of those with one key may run.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_START_KEYS_H
#define MISTRAL_STORE_START_KEYS_H

#include "datatype/timestamp.h"
#include "utils/uuid.h"

extern bool mst_start_key_lock(const char *project, const char *key, bool create, pg_uuid_t *turn);
extern void mst_start_key_set_turn(const char *project, const char *key, const pg_uuid_t *turn);
extern bool mst_start_key_newest(const char *project, const char *key, pg_uuid_t *execution_id);
extern void mst_start_key_forget(const char *project, const char *key);
extern void mst_start_key_pass_later(const char *project, const char *key);

extern char *mst_start_call_key(const pg_uuid_t *execution_id);

extern void mst_start_queue_add(const char *project, const char *key, const pg_uuid_t *execution_id);
extern bool mst_start_queue_first(const char *project, const char *key, pg_uuid_t *execution_id);
extern bool mst_start_queue_has(const pg_uuid_t *execution_id);
extern void mst_start_queue_remove(const pg_uuid_t *execution_id);

#endif							/* MISTRAL_STORE_START_KEYS_H */
