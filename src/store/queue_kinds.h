/*-------------------------------------------------------------------------
 *
 * queue_kinds.h
 *	  What of an action decides who may claim it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_QUEUE_KINDS_H
#define MISTRAL_STORE_QUEUE_KINDS_H

#include "store/action_rows.h"

extern char *mst_action_run_name(const ActionRow *action);
extern Jsonb *mst_action_run_input(const ActionRow *action);
extern char *mst_action_provider(const ActionRow *action);
extern char *mst_queue_lane(const char *provider, const char *target);
extern uint64 mst_queue_kind(const char *lane, const char *project, const char *name);

#endif							/* MISTRAL_STORE_QUEUE_KINDS_H */
