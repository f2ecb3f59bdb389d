/*-------------------------------------------------------------------------
 *
 * maintenance_mode.h
 *	  Pausing everything, and going on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H
#define MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H

#include "engine/steps/steps.h"

extern void mst_maintenance_pause(EngineCall *call, Execution *exec, Task *task, Jsonb *args);
extern void mst_maintenance_resume(EngineCall *call, Execution *exec, Task *task, Jsonb *args);

extern void mst_maintenance_check(TimestampTz due);

/* Begins maintenance, or ends it. */
extern char *mst_engine_set_maintenance(bool pause);

/* Raises an error unless the state is RUNNING. */
extern void mst_maintenance_refuse(void);

/* Pauses a new execution before its first task, until the end. */
extern void mst_maintenance_hold(EngineCall *call, Execution *exec);

#endif							/* MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H */
