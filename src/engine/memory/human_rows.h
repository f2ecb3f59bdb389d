/*-------------------------------------------------------------------------
 *
 * human_rows.h
 *	  What a call is to write about tasks of people.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_HUMAN_ROWS_H
#define MISTRAL_ENGINE_MEMORY_HUMAN_ROWS_H

#include "engine/memory/engine_objects.h"
#include "store/human_tasks.h"

extern bool mst_action_is_human(const ActionRow *action);
extern TimestampTz mst_human_next_moment(const HumanTaskRow *human);
extern void mst_call_note_human_end(EngineCall *call, const ActionRow *action);

#endif							/* MISTRAL_ENGINE_MEMORY_HUMAN_ROWS_H */
