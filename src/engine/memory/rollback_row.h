/*-------------------------------------------------------------------------
 *
 * rollback_row.h
 *	  What an execution remembers while it undoes what was done.
 *
 * See flow/rollback.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_ROLLBACK_ROW_H
#define MISTRAL_ENGINE_MEMORY_ROLLBACK_ROW_H

#include "engine/memory/model.h"

/* The member "rollback" of an execution's row, taken apart. */
typedef struct Rollback
{
	State		state;			/* what the execution ends with */
	int			next;			/* places below this one are not undone yet */
	int			made;			/* compensations */
	pg_uuid_t	of;				/* execution whose tasks are undone */
	bool		is_of_other;	/* that is another one, which has succeeded */
} Rollback;

extern void mst_rollback_read(const Execution *exec, Rollback *rollback);
extern void mst_rollback_write(EngineCall *call, Execution *exec, const Rollback *rollback);
extern bool mst_execution_rolls_back(const Execution *exec);
extern bool mst_execution_undoes_other(const Execution *exec);
extern void mst_rollback_keep_end(Execution *exec, const char *info, Jsonb *result);
extern char *mst_rollback_end_info(Execution *exec);
extern Jsonb *mst_rollback_end_result(Execution *exec);
extern char *mst_rollback_info(Execution *exec);
extern bool mst_task_is_compensation(const Task *task);
extern bool mst_task_is_stopped(const Task *task);
extern Task *mst_task_compensated(EngineCall *call, const Task *task);

#endif							/* MISTRAL_ENGINE_MEMORY_ROLLBACK_ROW_H */
