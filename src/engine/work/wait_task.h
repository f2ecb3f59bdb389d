/*-------------------------------------------------------------------------
 *
 * wait_task.h
 *	  Tasks that wait for signals.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_WAIT_TASK_H
#define MISTRAL_ENGINE_WORK_WAIT_TASK_H

#include "engine/work/actions.h"
#include "engine/work/children.h"

extern void mst_wait_start(EngineCall *call, Task *task);
extern Jsonb *mst_wait_take(EngineCall *call, Task *task, const ActionRow *action);
extern void mst_wait_cancel(EngineCall *call, Task *task);
extern bool mst_wait_suspend(EngineCall *call, Task *task);
extern Jsonb *mst_wait_simulated_result(const ActionRow *action);

#endif							/* MISTRAL_ENGINE_WORK_WAIT_TASK_H */
