/*-------------------------------------------------------------------------
 *
 * advance.h
 *	  One engine call in memory: the unit of work shared by the engine's files.
 *
 * An Advance holds the executions, tasks, actions and contexts that one call
 * has read or made, and a queue of steps.  mst_advance_run() takes steps off
 * the queue until it is empty; the functions for a step change structures
 * and append further steps, they never write.  mst_advance_finish() writes
 * each changed row once.
 *
 * A simulated Advance never reads or writes tables: all its rows are new, and
 * everything is found in memory.
 *
 * Everything lives in adv->mcxt until the call ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_STEPS_ADVANCE_H
#define MISTRAL_ENGINE_STEPS_ADVANCE_H

#include "nodes/bitmapset.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "dsl/spec.h"
#include "engine/engine.h"
#include "expr/expr.h"
#include "util/state.h"

typedef struct Advance Advance;
typedef struct Exec Exec;
typedef struct Task Task;

/* Policy state of a task, kept as JSON in task_executions.runtime. */
typedef struct TaskRuntime
{
	int			retry_no;		/* retries done */
	bool		has_retry;		/* the retry policy has looked at a result */
	bool		before_done;	/* in memory: the before policies have run */
	bool		paused_before;	/* IDLE because of pause-before */
	bool		held;			/* was to start when the execution could not */
	bool		waited_before;	/* wait-before has been applied */
	bool		wait_after_done;
	bool		timed_out;		/* the limit has passed: no more attempts */
	int			timeout_from;	/* attempt from which the limit is counted */
	ExecState	end_state;		/* what wait-after holds back, or EXEC_NONE */
	char	   *end_info;
	int			item_count;		/* with-items: number of items, -1 unknown */
	int			concurrency;	/* 0: unlimited */
	int			next_item;		/* items already started */
	int			first_child;	/* children up to this one are not accepted */
	bool		item_failed;	/* some accepted child is in ERROR */
	Bitmapset  *rerun_items;	/* rerun without reset: what to run again */
	Bitmapset  *arrived;		/* join: inbound routes that have fired */
	Bitmapset  *late;			/* join: routes whose arrival is absorbed */
	bool		left_children;	/* sub-executions that nobody waits for any more */
	ExecState	suspended_state;	/* before the execution ended, see settle.c */
	char	   *suspended_info;
	Jsonb	   *set_aside;		/* delayed calls that a rerun makes again */
} TaskRuntime;

/* What is done to a task, as it is called when it fails. */
#define OPERATION_RUN "Failed to run task"
#define OPERATION_TAKE_RESULT "Failed to handle action completion"
#define OPERATION_COMPLETE "Failed to complete task"

/* A task execution in memory. */
struct Task
{
	pg_uuid_t	id;				/* hash key */
	TaskRow    *row;
	Exec	   *exec;
	const TaskSpec *spec;
	TaskRuntime rt;
	bool		rt_dirty;
	List	   *actions;		/* ActionRow *: made or changed by this call */
	bool		actions_stored; /* there may be others in the table */
	Bitmapset  *next_set;		/* indexes of the tasks in next_from */
	Jsonb	   *next_from;		/* the row's next_tasks that was taken apart */
	bool		items_queued;	/* further items will be started by this call */
	bool		resume_queued;	/* STEP_CHILD_RESUMED is in the queue */
	bool		run_queued;		/* a step will start the task */
	const char *operation;		/* one of OPERATION_..., or NULL */
	ExecState	coming_state;	/* see mst_task_complete_later() */
	char	   *coming_info;
	char	   *coming_failure; /* instead: what its execution fails with, too */
	char	   *start_failure;	/* why no child can be made, for on-error to catch */
	bool		is_starting;	/* mst_task_run() is at work */
	ExecState	untold_state;	/* before an end of which no event tells yet */
	List	   *child_execs;	/* Exec *: sub-executions made by this call */
};

