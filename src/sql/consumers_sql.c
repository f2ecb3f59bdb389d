/*-------------------------------------------------------------------------
 *
 * consumers_sql.c
 *	  SQL functions for readers of events, and for subscriptions.
 *
 * Names are known within a project: nobody learns from a name what others
 * have, nor takes one away from them.  A name is looked up in the caller's
 * project first, and then in those that the caller may act for.
 *
 * A consumer has a row in event_subscriptions, too, which has the engine write
 * the events and sends none; it is no subscription to users.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/xid8.h"

#include "signal/wake.h"
#include "store/access.h"
#include "store/events.h"
#include "store/home.h"
#include "store/publishers.h"
#include "store/publishing.h"
#include "store/quotas.h"
#include "store/routing.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/json.h"

#define MAX_NAME_LENGTH		255 /* bytes */
#define MAX_EVENT_TYPES		100 /* also when they are given twice */

PG_FUNCTION_INFO_V1(mistral_create_event_consumer);
PG_FUNCTION_INFO_V1(mistral_delete_event_consumer);
PG_FUNCTION_INFO_V1(mistral_read_events);
PG_FUNCTION_INFO_V1(mistral_acknowledge_events);
PG_FUNCTION_INFO_V1(mistral_create_event_subscription);
PG_FUNCTION_INFO_V1(mistral_delete_event_subscription);
PG_FUNCTION_INFO_V1(mistral_route_events);

/* ---- arguments ---- */

static char *
name_arg(FunctionCallInfo fcinfo, const char *what)
{
	char	   *name = PG_ARGISNULL(0) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(0));

	if (name[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("name of an event %s must not be null or empty", what)));
	if (strlen(name) > MAX_NAME_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("name of an event %s is longer than %d bytes",
						what, MAX_NAME_LENGTH)));
	return name;
}

/* Adds the function's argument that is the name of a workflow, or NULL. */
static void
pass_workflow_name(StatementArgs *args, FunctionCallInfo fcinfo, int i)
{
	char	   *name = PG_ARGISNULL(i) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(i));

	if (name != NULL && strlen(name) > MAX_NAME_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("name of a workflow is longer than %d bytes", MAX_NAME_LENGTH)));
	mst_arg_text(args, name);
}

static void
raise_unknown_event(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INPUT),
			 errmsg("there is no event \"%s\"", name),
			 errhint("Events are %s.", mst_publisher_event_list())));
}

/*
 * Adds an argument that is a list of events.  An empty list is, like NULL, all
 * of them, as it is in publishers.
 */
static void
pass_event_types(StatementArgs *args, FunctionCallInfo fcinfo, int i)
{
	ArrayType  *array = PG_ARGISNULL(i) ? NULL : PG_GETARG_ARRAYTYPE_P(i);
	Datum	   *names = NULL;
	bool	   *nulls = NULL;
	int			n = 0;

	if (array != NULL)
		deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &names, &nulls, &n);
	if (n > MAX_EVENT_TYPES)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("list of events has more than %d names", MAX_EVENT_TYPES)));
	for (int k = 0; k < n; k++)
	{
		char	   *name = nulls[k] ? "null" : TextDatumGetCString(names[k]);

		if (!mst_publisher_is_event(name))
			raise_unknown_event(name);
	}
	mst_arg_datum(args, PointerGetDatum(array), n == 0);
}

/* ---- whose something of a name is ---- */

/* The empty project stands for all of them, which administrators act for. */
static bool
may_act_for(const char *project)
{
	return project[0] == '\0' ? mst_is_admin() : mst_can_change_project(project);
}

/*
 * Returns the project whose consumer or subscription of this name the caller
 * means: the caller's own, else that of all projects, else the only one that
 * the caller may act for.  "owners" returns the projects that have it as a
 * JSON array.
 */
