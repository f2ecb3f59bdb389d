/*-------------------------------------------------------------------------
 *
 * function_callbacks.h
 *	  The functions that expressions reach executions with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_FUNCTION_CALLBACKS_H
#define MISTRAL_ENGINE_DATA_FUNCTION_CALLBACKS_H

#include "engine/data/data.h"

/*
 * What task(), execution(), ... refer to; task and exec may be NULL.  Stored
 * rows are those of the project, never of whoever evaluates: the scheduler
 * and the dispatcher work for every project.
 */
typedef struct FunctionState
{
	EngineCall *call;
	const char *project;
	Execution  *exec;
	Task	   *task;
	Task	   *compensated;	/* what the task undoes, or NULL */
} FunctionState;

/* The callbacks; their state is a FunctionState. */
extern const ExprCallbacks mst_engine_functions;

/* Returns the environment that env() and the name __env stand for. */
extern ExprValue mst_env_value(EngineCall *call, Execution *exec);

/* Returns what the name "compensated" stands for in a compensation. */
extern ExprValue mst_compensated_value(EngineCall *call, Task *compensation);

extern Jsonb *mst_layer_to_json(const ExprLayer *layer);

#endif							/* MISTRAL_ENGINE_DATA_FUNCTION_CALLBACKS_H */
