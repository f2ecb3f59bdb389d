/*-------------------------------------------------------------------------
 *
 * executor_protocol.c
 *	  The protocol of executors: the functions behind sql/actions.sql.
 *
 * docs/executor-protocol.md describes it from the outside.  Here only
 * arguments are taken apart and rows put together; the queue is the store's
 * (claims.h), and what a result leads to is the engine's.
 *
 * An exchange offers the executor what the engine is about to queue, so an
 * action that follows from a result is claimed without having been in the
 * queue, in the same transaction.
 *
 * An executor is a row with a lease, and its number is a capability only
 * for roles that have the role that registered it.  Every call counts as a
 * sign of life.  Sets of at most MAX_ACTIONS_PER_CALL bound the locks and
 * the memory of a call; a result that is refused is reported in its row and
 * does not fail the call, because the other results of the set are good.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/jsonb.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "engine/engine.h"
#include "signal/wake.h"
#include "sql/announcements.h"
#include "sql/claim_token.h"
#include "sql/executor_access.h"
#include "store/access.h"
#include "store/claims.h"
#include "store/policy.h"
#include "store/queue_kinds.h"
#include "store/quotas.h"
#include "store/recalls.h"
#include "store/secrets.h"
#include "util/errors.h"
#include "util/guc.h"
#include "util/json.h"
#include "util/state.h"
#include "util/uuid.h"

/* what an executor may say of itself: names, and bytes */
#define MAX_NAME_LENGTH			255
#define MAX_INFO_SIZE			65536

#define MAX_ACTIONS_PER_CALL	10000
#define MAX_LEASE_MS			(24 * 60 * 60 * 1000)

/* actions that an executor is told to give up in one call */
#define MAX_RECALLED			1000

PG_FUNCTION_INFO_V1(mistral_register_executor);
PG_FUNCTION_INFO_V1(mistral_unregister_executor);
PG_FUNCTION_INFO_V1(mistral_executor_channels);
PG_FUNCTION_INFO_V1(mistral_extend_leases);
PG_FUNCTION_INFO_V1(mistral_claim_actions);
PG_FUNCTION_INFO_V1(mistral_claimed_actions);
PG_FUNCTION_INFO_V1(mistral_complete_actions);
PG_FUNCTION_INFO_V1(mistral_exchange_actions);
PG_FUNCTION_INFO_V1(mistral_release_actions);

/* An action for the executor, but for names that are looked up later. */
typedef struct Handover
{
	ActionRow	action;			/* pointers of it as far as copied */
	char	   *name;
	Jsonb	   *input;
	Jsonb	   *outbound;		/* where its requests may go; NULL: no rules */
	const char *refusal;		/* or why a result was refused */
} Handover;

/* The actions that a call hands out. */
typedef struct HandoverList
{
	ExecutorRow *executor;
	int			max;
	int			nclaimed;
	ClaimLimits limits;			/* what is left of them */
	TimestampTz now;
	List	   *items;			/* Handover * */
	MemoryContext mcxt;			/* where they live */
} HandoverList;

static const char *const refusal_names[] = {
	[RESULT_TAKEN] = NULL,
	[RESULT_UNKNOWN_ACTION] = "unknown",
	[RESULT_ALREADY_COMPLETED] = "completed",
	[RESULT_LEASE_LOST] = "lease lost",
	[RESULT_ILLEGAL_STATE] = "illegal state",
	[RESULT_CANCELLED] = "cancelled"
};

/* ---- executors ---- */

/*
 * Returns the executor of the id, which the caller may use.  If there is
 * none, or it has lost its lease, an error is raised; with "missing_ok",
 * NULL is returned, or the executor in spite of its lease.
 */
static ExecutorRow *
find_executor(int64 id, bool missing_ok)
{
	ExecutorRow *executor = mst_store_executor(id);

	if (executor != NULL)
		mst_executor_check_role(executor);
	if (missing_ok)
		return executor;

	if (executor == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LEASE_LOST),
				 errmsg("executor " INT64_FORMAT " is not registered", id),
				 errhint("Register again.")));
	if (executor->lease_until <= GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LEASE_LOST),
				 errmsg("lease of executor \"%s\" has run out", executor->name),
				 errhint("Register again.")));
	return executor;
}

/*
 * Extends the lease, because a call is a sign of life; not before half of
 * it has passed, since each extension writes a row, and not while another
 * transaction is at it, which extends it as well.  One that has longer to go
 * than it lasts is from before the clock was set back.
 */
