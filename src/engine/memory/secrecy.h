/*-------------------------------------------------------------------------
 *
 * secrecy.h
 *	  Secrets of the executions of a call.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_SECRECY_H
#define MISTRAL_ENGINE_MEMORY_SECRECY_H

#include "engine/memory/model.h"
#include "store/secrets.h"
#include "store/task_items.h"

/* Rows that are about to be written, besides those that the call has lists of. */
typedef struct SealedRows
{
	ExecutionRow **execs;
	int			n_execs;
	ExecutionDataRow **data;
	int			n_data;
	TaskRow   **tasks;
	int			n_tasks;
} SealedRows;

extern void mst_call_add_secrets(EngineCall *call, SecretSet *set);
extern SecretSet *mst_execution_secrets(EngineCall *call, const Execution *exec);
extern Jsonb *mst_call_open(EngineCall *call, const Task *task, Jsonb *value);
extern Jsonb *mst_execution_seal(const ExecutionRow *exec, Jsonb *value);
extern void mst_execution_note_secrets(EngineCall *call, const Execution *exec);
extern void mst_call_seal_actions(EngineCall *call);
extern void mst_call_seal(EngineCall *call, const SealedRows *rows);
extern void mst_call_seal_humans(EngineCall *call);
extern void mst_call_seal_items(EngineCall *call, const Task *task, TaskItemRow **items, int n);
extern void mst_call_store_secrets(EngineCall *call);

#endif							/* MISTRAL_ENGINE_MEMORY_SECRECY_H */
