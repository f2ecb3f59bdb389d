/*-------------------------------------------------------------------------
 *
 * join.h
 *	  What the files of joins know of each other.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_FLOW_JOIN_H
#define MISTRAL_ENGINE_FLOW_JOIN_H

#include "engine/flow/flow.h"
#include "util/json.h"

/* The fate of a transition that leads to a join. */
typedef enum Route
{
	ROUTE_OPEN,					/* may still arrive */
	ROUTE_ARRIVED,
	ROUTE_CLOSED				/* cannot arrive any more */
} Route;

extern int	mst_join_needed(const TaskSpec *spec);
extern bool mst_join_is_waiting(Task *join);
extern bool mst_task_leads_to(Task *task, int index);
extern Route mst_join_route(EngineCall *call, Execution *exec, int inbound, int join);
extern List *mst_join_arrived(EngineCall *call, Task *join);
extern void mst_join_add_trigger(JsonBuilder *b, Task *from, const char *event);

#endif							/* MISTRAL_ENGINE_FLOW_JOIN_H */
