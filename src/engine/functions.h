/*-------------------------------------------------------------------------
 *
 * functions.h
 *	  The functions that expressions reach executions with.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_FUNCTIONS_H
#define MISTRAL_ENGINE_FUNCTIONS_H

#include "engine/advance.h"

/* What task(), execution(), ... refer to; task and exec may be NULL. */
typedef struct FunctionState
{
	Advance    *adv;
	Exec	   *exec;
	Task	   *task;
} FunctionState;

/* The callbacks; their state is a FunctionState. */
extern const ExprCallbacks mst_engine_functions;

/* All names of a layer with their values, as stored. */
extern Jsonb *mst_layer_to_json(const ExprLayer *layer);

#endif							/* MISTRAL_ENGINE_FUNCTIONS_H */
