/*-------------------------------------------------------------------------
 *
 * advance.h
 *	  One engine call in memory: the unit of work shared by the engine's files.
 *
 * An EngineCall holds the executions, tasks, actions and contexts that one call
 * has read or made, and a queue of steps.  mst_call_run() takes steps off
 * the queue until it is empty; the functions for a step change structures
 * and append further steps, they never write.  mst_call_finish() writes
 * each changed row once.
 *
 * A simulated call never reads or writes tables: all its rows are new, and
 * everything is found in memory.
 *
 * Everything lives in call->mcxt until the call ends.
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

typedef struct EngineCall EngineCall;
typedef struct Execution Execution;
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
	State		end_state;		/* what wait-after holds back, or MST_STATE_NONE */
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
	State		suspended_state;	/* before the execution ended, see settle.c */
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
	Execution  *exec;
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
	State		coming_state;	/* see mst_task_complete_later() */
	char	   *coming_info;
	char	   *coming_failure; /* instead: what its execution fails with, too */
	char	   *start_failure;	/* why no child can be made, for on-error to catch */
	bool		is_starting;	/* mst_task_run() is at work */
	State		untold_state;	/* before an end of which no event tells yet */
	List	   *child_execs;	/* Execution *: sub-executions made by this call */
};

/* An execution in memory. */
struct Execution
{
	pg_uuid_t	id;				/* hash key */
	ExecutionRow *row;
	ExecutionDataRow *data;		/* see mst_execution_data() */
	const WorkflowSpec *spec;
	Execution  *root;			/* see mst_execution_root() */
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
	struct JoinInfo *joins;		/* by task index, see join_arrivals.c */
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
	Execution  *exec;
} Step;

/* A context row in memory, by id. */
typedef struct ContextEntry
{
	pg_uuid_t	id;				/* hash key */
	ContextRow *row;
} ContextEntry;

