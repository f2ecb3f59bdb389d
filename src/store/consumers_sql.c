/*-------------------------------------------------------------------------
 *
 * consumers_sql.c
 *	  SQL functions for readers of events, and for subscriptions.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/xid8.h"

#include "errors.h"
#include "store/access.h"
#include "store/publishing.h"
#include "store/statement.h"
#include "worker/wake.h"

PG_FUNCTION_INFO_V1(mistral_create_event_consumer);
PG_FUNCTION_INFO_V1(mistral_delete_event_consumer);
PG_FUNCTION_INFO_V1(mistral_read_events);
PG_FUNCTION_INFO_V1(mistral_acknowledge_events);
PG_FUNCTION_INFO_V1(mistral_create_event_subscription);
PG_FUNCTION_INFO_V1(mistral_delete_event_subscription);

static char *
name_arg(FunctionCallInfo fcinfo, const char *what)
{
	char	   *name = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("name of an event %s must not be null or empty", what)));
	return name;
}

/* Add the function's argument as it is. */
static void
pass_arg(StatementArgs *args, FunctionCallInfo fcinfo, int i)
{
	mst_arg_datum(args, PG_ARGISNULL(i) ? (Datum) 0 : PG_GETARG_DATUM(i),
				  PG_ARGISNULL(i));
}

/* Raise an error unless the consumer exists and the caller may use it. */
static void
check_consumer(const char *name)
{
	static Statement find = {
		"SELECT project_id FROM mistral.event_consumers WHERE name = $1 AND name <> ''",
		1, {TEXTOID}
	};
	StatementArgs args = {0};
	char	   *project;

	mst_arg_text(&args, name);
	project = mst_statement_text(&find, &args);
	if (project == NULL || !mst_can_change_project(project))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("event consumer \"%s\" does not exist", name)));
}

/*
 * create_event_consumer(name text, event_types text[], workflow_name text,
 *						 from_start bool)
 *
 * A consumer that begins now is placed before everything that is not yet
 * committed, or will be.  Its subscription has the engine write the events;
 * there is no publisher to send them to.
 */
Datum
mistral_create_event_consumer(PG_FUNCTION_ARGS)
{
	static Statement exists = {
		"SELECT 'yes' FROM mistral.event_consumers WHERE name = $1", 1, {TEXTOID}
	};
	static Statement insert = {
		"INSERT INTO mistral.event_consumers"
		" (name, event_types, workflow_name, project_id, sees_all)"
		" VALUES ($1, $2, $3, $4, $5)",
		5, {TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, BOOLOID}
	};
	static Statement subscribe = {
		"INSERT INTO mistral.event_subscriptions"
		" (name, event_types, workflow_name, project_id, publisher)"
		" VALUES ('consumer ' || $1, $2, $3, CASE WHEN $5 THEN NULL ELSE $4 END,"
		"         jsonb_build_object('type', 'consumer', 'name', $1))"
		" ON CONFLICT (name) DO NOTHING",
		5, {TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, BOOLOID}
	};
	static Statement place = {
		"UPDATE mistral.event_consumers"
		" SET last_xact = $2 WHERE name = $1",
		2, {TEXTOID, XID8OID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};
	StatementArgs name_only = {0};

	mst_arg_text(&name_only, name);
	if (mst_statement_text(&exists, &name_only) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("event consumer \"%s\" already exists", name)));
	mst_arg_text(&args, name);
	pass_arg(&args, fcinfo, 1);
	pass_arg(&args, fcinfo, 2);
	mst_arg_text(&args, mst_current_project());
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	(void) mst_statement_execute(&insert, &args);
	(void) mst_statement_execute(&subscribe, &args);
	if (PG_ARGISNULL(3) || !PG_GETARG_BOOL(3))
	{
		mst_arg_datum(&name_only, FullTransactionIdGetDatum(mst_store_event_horizon()),
					  false);
		(void) mst_statement_execute(&place, &name_only);
	}
	PG_RETURN_VOID();
}

/* delete_event_consumer(name text) */
Datum
mistral_delete_event_consumer(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.event_consumers WHERE name = $1", 1, {TEXTOID}
	};
	static Statement unsubscribe = {
		"DELETE FROM mistral.event_subscriptions"
		" WHERE name = 'consumer ' || $1 AND publisher ->> 'type' = 'consumer'",
		1, {TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};

	check_consumer(name);
	mst_arg_text(&args, name);
	(void) mst_statement_execute(&delete, &args);
	(void) mst_statement_execute(&unsubscribe, &args);
	PG_RETURN_VOID();
}

/*
 * read_events(consumer text, max_events int) returns setof consumed_event
 *
 * Who created the consumer may have been an administrator then only.  ORDER BY
 * and LIMIT stand beside the condition, so that the index is entered at the
 * consumer's place.
 */
