/*-------------------------------------------------------------------------
 *
 * function_action.h
 *	  Functions of the database as actions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_FUNCTION_ACTION_H
#define MISTRAL_ENGINE_WORK_FUNCTION_ACTION_H

#include "engine/work/builtin.h"

/* Runs what the row of the action notes in "run". */
extern const BuiltinAction mst_function_action;

extern bool mst_action_is_function(Jsonb *run);

#endif							/* MISTRAL_ENGINE_WORK_FUNCTION_ACTION_H */
