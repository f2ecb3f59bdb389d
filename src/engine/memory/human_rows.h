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

/* An action of people that has ended; its row is read when the call ends. */
typedef struct HumanEnd
{
	pg_uuid_t	id;
	bool		is_success;
	HumanTaskRow *human;		/* NULL: there is nothing to write */
} HumanEnd;

extern bool mst_action_is_human(const ActionRow *action);
extern char *mst_human_timer_key(const pg_uuid_t *action_id);
extern TimestampTz mst_human_next_moment(const HumanTaskRow *human);
extern void mst_call_note_human_end(EngineCall *call, const ActionRow *action);
extern void mst_call_tell_human_ends(EngineCall *call);
extern void mst_call_write_humans(EngineCall *call);

#endif							/* MISTRAL_ENGINE_MEMORY_HUMAN_ROWS_H */