static char *
find_owner(Statement *owners, const char *what, const char *name)
{
	StatementArgs args = {0};
	char	   *own = mst_current_project();
	char	   *found = NULL;
	char	   *text;
	Jsonb	   *projects;

	mst_arg_text(&args, name);
	text = mst_statement_text(owners, &args);
	projects = text == NULL ? NULL : mst_json_from_text(text);
	for (int i = 0; i < mst_json_count(projects); i++)
	{
		char	   *project = mst_json_to_text(mst_json_item(projects, i));

		if (strcmp(project, own) == 0)
			return project;
		if (!may_act_for(project) || (found != NULL && found[0] == '\0'))
			continue;
		if (found != NULL && project[0] != '\0')
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INPUT),
					 errmsg("event %s \"%s\" exists in more than one project", what, name),
					 errhint("Use SET ROLE to act for one of them.")));
		found = project;
	}
	if (found == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("event %s \"%s\" does not exist", what, name)));
	return found;
}

static char *
find_consumer(const char *name)
{
	static Statement owners = {
		"SELECT jsonb_agg(c.project_id ORDER BY c.project_id)::text"
		" FROM mistral.event_consumers c WHERE c.name = $1 AND c.name <> ''",
		1, {TEXTOID}
	};

	return find_owner(&owners, "consumer", name);
}

static char *
find_subscription(const char *name)
{
	static Statement owners = {
		"SELECT jsonb_agg(coalesce(s.project_id, '') ORDER BY coalesce(s.project_id, ''))::text"
		" FROM mistral.event_subscriptions s WHERE s.name = $1 AND s.consumer_of IS NULL",
		1, {TEXTOID}
	};

	return find_owner(&owners, "subscription", name);
}

/* ---- consumers ---- */

/*
 * create_event_consumer(name text, event_types text[], workflow_name text,
 *						 from_start bool)
 *
 * A consumer that begins now is placed before everything that is not yet
 * committed, or will be.
 */
Datum
mistral_create_event_consumer(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.event_consumers"
		" (name, event_types, workflow_name, project_id, sees_all)"
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
		5, {TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, BOOLOID}
	};
	static Statement subscribe = {
		"INSERT INTO mistral.event_subscriptions"
		" (name, event_types, workflow_name, project_id, consumer_of, publisher)"
		" VALUES ($1, $2, $3, CASE WHEN $5 THEN NULL ELSE $4 END, $4,"
		"         jsonb_build_object('type', 'consumer', 'name', $1))",
		5, {TEXTOID, TEXTARRAYOID, TEXTOID, TEXTOID, BOOLOID}
	};
	static Statement place = {
		"UPDATE mistral.event_consumers SET last_xact = $3"
		" WHERE name = $1 AND project_id = $2",
		3, {TEXTOID, TEXTOID, XID8OID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	char	   *project = mst_current_project();
	StatementArgs args = {0};
	StatementArgs place_args = {0};

	mst_quota_check(QUOTA_CONSUMERS, project);
	mst_arg_text(&args, name);
	pass_event_types(&args, fcinfo, 1);
	pass_workflow_name(&args, fcinfo, 2);
	mst_arg_text(&args, project);
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	if (mst_statement_execute(&insert, &args) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("event consumer \"%s\" already exists", name)));
	(void) mst_statement_execute(&subscribe, &args);
	if (PG_ARGISNULL(3) || !PG_GETARG_BOOL(3))
	{
		mst_arg_text(&place_args, name);
		mst_arg_text(&place_args, project);
		mst_arg_datum(&place_args,
					  FullTransactionIdGetDatum(mst_store_event_horizon(mst_is_admin() ? NULL : project)), false);
		(void) mst_statement_execute(&place, &place_args);
	}
	PG_RETURN_VOID();
}

