/*-------------------------------------------------------------------------
 *
 * limits_sql.c
 *	  SQL functions for the limits that tasks name.
 *
 * A user changes those of the current role's project only; whatever waits for
 * one is looked at again when the change is committed.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "mb/pg_wchar.h"

#include "definition/definitions_write.h"
#include "dsl/limit_rules.h"
#include "engine/memory/limits.h"
#include "store/access.h"
#include "store/home.h"
#include "store/quotas.h"
#include "store/slots.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/rate.h"

PG_FUNCTION_INFO_V1(mistral_create_limit);
PG_FUNCTION_INFO_V1(mistral_update_limit);
PG_FUNCTION_INFO_V1(mistral_delete_limit);

/* The bounds in the arguments of a call; 0: null. */
typedef struct LimitArgs
{
	int32		max;
	int32		rate;
	int32		window_s;
	bool		has_rate;		/* the argument is not null */
	char	   *description;
} LimitArgs;

static char *
limit_name_arg(FunctionCallInfo fcinfo)
{
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");

	if (name[0] == '\0' || pg_mbstrlen(name) > MAX_LIMIT_NAME)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the name of a limit must have 1 to %d characters", MAX_LIMIT_NAME)));
	return name;
}

/* Reads the arguments after the name; raises an error if one is wrong. */
static LimitArgs
bound_args(FunctionCallInfo fcinfo, bool may_be_empty)
{
	LimitArgs	bounds = {0};
	char	   *rate = mst_text_arg(fcinfo, 2);

	bounds.max = PG_ARGISNULL(1) ? 0 : PG_GETARG_INT32(1);
	bounds.has_rate = rate != NULL;
	bounds.description = mst_text_arg(fcinfo, 3);
	if (!PG_ARGISNULL(1) && (bounds.max < 1 || bounds.max > MAX_LIMIT_COUNT))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("max of a limit must be from 1 to %d, not %d", MAX_LIMIT_COUNT, bounds.max)));
	if (rate != NULL && !(may_be_empty && rate[0] == '\0') &&
		!mst_rate_parse(rate, &bounds.rate, &bounds.window_s))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("rate of a limit must be " RATE_FORM ", not \"%s\"", rate)));
	if (bounds.description != NULL)
		mst_limit_require_text("Limit", "description", bounds.description);
	return bounds;
}

static void
add_number(StatementArgs *args, int32 number)
{
	mst_arg_datum(args, Int32GetDatum(number), number == 0);
}

static void
raise_no_bound(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("limit \"%s\" would bound nothing", name),
			 errhint("Give it max, rate, or both.")));
}

static bool
has_limit(const char *name, const char *project)
{
	SlotWant	want = {{{0}}};

	return mst_limit_read(project, name, &want);
}

/* The name of the action that the limit is for, or NULL. */
static char *
action_arg(FunctionCallInfo fcinfo)
{
	char	   *action = mst_text_arg(fcinfo, 4);

	if (action != NULL && (action[0] == '\0' || pg_mbstrlen(action) > MAX_LIMIT_NAME))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("the name of an action must have 1 to %d characters", MAX_LIMIT_NAME)));
	return action;
}

/* An action has one limit at most, so that it is clear what holds it up. */
static void
check_action_is_free(const char *project, const char *name, const char *action)
{
	char	   *other = action != NULL ? mst_limit_of_action(project, action) : NULL;

	if (other != NULL && strcmp(other, name) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("action \"%s\" has the limit \"%s\"", action, other),
				 errhint("Change that one, or delete it.")));
}

/* create_limit(name, max, rate, description, action, or_replace) */
Datum
mistral_create_limit(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.limits (project_id, name, max, rate, window_s, description, action)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7)"
		" ON CONFLICT (project_id, name) DO UPDATE SET max = $3, rate = $4, window_s = $5,"
		" description = $6, action = $7, updated_at = now() WHERE $8",
		8, {TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, TEXTOID, TEXTOID, BOOLOID}
	};
	char	   *name = limit_name_arg(fcinfo);
	LimitArgs	bounds = bound_args(fcinfo, false);
	char	   *action = action_arg(fcinfo);
	bool		or_replace = !PG_ARGISNULL(5) && PG_GETARG_BOOL(5);
	char	   *project = mst_current_project();
	StatementArgs args = {0};

	mst_home_require();
	if (bounds.max == 0 && bounds.rate == 0)
		raise_no_bound(name);
	if (!or_replace || !has_limit(name, project))
		mst_quota_check(QUOTA_LIMITS, project);
	mst_arg_text(&args, project);
	mst_arg_text(&args, name);
	add_number(&args, bounds.max);
	add_number(&args, bounds.rate);
	add_number(&args, bounds.window_s);
	mst_arg_text(&args, bounds.description);
	mst_arg_text(&args, action);
	mst_arg_datum(&args, BoolGetDatum(or_replace), false);
	check_action_is_free(project, name, action);
	if (mst_statement_execute(&insert, &args) == 0)
		mst_definition_raise_duplicate("Limit", name, NULL, project);
	mst_slots_limit_changed(project, name);
	PG_RETURN_VOID();
}

static void
raise_no_limit(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_FOUND),
			 errmsg("Limit not found [name=%s]", name)));
}

/* update_limit(name, max, rate, description) */
Datum
mistral_update_limit(PG_FUNCTION_ARGS)
{
	static Statement update = {
		"UPDATE mistral.limits SET max = coalesce($3, max),"
		" rate = CASE WHEN $7 THEN $4 ELSE rate END, window_s = CASE WHEN $7 THEN $5 ELSE window_s END,"
		" description = coalesce($6, description), updated_at = now()"
		" WHERE project_id = $1 AND name = $2",
		7, {TEXTOID, TEXTOID, INT4OID, INT4OID, INT4OID, TEXTOID, BOOLOID}
	};
	char	   *name = limit_name_arg(fcinfo);
	LimitArgs	bounds = bound_args(fcinfo, true);
	char	   *project = mst_current_project();
	StatementArgs args = {0};
	SlotWant	now = {{{0}}};

	mst_home_require();
	mst_arg_text(&args, project);
	mst_arg_text(&args, name);
	add_number(&args, bounds.max);
	add_number(&args, bounds.rate);
	add_number(&args, bounds.window_s);
	mst_arg_text(&args, bounds.description);
	mst_arg_datum(&args, BoolGetDatum(bounds.has_rate), false);
	if (mst_statement_execute(&update, &args) == 0)
		raise_no_limit(name);
	if (mst_limit_read(project, name, &now) && now.max == 0 && now.rate == 0)
		raise_no_bound(name);
	mst_slots_limit_changed(project, name);
	PG_RETURN_VOID();
}

/* delete_limit(name) */
Datum
mistral_delete_limit(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.limits WHERE project_id = $1 AND name = $2",
		2, {TEXTOID, TEXTOID}
	};
	char	   *name = limit_name_arg(fcinfo);
	char	   *project = mst_current_project();
	StatementArgs args = {0};

	mst_home_require();
	mst_arg_text(&args, project);
	mst_arg_text(&args, name);
	if (mst_statement_execute(&delete, &args) == 0)
		raise_no_limit(name);
	mst_slots_limit_changed(project, name);
	PG_RETURN_VOID();
}
