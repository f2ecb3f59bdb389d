/*-------------------------------------------------------------------------
 *
 * store.h
 *	  Rows of the run-time tables as C structures, and the only way to them.
 *
 * The engine loads rows through this interface, changes the structures, and
 * hands them back to be written; it never sees SQL or heap tuples.  Rows are
 * read and written through the table access method with index scans, not
 * through SPI: see rows.c for how, and for what that means for privileges
 * (none are checked here: callers check).
 *
 * All functions that return structures allocate them, and every datum in
 * them, in CurrentMemoryContext.  Jsonb values may be toasted pointers only
 * where the comment says "toasted"; everywhere else they are plain.
 *
 * Lock order: a tree before its executions, a parent execution before its
 * children (see executions.c for what the locks are), an execution before any of its tasks, actions and results.  Tasks,
 * actions, contexts and results are only written while the lock on their
 * execution's row is held, except that a result may be added to
 * action_results, and a claim may set executor_id, without it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_STORE_H
#define MISTRAL_STORE_H

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "storage/itemptr.h"
#include "utils/jsonb.h"
#include "utils/uuid.h"

#include "util/ids.h"
#include "util/state.h"

/*
 * Where a structure stands between memory and table.  Zeroed by whoever makes
 * a new row, apart from is_new; "stored_apart" is rows.c's: which values were
 * read from the TOAST table, so that an update need not store them again.
 */
typedef struct RowState
{
	ItemPointerData tid;		/* valid unless is_new */
	bool		is_new;			/* to be inserted */
	bool		is_dirty;		/* to be updated */
	struct ApartValue *stored_apart;
} RowState;

/* Columns of the same names; text is NULL-able unless NOT NULL there. */
typedef struct ExecutionRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	version_id;
	pg_uuid_t	workflow_id;
	pg_uuid_t	root_id;
	pg_uuid_t	parent_task_id;
	TimestampTz created_at;
	TimestampTz updated_at;		/* 0: NULL, here and below */
	TimestampTz finished_at;
	int32		open_tasks;
	int32		item_index;
	int32		parent_attempt; /* attempt of the parent task it belongs to */
	int32		depth;
	State		state;
	bool		has_notify;
	bool		accepted;
	bool		paused_by_maintenance;
	bool		told_parent;	/* the task above has taken the end */
	char	   *project_id;
	char	   *workflow_name;
	char	   *namespace;
	char	   *workbook_name;
	char	   *state_info;
	Jsonb	   *backlog;
	Jsonb	   *output;
} ExecutionRow;

typedef struct ExecutionDataRow
{
	RowState	row;
	pg_uuid_t	execution_id;
	char	   *project_id;
	pg_uuid_t	root_id;
	char	   *name;
	char	   *description;
	Jsonb	   *tags;
	Jsonb	   *input;
	Jsonb	   *params;
	Jsonb	   *context;
	Jsonb	   *vars;
} ExecutionDataRow;

typedef struct TaskRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	pg_uuid_t	context_id;		/* inbound context */
	pg_uuid_t	published_id;	/* outbound context, once completed */
	pg_uuid_t	items_id;		/* contexts row with the with-items lists */
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz started_at;
	TimestampTz finished_at;
	int32		task_index;
	int32		children;		/* children created so far: the next number */
	int32		open_children;	/* of the current attempt, not finished */
	int32		attempt;		/* counts restarts: retries and reruns */
	State		state;
	char		type;			/* 'A' or 'W' */
	bool		is_join;
	bool		processed;
	bool		has_next_tasks;
	bool		error_handled;
	char	   *project_id;
	char	   *name;
	char	   *state_info;
	Jsonb	   *triggered_by;
	Jsonb	   *next_tasks;
	Jsonb	   *runtime;		/* policy state */
	Jsonb	   *published_global;
} TaskRow;

