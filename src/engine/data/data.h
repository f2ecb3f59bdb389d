/*-------------------------------------------------------------------------
 *
 * data.h
 *	  The data of executions: contexts, results, what expressions see.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_DATA_DATA_H
#define MISTRAL_ENGINE_DATA_DATA_H

#include "engine/memory/engine_objects.h"
#include "store/secrets.h"

/* ---- data_context.c ---- */

extern ContextRow *mst_context_row(EngineCall *call, const pg_uuid_t *id);
extern bool mst_context_find(EngineCall *call, const pg_uuid_t *id,
							 const char *name, int len, JsonbValue *value);
extern void mst_context_each(EngineCall *call, const pg_uuid_t *id,
							 void (*fn) (void *arg, const char *name, int len),
							 void *arg);
extern Jsonb *mst_context_all(EngineCall *call, const pg_uuid_t *id);
extern pg_uuid_t mst_context_publish(EngineCall *call, Execution *exec,
									 const pg_uuid_t *parent, Jsonb *published);
extern pg_uuid_t mst_context_keep(EngineCall *call, Execution *exec, Jsonb *data);
extern pg_uuid_t mst_context_merge(EngineCall *call, Execution *exec,
								   const pg_uuid_t *ids, int n);

/* ---- outcome.c ---- */

extern List *mst_subworkflow_rows(EngineCall *call, Task *task);
extern void mst_subworkflow_each(EngineCall *call, Task *task,
								 bool (*fn) (ExecutionRow *row, void *arg), void *arg);
extern Jsonb *mst_task_result(EngineCall *call, Task *task);
extern Bitmapset *mst_task_items_done(EngineCall *call, Task *task, bool only_undoable);
extern Jsonb *mst_task_item_result(EngineCall *call, Task *task, int index);
extern Jsonb *mst_task_published(EngineCall *call, Task *task);
extern void mst_task_unaccept(EngineCall *call, Task *task, bool only_failed);

/* ---- error_class.c ---- */

extern bool mst_error_has_class(const RetrySpec *retry, const Jsonb *error);
extern bool mst_task_error_breaks(EngineCall *call, Task *task);

/* ---- bindings.c ---- */

extern ExprBindings *mst_bindings_task(EngineCall *call, Task *task, Jsonb *extra);
extern ExprBindings *mst_bindings_publish(EngineCall *call, Task *task);
extern ExprBindings *mst_bindings_outbound(EngineCall *call, Task *task);
extern ExprBindings *mst_bindings_target(EngineCall *call, Task *task, Jsonb *input);
extern ExprBindings *mst_bindings_output(EngineCall *call, Execution *exec,
										 const pg_uuid_t *final_context);
extern ExprBindings *mst_bindings_vars(EngineCall *call, Execution *exec);
extern ExprBindings *mst_bindings_env(EngineCall *call, Jsonb *env, SecretSet *secrets);
extern ExprBindings *mst_bindings_base_input(EngineCall *call, Task *task,
											 const char *project, Jsonb *input);
extern ExprBindings *mst_bindings_result(EngineCall *call, Task *task,
										 const char *project, Jsonb *value);

#endif							/* MISTRAL_ENGINE_DATA_DATA_H */