/* An execution in memory. */
struct Exec
{
	pg_uuid_t	id;				/* hash key */
	ExecutionRow *row;
	ExecutionDataRow *data;		/* see mst_exec_data() */
	const WorkflowSpec *spec;
	Exec	   *root;			/* see mst_exec_root() */
	Task	   *parent_task;	/* when it is in memory */
	Task	  **latest;			/* by task index: the latest run in memory */
	bool	   *latest_known;	/* by task index: the store has been asked */
	List	   *tasks;			/* Task *: all in memory */
	bool		all_loaded;		/* every task is in memory */
	bool		is_ours;		/* made by this call: all of it is in memory */
	bool		is_locked;		/* this call holds the row's lock */
	bool		is_stale;		/* the row may have changed since it was read */
	bool		check_queued;	/* a completion check is in the queue */
	int32		stored_open;	/* open_tasks as the row has it in the table */
	struct JoinInfo *joins;		/* by task index, see join.c */
	int		   *join_indexes;	/* the tasks that are joins */
	int			n_joins;
};

typedef enum StepKind
{
	STEP_RUN_TASK,				/* start or restart the task */
	STEP_MORE_ITEMS,			/* start further items of the task */
	STEP_TASK_DONE,				/* the children of the task have ended */
	STEP_REFRESH_JOIN,			/* decide about a waiting join */
	STEP_CHECK_COMPLETION,		/* is the execution finished? */
	STEP_CHILD_FINISHED,		/* tell the parent of execution */
	STEP_CHILD_RESUMED,			/* a sub-execution of the task is RUNNING again */
	STEP_START_EXECUTION		/* dispatch the first commands */
} StepKind;

typedef struct Step
{
	StepKind	kind;
	Task	   *task;
	Exec	   *exec;
} Step;

/* A context row in memory, by id. */
typedef struct ContextEntry
{
	pg_uuid_t	id;				/* hash key */
	ContextRow *row;
} ContextEntry;

struct Advance
{
	MemoryContext mcxt;
	MemoryContext action_cxt;	/* new actions until they are written */
	TimestampTz now;
	bool		is_simulated;
	bool		is_async;		/* actions of the database end in another transaction */
	HTAB	   *execs;			/* Exec by id */
	HTAB	   *tasks;			/* Task by id */
	HTAB	   *contexts;		/* ContextEntry by id */
	List	   *exec_list;		/* Exec *, in the order of loading */
	List	   *task_list;
	Step	   *steps;			/* ring buffer */
	int			steps_size;
	int			steps_head;
	int			steps_count;
	int			budget;			/* tasks and items that may still start */
	int			children_made;	/* sub-executions, not yet stored */
	bool		tree_is_full;	/* no more sub-executions: see start.c */
	TimestampTz slice_end;		/* then the budget is used up; 0: never */
	List	   *child_changes;	/* see subworkflow.c */
	List	   *ended_execs;	/* Exec * that have become final, to be settled */
	List	   *ended_tasks;	/* Task *, likewise */
	List	   *new_contexts;	/* ContextRow * to insert */
	List	   *pending_actions;	/* ActionRow * new or dirty */
	List	   *queue;			/* QueueRow * to insert */
	List	   *delayed_calls;	/* DelayedCallRow * to insert */
	List	   *events;			/* EventRow * to insert */
	List	   *offered;		/* pg_uuid_t *: actions whose offer was taken */
	ActionOffer offer;
	void	   *offer_arg;
	const struct World *world;	/* see world.h; NULL: the real one */
	struct Simulation *simulation;	/* of simulate.c, NULL: it is real */
};

/* ---- advance.c ---- */

/* Take steps until the queue is empty or the budget is used up. */
extern void mst_advance_run(Advance *adv);

/* ---- engine_call.c: the call ---- */

extern Advance *mst_advance_begin(void);
/* Has the call used up its time or memory?  Then the budget is used up, too. */
extern bool mst_advance_is_spent(Advance *adv);
/* Is this a worker, which bounds what it runs (see mst_engine_set_slice)? */
extern bool mst_advance_is_bounded(void);
/* Refuse a simulation that needs more memory than the setting allows. */
extern void mst_advance_check_memory(Advance *adv);
extern void mst_advance_push(Advance *adv, StepKind kind, Exec *exec, Task *task);
extern Step mst_advance_pop(Advance *adv);
extern void mst_exec_queue_check(Advance *adv, Exec *exec);

/* ---- write_back.c ---- */

extern void mst_exec_touch(Advance *adv, Exec *exec);
extern void mst_task_touch(Advance *adv, Task *task);
extern void mst_advance_touch_action(Advance *adv, Task *task, ActionRow *action);
extern void mst_advance_write_actions(Advance *adv);
extern void mst_advance_flush_actions(Advance *adv);
/* Write everything; the Advance must not be used for steps afterwards. */
extern void mst_advance_finish(Advance *adv);

