/*-------------------------------------------------------------------------
 *
 * maintenance_mode.h
 *	  Pausing everything, and going on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H
#define MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H

#include "engine/steps/advance.h"

/* Run the calls for one execution. */
extern void mst_maintenance_pause(Advance *adv, Exec *exec, Task *task, Jsonb *args);
extern void mst_maintenance_resume(Advance *adv, Exec *exec, Task *task, Jsonb *args);

/* Run the call, due then, that looks whether all is quiet. */
extern void mst_maintenance_check(TimestampTz due);

/* Raise an error unless the state is RUNNING. */
extern void mst_maintenance_refuse(void);

/* Pause a new execution before its first task, until the end. */
extern void mst_maintenance_hold(Advance *adv, Exec *exec);

#endif							/* MISTRAL_ENGINE_CALLS_MAINTENANCE_MODE_H */
