/*-------------------------------------------------------------------------
 *
 * start.h
 *	  Starting executions for users.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_START_H
#define MISTRAL_ENGINE_CALLS_START_H

#include "engine/steps/steps.h"

extern Execution *mst_execution_create(EngineCall *call, StartRequest *request);

extern void mst_execution_update_env(EngineCall *call, Execution *exec, Jsonb *env);

#endif							/* MISTRAL_ENGINE_CALLS_START_H */
