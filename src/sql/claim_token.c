/*-------------------------------------------------------------------------
 *
 * claim_token.c
 *	  Completing an action as part of the worker's own transaction.
 *
 * A token names one claim of an action: the executor, and when it claimed.  It
 * is no secret; whoever shows it needs the rights of the executor's role.
 *
 * The result goes the way of all results, in the caller's transaction.  From
 * then on the row of the action, or of the recorded result, tells everybody
 * that its end is under way: another report waits for the transaction, and one
 * who takes the action from an executor whose lease has run out comes back
 * later.  So it does not matter when the lease ends once the claim has been
 * found valid, and what is raised here need not be looked at again at the
 * commit.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "engine/engine.h"
#include "sql/claim_token.h"
#include "sql/executor_access.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_complete_in_transaction);
PG_FUNCTION_INFO_V1(mistral_fail_in_transaction);

/* Returns the name of a claim, palloc'd. */
char *
mst_claim_token(int64 executor_id, TimestampTz claimed_at)
{
	return psprintf("%llx-%llx", (unsigned long long) executor_id,
					(unsigned long long) claimed_at);
}

/* A number as mst_claim_token() writes it; NULL, or what follows it. */
static const char *
read_hex(const char *text, int64 *number)
{
	size_t		length = strspn(text, "0123456789abcdef");
	char	   *end;

	errno = 0;
	*number = (int64) strtoull(text, &end, 16);
	return length > 0 && end == text + length && errno == 0 ? end : NULL;
}

static void
read_token(const char *token, ActionResult *result)
{
	const char *end = read_hex(token, &result->executor_id);

	if (end != NULL && *end == '-')
		end = read_hex(end + 1, &result->claimed_at);
	if (end == NULL || *end != '\0' || result->executor_id <= 0 || result->claimed_at == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid token of a claim: \"%s\"", token),
				 errhint("Give the token of the row with which the action was claimed.")));
}

/* Returns what the refusal of a completion says of the claim. */
static const char *
refusal_detail(ResultRefusal refusal)
{
	switch (refusal)
	{
		case RESULT_TAKEN:
			break;
		case RESULT_UNKNOWN_ACTION:
			return "There is no such action.";
		case RESULT_ALREADY_COMPLETED:
			return "The action has been completed.";
		case RESULT_LEASE_LOST:
			return "The action has been given back, or claimed again.";
		case RESULT_CANCELLED:
			return "The action has been cancelled: its task or execution has ended.";
		case RESULT_ILLEGAL_STATE:
			break;
	}
	elog(ERROR, "unexpected refusal of a completion: %d", (int) refusal);
	return NULL;
}

static void
raise_lost(const pg_uuid_t *action_id, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_CLAIM_LOST),
			 errmsg("the claim on action %s is not valid any more", mst_uuid_text(action_id)),
			 errdetail("%s", detail),
			 errhint("Roll the transaction back: what it did for the action must not count.")));
}

/*
 * Ends the action with a result of that state, or raises an error; the
 * function's arguments are the action, the token and the output.
 */
static void
complete_by_token(FunctionCallInfo fcinfo, State state)
{
	ActionResult result = {.state = state};
	ExecutorRow *executor;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("action and token must not be null")));
	result.action_id = *PG_GETARG_UUID_P(0);
	read_token(text_to_cstring(PG_GETARG_TEXT_PP(1)), &result);
	result.output = PG_ARGISNULL(2) ? mst_json_null() : PG_GETARG_JSONB_P(2);

	executor = mst_store_executor(result.executor_id);
	if (executor != NULL)
		mst_executor_check_role(executor);
	if (executor == NULL || executor->lease_until <= GetCurrentTimestamp())
		raise_lost(&result.action_id, "The lease of the executor has ended.");
	if (mst_executor_is_stranger(executor, &result.action_id))
		raise_lost(&result.action_id, refusal_detail(RESULT_UNKNOWN_ACTION));
	mst_engine_report_results(&result, 1, NULL, NULL);
	if (result.refusal != RESULT_TAKEN)
		raise_lost(&result.action_id, refusal_detail(result.refusal));
}

/* complete_in_transaction(action_id uuid, token text, result jsonb) */
Datum
mistral_complete_in_transaction(PG_FUNCTION_ARGS)
{
	complete_by_token(fcinfo, MST_STATE_SUCCESS);
	PG_RETURN_VOID();
}

/* fail_in_transaction(action_id uuid, token text, error jsonb) */
Datum
mistral_fail_in_transaction(PG_FUNCTION_ARGS)
{
	complete_by_token(fcinfo, MST_STATE_ERROR);
	PG_RETURN_VOID();
}
