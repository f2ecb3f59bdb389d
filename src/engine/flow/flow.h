/*-------------------------------------------------------------------------
 *
 * flow.h
 *	  What comes next in an execution, and how it ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_FLOW_FLOW_H
#define MISTRAL_ENGINE_FLOW_FLOW_H

#include "engine/data/data.h"

/* A command computed from a definition. */
typedef struct Command
{
	CommandKind kind;
	int			task_index;
	TaskEvent	event;
	Task	   *from;			/* the task it follows, or NULL */
	Jsonb	   *message;		/* evaluated; NULL: none */
} Command;

/* ---- reverse.c ---- */

extern pg_uuid_t mst_reverse_context(EngineCall *call, Execution *exec,
									 const TaskSpec *spec);
extern List *mst_flow_start(EngineCall *call, Execution *exec);
extern bool mst_flow_next(EngineCall *call, Task *task, List **commands,
						  ExprError **error);
extern pg_uuid_t mst_flow_final_context(EngineCall *call, Execution *exec);

/* ---- direct.c ---- */

extern List *mst_direct_start(EngineCall *call, Execution *exec);
extern bool mst_direct_next(EngineCall *call, Task *task, List **commands,
							ExprError **error);
extern pg_uuid_t mst_merge_outbound(EngineCall *call, Execution *exec, List *tasks);
extern pg_uuid_t mst_direct_final_context(EngineCall *call, Execution *exec);

/* ---- task_create.c ---- */

extern Task *mst_task_create(EngineCall *call, Execution *exec, const Command *command);
extern bool mst_task_has_children(const Task *task);
extern void mst_task_next_attempt(EngineCall *call, Task *task);
extern void mst_task_restart(EngineCall *call, Task *task);

/* ---- join_arrivals.c ---- */

extern void mst_join_arrive(EngineCall *call, Execution *exec, const Command *command);
extern void mst_join_task_completed(EngineCall *call, Task *task);
extern void mst_join_collect(EngineCall *call, Task *join);

/* ---- rollback.c ---- */

extern bool mst_rollback_begin(EngineCall *call, Execution *exec, State state, char *info,
							   Jsonb *result);
extern void mst_execution_abort(EngineCall *call, Execution *exec, char *info);
extern void mst_rollback_go_on(EngineCall *call, Execution *exec);
extern void mst_rollback_stop(EngineCall *call, Execution *exec, State state, char *message);
extern void mst_rollback_begin_of(EngineCall *call, Execution *exec, const ExecutionRow *done,
								  char *info);

/* ---- ends.c ---- */

extern char *mst_execution_try_succeed(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_succeed(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_fail_as(EngineCall *call, Execution *exec, char *info, Jsonb *result);
extern void mst_execution_fail(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_cancel(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_fail_now(EngineCall *call, Execution *exec, char *info, Jsonb *result);
extern void mst_execution_cancel_now(EngineCall *call, Execution *exec, char *info);
extern void mst_task_complete_later(EngineCall *call, Task *task, State state,
									char *info);
extern void mst_task_fail_now(EngineCall *call, Task *task, char *message);
extern void mst_task_force_fail_as(EngineCall *call, Task *task, char *message);
extern void mst_task_force_fail(EngineCall *call, Task *task, const char *operation,
								const char *what);

#endif							/* MISTRAL_ENGINE_FLOW_FLOW_H */
