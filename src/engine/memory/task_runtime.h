/*-------------------------------------------------------------------------
 *
 * task_runtime.h
 *	  What a task remembers of its policies, items, join and slots.
 *
 *-------------------------------------------------------------------------
 */
#ifndef MISTRAL_ENGINE_MEMORY_TASK_RUNTIME_H
#define MISTRAL_ENGINE_MEMORY_TASK_RUNTIME_H

#include "nodes/bitmapset.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "util/state.h"

/* What a task has of slots of its limits: see steps/take_slots.c. */
typedef enum SlotState
{
	SLOTS_NONE,
	SLOTS_AWAITED,				/* the task is DELAYED until it has them */
	SLOTS_TAKEN
} SlotState;

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
	State		end_state;		/* what wait-after holds back, or
								 * MST_STATE_NONE */
	char	   *end_info;
	int			item_count;		/* with-items: number of items, -1 unknown */
	int			concurrency;	/* 0: unlimited */
	int			next_item;		/* items already started */
	int			first_child;	/* children up to this one are not accepted */
	int			failed_items;	/* accepted children in ERROR */
	int			cancelled_items;	/* the same in CANCELLED */
	bool		has_max_failures;	/* beyond the next, no more items start */
	int64		max_failures;	/* that the task bears; negative: -1 less the
								 * share in per cent */
	bool		keeps_items;	/* the items are rows, see store/task_items.c */
	int			succeeded_items;	/* of these, in all attempts */
	int			waiting_items;	/* of these, for their next retry */
	TimestampTz items_due;		/* a call comes then for those that wait */
	int			query_attempts; /* that have failed with an error of the
								 * moment */
	Bitmapset  *rerun_items;	/* rerun without reset: what to run again */
	Bitmapset  *arrived;		/* join: inbound routes that have fired */
	Bitmapset  *late;			/* join: routes whose arrival is absorbed */
	bool		child_undoes;	/* a sub-execution has something to undo */
	bool		left_children;	/* some that nobody waits for may be
								 * unfinished */
	State		suspended_state;	/* before the execution ended, see
									 * settle.c */
	char	   *suspended_info;
	Jsonb	   *set_aside;		/* delayed calls that a rerun makes again */
	SlotState	slots;
	int			priority;
} TaskRuntime;

#endif							/* MISTRAL_ENGINE_MEMORY_TASK_RUNTIME_H */