/* ---- outbox.c ---- */

extern void mst_advance_delay(Advance *adv, const char *kind, Exec *exec,
							  Task *task, TimestampTz due, const char *key,
							  Jsonb *args);
extern void mst_advance_delay_action(Advance *adv, const char *kind, Task *task,
									 ActionRow *action, TimestampTz due, Jsonb *args,
									 const char *error);
extern void mst_advance_delay_child(Advance *adv, const char *kind, Exec *parent,
									const pg_uuid_t *child_id, TimestampTz due,
									Jsonb *args);
extern Jsonb *mst_task_timer_args(Task *task);
extern Jsonb *mst_child_change_args(List *ids, ExecState state, const char *info);
extern void mst_child_change_later(Advance *adv, Exec *parent, const pg_uuid_t *id,
								   ExecState state, const char *info, TimestampTz due);
extern void mst_child_changes_delay(Advance *adv);
extern void mst_advance_enqueue(Advance *adv, ActionRow *action);

/* ---- objects.c: objects in memory ---- */

/*
 * The execution, from memory or storage; NULL when there is none.  A lock
 * that was asked for is held on return, else NULL is returned with *is_busy.
 */
extern Exec *mst_advance_exec(Advance *adv, const pg_uuid_t *id, LockMode mode,
							  bool *is_busy);
extern Exec *mst_advance_add_exec(Advance *adv, ExecutionRow *row,
								  ExecutionDataRow *data);
extern Task *mst_advance_task(Advance *adv, const pg_uuid_t *id);
extern Task *mst_advance_add_task(Advance *adv, Exec *exec, const TaskSpec *spec);
/* The latest run of a task, or NULL. */
extern Task *mst_advance_latest_task(Advance *adv, Exec *exec, int task_index);
/*
 * A query has run in this transaction: executions that this call has only
 * looked at are read again when they are next asked for.
 */
extern void mst_advance_expire_reads(Advance *adv);
/* Load every task of the execution into memory. */
extern void mst_advance_load_tasks(Advance *adv, Exec *exec);
/* The compiled definition of that version, stored or simulated. */
extern const WorkflowSpec *mst_exec_spec(Advance *adv, const pg_uuid_t *version_id);
/* Its normalised JSON; NULL when the version is gone. */
extern const char *mst_exec_spec_json(Advance *adv, Exec *exec);
extern ExecutionDataRow *mst_exec_data(Exec *exec);
extern Exec *mst_exec_root(Advance *adv, Exec *exec);
extern Jsonb *mst_exec_env(Advance *adv, Exec *exec);
/* Make a row for a new child action of the task. */
extern ActionRow *mst_advance_add_action(Advance *adv, Task *task);
/* Take back an execution that has just been added and got no tasks yet. */
extern void mst_advance_forget_exec(Advance *adv, Exec *exec);
/*
 * Each action of the task, pending changes included, in order of number; those
 * of earlier attempts are left out where none of them is accepted.
 */
extern void mst_task_each_action(Advance *adv, Task *task,
								 bool (*fn) (ActionRow *action, void *arg),
								 void *arg);

/* ---- transitions.c: the only writer of states ---- */

extern void mst_exec_set_state(Advance *adv, Exec *exec, ExecState state,
							   char *info);
extern void mst_task_set_state(Advance *adv, Task *task, ExecState state,
							   char *info);
extern ExecState mst_task_change_state(Advance *adv, Task *task, ExecState state,
									   char *info);
extern void mst_action_set_state(ActionRow *action, ExecState state);

/* ---- task_runtime.c ---- */

extern void mst_runtime_read(TaskRuntime *rt, Jsonb *json);
extern Jsonb *mst_runtime_write(const TaskRuntime *rt);

/* ---- data_context.c: published variables ---- */

/* The row of that id; it must exist. */
extern ContextRow *mst_context_row(Advance *adv, const pg_uuid_t *id);
/*
 * The variable's value as seen in the context; false when it is not there.
 * The value points into memory of the call.
 */
extern bool mst_context_find(Advance *adv, const pg_uuid_t *id,
							 const char *name, int len, JsonbValue *value);
