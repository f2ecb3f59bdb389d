/*-------------------------------------------------------------------------
 *
 * start.h
 *	  Making executions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_START_H
#define MISTRAL_ENGINE_CALLS_START_H

#include "definition/definitions.h"
#include "engine/steps/advance.h"

/*
 * A sub-execution of the task, IDLE to RUNNING but without its first step.
 * NULL: *message says why it cannot be made.
 */
extern Exec *mst_exec_create_child(Advance *adv, Task *task,
								   const WorkflowRef *ref, Jsonb *input,
								   Jsonb *params, int item_index, char **message);

/* Namespace of the top-level start that led to the execution. */
extern char *mst_exec_namespace(Advance *adv, Exec *exec);

/*
 * Merge into the environment of an execution (engine.md 3.3); raises an error
 * when its state does not allow that.
 */
extern void mst_exec_update_env(Advance *adv, Exec *exec, Jsonb *env);

#endif							/* MISTRAL_ENGINE_CALLS_START_H */
