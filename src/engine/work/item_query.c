/*-------------------------------------------------------------------------
 *
 * item_query.c
 *	  with-items over the rows of a query.
 *
 * The query runs once, when the task starts, as one of std.sql does: with the
 * rights and the search_path of the execution's owner, bounded in time, in a
 * subtransaction.  Besides it may not write, so that it can be repeated.  Its rows
 * go to a file as they come, and from there to the table of items: from then on
 * the items do not change, whatever happens to the data they came from.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "tcop/dest.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/tuplestore.h"

#include "engine/memory/engine_objects.h"
#include "engine/memory/secrecy.h"
#include "engine/memory/world.h"
#include "engine/work/children.h"
#include "engine/work/kept_items.h"
#include "engine/work/sql_action.h"
#include "store/policy.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/transient.h"

/* the longest pause between two attempts */
#define MAX_RETRY_MS 60000

/* Takes the rows as they come. */
typedef struct RowSink
{
	DestReceiver pub;
	Tuplestorestate *store;
	TupleDesc	desc;			/* of the store: one jsonb */
	MemoryContext row_cxt;		/* for one row */
	TupleDesc	row_desc;		/* of the query */
	int64		rows;
	int64		bytes;
} RowSink;

/* What is run with the rights of the owner. */
typedef struct ItemReading
{
	const char *query;
	Jsonb	   *params;
	RowSink    *sink;
} ItemReading;

/* ---- reading ---- */

static void
check_room(const RowSink *sink)
{
	if (sink->rows > mst_item_query_max_rows)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the query has more than %d rows", mst_item_query_max_rows),
				 errhint("Let it return fewer, or an administrator raise \"mistral.item_query_max_rows\".")));
	if (sink->bytes > (int64) mst_item_query_max_size * 1024)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the query has returned more than %d kB", mst_item_query_max_size),
				 errhint("Let it return less, or an administrator raise \"mistral.item_query_max_size\".")));
}

static bool
receive_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowSink    *sink = (RowSink *) self;
	MemoryContext old = MemoryContextSwitchTo(sink->row_cxt);
	Datum		row = heap_copy_tuple_as_datum(ExecFetchSlotHeapTuple(slot, false, NULL), sink->row_desc);
	Datum		json = DirectFunctionCall1(row_to_json, row);
	Datum		item = JsonbPGetDatum(mst_json_from_text(TextDatumGetCString(json)));
	bool		is_null = false;

	sink->rows++;
	sink->bytes += VARSIZE(DatumGetPointer(item));
	check_room(sink);
	tuplestore_putvalues(sink->store, sink->desc, &item, &is_null);
	MemoryContextSwitchTo(old);
	MemoryContextReset(sink->row_cxt);
	return true;
}

/*
 * Notes the row type, with the names that the query gives to the columns: slots
 * may have those of a table.
 */
static void
begin_rows(DestReceiver *self, int operation, TupleDesc desc)
{
	((RowSink *) self)->row_desc = BlessTupleDesc(desc);
}

static void
end_rows(DestReceiver *self)
{
}

static void
read_rows(void *arg)
{
	ItemReading *reading = arg;

	mst_sql_receive_rows("with-items", reading->query, reading->params, &reading->sink->pub);
}

/* ---- keeping ---- */

/* Makes the variables of an item from its row. */
static TaskItemRow *
make_item(Task *task, Jsonb *row, int index)
{
	Jsonb	   *variables = mst_json_object1(task->spec->items[0].variable, row);

	return mst_item_row_new(task, index, variables);
}

/* Makes items of the rows that were read. */
static void
keep_rows(EngineCall *call, Task *task, RowSink *sink)
{
	TupleTableSlot *slot = MakeSingleTupleTableSlot(sink->desc, &TTSOpsMinimalTuple);
	TaskItemRow **items = palloc(sizeof(TaskItemRow *) * ITEM_PORTION);
	MemoryContext old = MemoryContextSwitchTo(sink->row_cxt);
	int			index = 0;
	int			n = 0;

	while (tuplestore_gettupleslot(sink->store, true, false, slot))
	{
		bool		is_null;

		items[n++] = make_item(task, DatumGetJsonbP(slot_getattr(slot, 1, &is_null)), index++);
		if (n < ITEM_PORTION && MemoryContextMemAllocated(sink->row_cxt, false) < ITEM_PORTION_BYTES)
			continue;
		CHECK_FOR_INTERRUPTS();
		mst_item_rows_add(call, task, items, n);
		/* a tuple that was read from the file is in that context, too */
		ExecClearTuple(slot);
		MemoryContextReset(sink->row_cxt);
		n = 0;
	}
	mst_item_rows_add(call, task, items, n);
	MemoryContextSwitchTo(old);
	ExecDropSingleTupleTableSlot(slot);
}

/* ---- ends ---- */

static char *
failure_text(const SqlOutcome *outcome)
{
	return psprintf("%s: the query of with-items has failed: %s",
					mst_json_get_text(outcome->value, "sqlstate"),
					mst_json_get_text(outcome->value, "message"));
}