static void
note_alive(ExecutorRow *executor, TimestampTz now)
{
	long		left_ms = TimestampDifferenceMilliseconds(now, executor->lease_until);

	if (left_ms > executor->lease_ms / 2 && left_ms <= executor->lease_ms)
		return;
	executor->last_heartbeat = now;
	executor->lease_until = TimestampTzPlusMilliseconds(now, executor->lease_ms);
	(void) mst_store_try_write_executor(executor);
}

/*
 * Returns the milliseconds of a lease.  A very short one would be lost by
 * any pause of the network; a very long one keeps actions of a crashed
 * executor waiting.
 */
static int32
interval_to_ms(Interval *interval)
{
	double		ms = interval->time / 1000.0 + interval->day * 86400000.0 +
	interval->month * 30 * 86400000.0;

	if (ms < 1000 || ms > MAX_LEASE_MS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lease must be between 1 second and 1 day")));
	return (int32) ms;
}

/*
 * Raises an error if what an executor says of itself is too long: the rows
 * are read at every claim.
 */
static void
check_length(const char *what, Size length, Size max)
{
	if (length > max)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("%s is longer than %zu bytes", what, max)));
}

/* Returns an array of names as Jsonb; it must not contain nulls. */
static Jsonb *
text_array_to_jsonb(ArrayType *array)
{
	Datum	   *elements;
	bool	   *nulls;
	int			n;
	JsonbParseState *state = NULL;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	if (n > MAX_ACTION_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("an executor cannot name more than %d actions", MAX_ACTION_NAMES)));
	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < n; i++)
	{
		JsonbValue	value;

		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("names of actions must not be null")));
		value.type = jbvString;
		value.val.string.val = TextDatumGetCString(elements[i]);
		value.val.string.len = strlen(value.val.string.val);
		check_length("name of an action", value.val.string.len, MAX_NAME_LENGTH);
		pushJsonbValue(&state, WJB_ELEM, &value);
	}
	return JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL));
}

/*
 * Warns of an executor that does not know of the rules on where requests may go,
 * which would send them anywhere: what it takes of these actions, it does not get.
 */
static void
warn_of_rules(const ExecutorRow *executor)
{
	bool		misses_one = false;

	for (int i = 0; i < mst_policy_action_count() && !executor->keeps_rules; i++)
	{
		const char *name = mst_policy_action_name(i);

		misses_one |= mst_policy_has_outbound(mst_policy_service(name)) &&
			mst_executor_names(executor, name);
	}
	if (misses_one)
		ereport(WARNING,
				(errmsg("executor \"%s\" gets no actions that make requests", executor->name),
				 errdetail("There are rules on where requests may go (mistral.outbound_rules), and it has not said that it goes by them."),
				 errhint("Update it; one that goes by the rules of each action it claims registers with keeps_rules => true.")));
}

/*
 * register_executor(name text, target text, actions text[], info jsonb,
 *					 lease interval, announces jsonb, keeps_rules bool) returns bigint
 */
Datum
mistral_register_executor(PG_FUNCTION_ARGS)
{
	TimestampTz now = GetCurrentTimestamp();
	ExecutorRow *executor = palloc0(sizeof(ExecutorRow));

	if (PG_ARGISNULL(0) || PG_ARGISNULL(4))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("name and lease of an executor must not be null")));
	executor->row.is_new = true;
	executor->name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	executor->target = PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1));
	executor->role_name = GetUserNameFromId(GetUserId(), false);
	if (!PG_ARGISNULL(3))
		executor->info = PG_GETARG_JSONB_P(3);
	check_length("name of an executor", strlen(executor->name), MAX_NAME_LENGTH);
	check_length("target of an executor", strlen(executor->target), MAX_NAME_LENGTH);
	if (executor->info != NULL)
		check_length("information about an executor", VARSIZE(executor->info), MAX_INFO_SIZE);
	executor->lease_ms = interval_to_ms(PG_GETARG_INTERVAL_P(4));
	executor->registered_at = now;
	executor->last_heartbeat = now;
	executor->lease_until = TimestampTzPlusMilliseconds(now, executor->lease_ms);
	executor->keeps_rules = !PG_ARGISNULL(6) && PG_GETARG_BOOL(6);
	mst_quota_check(QUOTA_EXECUTORS, executor->role_name);
	executor->actions =
		mst_announce_actions(PG_ARGISNULL(2) ? NULL : text_array_to_jsonb(PG_GETARG_ARRAYTYPE_P(2)),
							 PG_ARGISNULL(5) ? NULL : PG_GETARG_JSONB_P(5),
							 executor->role_name);
	warn_of_rules(executor);
	mst_store_write_executor(executor);
	mst_wake_housekeeping();
	PG_RETURN_INT64(executor->id);
}

