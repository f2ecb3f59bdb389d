/*-------------------------------------------------------------------------
 *
 * human_end.h
 *	  Ends of tasks of people that nobody brings.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_WORK_HUMAN_END_H
#define MISTRAL_ENGINE_WORK_HUMAN_END_H

#include "engine/memory/model.h"

extern void mst_human_end_all(EngineCall *call, Task *task);
extern bool mst_human_suspend(EngineCall *call, Task *task);

#endif							/* MISTRAL_ENGINE_WORK_HUMAN_END_H */
