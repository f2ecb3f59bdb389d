/*-------------------------------------------------------------------------
 *
 * recalls.h
 *	  Claimed actions that their executors are to give up.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_RECALLS_H
#define MISTRAL_STORE_RECALLS_H

#include "store/action_rows.h"

extern void mst_store_recall(int64 executor_id, const pg_uuid_t *action_id, bool has_ended);
extern void mst_store_forget_recall(int64 executor_id, const pg_uuid_t *action_id);
extern List *mst_store_recalled(int64 executor_id, int max);
extern void mst_store_sweep_recalls(void);
extern List *mst_store_recalled_executors(void);
extern bool mst_store_is_wanted(const ActionRow *action);

#endif							/* MISTRAL_STORE_RECALLS_H */