/*
 * unregister_executor(executor_id bigint)
 *
 * The lease ends now; the scheduler sees to what the executor still has.
 */
Datum
mistral_unregister_executor(PG_FUNCTION_ARGS)
{
	ExecutorRow *executor = find_executor(PG_GETARG_INT64(0), true);

	if (executor != NULL)
	{
		executor->is_draining = true;
		executor->lease_until = GetCurrentTimestamp();
		executor->row.is_dirty = true;
		mst_store_write_executor(executor);
		mst_wake_housekeeping();
	}
	PG_RETURN_VOID();
}

/* executor_channels(executor_id bigint) returns text[] */
Datum
mistral_executor_channels(PG_FUNCTION_ARGS)
{
	ExecutorRow *executor = find_executor(PG_GETARG_INT64(0), false);
	List	   *lanes = mst_executor_lanes(executor);
	Datum	   *channels = palloc((list_length(lanes) + 1) * sizeof(Datum));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, lanes)
		channels[n++] = CStringGetTextDatum(mst_wake_channel(lfirst(lc)));
	channels[n++] = CStringGetTextDatum(mst_wake_executor_channel(executor->id));
	PG_RETURN_ARRAYTYPE_P(construct_array(channels, n, TEXTOID, -1, false,
										  TYPALIGN_INT));
}

/* Returns the ids (pg_uuid_t *) as uuid[]. */
static Datum
uuid_array(List *ids)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(ids), 1));
	ListCell   *lc;

	foreach(lc, ids)
		values[foreach_current_index(lc)] = UUIDPGetDatum(lfirst(lc));
	return PointerGetDatum(construct_array(values, list_length(ids), UUIDOID, UUID_LEN,
										   false, TYPALIGN_CHAR));
}

/* extend_leases(executor_id bigint, OUT lease_until timestamptz, OUT cancelled uuid[]) */
Datum
mistral_extend_leases(PG_FUNCTION_ARGS)
{
	ExecutorRow *executor = find_executor(PG_GETARG_INT64(0), false);
	TimestampTz now = GetCurrentTimestamp();
	TupleDesc	desc;
	Datum		values[2];
	bool		nulls[2] = {false, false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	executor->last_heartbeat = now;
	executor->lease_until = TimestampTzPlusMilliseconds(now, executor->lease_ms);
	executor->row.is_dirty = true;
	mst_store_write_executor(executor);
	values[0] = TimestampTzGetDatum(executor->lease_until);
	values[1] = uuid_array(mst_store_recalled(executor->id, MAX_RECALLED));
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

/* ---- results ---- */

static Jsonb *
copy_jsonb(const Jsonb *jsonb)
{
	Jsonb	   *copy = palloc(VARSIZE(jsonb));

	memcpy(copy, jsonb, VARSIZE(jsonb));
	return copy;
}

static JsonbValue *
get_member(JsonbContainer *object, const char *key)
{
	return getKeyJsonValueFromContainer(object, key, strlen(key), NULL);
}

static char *
get_string_member(JsonbContainer *object, const char *key)
{
	JsonbValue *value = get_member(object, key);

	if (value == NULL || value->type != jbvString)
		return NULL;
	return pnstrdup(value->val.string.val, value->val.string.len);
}

static bool
is_true(const JsonbValue *value)
{
	return value != NULL && value->type == jbvBool && value->val.boolean;
}

static bool
is_given(const JsonbValue *value)
{
	return value != NULL && value->type != jbvNull;
}

/*
 * Returns the state that a result stands for: the one it names, else by which
 * of "cancel" and "error" it has.
 */
static State
result_state(JsonbContainer *object)
{
	JsonbValue *named = get_member(object, "state");
	State		state = MST_STATE_NONE;

	if (is_given(named))
	{
		if (named->type == jbvString)
			state = mst_state_from_name(pnstrdup(named->val.string.val,
												 named->val.string.len));
		if (state != MST_STATE_SUCCESS && state != MST_STATE_ERROR &&
			state != MST_STATE_CANCELLED && state != MST_STATE_RUNNING &&
			state != MST_STATE_PAUSED)
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
					 errmsg("state of a result must be one of SUCCESS, ERROR, CANCELLED, RUNNING and PAUSED")));
		return state;
	}
	if (is_true(get_member(object, "cancel")))
		return MST_STATE_CANCELLED;
	return is_given(get_member(object, "error")) ? MST_STATE_ERROR : MST_STATE_SUCCESS;
}