struct EngineCall
{
	MemoryContext mcxt;
	MemoryContext action_cxt;	/* new actions until they are written */
	TimestampTz now;
	bool		is_simulated;
	bool		is_async;		/* actions of the database end in another transaction */
	HTAB	   *execs;			/* Execution by id */
	HTAB	   *tasks;			/* Task by id */
	HTAB	   *contexts;		/* ContextEntry by id */
	List	   *exec_list;		/* Execution *, in the order of loading */
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
	List	   *ended_execs;	/* Execution * that have become final, to be settled */
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

/* ---- run_steps.c ---- */

/* Take steps until the queue is empty or the budget is used up. */
extern void mst_call_run(EngineCall *call);

/* ---- engine_call.c: the call ---- */

extern EngineCall *mst_call_begin(void);
/* Has the call used up its time or memory?  Then the budget is used up, too. */
extern bool mst_call_is_spent(EngineCall *call);
/* Is this a worker, which bounds what it runs (see mst_engine_set_slice)? */
extern bool mst_call_is_bounded(void);
/* Refuse a simulation that needs more memory than the setting allows. */
extern void mst_call_check_memory(EngineCall *call);
extern void mst_call_push(EngineCall *call, StepKind kind, Execution *exec, Task *task);
extern Step mst_call_pop(EngineCall *call);
extern void mst_execution_queue_check(EngineCall *call, Execution *exec);

/* ---- write_back.c ---- */

extern void mst_execution_touch(EngineCall *call, Execution *exec);
extern void mst_task_touch(EngineCall *call, Task *task);
extern void mst_call_touch_action(EngineCall *call, Task *task, ActionRow *action);
extern void mst_call_write_actions(EngineCall *call);
extern void mst_call_flush_actions(EngineCall *call);
/* Write everything; the EngineCall must not be used for steps afterwards. */
extern void mst_call_finish(EngineCall *call);

/* ---- outbox.c ---- */

extern void mst_call_delay(EngineCall *call, const char *kind, Execution *exec,
						   Task *task, TimestampTz due, const char *key,
						   Jsonb *args);
extern void mst_call_delay_action(EngineCall *call, const char *kind, Task *task,
								  ActionRow *action, TimestampTz due, Jsonb *args,
								  const char *error);
extern void mst_call_delay_child(EngineCall *call, const char *kind, Execution *parent,
								 const pg_uuid_t *child_id, TimestampTz due,
								 Jsonb *args);
extern Jsonb *mst_task_timer_args(Task *task);
extern Jsonb *mst_child_change_args(List *ids, State state, const char *info);
extern void mst_child_change_later(EngineCall *call, Execution *parent, const pg_uuid_t *id,
								   State state, const char *info, TimestampTz due);
extern void mst_child_changes_delay(EngineCall *call);
extern void mst_call_enqueue(EngineCall *call, ActionRow *action);

/* ---- objects.c: objects in memory ---- */

/*
 * The execution, from memory or storage; NULL when there is none.  A lock
 * that was asked for is held on return, else NULL is returned with *is_busy.
 */
extern Execution *mst_call_execution(EngineCall *call, const pg_uuid_t *id, LockMode mode,
									 bool *is_busy);
extern Execution *mst_call_add_execution(EngineCall *call, ExecutionRow *row,
										 ExecutionDataRow *data);
extern Task *mst_call_task(EngineCall *call, const pg_uuid_t *id);
extern Task *mst_call_add_task(EngineCall *call, Execution *exec, const TaskSpec *spec);
/* The latest run of a task, or NULL. */
extern Task *mst_call_latest_task(EngineCall *call, Execution *exec, int task_index);
/*
 * A query has run in this transaction: executions that this call has only
 * looked at are read again when they are next asked for.
 */
extern void mst_call_expire_reads(EngineCall *call);
/* Load every task of the execution into memory. */
extern void mst_call_load_tasks(EngineCall *call, Execution *exec);
/* The compiled definition of that version, stored or simulated. */
extern const WorkflowSpec *mst_execution_spec(EngineCall *call, const pg_uuid_t *version_id);
/* Its normalised JSON; NULL when the version is gone. */
extern const char *mst_execution_spec_json(EngineCall *call, Execution *exec);
extern ExecutionDataRow *mst_execution_data(Execution *exec);
extern Execution *mst_execution_root(EngineCall *call, Execution *exec);
extern Jsonb *mst_execution_env(EngineCall *call, Execution *exec);
/* Make a row for a new child action of the task. */
extern ActionRow *mst_call_add_action(EngineCall *call, Task *task);
/* Take back an execution that has just been added and got no tasks yet. */
extern void mst_call_forget_execution(EngineCall *call, Execution *exec);
/*
 * Each action of the task, pending changes included, in order of number; those
 * of earlier attempts are left out where none of them is accepted.
 */
extern void mst_task_each_action(EngineCall *call, Task *task,
								 bool (*fn) (ActionRow *action, void *arg),
								 void *arg);

/* ---- transitions.c: the only writer of states ---- */

extern void mst_execution_set_state(EngineCall *call, Execution *exec, State state,
									char *info);
extern void mst_task_set_state(EngineCall *call, Task *task, State state,
							   char *info);
extern State mst_task_change_state(EngineCall *call, Task *task, State state,
								   char *info);
extern void mst_action_set_state(ActionRow *action, State state);

/* ---- task_runtime.c ---- */

extern void mst_runtime_read(TaskRuntime *rt, Jsonb *json);
extern Jsonb *mst_runtime_write(const TaskRuntime *rt);

/* ---- data_context.c: published variables ---- */

/* The row of that id; it must exist. */
extern ContextRow *mst_context_row(EngineCall *call, const pg_uuid_t *id);
/*
 * The variable's value as seen in the context; false when it is not there.
 * The value points into memory of the call.
 */
extern bool mst_context_find(EngineCall *call, const pg_uuid_t *id,
							 const char *name, int len, JsonbValue *value);
/* Calls fn for the name of each visible variable. */
extern void mst_context_each(EngineCall *call, const pg_uuid_t *id,
							 void (*fn) (void *arg, const char *name, int len),
							 void *arg);
/* All visible variables as one mapping. */
extern Jsonb *mst_context_all(EngineCall *call, const pg_uuid_t *id);
/* A new link with what a task published over its inbound context. */
extern pg_uuid_t mst_context_publish(EngineCall *call, Execution *exec,
									 const pg_uuid_t *parent, Jsonb *published);
/* The merge of several contexts, the first being the base (engine.md 6.5). */
extern pg_uuid_t mst_context_merge(EngineCall *call, Execution *exec,
								   const pg_uuid_t *ids, int n);
/* Keep a value that belongs to the execution but is no context. */
extern pg_uuid_t mst_context_keep(EngineCall *call, Execution *exec, Jsonb *data);

/* ---- outcome.c: what children have left ---- */

extern List *mst_subworkflow_rows(EngineCall *call, Task *task);
extern Jsonb *mst_task_result(EngineCall *call, Task *task);
extern Jsonb *mst_task_published(EngineCall *call, Task *task);
extern void mst_task_unaccept(EngineCall *call, Task *task, bool only_failed);

/* ---- scope.c: what expressions see ---- */

#define SCOPE_MAX_LAYERS 8

typedef struct EngineScope EngineScope;

/* For task input, names, policies, with-items; extra may be NULL. */
extern ExprScope *mst_scope_task(EngineCall *call, Task *task, Jsonb *extra);
/* For publish. */
extern ExprScope *mst_scope_publish(EngineCall *call, Task *task);
/* For guards, messages and break-on: sees what the task has published. */
extern ExprScope *mst_scope_outbound(EngineCall *call, Task *task);
/* For the target: the action's input first. */
extern ExprScope *mst_scope_target(EngineCall *call, Task *task, Jsonb *input);
/* For output: the final context. */
extern ExprScope *mst_scope_output(EngineCall *call, Execution *exec,
								   const pg_uuid_t *final_context);
/* For vars. */
extern ExprScope *mst_scope_vars(EngineCall *call, Execution *exec);
/* For an environment's own expressions. */
extern ExprScope *mst_scope_env(EngineCall *call, Jsonb *env);
/* For base-input of ad-hoc actions of the project; task may be NULL. */
extern ExprScope *mst_scope_base_input(EngineCall *call, Task *task,
									   const char *project, Jsonb *input);
/* For output of ad-hoc actions: the data is the value itself. */
extern ExprScope *mst_scope_result(EngineCall *call, Task *task,
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
extern void mst_dispatch(EngineCall *call, Execution *exec, List *commands,
						 bool with_backlog);

/* ---- direct.c, reverse.c: what comes next ---- */

/* The first commands of an execution. */
extern List *mst_flow_start(EngineCall *call, Execution *exec);
/*
 * The commands that follow a completed task.  Returns false with an error
 * when a guard or message fails.
 */
extern bool mst_flow_next(EngineCall *call, Task *task, List **commands,
						  ExprError **error);
/* Final context of the execution, for its output. */
extern pg_uuid_t mst_flow_final_context(EngineCall *call, Execution *exec);

/* ---- ends.c ---- */

extern char *mst_execution_try_succeed(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_succeed(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_fail_as(EngineCall *call, Execution *exec, char *info, Jsonb *result);
extern void mst_execution_fail(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_cancel(EngineCall *call, Execution *exec, char *info);
extern void mst_task_complete_later(EngineCall *call, Task *task, State state,
									char *info);
extern void mst_task_fail_now(EngineCall *call, Task *task, char *message);
extern void mst_task_force_fail_as(EngineCall *call, Task *task, char *message);
extern void mst_task_force_fail(EngineCall *call, Task *task, const char *operation,
								const char *what);

/* ---- task_create.c ---- */

extern Task *mst_task_create(EngineCall *call, Execution *exec, const Command *command);
extern void mst_task_restart(EngineCall *call, Task *task);

/* ---- joins ---- */

/* A command has reached the join: create, arm or note the arrival. */
extern void mst_join_arrive(EngineCall *call, Execution *exec, const Command *command);
/* A task has completed: joins that may be concerned are refreshed. */
extern void mst_join_task_completed(EngineCall *call, Task *task);
/* STEP_REFRESH_JOIN: start, fail or go on waiting. */
extern void mst_join_refresh(EngineCall *call, Task *join);
/* Context and origin of a join that starts. */
extern void mst_join_collect(EngineCall *call, Task *join);

/* ---- task_run.c ---- */

/* STEP_RUN_TASK. */
extern void mst_task_run(EngineCall *call, Task *task);

/* ---- task_complete.c ---- */

/* Complete the task unless it is completed (engine.md 10). */
extern void mst_task_complete(EngineCall *call, Task *task, State state,
							  char *info);
/* STEP_TASK_DONE. */
extern void mst_task_done(EngineCall *call, Task *task);
/* After wait-after has passed. */
extern void mst_task_complete_again(EngineCall *call, Task *task);
/* Compute and dispatch what follows a completed task. */
extern void mst_task_follow(EngineCall *call, Task *task);
/* The same without dispatching: the commands, or NIL after a failure. */
extern List *mst_task_commands(EngineCall *call, Task *task);

/* ---- policies.c ---- */

/*
 * Apply the policies before a start or after a completion.  False: the task
 * does not go on now, because a policy holds it or an error has failed it.
 */
extern bool mst_policies_before(EngineCall *call, Task *task);
extern bool mst_policies_after(EngineCall *call, Task *task);
/* Wait-before or retry has passed. */
extern void mst_policies_continue(EngineCall *call, Task *task);

/* ---- children of tasks ---- */

/* STEP_MORE_ITEMS */
extern void mst_task_more_items(EngineCall *call, Task *task);
/* An action of the current attempt has its final state and output. */
extern void mst_task_action_ended(EngineCall *call, Task *task, ActionRow *action);
extern void mst_task_action_ended_at_once(EngineCall *call, Task *task, ActionRow *action);
/*
 * Apply the output of an ad-hoc action to its result; false: it failed, and
 * with it the action, and task and execution where they have not ended.
 */
extern bool mst_task_transform_result(EngineCall *call, Task *task, ActionRow *action);
/* The same for any child; info is the state_info of one that failed. */
extern void mst_task_child_done(EngineCall *call, Task *task, State state,
								char *info);
/* A child is PAUSED, or RUNNING again; are other children paused? */
extern void mst_task_child_updated(EngineCall *call, Task *task, State state,
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
extern ActionProblem mst_action_resolve(EngineCall *call, Task *task,
										const char *name, const char *workbook,
										const char *namespace, const char *project,
										Jsonb *input, ActionCall *resolved,
										char **message);
/*
 * Run a built-in action here, or arrange for it: the action's state and
 * output are set when it has ended at once.
 */
extern void mst_action_run(EngineCall *call, Task *task, ActionRow *action,
						   const ActionCall *resolved);

/*
 * Run a stored action of the database whose run was left for later, for the
 * time "attempts"; "state" and "output" are its result.  False: it is to be
 * tried again at *due, because of the error that is in *output.
 */
extern bool mst_action_run_stored(ActionRow *action, int attempts,
								  State *state, Jsonb **output,
								  TimestampTz *due);

/* Set the final state, and the output to {"result": result}. */
extern void mst_action_end(EngineCall *call, ActionRow *action, State state,
						   Jsonb *result);
/*
 * Apply the output templates of ad-hoc actions to a successful result.
 * False: an expression failed, *error says which.
 */
extern bool mst_action_transform(EngineCall *call, Task *task, const char *name,
								 const char *workbook, const char *namespace,
								 const char *project, Jsonb **value,
								 ExprError **error);

/* ---- executions ---- */

/* STEP_CHECK_COMPLETION */
extern void mst_execution_check_completion(EngineCall *call, Execution *exec);
/* Pause, with what runs below and above. */
extern void mst_execution_pause(EngineCall *call, Execution *exec, char *info);
extern void mst_execution_resume(EngineCall *call, Execution *exec);
/*
 * A completed execution runs again, and so do its tasks that have waited for
 * something that passed meanwhile.
 */
extern void mst_execution_revive_tasks(EngineCall *call, Execution *exec);
/* A task or child is no longer paused. */
extern void mst_execution_resume_if_no_task_paused(EngineCall *call, Execution *exec);

/* ---- settle.c: what an end means for all below ---- */

/* The kind of call that ends, or queues again, an action without executor. */
#define LOSE_ACTION			"lose_action"
/* That takes what is queued back from a task that has ended meanwhile. */
#define TAKE_BACK_ACTIONS	"take_back_actions"

/* Settle what has become final; true: there are steps to take again. */
extern bool mst_call_settle(EngineCall *call);
/* The task has ended and its actions have had some time to end, too. */
extern void mst_task_abandon_actions(EngineCall *call, Task *task, int attempt);
/* Some action of the task may have come back to the queue. */
extern void mst_task_take_back_actions(EngineCall *call, Task *task);
/* The execution has ended: keep the task's call for a rerun. */
extern void mst_task_set_aside(EngineCall *call, Task *task, const DelayedCallRow *delayed);
/* The execution has ended and nothing is left to wait for: the task waits for a rerun. */
extern void mst_task_suspend(EngineCall *call, Task *task);
/* The execution goes on: the task waits again for what it had waited for. */
extern void mst_task_unsuspend(EngineCall *call, Task *task);

/* ---- subworkflow.c ---- */

/* STEP_CHILD_FINISHED */
extern void mst_execution_notify_parent(EngineCall *call, Execution *exec);
/* STEP_CHILD_RESUMED */
extern void mst_subworkflow_resumed(EngineCall *call, Task *task);
/* Create a sub-execution of the task; false: *message says why not. */
extern bool mst_subworkflow_create(EngineCall *call, Task *task, const char *name,
								   Jsonb *input, int item_index, char **message);

/* Does some task of the workflow call another workflow? */
extern bool mst_subworkflow_is_called(const WorkflowSpec *spec);
/* Cancel the task's sub-executions that are not completed by then. */
extern void mst_subworkflow_end(EngineCall *call, Task *task, TimestampTz due);
/* The calls that do so to a list of sub-executions and to one. */
extern void mst_subworkflow_change_several(EngineCall *call, Execution *parent, Jsonb *args);
extern void mst_subworkflow_change(EngineCall *call, Execution *child, Jsonb *args);

extern void mst_execution_end_tree(EngineCall *call, Execution *root, Jsonb *args);

/* ---- result_apply.c ---- */

extern ResultRefusal mst_result_check(const ActionRow *action, State state,
									  int64 executor_id);
extern ActionRow *mst_result_find_action(EngineCall *call, const pg_uuid_t *id);
extern ResultRefusal mst_result_apply(EngineCall *call, const pg_uuid_t *action_id,
									  State state, Jsonb *value, int64 executor_id);
extern ResultRefusal mst_result_apply_alone(EngineCall *call, ActionRow *action,
											const ActionResult *result);
extern void mst_action_end_by_engine(EngineCall *call, const pg_uuid_t *action_id,
									 State state, Jsonb *value);

/* ---- start.c ---- */

/* Make a root or sub-execution; raises what is wrong with the request. */
extern Execution *mst_execution_create(EngineCall *call, StartRequest *request);

/* ---- events.c ---- */

/* Does anybody want the events of the execution? */
extern bool mst_event_wanted(Execution *exec);
/* The parameters with the publishers of the settings added. */
extern Jsonb *mst_event_add_publishers(Jsonb *params);
extern void mst_event_execution(EngineCall *call, Execution *exec, State from);
extern void mst_event_task(EngineCall *call, Task *task, State from, bool was_started);

#endif							/* MISTRAL_ENGINE_STEPS_ADVANCE_H */