/* Calls fn for the name of each visible variable. */
extern void mst_context_each(Advance *adv, const pg_uuid_t *id,
							 void (*fn) (void *arg, const char *name, int len),
							 void *arg);
/* All visible variables as one mapping. */
extern Jsonb *mst_context_all(Advance *adv, const pg_uuid_t *id);
/* A new link with what a task published over its inbound context. */
extern pg_uuid_t mst_context_publish(Advance *adv, Exec *exec,
									 const pg_uuid_t *parent, Jsonb *published);
/* The merge of several contexts, the first being the base (engine.md 6.5). */
extern pg_uuid_t mst_context_merge(Advance *adv, Exec *exec,
								   const pg_uuid_t *ids, int n);
/* Keep a value that belongs to the execution but is no context. */
extern pg_uuid_t mst_context_keep(Advance *adv, Exec *exec, Jsonb *data);

/* ---- outcome.c: what children have left ---- */

extern List *mst_subworkflow_rows(Advance *adv, Task *task);
extern Jsonb *mst_task_result(Advance *adv, Task *task);
extern Jsonb *mst_task_published(Advance *adv, Task *task);
extern void mst_task_unaccept(Advance *adv, Task *task, bool only_failed);

/* ---- scope.c: what expressions see ---- */

#define SCOPE_MAX_LAYERS 8

typedef struct EngineScope EngineScope;

/* For task input, names, policies, with-items; extra may be NULL. */
extern ExprScope *mst_scope_task(Advance *adv, Task *task, Jsonb *extra);
/* For publish. */
extern ExprScope *mst_scope_publish(Advance *adv, Task *task);
/* For guards, messages and break-on: sees what the task has published. */
extern ExprScope *mst_scope_outbound(Advance *adv, Task *task);
/* For the target: the action's input first. */
extern ExprScope *mst_scope_target(Advance *adv, Task *task, Jsonb *input);
/* For output: the final context. */
extern ExprScope *mst_scope_output(Advance *adv, Exec *exec,
								   const pg_uuid_t *final_context);
/* For vars. */
extern ExprScope *mst_scope_vars(Advance *adv, Exec *exec);
/* For an environment's own expressions. */
extern ExprScope *mst_scope_env(Advance *adv, Jsonb *env);
/* For base-input of ad-hoc actions of the project; task may be NULL. */
extern ExprScope *mst_scope_base_input(Advance *adv, Task *task,
									   const char *project, Jsonb *input);
/* For output of ad-hoc actions: the data is the value itself. */
extern ExprScope *mst_scope_result(Advance *adv, Task *task,
								   const char *project, Jsonb *value);

/* ---- dispatch.c ---- */

/* A command computed from a definition. */
typedef struct Command
{
	CommandKind kind;
	int			task_index;
	TaskEvent	event;
	Task	   *from;			/* the task it follows, or NULL */
	Jsonb	   *message;		/* evaluated; NULL: none */
} Command;

/* Execute commands (engine.md 4.1); what meets a pause goes to the backlog. */
extern void mst_dispatch(Advance *adv, Exec *exec, List *commands,
						 bool with_backlog);

/* ---- direct.c, reverse.c: what comes next ---- */

/* The first commands of an execution. */
extern List *mst_flow_start(Advance *adv, Exec *exec);
/*
 * The commands that follow a completed task.  Returns false with an error
 * when a guard or message fails.
 */
extern bool mst_flow_next(Advance *adv, Task *task, List **commands,
						  ExprError **error);
/* Final context of the execution, for its output. */
extern pg_uuid_t mst_flow_final_context(Advance *adv, Exec *exec);

/* ---- ends.c ---- */

extern char *mst_exec_try_succeed(Advance *adv, Exec *exec, char *info);
extern void mst_exec_succeed(Advance *adv, Exec *exec, char *info);
extern void mst_exec_fail_as(Advance *adv, Exec *exec, char *info, Jsonb *result);
extern void mst_exec_fail(Advance *adv, Exec *exec, char *info);
extern void mst_exec_cancel(Advance *adv, Exec *exec, char *info);
extern void mst_task_complete_later(Advance *adv, Task *task, ExecState state,
									char *info);
extern void mst_task_fail_now(Advance *adv, Task *task, char *message);
extern void mst_task_force_fail_as(Advance *adv, Task *task, char *message);
extern void mst_task_force_fail(Advance *adv, Task *task, const char *operation,
								const char *what);