typedef struct ActionRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	task_id;		/* none: stand-alone, as are the next two */
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	int64		executor_id;	/* 0: not claimed */
	TimestampTz created_at;
	TimestampTz updated_at;
	TimestampTz claimed_at;
	int32		item_index;
	int32		attempt;		/* the task's when it was created */
	int32		timeout_s;		/* 0: none */
	State		state;
	bool		accepted;
	bool		is_sync;
	bool		safe_rerun;
	bool		is_redelivered;
	bool		is_abandoned;	/* ended without result, which may still come */
	char	   *project_id;
	char	   *name;
	char	   *namespace;
	char	   *target;
	Jsonb	   *input;
	Jsonb	   *run;			/* for ad-hoc actions: {name, input} really run;
								 * of one run synchronously: {description} */
	Jsonb	   *output;
} ActionRow;

typedef struct ResultRow
{
	RowState	row;
	pg_uuid_t	action_id;
	pg_uuid_t	execution_id;
	TimestampTz recorded_at;
	State		state;
	char	   *project_id;
	Jsonb	   *output;
} ResultRow;

typedef struct QueueRow
{
	RowState	row;
	int64		id;				/* assigned when written */
	pg_uuid_t	action_id;
	pg_uuid_t	execution_id;
	TimestampTz due_at;
	int32		priority;
	bool		is_held;		/* not to be claimed: its execution is paused */
	char	   *project_id;
	char	   *target;
} QueueRow;

typedef struct ContextRow
{
	RowState	row;
	pg_uuid_t	id;
	pg_uuid_t	parent_id;
	pg_uuid_t	execution_id;
	pg_uuid_t	root_id;
	int32		depth;
	char	   *project_id;
	Jsonb	   *data;
	Jsonb	   *versions;
	Jsonb	   *locator;
} ContextRow;

typedef struct DelayedCallRow
{
	RowState	row;
	int64		id;				/* assigned when written */
	TimestampTz due_at;
	TimestampTz created_at;
	pg_uuid_t	execution_id;
	pg_uuid_t	task_id;
	pg_uuid_t	root_id;
	int32		attempts;
	bool		is_dead;
	bool		is_slow;		/* left to the slow schedulers */
	char	   *kind;
	char	   *project_id;
	char	   *key;
	Jsonb	   *args;
	char	   *error;
} DelayedCallRow;

typedef struct EventRow
{
	RowState	row;
	int64		id;				/* assigned when written, as is xact_id */
	TimestampTz created_at;
	pg_uuid_t	execution_id;
	pg_uuid_t	task_id;
	pg_uuid_t	root_id;
	char	   *project_id;
	char	   *event;
	Jsonb	   *publishers;
	Jsonb	   *payload;
} EventRow;

/* How to take the lock on an execution. */
typedef enum LockMode
{
	LOCK_NONE,					/* only read */
	LOCK_TRY,					/* return NULL at once when somebody has it */
	LOCK_BLOCK
} LockMode;

/*
 * Read one row by its key; NULL when there is none.  The newest committed
 * version is read (a new snapshot is taken), or the transaction's own.
 *
 * mst_store_execution() with a lock returns the newest version.
 * LOCK_TRY sets *is_busy (may be NULL) when another transaction holds the
 * lock.  In a transaction that is not READ COMMITTED the newest is read as
 * well; to write a row that was changed after its snapshot is a serialization
 * failure.
 */
extern ExecutionRow *mst_store_execution(const pg_uuid_t *id, LockMode mode,
										 bool *is_busy);

/*
 * Let nobody else start an execution with this id, of the caller's choice,
 * until the transaction ends.
 */
extern void mst_store_lock_new_id(const pg_uuid_t *id);

/*
 * Keep everybody from working on any execution of the tree until the
 * transaction ends; needed to delete it.  False: with LOCK_TRY, somebody does.
 * No execution of the tree should have been locked before.  Whoever has
 * deleted the tree leaves it: the rows keep others out, and a transaction that
 * deletes very many trees has no room for the locks.
 */
extern bool mst_store_close_tree(const pg_uuid_t *root_id, LockMode mode);
extern void mst_store_leave_tree(const pg_uuid_t *root_id);

/*
 * Executions (pg_uuid_t *) that an engine call has locked and keeps in memory
 * while a query runs that may make engine calls itself.  To these they are
 * busy; to wait for one is an error.  Links of a chain, on the stack.
 */
typedef struct HeldExecutions
{
	List	   *ids;
	struct HeldExecutions *outer;
} HeldExecutions;

extern void mst_store_hold_executions(HeldExecutions *held);
extern void mst_store_release_executions(HeldExecutions *held);