/*
 * Reads one result.  The error of an action that failed is its output, as
 * the reference has it; with SUCCESS only "data" counts.
 */
static void
read_result(JsonbContainer *object, int64 executor_id, ActionResult *result)
{
	char	   *id = get_string_member(object, "id");
	JsonbValue *error = get_member(object, "error");
	JsonbValue *data = get_member(object, "data");

	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
				 errmsg("a result must have the id of its action")));
	result->action_id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in,
														   CStringGetDatum(id)));
	result->state = result_state(object);
	result->executor_id = executor_id;
	if (result->state == MST_STATE_SUCCESS || !is_given(error))
		error = data;
	result->output = error == NULL ? NULL : JsonbValueToJsonb(error);
}

/*
 * Reads the results from a JSON array; *n is their number.  Raises an error
 * if any is malformed: then the executor is wrong, and none is taken.
 */
static ActionResult *
read_results(Jsonb *jsonb, int64 executor_id, int *n)
{
	ActionResult *results;

	*n = JB_ROOT_COUNT(jsonb);
	if (!JB_ROOT_IS_ARRAY(jsonb) || JB_ROOT_IS_SCALAR(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
				 errmsg("results must be a JSON array")));
	if (*n > MAX_ACTIONS_PER_CALL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("cannot take more than %d results in one call",
						MAX_ACTIONS_PER_CALL)));

	results = palloc0(sizeof(ActionResult) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(&jsonb->root, i);

		if (element == NULL || element->type != jbvBinary ||
			!JsonContainerIsObject(element->val.binary.data))
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INVALID_RESULT),
					 errmsg("a result must be a JSON object")));
		read_result(element->val.binary.data, executor_id, &results[i]);
	}
	return results;
}

/*
 * Refuse the results of actions that an executor of a tenant has nothing to do
 * with, as if there were no such actions: it shall neither learn of them nor
 * hold up who reports them.  They go to the end; returns how many are left.
 */
static int
set_foreign_apart(const ExecutorRow *executor, ActionResult *results, int n)
{
	const char *role = executor != NULL ? executor->role_name : mst_current_project();
	ActionResult *foreign;
	int			nforeign = 0;
	int			kept = 0;

	/* who runs everybody's actions is believed */
	if (mst_role_serves(role, ""))
		return n;
	foreign = palloc(sizeof(ActionResult) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		if (!mst_executor_is_foreign(executor, role, &results[i].action_id))
		{
			results[kept++] = results[i];
			continue;
		}
		foreign[nforeign] = results[i];
		foreign[nforeign++].refusal = RESULT_UNKNOWN_ACTION;
	}
	memcpy(results + kept, foreign, sizeof(ActionResult) * nforeign);
	return kept;
}

/* ---- handing out ---- */

/*
 * Notes that the action is handed to the executor of the list.  Copies what
 * is needed later, because the engine frees its memory at the end of its
 * call.
 */
static void
add_handover(HandoverList *list, const ActionRow *action)
{
	MemoryContext old_cxt = MemoryContextSwitchTo(list->mcxt);
	Handover   *item = palloc0(sizeof(Handover));

	item->action = *action;
	item->action.project_id = pstrdup(action->project_id);
	item->action.namespace = pstrdup(action->namespace);
	item->action.target = action->target == NULL ? NULL : pstrdup(action->target);
	item->name = pstrdup(mst_action_run_name(action));
	item->input = copy_jsonb(mst_action_run_input(action));
	if (mst_policy_service(item->name) != NULL)
		item->outbound = mst_policy_outbound(item->action.project_id, mst_policy_service(item->name));
	list->items = lappend(list->items, item);
	list->nclaimed++;
	MemoryContextSwitchTo(old_cxt);
}

/*
 * Takes back an action that was handed out in this call and has ended in
 * it, as when a result of the same set cancels its task.
 */
static void
withdraw_handover(HandoverList *list, const pg_uuid_t *action_id)
{
	ListCell   *lc;
	int		   *left;

	foreach(lc, list->items)
	{
		Handover   *item = (Handover *) lfirst(lc);

		if (!mst_uuid_equal(&item->action.id, action_id))
			continue;
		if (list->limits.count > 0 && (left = mst_claim_left(&list->limits, item->name)) != NULL)
			(*left)++;
		list->items = foreach_delete_current(list->items, lc);
		list->nclaimed--;
	}
}

/* exchanges that are filled by what follows before the queue is looked at */
#define EXCHANGES_BEFORE_LOOK	8

/*
 * An executor that gets what follows from its results would never come to what
 * other projects have queued.  So every so often it is looked whether somebody
 * waits; as long as somebody does, every other exchange leaves room for one.
 */