/* ---- task_create.c ---- */

extern Task *mst_task_create(Advance *adv, Exec *exec, const Command *command);
extern void mst_task_restart(Advance *adv, Task *task);

/* ---- joins ---- */

/* A command has reached the join: create, arm or note the arrival. */
extern void mst_join_arrive(Advance *adv, Exec *exec, const Command *command);
/* A task has completed: joins that may be concerned are refreshed. */
extern void mst_join_task_completed(Advance *adv, Task *task);
/* STEP_REFRESH_JOIN: start, fail or go on waiting. */
extern void mst_join_refresh(Advance *adv, Task *join);
/* Context and origin of a join that starts. */
extern void mst_join_collect(Advance *adv, Task *join);

/* ---- task_run.c ---- */

/* STEP_RUN_TASK. */
extern void mst_task_run(Advance *adv, Task *task);

/* ---- task_complete.c ---- */

/* Complete the task unless it is completed (engine.md 10). */
extern void mst_task_complete(Advance *adv, Task *task, ExecState state,
							  char *info);
/* STEP_TASK_DONE. */
extern void mst_task_done(Advance *adv, Task *task);
/* After wait-after has passed. */
extern void mst_task_complete_again(Advance *adv, Task *task);
/* Compute and dispatch what follows a completed task. */
extern void mst_task_follow(Advance *adv, Task *task);
/* The same without dispatching: the commands, or NIL after a failure. */
extern List *mst_task_commands(Advance *adv, Task *task);

/* ---- policies.c ---- */

/*
 * Apply the policies before a start or after a completion.  False: the task
 * does not go on now, because a policy holds it or an error has failed it.
 */
extern bool mst_policies_before(Advance *adv, Task *task);
extern bool mst_policies_after(Advance *adv, Task *task);
/* Wait-before or retry has passed. */
extern void mst_policies_continue(Advance *adv, Task *task);

/* ---- children of tasks ---- */

/* STEP_MORE_ITEMS */
extern void mst_task_more_items(Advance *adv, Task *task);
/* An action of the current attempt has its final state and output. */
extern void mst_task_action_ended(Advance *adv, Task *task, ActionRow *action);
extern void mst_task_action_ended_at_once(Advance *adv, Task *task, ActionRow *action);
/*
 * Apply the output of an ad-hoc action to its result; false: it failed, and
 * with it the action, and task and execution where they have not ended.
 */
extern bool mst_task_transform_result(Advance *adv, Task *task, ActionRow *action);
/* The same for any child; info is the state_info of one that failed. */
extern void mst_task_child_done(Advance *adv, Task *task, ExecState state,
								char *info);
/* A child is PAUSED, or RUNNING again; are other children paused? */
extern void mst_task_child_updated(Advance *adv, Task *task, ExecState state,
								   bool others_paused);

/* ---- actions.c ---- */

/* What an action's name stands for. */
typedef struct ActionCall
{
	char	   *name;			/* as recorded */
	Jsonb	   *input;			/* as recorded */
	char	   *run_name;		/* the built-in action really run */
	Jsonb	   *run_input;
	bool		is_sync;
	bool		in_database;
} ActionCall;

typedef enum ActionProblem
{
	ACTION_OK,
	ACTION_UNKNOWN,				/* fatal for the task */
	ACTION_BAD_INPUT,			/* fatal for the task */
	ACTION_NOT_RUNNABLE			/* catchable, see mst_catch_start_failures */
} ActionProblem;

/*
 * Find the action, check its parameters, work through ad-hoc definitions.
 * On failure *message says why.  "task" may be NULL (stand-alone run).
 */
extern ActionProblem mst_action_resolve(Advance *adv, Task *task,
										const char *name, const char *workbook,
										const char *namespace, const char *project,
										Jsonb *input, ActionCall *call,
										char **message);
/*
 * Run a built-in action here, or arrange for it: the action's state and
 * output are set when it has ended at once.
 */
extern void mst_action_run(Advance *adv, Task *task, ActionRow *action,
						   const ActionCall *call);

/*
 * Run a stored action of the database whose run was left for later, for the
 * time "attempts"; "state" and "output" are its result.  False: it is to be
 * tried again at *due, because of the error that is in *output.
 */
extern bool mst_action_run_stored(ActionRow *action, int attempts,
								  ExecState *state, Jsonb **output,
								  TimestampTz *due);

