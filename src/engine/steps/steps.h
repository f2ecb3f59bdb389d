/*-------------------------------------------------------------------------
 *
 * steps.h
 *	  The steps of a call: what starts, ends and goes on.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_STEPS_STEPS_H
#define MISTRAL_ENGINE_STEPS_STEPS_H

#include "engine/work/actions.h"
#include "engine/work/children.h"

/* ---- run_steps.c ---- */

extern void mst_call_run(EngineCall *call);

/* ---- task_run.c ---- */

extern void mst_task_run(EngineCall *call, Task *task);
extern void mst_task_more_items(EngineCall *call, Task *task);

/* ---- policies.c ---- */

extern bool mst_policies_before(EngineCall *call, Task *task);
extern void mst_policies_continue(EngineCall *call, Task *task);
extern bool mst_policies_after(EngineCall *call, Task *task);

/* ---- take_slots.c ---- */

extern bool mst_task_has_limits(const Task *task);
extern bool mst_task_take_slots(EngineCall *call, Task *task);
extern void mst_task_retake_slots(EngineCall *call, Task *task);
extern void mst_task_slots_taken(EngineCall *call, Task *task);

/* ---- task_complete.c ---- */

extern List *mst_task_commands(EngineCall *call, Task *task);
extern void mst_task_complete(EngineCall *call, Task *task, State state,
							  char *info);
extern void mst_task_done(EngineCall *call, Task *task);
extern void mst_task_complete_again(EngineCall *call, Task *task);

/* ---- dispatch.c ---- */

extern void mst_dispatch(EngineCall *call, Execution *exec, List *commands,
						 bool with_backlog);

/* ---- join_refresh.c ---- */

extern void mst_join_refresh(EngineCall *call, Task *join);

/* ---- exec_completion.c ---- */

extern void mst_execution_check_completion(EngineCall *call, Execution *exec);

/* ---- exec_timeout.c ---- */

extern void mst_execution_time_out(EngineCall *call, Execution *exec, Jsonb *args);

/* ---- exec_resume.c ---- */

extern void mst_execution_revive_tasks(EngineCall *call, Execution *exec);
extern void mst_execution_resume(EngineCall *call, Execution *exec);
extern void mst_execution_resume_if_no_task_paused(EngineCall *call, Execution *exec);
extern void mst_subworkflow_change(EngineCall *call, Execution *child, Jsonb *args);
extern void mst_subworkflow_change_several(EngineCall *call, Execution *parent, Jsonb *args);

/* ---- child_notification.c ---- */

extern void mst_task_child_updated(EngineCall *call, Task *task, State state,
								   bool others_paused, Jsonb *by);
extern void mst_subworkflow_resumed(EngineCall *call, Task *task);
extern void mst_execution_notify_parent(EngineCall *call, Execution *exec);

/* ---- result_apply.c ---- */

extern ResultRefusal mst_result_check(const ActionRow *action, const ActionResult *result);
extern ActionRow *mst_result_find_action(EngineCall *call, const pg_uuid_t *id);
extern ResultRefusal mst_result_apply(EngineCall *call, const ActionResult *result);
extern void mst_action_end_by_engine(EngineCall *call, const pg_uuid_t *action_id,
									 State state, Jsonb *value);
extern ResultRefusal mst_result_apply_alone(EngineCall *call, ActionRow *action,
											const ActionResult *result);

/* ---- settle.c ---- */

extern void mst_task_abandon_actions(EngineCall *call, Task *task, int attempt);
extern void mst_task_take_back_actions(EngineCall *call, Task *task);
extern bool mst_call_settle(EngineCall *call);

#endif							/* MISTRAL_ENGINE_STEPS_STEPS_H */