static struct
{
	bool		is_due;			/* the next exchange leaves room */
	int			filled;			/* exchanges since the last look */
}			share;

/* Notes whether offers alone have filled the exchange, and looks who waits. */
static void
note_share(const HandoverList *list)
{
	const Handover *last = list->items != NIL ? llast(list->items) : NULL;

	if (share.is_due)
	{
		share.is_due = false;
		share.filled = EXCHANGES_BEFORE_LOOK - 1;
		return;
	}
	if (list->max == 0 || list->nclaimed < list->max || last->action.project_id == NULL)
		return;
	if (++share.filled < EXCHANGES_BEFORE_LOOK)
		return;
	share.filled = 0;
	share.is_due = mst_store_others_wait(list->executor, last->action.project_id);
}

/*
 * Returns whether the executor takes an action that the engine is about to
 * queue.  Called also when the engine takes an action back.
 */
static bool
take_offer(ActionRow *action, void *arg)
{
	HandoverList *list = (HandoverList *) arg;
	int		   *left = NULL;

	if (mst_state_is_completed(action->state))
	{
		withdraw_handover(list, &action->id);
		return false;
	}

	if (list->nclaimed >= list->max - share.is_due ||
		!mst_executor_takes(list->executor, action))
		return false;
	if (list->limits.count > 0)
		left = mst_claim_left(&list->limits, mst_action_run_name(action));
	if (left != NULL && (*left)-- <= 0)
	{
		*left = 0;
		return false;
	}
	action->executor_id = list->executor->id;
	action->claimed_at = list->now;
	add_handover(list, action);
	return true;
}

/* Claim from the queue as many as are still wanted. */
static void
claim_more(HandoverList *list)
{
	ListCell   *lc;

	if (list->nclaimed >= list->max)
		return;
	foreach(lc, mst_store_claim(list->executor, list->max - list->nclaimed, &list->limits))
		add_handover(list, (ActionRow *) lfirst(lc));
}

/*
 * Adds a row for each result that was not taken, with the reason, by which
 * the executor knows that it need not send the result again.
 */
static void
add_refusal(HandoverList *list, const pg_uuid_t *action_id, ResultRefusal refusal)
{
	MemoryContext old_cxt = MemoryContextSwitchTo(list->mcxt);
	Handover   *item = palloc0(sizeof(Handover));

	item->action.id = *action_id;
	item->refusal = refusal_names[refusal];
	list->items = lappend(list->items, item);
	MemoryContextSwitchTo(old_cxt);
}

static void
add_refusals(HandoverList *list, const ActionResult *results, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (results[i].refusal != RESULT_TAKEN)
			add_refusal(list, &results[i].action_id, results[i].refusal);
	}
}

/* What the executor is to give up; after its results, and before new claims. */
static void
add_recalled(HandoverList *list)
{
	ListCell   *lc;

	foreach(lc, mst_store_recalled(list->executor->id, MAX_RECALLED))
		add_refusal(list, lfirst(lc), RESULT_CANCELLED);
}

static void
put_uuid(Datum *value, bool *is_null, pg_uuid_t *id)
{
	*is_null = mst_uuid_is_none(id);
	*value = UUIDPGetDatum(id);
}

/*
 * Who is to run the action gets the secrets that references in its input stand for.
 * One call hands out many, so the secrets of each go before the next.
 */
static void
open_input(Handover *item, const pg_uuid_t *owner)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext mcxt;
	Jsonb	   *opened;

	if (!mst_secrets_has_reference(item->input))
		return;
	mcxt = AllocSetContextCreate(caller, "mistral secrets", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(mcxt);
	opened = mst_secrets_open(mst_secrets_load(owner, item->action.project_id), item->input);
	MemoryContextSwitchTo(caller);
	item->input = mst_json_copy(opened);
	MemoryContextDelete(mcxt);
}

/* columns of type claimed_action */
enum
{
	ACTION_ID, NAME, INPUT, ATTEMPT, TIMEOUT_S, DEADLINE, IS_SYNC,
	SAFE_RERUN, IS_REDELIVERED, TARGET, PROJECT_ID, NAMESPACE,
	EXECUTION_ID, WORKFLOW_NAME, TASK_ID, TASK_NAME, ROOT_ID, TOKEN, REFUSAL,
	OUTBOUND, TRACEPARENT, COLUMNS
};

/*
 * Sets what the action's execution and task tell, and opens the secrets in its
 * input.  They are read here, for the rows that are really returned.
 */
