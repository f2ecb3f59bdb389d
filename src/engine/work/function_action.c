/*-------------------------------------------------------------------------
 *
 * function_action.c
 *	  Functions of the database as actions.
 *
 * Such an action runs like std.sql, in the engine's transaction and with the
 * rights of the execution's project, and calls the function with its input as
 * arguments by name.  Which function that is was noted when the action was
 * made, in its row: a new version of the definition counts for new actions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "engine/data/sql_call.h"
#include "engine/work/function_action.h"
#include "engine/work/sql_action.h"
#include "util/guc.h"
#include "util/json.h"

typedef struct FunctionCall
{
	const char *signature;
	const char *owner;
	SqlArguments args;
	MemoryContext result_cxt;
	Jsonb	   *value;
} FunctionCall;

static void
call_function(void *arg)
{
	FunctionCall *call = arg;
	SqlFunction *function = mst_sql_function_read(call->signature);

	mst_sql_function_check(function, call->owner);
	call->value = mst_sql_function_call(function, &call->args, call->result_cxt);
}

static void
run_function(Jsonb *input, ActionRow *action, BuiltinResult *result)
{
	FunctionCall call = {
		.signature = mst_json_get_text(action->run, "function"),
		.owner = mst_json_get_text(action->run, "function_owner"),
		.args = {.named = input},
		.result_cxt = CurrentMemoryContext
	};
	SqlOutcome	outcome;

	if (mst_sql_actions == SQL_ACTIONS_NONE)
		mst_sql_switched_off(call.signature, &outcome);
	else
		mst_sql_run(action->project_id, call.signature, call_function, &call, &outcome);
	result->is_error = outcome.is_error;
	result->is_transient = outcome.is_transient;
	result->value = outcome.is_error ? outcome.value : call.value;
}

const BuiltinAction mst_function_action = {
	.name = "",
	.required = "",
	.optional = "",
	.is_sync = true,
	.has_effect = true,
	.run = run_function
};

/* Returns whether the note of an action's row (ActionRow.run) names a function. */
bool
mst_action_is_function(Jsonb *run)
{
	return run != NULL && mst_json_has(run, "function");
}