/* Set the final state, and the output to {"result": result}. */
extern void mst_action_end(Advance *adv, ActionRow *action, ExecState state,
						   Jsonb *result);
/*
 * Apply the output templates of ad-hoc actions to a successful result.
 * False: an expression failed, *error says which.
 */
extern bool mst_action_transform(Advance *adv, Task *task, const char *name,
								 const char *workbook, const char *namespace,
								 const char *project, Jsonb **value,
								 ExprError **error);

/* ---- executions ---- */

/* STEP_CHECK_COMPLETION */
extern void mst_exec_check_completion(Advance *adv, Exec *exec);
/* Pause, with what runs below and above. */
extern void mst_exec_pause(Advance *adv, Exec *exec, char *info);
extern void mst_exec_resume(Advance *adv, Exec *exec);
/*
 * A completed execution runs again, and so do its tasks that have waited for
 * something that passed meanwhile.
 */
extern void mst_exec_revive_tasks(Advance *adv, Exec *exec);
/* A task or child is no longer paused. */
extern void mst_exec_resume_if_no_task_paused(Advance *adv, Exec *exec);

/* ---- settle.c: what an end means for all below ---- */

/* Settle what has become final; true: there are steps to take again. */
extern bool mst_advance_settle(Advance *adv);
/* The task has ended and its actions have had some time to end, too. */
extern void mst_task_abandon_actions(Advance *adv, Task *task, int attempt);
/* The execution has ended: keep the task's call for a rerun. */
extern void mst_task_set_aside(Advance *adv, Task *task, const DelayedCallRow *call);
/* The execution has ended and nothing is left to wait for: the task waits for a rerun. */
extern void mst_task_suspend(Advance *adv, Task *task);
/* The execution goes on: the task waits again for what it had waited for. */
extern void mst_task_unsuspend(Advance *adv, Task *task);

/* ---- subworkflow.c ---- */

/* STEP_CHILD_FINISHED */
extern void mst_exec_tell_parent(Advance *adv, Exec *exec);
/* STEP_CHILD_RESUMED */
extern void mst_subworkflow_resumed(Advance *adv, Task *task);
/* Create a sub-execution of the task; false: *message says why not. */
extern bool mst_subworkflow_create(Advance *adv, Task *task, const char *name,
								   Jsonb *input, int item_index, char **message);

/* Does some task of the workflow call another workflow? */
extern bool mst_subworkflow_is_called(const WorkflowSpec *spec);
/* Cancel the task's sub-executions that are not completed by then. */
extern void mst_subworkflow_end(Advance *adv, Task *task, TimestampTz due);
/* The calls that do so to a list of sub-executions and to one. */
extern void mst_subworkflow_change_several(Advance *adv, Exec *parent, Jsonb *args);
extern void mst_subworkflow_change(Advance *adv, Exec *child, Jsonb *args);

extern void mst_exec_end_tree(Advance *adv, Exec *root, Jsonb *args);

/* ---- result_apply.c ---- */

extern ResultRefusal mst_result_check(const ActionRow *action, ExecState state,
									  int64 executor_id);
extern ActionRow *mst_result_find_action(Advance *adv, const pg_uuid_t *id);
extern ResultRefusal mst_result_apply(Advance *adv, const pg_uuid_t *action_id,
									  ExecState state, Jsonb *value, int64 executor_id);
extern ResultRefusal mst_result_apply_alone(Advance *adv, ActionRow *action,
											const ActionResult *result);
extern void mst_action_end_by_engine(Advance *adv, const pg_uuid_t *action_id,
									 ExecState state, Jsonb *value);

/* ---- start.c ---- */

/* Make a root or sub-execution; raises what is wrong with the request. */
extern Exec *mst_exec_create(Advance *adv, StartRequest *request);

/* ---- events.c ---- */

/* Does anybody want the events of the execution? */
extern bool mst_event_wanted(Exec *exec);
/* The parameters with the publishers of the settings added. */
extern Jsonb *mst_event_add_publishers(Jsonb *params);
extern void mst_event_execution(Advance *adv, Exec *exec, ExecState from);
extern void mst_event_task(Advance *adv, Task *task, ExecState from, bool was_started);

#endif							/* MISTRAL_ENGINE_STEPS_ADVANCE_H */