static void
put_surroundings(Handover *item, Datum *values, bool *nulls)
{
	ActionRow  *action = &item->action;
	ExecutionRow *execution = NULL;
	TaskRow    *task = NULL;

	if (mst_uuid_is_none(&action->execution_id))
		open_input(item, &action->id);
	else
		execution = mst_store_execution(&action->execution_id, LOCK_NONE, NULL);
	if (execution != NULL && execution->has_secrets)
		open_input(item, &execution->root_id);
	if (!mst_uuid_is_none(&action->task_id))
		task = mst_store_task(&action->task_id);

	nulls[WORKFLOW_NAME] = execution == NULL;
	if (execution != NULL)
		values[WORKFLOW_NAME] = CStringGetTextDatum(execution->workflow_name);
	nulls[TRACEPARENT] = execution == NULL || execution->traceparent == NULL;
	if (!nulls[TRACEPARENT])
		values[TRACEPARENT] = CStringGetTextDatum(execution->traceparent);
	nulls[TASK_NAME] = task == NULL;
	if (task != NULL)
		values[TASK_NAME] = CStringGetTextDatum(task->name);
}

/* Returns a row of type claimed_action. */
static HeapTuple
form_handover(Handover *item, TupleDesc desc)
{
	ActionRow  *action = &item->action;
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];

	if (desc->natts != COLUMNS)
		elog(ERROR, "type claimed_action has an unexpected number of columns");
	memset(nulls, true, sizeof(nulls));
	put_uuid(&values[ACTION_ID], &nulls[ACTION_ID], &action->id);
	if (item->refusal != NULL)
	{
		values[REFUSAL] = CStringGetTextDatum(item->refusal);
		nulls[REFUSAL] = false;
		return heap_form_tuple(desc, values, nulls);
	}

	memset(nulls, false, sizeof(nulls));
	nulls[REFUSAL] = true;
	values[NAME] = CStringGetTextDatum(item->name);
	values[ATTEMPT] = Int32GetDatum(action->attempt);
	nulls[TIMEOUT_S] = nulls[DEADLINE] = action->timeout_s == 0;
	values[TIMEOUT_S] = Int32GetDatum(action->timeout_s);
	values[DEADLINE] = TimestampTzGetDatum(action->claimed_at +
										   action->timeout_s * USECS_PER_SEC);
	values[IS_SYNC] = BoolGetDatum(action->is_sync);
	values[SAFE_RERUN] = BoolGetDatum(action->safe_rerun);
	values[IS_REDELIVERED] = BoolGetDatum(action->is_redelivered);
	values[TARGET] = CStringGetTextDatum(action->target ? action->target : "");
	values[PROJECT_ID] = CStringGetTextDatum(action->project_id);
	values[NAMESPACE] = CStringGetTextDatum(action->namespace);
	nulls[OUTBOUND] = item->outbound == NULL;
	values[OUTBOUND] = JsonbPGetDatum(item->outbound);
	values[TOKEN] = CStringGetTextDatum(mst_claim_token(action->executor_id, action->claimed_at));
	put_uuid(&values[EXECUTION_ID], &nulls[EXECUTION_ID], &action->execution_id);
	put_uuid(&values[TASK_ID], &nulls[TASK_ID], &action->task_id);
	put_uuid(&values[ROOT_ID], &nulls[ROOT_ID], &action->root_id);
	put_surroundings(item, values, nulls);
	values[INPUT] = JsonbPGetDatum(item->input);
	return heap_form_tuple(desc, values, nulls);
}

/* ---- claims ---- */

/*
 * Sets up the function's result and returns where its rows are collected.
 * The executor is locked against removal before it is looked up, so that a
 * claim cannot be made for one that is being removed.
 */