extern ExecutionDataRow *mst_store_execution_data(const pg_uuid_t *execution_id);
extern TaskRow *mst_store_task(const pg_uuid_t *id);
extern ActionRow *mst_store_action(const pg_uuid_t *id);
extern ContextRow *mst_store_context(const pg_uuid_t *id);

/* Lists of the structures above, in the order of their keys. */
extern List *mst_store_execution_tasks(const pg_uuid_t *execution_id);
extern TaskRow *mst_store_latest_task(const pg_uuid_t *execution_id,
									  int task_index);

/*
 * Call "fn" for each action of the task with first_no <= number <= last_no
 * in the order of their numbers until it returns false.  The row is freed
 * after each call.  Its input and run may be toasted: write them back as they
 * are, or read them with mst_store_action().
 */
extern void mst_store_each_action(const pg_uuid_t *task_id,
								  int first_no, int last_no,
								  bool (*fn) (ActionRow *action, void *arg),
								  void *arg);

/* Sub-executions of a task, by time of creation. */
extern List *mst_store_child_executions(const pg_uuid_t *task_id);
/* Call "fn" for each of them, in any order, until it returns false. */
extern void mst_store_each_child_execution(const pg_uuid_t *task_id,
										   bool (*fn) (ExecutionRow *row, void *arg),
										   void *arg);

/* Up to "limit" recorded results of the execution, oldest first. */
extern List *mst_store_results(const pg_uuid_t *execution_id, int limit);

/*
 * Write.  Rows with row.is_new are inserted (in one multi-insert a call
 * where there are many), those with row.is_dirty updated in place of the
 * version they were read from; both flags are reset and tid set.  The
 * "items" are pointers to the row structures.  The caller makes the changes
 * visible to later reads with CommandCounterIncrement() (mst_store_sync()).
 * Inserting delayed calls, queue rows and events also arranges for the
 * worker concerned to be woken at commit.
 */
extern void mst_store_write_executions(ExecutionRow **items, int n);
extern void mst_store_write_execution_data(ExecutionDataRow **items, int n);
extern void mst_store_write_tasks(TaskRow **items, int n);
extern void mst_store_write_actions(ActionRow **items, int n);
extern void mst_store_write_contexts(ContextRow **items, int n);
extern void mst_store_insert_results(ResultRow **items, int n);
extern void mst_store_insert_queue(QueueRow **items, int n);
extern void mst_store_insert_events(EventRow **items, int n);

/*
 * Insert delayed calls.  A call with a key of which a live call is stored
 * already, and not being run, is left out.  Two transactions may store the
 * same key at the same time: what such a call does must bear to be repeated.
 */
extern void mst_store_insert_delayed_calls(DelayedCallRow **items, int n);

/* Is there a live call with this key, or one that is being run? */
extern bool mst_store_has_delayed_call(const char *call_key);

/*
 * Delete the live delayed calls with this key; those that are being run are
 * left alone.
 */
extern void mst_store_delete_delayed_call(const char *call_key);

/* Delete what was read; the row must not have changed since. */
extern void mst_store_delete_result(ResultRow *result);
extern void mst_store_delete_action(ActionRow *action);
/*
 * Delete the live delayed calls of a task and return them; those that are
 * being run are left alone.
 */
extern List *mst_store_take_delayed_calls(const pg_uuid_t *task_id);
/* Delete the queue's row of an action, if it is still there. */
extern void mst_store_delete_queued(const pg_uuid_t *action_id);
/*
 * Delete the queue's rows of a task's actions and return the ids of these
 * (pg_uuid_t *); those that are being claimed are left alone, with *is_busy.
 */
extern List *mst_store_take_queued(const pg_uuid_t *task_id, bool *is_busy);

/*
 * Take the row out of what is claimed when its execution is not running;
 * whether that was done.  The execution's lock is taken if it is free.
 */
extern bool mst_store_hold_queued(QueueRow *queued);

/* The execution goes on: what was held of the task may be claimed. */
extern void mst_store_release_held(const pg_uuid_t *task_id);

/* CommandCounterIncrement(), so that what was written can be read. */
extern void mst_store_sync(void);

#endif							/* MISTRAL_STORE_H */