Datum
mistral_read_events(PG_FUNCTION_ARGS)
{
	static Statement read = {
		"SELECT e.id, e.xact_id, e.created_at, e.event, e.execution_id, e.task_id,"
		"       e.root_id, e.project_id, e.payload"
		"  FROM mistral.event_consumers c CROSS JOIN LATERAL ("
		"    SELECT * FROM mistral.events e"
		"     WHERE (e.xact_id, e.id) > (c.last_xact, c.last_id)"
		"       AND e.id > c.floor_id"
		"       AND e.xact_id < $4"
		"       AND ((c.sees_all AND $3) OR e.project_id = c.project_id)"
		"       AND (c.event_types IS NULL OR e.event = ANY (c.event_types))"
		"       AND (c.workflow_name IS NULL OR e.payload ->> 'workflow_name' = c.workflow_name)"
		"     ORDER BY e.xact_id, e.id LIMIT $2) e"
		" WHERE c.name = $1"
		" ORDER BY e.xact_id, e.id",
		4, {TEXTOID, INT4OID, BOOLOID, XID8OID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};

	check_consumer(name);
	mst_arg_text(&args, name);
	mst_arg_datum(&args, PG_GETARG_DATUM(1), false);
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	mst_arg_datum(&args, FullTransactionIdGetDatum(mst_store_event_horizon()), false);
	mst_return_begin(fcinfo);
	(void) mst_return_rows(fcinfo, &read, &args);
	return (Datum) 0;
}

/* acknowledge_events(consumer text, event_id bigint) returns bool */
Datum
mistral_acknowledge_events(PG_FUNCTION_ARGS)
{
	static Statement move = {
		"UPDATE mistral.event_consumers c"
		" SET last_xact = e.xact_id, last_id = e.id, acknowledged_at = now()"
		" FROM mistral.events e"
		" WHERE c.name = $1 AND e.id = $2"
		"   AND (e.xact_id, e.id) > (c.last_xact, c.last_id)",
		2, {TEXTOID, INT8OID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};

	check_consumer(name);
	mst_arg_text(&args, name);
	mst_arg_datum(&args, PG_GETARG_DATUM(1), false);
	PG_RETURN_BOOL(mst_statement_execute(&move, &args) > 0);
}

/* What is wrong with a publisher, or NULL. */
static const char *
publisher_problem(Jsonb *publisher)
{
	JsonbValue *type;

	if (!JB_ROOT_IS_OBJECT(publisher))
		return "it must be a JSON object";
	type = getKeyJsonValueFromContainer(&publisher->root, "type", strlen("type"), NULL);
	if (type == NULL || type->type != jbvString || type->val.string.len == 0)
		return "it must have a type";
	return NULL;
}

/*
 * create_event_subscription(name text, publisher jsonb, event_types text[],
 *							 workflow_name text, project_id text) returns bigint
 */
Datum
mistral_create_event_subscription(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.event_subscriptions"
		" (name, publisher, event_types, workflow_name, project_id)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING RETURNING id::text",
		5, {TEXTOID, JSONBOID, TEXTARRAYOID, TEXTOID, TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "subscription");
	char	   *project = PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4));
	const char *problem = PG_ARGISNULL(1) ? "it must not be null"
		: publisher_problem(PG_GETARG_JSONB_P(1));
	StatementArgs args = {0};
	char	   *id;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("invalid publisher of event subscription \"%s\": %s",
						name, problem)));
	if (project == NULL && !mst_is_admin())
		project = mst_current_project();
	if (project != NULL && !mst_can_change_project(project))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("permission denied for events of project \"%s\"", project)));

	mst_arg_text(&args, name);
	for (int i = 1; i < 4; i++)
		pass_arg(&args, fcinfo, i);
	mst_arg_text(&args, project);
	id = mst_statement_text(&insert, &args);
	if (id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("event subscription \"%s\" already exists", name)));
	PG_RETURN_INT64(strtoll(id, NULL, 10));
}

/* delete_event_subscription(name text) */
Datum
mistral_delete_event_subscription(PG_FUNCTION_ARGS)
{
	static Statement find = {
		"SELECT coalesce(project_id, '') FROM mistral.event_subscriptions WHERE name = $1",
		1, {TEXTOID}
	};
	static Statement delete = {
		"DELETE FROM mistral.event_subscriptions WHERE name = $1", 1, {TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "subscription");
	StatementArgs args = {0};
	char	   *project;

	mst_arg_text(&args, name);
	project = mst_statement_text(&find, &args);
	if (project == NULL ||
		!(project[0] == '\0' ? mst_is_admin() : mst_can_change_project(project)))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("event subscription \"%s\" does not exist", name)));
	(void) mst_statement_execute(&delete, &args);
	PG_RETURN_VOID();
}
