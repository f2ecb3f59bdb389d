/*-------------------------------------------------------------------------
 *
 * model.h
 *	  What one engine call has in memory.
 *
 * An EngineCall holds the executions, tasks, actions and contexts that one call
 * has read or made, and a queue of steps.  mst_call_run() takes steps off the
 * queue until it is empty; the functions for a step change structures and append
 * further steps.  They never write: memory/write_back.c does, each changed row
 * once, when the call ends.
 *
 * A simulated call never reads or writes tables: all its rows are new, and
 * everything is found in memory.
 *
 * Everything lives in call->mcxt until the call ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_MODEL_H
#define MISTRAL_ENGINE_MEMORY_MODEL_H

#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "dsl/spec.h"
#include "engine/engine.h"
#include "engine/memory/task_runtime.h"
#include "expr/expr.h"
#include "util/state.h"

typedef struct EngineCall EngineCall;
typedef struct Execution Execution;
typedef struct Task Task;

/* Operations on a task, as messages of their failure begin. */
#define OPERATION_RUN "Failed to run task"
#define OPERATION_TAKE_RESULT "Failed to handle action completion"
#define OPERATION_COMPLETE "Failed to complete task"

/* The end of a child, as its task is told of it. */
typedef struct ChildEnd
{
	State		state;
	char	   *info;			/* state_info of one that failed, or NULL */
	int			item_index;
	Jsonb	   *result;			/* NULL: null */
	Jsonb	   *error;			/* in ERROR: what it failed with, or NULL */
	ActionRow  *action;			/* the child is one of the two, */
	Execution  *child;			/* or none that could be retried */
} ChildEnd;

/* A task execution in memory. */
struct Task
{
	pg_uuid_t	id;				/* hash key */
	TaskRow    *row;
	Execution  *exec;
	const TaskSpec *spec;
	TaskRuntime runtime;
	bool		runtime_dirty;
	List	   *actions;		/* ActionRow *: made or changed by this call */
	bool		actions_stored; /* there may be others in the table */
	Bitmapset  *next_indexes;	/* indexes of the tasks in next_source */
	Jsonb	   *next_source;	/* the row's next_tasks that was taken apart */
	bool		items_queued;	/* further items will be started by this call */
	List	   *done_items;		/* int: kept items that have succeeded */
	List	   *simulated_items;	/* TaskItemRow *: those of a simulation */
	const ChildEnd *item_end;	/* the item that a retry policy looks at */
	bool		resume_queued;	/* STEP_CHILD_RESUMED is in the queue */
	TimestampTz items_time;		/* items due by then may start, though it is
								 * earlier; 0: none */
	bool		run_queued;		/* a step will start the task */
	const char *operation;		/* one of OPERATION_..., or NULL */
	State		coming_state;	/* see mst_task_complete_later() */
	char	   *coming_info;
	char	   *coming_failure; /* if set, the task and its execution fail
								 * with this text instead */
	char	   *start_failure;	/* why no child can be made, for on-error to
								 * catch */
	bool		is_starting;	/* mst_task_run() is at work */
	int			item_at_work;	/* number, from 1, of the one whose input is
								 * evaluated; 0: none */
	bool		slots_over;		/* it has left the state in which it has slots */
	State		unreported_state;	/* before an end of which no event tells
									 * yet */
	List	   *child_execs;	/* Execution *: sub-executions made by this
								 * call */
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
	bool		slots_over;		/* it has ended, and gives back its slots */
	bool		check_queued;	/* a completion check is in the queue */
	bool		start_ended;	/* it has ended, and others may have waited
								 * for that, or a call for its start */
	bool		never_begun;	/* it was IDLE until then */
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
	STEP_CHILD_RESUMED,			/* a sub-execution of the task is RUNNING
								 * again */
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
	bool		is_async;		/* actions of the database end in another
								 * transaction */
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
	bool		tree_is_full;	/* no more sub-executions: see subworkflow.c */
	int64		slice_end;		/* then the budget is used up, of
								 * mst_steady_us(); 0: never */
	List	   *child_changes;	/* see outbox.c */
	List	   *ended_execs;	/* Execution * that have become final, to be
								 * settled */
	List	   *ended_tasks;	/* Task *, likewise */
	List	   *new_contexts;	/* ContextRow * to insert */
	List	   *pending_actions;	/* ActionRow * new or dirty */
	List	   *queue;			/* QueueRow * to insert */
	List	   *delayed_calls;	/* DelayedCallRow * to insert */
	List	   *dropped_keys;	/* char *: of stored ones to delete */
	List	   *events;			/* EventRow * to insert */
	List	   *new_waits;		/* SignalWaitRow * to insert */
	List	   *ended_waits;	/* ActionRow *: "wait-for" actions that have
								 * ended */
	List	   *new_humans;		/* HumanTaskRow * to insert */
	List	   *ended_humans;	/* HumanTaskRow * that have ended */
	List	   *turns;			/* pg_uuid_t *: actions that nobody else may
								 * report until all is written */
	List	   *taken_signals;	/* SignalRow * that tasks have taken */
	List	   *secrets;		/* SecretSet *: see secrecy.c */
	List	   *offered;		/* pg_uuid_t *: actions whose offer was taken */
	ActionOffer offer;
	void	   *offer_arg;
	const struct World *world;	/* see world.h; NULL: the real one */
	struct Simulation *simulation;	/* of simulate.c, NULL: it is real */
};

#endif							/* MISTRAL_ENGINE_MEMORY_MODEL_H */