/* An error of the moment: the task waits a little, as std.sql does. */
static QueryFate
try_again(EngineCall *call, Task *task, const SqlOutcome *outcome)
{
	int			attempts = ++task->runtime.query_attempts;

	task->runtime_dirty = true;
	mst_task_set_state(call, task, MST_STATE_DELAYED,
					   psprintf("It is tried again: %s", failure_text(outcome)));
	mst_call_delay(call, CALL_CONTINUE_TASK, task->exec, task,
				   TimestampTzPlusMilliseconds(call->now, mst_retry_delay_ms(attempts, MAX_RETRY_MS)),
				   NULL, mst_json_concat(mst_task_timer_args(task),
										 mst_json_object1("for", mst_json_text("query of with-items"))));
	return QUERY_PUT_OFF;
}

static QueryFate
end_failed(EngineCall *call, Task *task, const SqlOutcome *outcome)
{
	if (outcome->is_transient && task->runtime.query_attempts + 1 < mst_sql_action_max_attempts)
		return try_again(call, task, outcome);
	task->start_failure = failure_text(outcome);
	return QUERY_FAILED;
}

/* ---- the query ---- */

/* Evaluates the values of the parameters; false: the task has failed. */
static bool
eval_params(EngineCall *call, Task *task, Jsonb **params)
{
	const ExprTemplate *template = task->spec->item_query->params;
	char	   *problem = NULL;
	ExprError  *error;

	*params = NULL;
	if (template == NULL)
		return true;
	if (!mst_expr_eval_jsonb(template, mst_bindings_task(call, task, NULL), params, &error))
		problem = mst_expr_error_text(error);
	else
		problem = mst_sql_params_problem(*params);
	if (problem == NULL)
	{
		*params = mst_call_open(call, task, *params);
		return true;
	}
	mst_child_fail_input(call, task, problem);
	return false;
}

static void
begin_sink(RowSink *sink)
{
	memset(sink, 0, sizeof(RowSink));
	sink->pub.receiveSlot = receive_row;
	sink->pub.rStartup = begin_rows;
	sink->pub.rShutdown = end_rows;
	sink->pub.rDestroy = end_rows;
	sink->pub.mydest = DestNone;
	sink->desc = CreateTemplateTupleDesc(1);
	TupleDescInitEntry(sink->desc, 1, "item", JSONBOID, -1, 0);
	sink->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "mistral item rows",
										  ALLOCSET_DEFAULT_SIZES);
	sink->store = tuplestore_begin_heap(false, false, work_mem);
}

static void
end_sink(RowSink *sink)
{
	tuplestore_end(sink->store);
	MemoryContextDelete(sink->row_cxt);
}

static QueryFate
run_query(EngineCall *call, Task *task, Jsonb *params, int *count)
{
	RowSink		sink;
	ItemReading reading = {task->spec->item_query->query, params, &sink};
	SqlOutcome	outcome = {0};

	char	   *denial = mst_policy_denial("std.sql", task->exec->row->project_id);

	/* who may not run std.sql cannot run queries in another form */
	if (denial != NULL)
	{
		mst_task_force_fail(call, task, NULL, denial);
		return QUERY_FAILED;
	}
	if (mst_sql_actions != SQL_ACTIONS_ALL)
	{
		mst_sql_switched_off("it", &outcome);
		return end_failed(call, task, &outcome);
	}
	begin_sink(&sink);
	mst_sql_read(task->exec->row->project_id, "it", read_rows, &reading, &outcome);
	mst_call_expire_reads(call);
	if (!outcome.is_error)
		keep_rows(call, task, &sink);
	*count = sink.rows;
	end_sink(&sink);
	return outcome.is_error ? end_failed(call, task, &outcome) : QUERY_DONE;
}

/* A simulation has the rows of a mock. */
static QueryFate
simulate_query(EngineCall *call, Task *task, int *count)
{
	Jsonb	   *rows = call->world->query_rows(call, task);

	*count = 0;
	if (mst_json_is_object(rows) && mst_json_has(rows, "error"))
	{
		task->start_failure = mst_json_to_text(mst_json_get(rows, "error"));
		return QUERY_FAILED;
	}
	for (; *count < mst_json_count(rows); (*count)++)
	{
		TaskItemRow *item = make_item(task, mst_json_item(rows, *count), *count);

		mst_item_rows_add(call, task, &item, 1);
	}
	return QUERY_DONE;
}

/*
 * Runs the query of the task and keeps its rows as items; sets their number.
 * In a call that leaves the actions of the database to others, a delayed call
 * runs it.
 */
QueryFate
mst_item_query_run(EngineCall *call, Task *task, int *count)
{
	Jsonb	   *params;
	QueryFate	fate;

	if (call->is_async)
	{
		mst_call_delay(call, CALL_RESTART_TASK, task->exec, task, call->now, NULL,
					   mst_task_timer_args(task));
		return QUERY_PUT_OFF;
	}
	if (!eval_params(call, task, &params))
		return QUERY_FAILED;
	fate = call->is_simulated ? simulate_query(call, task, count) :
		run_query(call, task, params, count);
	if (fate != QUERY_PUT_OFF)
		task->runtime.query_attempts = 0;
	return fate;
}
