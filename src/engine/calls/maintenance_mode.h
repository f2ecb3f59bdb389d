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

/* Begin maintenance, or end it. */
extern char *mst_engine_set_maintenance(bool pause);

/* Raise an error unless the state is RUNNING. */
extern void mst_maintenance_refuse(void);

/* Pause a new execution before its first task, until the end. */
extern void mst_maintenance_hold(EngineCall *call, Execution *exec);

#endif							/* MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H */