static HandoverList *
begin_handover(FunctionCallInfo fcinfo, int64 executor_id, int max)
{
	FuncCallContext *context = SRF_FIRSTCALL_INIT();
	MemoryContext old_cxt = MemoryContextSwitchTo(context->multi_call_memory_ctx);
	HandoverList *list = palloc0(sizeof(HandoverList));

	if (get_call_result_type(fcinfo, NULL, &context->tuple_desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	context->tuple_desc = BlessTupleDesc(context->tuple_desc);
	context->user_fctx = list;
	list->mcxt = context->multi_call_memory_ctx;
	mst_store_keep_executor(executor_id);
	list->executor = find_executor(executor_id, false);
	MemoryContextSwitchTo(old_cxt);

	if (max < 0 || max > MAX_ACTIONS_PER_CALL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("number of actions must be between 0 and %d",
						MAX_ACTIONS_PER_CALL)));
	list->now = GetCurrentTimestamp();
	list->max = list->executor->is_draining ? 0 : max;
	note_alive(list->executor, list->now);
	return list;
}

/* Returns a limit that is a whole number, cut to what a call may claim; or -1. */
static int
numeric_to_limit(Numeric number)
{
	Datum		value = NumericGetDatum(number);
	Datum		cut = DirectFunctionCall2(numeric_trunc, value, Int32GetDatum(0));
	Datum		most = DirectFunctionCall1(int4_numeric, Int32GetDatum(MAX_ACTIONS_PER_CALL));

	if (numeric_is_nan(number) || !DatumGetBool(DirectFunctionCall2(numeric_eq, value, cut)))
		return -1;
	if (DatumGetBool(DirectFunctionCall2(numeric_gt, value, most)))
		return MAX_ACTIONS_PER_CALL;
	return Max(DatumGetInt32(DirectFunctionCall1(numeric_int4, value)), -1);
}

/*
 * Reads how many actions of which names the call may claim: an object of JSON
 * with a number for each name.  The SQL of an older version does not pass it.
 */
static void
read_limits(HandoverList *list, Jsonb *jsonb)
{
	JsonbIterator *it;
	JsonbIteratorToken token;
	JsonbValue	value;
	ClaimLimits *limits = &list->limits;

	if (!JB_ROOT_IS_OBJECT(jsonb))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("limits of a claim must be a JSON object")));
	if (JB_ROOT_COUNT(jsonb) == 0)
		return;
	if (JB_ROOT_COUNT(jsonb) > MAX_ACTION_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("a claim cannot limit more than %d actions", MAX_ACTION_NAMES)));
	limits->limits = MemoryContextAlloc(list->mcxt, JB_ROOT_COUNT(jsonb) * sizeof(ClaimLimit));
	it = JsonbIteratorInit(&jsonb->root);
	while ((token = JsonbIteratorNext(&it, &value, true)) != WJB_DONE)
	{
		ClaimLimit *limit = &limits->limits[limits->count];
		int			left;

		if (token == WJB_KEY)
			limit->name = MemoryContextStrdup(list->mcxt,
											  pnstrdup(value.val.string.val, value.val.string.len));
		if (token != WJB_VALUE)
			continue;
		left = value.type == jbvNumeric ? numeric_to_limit(value.val.numeric) : -1;
		if (left < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("limit of action \"%s\" must be a whole number of at least 0", limit->name)));
		limit->left = left;
		limits->count++;
	}
}

/* Returns the next row of the result. */
static Datum
next_handover(FunctionCallInfo fcinfo)
{
	FuncCallContext *context = SRF_PERCALL_SETUP();
	HandoverList *list = (HandoverList *) context->user_fctx;

	if (context->call_cntr < list_length(list->items))
	{
		Handover   *item = (Handover *) list_nth(list->items, context->call_cntr);
		HeapTuple	tuple = form_handover(item, context->tuple_desc);

		SRF_RETURN_NEXT(context, HeapTupleGetDatum(tuple));
	}
	SRF_RETURN_DONE(context);
}

/*
 * A transaction that does nothing but claim need not wait for the disk.  In a
 * transaction block other statements may follow, or may have been there.  To
 * be asked before anything is written.
 */
static bool
may_relax_commit(void)
{
	return mst_async_claims && !IsTransactionBlock() && !IsSubTransaction() &&
		GetTopTransactionIdIfAny() == InvalidTransactionId &&
		synchronous_commit > SYNCHRONOUS_COMMIT_OFF;
}

/*
 * After a crash a claim that was not flushed has never been: the action is
 * handed out again, though its executor may have run it.  Only those that
 * may be run twice can bear that; where there are others the commit is flushed,
 * whatever the session has chosen.
 */
static void
choose_commit(const HandoverList *list, bool may_relax)
{
	ListCell   *lc;
	bool		is_safe = true;

	foreach(lc, list->items)
	{
		Handover   *item = lfirst(lc);

		is_safe &= item->refusal != NULL || item->action.safe_rerun;
	}
	if (!is_safe)
		ForceSyncCommit();
	else if (may_relax)
		(void) set_config_option("synchronous_commit", "off",
								 PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL,
								 true, 0, false);
}

/*
 * claim_actions(executor_id bigint, max_actions int, limits jsonb)
 *		returns setof claimed_action
 */
