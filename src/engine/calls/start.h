/*-------------------------------------------------------------------------
 *
 * start.h
 *	  Starting executions for users.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_START_H
#define MISTRAL_ENGINE_CALLS_START_H

#include "engine/steps/advance.h"

/*
 * Merge into the environment of an execution; raises an error when its state
 * does not allow that.
 */
extern void mst_exec_update_env(Advance *adv, Exec *exec, Jsonb *env);

#endif							/* MISTRAL_ENGINE_CALLS_START_H */
