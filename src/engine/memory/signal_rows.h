/*-------------------------------------------------------------------------
 *
 * signal_rows.h
 *	  What a call is to write about signals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_SIGNAL_ROWS_H
#define MISTRAL_ENGINE_MEMORY_SIGNAL_ROWS_H

#include "engine/memory/engine_call.h"

/* the name of the action by which a task waits */
#define WAIT_ACTION "wait-for"

extern bool mst_action_is_wait(const ActionRow *action);
extern char *mst_wait_timer_key(const pg_uuid_t *action_id);
extern void mst_call_note_wait_end(EngineCall *call, const ActionRow *action);

#endif							/* MISTRAL_ENGINE_MEMORY_SIGNAL_ROWS_H */