Datum
mistral_claim_actions(PG_FUNCTION_ARGS)
{
	if (SRF_IS_FIRSTCALL())
	{
		bool		may_relax = may_relax_commit();
		HandoverList *list = begin_handover(fcinfo, PG_GETARG_INT64(0), PG_GETARG_INT32(1));

		if (PG_NARGS() > 2)
			read_limits(list, PG_GETARG_JSONB_P(2));
		claim_more(list);
		choose_commit(list, may_relax);
	}
	return next_handover(fcinfo);
}

/*
 * claimed_actions(executor_id bigint) returns setof claimed_action
 *
 * For an executor that was cut off in the middle of a claim.  What it is to give
 * up it learns elsewhere.
 */
Datum
mistral_claimed_actions(PG_FUNCTION_ARGS)
{
	if (SRF_IS_FIRSTCALL())
	{
		int64		executor_id = PG_GETARG_INT64(0);
		HandoverList *list = begin_handover(fcinfo, executor_id, 0);
		ListCell   *lc;

		foreach(lc, mst_store_claimed_actions(executor_id))
		{
			ActionRow  *action = lfirst(lc);

			if (mst_store_is_wanted(action))
				add_handover(list, action);
		}
	}
	return next_handover(fcinfo);
}

/*
 * exchange_actions(executor_id bigint, results jsonb, max_actions int,
 *					limits jsonb)
 *		returns setof claimed_action
 */
Datum
mistral_exchange_actions(PG_FUNCTION_ARGS)
{
	if (SRF_IS_FIRSTCALL())
	{
		int64		executor_id = PG_GETARG_INT64(0);
		bool		may_relax = may_relax_commit();
		HandoverList *list = begin_handover(fcinfo, executor_id, PG_GETARG_INT32(2));
		int			n;
		ActionResult *results = read_results(PG_GETARG_JSONB_P(1), executor_id, &n);

		if (PG_NARGS() > 3)
			read_limits(list, PG_GETARG_JSONB_P(3));
		mst_engine_report_results(results, set_foreign_apart(list->executor, results, n),
								  take_offer, list);
		note_share(list);
		add_refusals(list, results, n);
		add_recalled(list);
		claim_more(list);
		choose_commit(list, may_relax && n == 0);
	}
	return next_handover(fcinfo);
}

/*
 * complete_actions(executor_id bigint, results jsonb) returns jsonb
 *
 * Works also for an executor that has lost its lease: what it lost is refused
 * one by one.
 */
Datum
mistral_complete_actions(PG_FUNCTION_ARGS)
{
	int64		executor_id = PG_GETARG_INT64(0);
	ExecutorRow *executor = find_executor(executor_id, true);
	JsonbParseState *state = NULL;
	int			n;
	ActionResult *results = read_results(PG_GETARG_JSONB_P(1), executor_id, &n);

	if (executor != NULL && executor->lease_until > GetCurrentTimestamp())
		note_alive(executor, GetCurrentTimestamp());
	mst_engine_report_results(results, set_foreign_apart(executor, results, n), NULL, NULL);

	pushJsonbValue(&state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < n; i++)
	{
		char	   *texts[4];

		if (results[i].refusal == RESULT_TAKEN)
			continue;
		texts[0] = "id";
		texts[1] = mst_uuid_text(&results[i].action_id);
		texts[2] = "reason";
		texts[3] = unconstify(char *, refusal_names[results[i].refusal]);
		pushJsonbValue(&state, WJB_BEGIN_OBJECT, NULL);
		for (int j = 0; j < 4; j++)
		{
			JsonbValue	value;

			value.type = jbvString;
			value.val.string.val = texts[j];
			value.val.string.len = strlen(texts[j]);
			pushJsonbValue(&state, j % 2 == 0 ? WJB_KEY : WJB_VALUE, &value);
		}
		pushJsonbValue(&state, WJB_END_OBJECT, NULL);
	}
	PG_RETURN_JSONB_P(JsonbValueToJsonb(pushJsonbValue(&state, WJB_END_ARRAY, NULL)));
}

/* release_actions(executor_id bigint, action_ids uuid[]) returns int */
Datum
mistral_release_actions(PG_FUNCTION_ARGS)
{
	ExecutorRow *executor = find_executor(PG_GETARG_INT64(0), false);
	Datum	   *ids;
	bool	   *nulls;
	int			n;
	int			released = 0;

	deconstruct_array(PG_GETARG_ARRAYTYPE_P(1), UUIDOID, UUID_LEN, false,
					  TYPALIGN_CHAR, &ids, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		if (nulls[i] || !mst_store_release(executor->id, DatumGetUUIDP(ids[i]), true))
			continue;
		mst_engine_note_released(DatumGetUUIDP(ids[i]));
		released++;
	}
	PG_RETURN_INT32(released);
}
