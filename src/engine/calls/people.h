/*-------------------------------------------------------------------------
 *
 * people.h
 *	  Tasks of people: who may do them, and doing them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_PEOPLE_H
#define MISTRAL_ENGINE_CALLS_PEOPLE_H

#include "engine/engine.h"
#include "store/human_tasks.h"

/* What keeps somebody from doing a task; classes of errors. */
typedef enum HumanObstacle
{
	OBSTACLE_NONE,
	OBSTACLE_OVER,				/* it has ended */
	OBSTACLE_CLAIMED,			/* somebody else has it */
	OBSTACLE_NO_CANDIDATE,		/* others are to do it */
	OBSTACLE_DISTINCT			/* see distinct_from */
} HumanObstacle;

extern bool mst_human_is_candidate(const Jsonb *candidates, const char *delegated_to);
extern bool mst_human_is_visible(const HumanTaskRow *human);
extern HumanObstacle mst_human_obstacle(const HumanTaskRow *human, const HumanActor *actor,
										char **message);
extern void mst_engine_claim_human_task(const pg_uuid_t *id);
extern void mst_engine_release_human_task(const pg_uuid_t *id);
extern void mst_engine_delegate_human_task(const pg_uuid_t *id, const char *role);
extern Jsonb *mst_engine_complete_human_task(const pg_uuid_t *id, Jsonb *answer);
extern void mst_human_timer_run(const DelayedCallRow *delayed);

#endif							/* MISTRAL_ENGINE_CALLS_PEOPLE_H */