/* delete_event_consumer(name text) */
Datum
mistral_delete_event_consumer(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.event_consumers WHERE name = $1 AND project_id = $2",
		2, {TEXTOID, TEXTOID}
	};
	static Statement unsubscribe = {
		"DELETE FROM mistral.event_subscriptions WHERE name = $1 AND consumer_of = $2",
		2, {TEXTOID, TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};

	mst_arg_text(&args, name);
	mst_arg_text(&args, find_consumer(name));
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
		" WHERE c.name = $1 AND c.project_id = $5"
		" ORDER BY e.xact_id, e.id",
		5, {TEXTOID, INT4OID, BOOLOID, XID8OID, TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	char	   *project = find_consumer(name);
	StatementArgs args = {0};

	mst_arg_text(&args, name);
	mst_arg_datum(&args, PG_GETARG_DATUM(1), false);
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	mst_arg_datum(&args, FullTransactionIdGetDatum(mst_store_event_horizon(mst_is_admin() ? NULL : project)), false);
	mst_arg_text(&args, project);
	mst_return_begin(fcinfo);
	(void) mst_return_rows(fcinfo, &read, &args);
	return (Datum) 0;
}

/*
 * acknowledge_events(consumer text, event_id bigint) returns bool
 *
 * Events that the consumer does not see are no place of it: their numbers tell
 * nothing.
 */
Datum
mistral_acknowledge_events(PG_FUNCTION_ARGS)
{
	static Statement move = {
		"UPDATE mistral.event_consumers c"
		" SET last_xact = e.xact_id, last_id = e.id, acknowledged_at = now()"
		" FROM mistral.events e"
		" WHERE c.name = $1 AND c.project_id = $3 AND e.id = $2"
		"   AND ((c.sees_all AND $4) OR e.project_id = c.project_id)"
		"   AND (e.xact_id, e.id) > (c.last_xact, c.last_id)",
		4, {TEXTOID, INT8OID, TEXTOID, BOOLOID}
	};
	char	   *name = name_arg(fcinfo, "consumer");
	StatementArgs args = {0};

	mst_home_require();
	mst_arg_text(&args, name);
	mst_arg_datum(&args, PG_GETARG_DATUM(1), false);
	mst_arg_text(&args, find_consumer(name));
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	PG_RETURN_BOOL(mst_statement_execute(&move, &args) > 0);
}

/* ---- subscriptions ---- */

/*
 * Returns why the publisher of a subscription is invalid; NULL if it is
 * valid.
 */
static char *
subscription_problem(Jsonb *publisher)
{
	if (publisher == NULL)
		return "it must not be null";
	if (mst_json_is_object(publisher) && mst_json_has(publisher, "event_types"))
		return "event types of a subscription are an argument of their own";
	return mst_publisher_problem(publisher);
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
		" VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id::text",
		5, {TEXTOID, JSONBOID, TEXTARRAYOID, TEXTOID, TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "subscription");
	char	   *project = PG_ARGISNULL(4) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(4));
	char	   *problem = subscription_problem(PG_ARGISNULL(1) ? NULL : PG_GETARG_JSONB_P(1));
	StatementArgs args = {0};
	char	   *id;

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("invalid publisher of event subscription \"%s\": %s",
						name, problem)));
	if (project == NULL && !mst_is_admin())
		project = mst_current_project();
	if (project != NULL && (project[0] == '\0' || !mst_can_change_project(project)))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("permission denied for events of project \"%s\"", project)));

	/* those of all projects are the administrator's */
	if (project != NULL)
		mst_quota_check(QUOTA_SUBSCRIPTIONS, project);
	mst_arg_text(&args, name);
	mst_arg_jsonb(&args, PG_GETARG_JSONB_P(1));
	pass_event_types(&args, fcinfo, 2);
	pass_workflow_name(&args, fcinfo, 3);
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
	static Statement delete = {
		"DELETE FROM mistral.event_subscriptions s"
		" WHERE s.name = $1 AND coalesce(s.project_id, '') = $2 AND s.consumer_of IS NULL"
		" RETURNING s.id::text",
		2, {TEXTOID, TEXTOID}
	};
	char	   *name = name_arg(fcinfo, "subscription");
	StatementArgs args = {0};
	char	   *id;

	mst_arg_text(&args, name);
	mst_arg_text(&args, find_subscription(name));
	id = mst_statement_text(&delete, &args);
	if (id != NULL)
		mst_deliveries_end(strtoll(id, NULL, 10));
	PG_RETURN_VOID();
}

/* ---- the router ---- */

/*
 * route_events(max_events int) returns int: what the scheduler does all the
 * time, for who has none.
 */
Datum
mistral_route_events(PG_FUNCTION_ARGS)
{
	int			routed = 0;

	(void) mst_events_route(PG_GETARG_INT32(0), &routed);
	PG_RETURN_INT32(routed);
}
