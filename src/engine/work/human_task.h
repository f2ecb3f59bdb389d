/*-------------------------------------------------------------------------
 *
 * human_task.h
 *	  Beginning tasks of people.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_HUMAN_TASK_H
#define MISTRAL_ENGINE_WORK_HUMAN_TASK_H

#include "engine/memory/model.h"

extern char *mst_human_begin(EngineCall *call, Task *task, ActionRow *action, Jsonb *input);

#endif							/* MISTRAL_ENGINE_WORK_HUMAN_TASK_H */
