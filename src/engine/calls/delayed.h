/*-------------------------------------------------------------------------
 *
 * delayed.h
 *	  Delayed calls within an engine call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_DELAYED_H
#define MISTRAL_ENGINE_CALLS_DELAYED_H

#include "engine/steps/steps.h"

extern void mst_lost_action_run(const DelayedCallRow *delayed);

extern bool mst_delayed_continues_task(CallKind kind, const TaskRow *row,
									   const TaskRuntime *runtime, Jsonb *args);
extern void mst_delayed_apply(EngineCall *call, DelayedCallRow *delayed);

#endif							/* MISTRAL_ENGINE_CALLS_DELAYED_H */
