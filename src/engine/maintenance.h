/*-------------------------------------------------------------------------
 *
 * maintenance.h
 *	  Pausing everything, and going on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MAINTENANCE_H
#define MISTRAL_ENGINE_MAINTENANCE_H

#include "engine/advance.h"

/* Run the calls for one execution. */
extern void mst_maintenance_pause(Advance *adv, Exec *exec, Task *task, Jsonb *args);
extern void mst_maintenance_resume(Advance *adv, Exec *exec, Task *task, Jsonb *args);

/* Run the call that looks whether all is quiet. */
extern void mst_maintenance_check(void);

#endif							/* MISTRAL_ENGINE_MAINTENANCE_H */
