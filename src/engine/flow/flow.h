/*-------------------------------------------------------------------------
 *
 * flow.h
 *	  The two kinds of workflow, behind mst_flow_*().
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_FLOW_FLOW_H
#define MISTRAL_ENGINE_FLOW_FLOW_H

#include "engine/steps/advance.h"

/* Direct workflows: see mst_flow_start(), _next() and _final_context(). */
extern List *mst_direct_start(EngineCall *call, Execution *exec);
extern bool mst_direct_next(EngineCall *call, Task *task, List **commands,
							ExprError **error);
extern pg_uuid_t mst_direct_final_context(EngineCall *call, Execution *exec);

/* Reverse: the merge of what the required tasks of one that is ready have published. */
extern pg_uuid_t mst_reverse_context(EngineCall *call, Execution *exec,
									 const TaskSpec *spec);

/*
 * The merge of the outbound contexts of these tasks (a list of Task *, which
 * is sorted in place): the one that finished first is the base.
 */
extern pg_uuid_t mst_merge_outbound(EngineCall *call, Execution *exec, List *tasks);

#endif							/* MISTRAL_ENGINE_FLOW_FLOW_H */
