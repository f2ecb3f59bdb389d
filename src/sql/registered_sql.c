/*-------------------------------------------------------------------------
 *
 * registered_sql.c
 *	  SQL functions for actions that executors run.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "definition/registered.h"
#include "engine/work/builtin.h"
#include "sql/registered_sql.h"
#include "store/access.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/json.h"

PG_FUNCTION_INFO_V1(mistral_register_action);
PG_FUNCTION_INFO_V1(mistral_update_action);
PG_FUNCTION_INFO_V1(mistral_unregister_action);

/* ---- arguments ---- */

/*
 * Returns the members of a description that have been given, from argument 1
 * on.
 */
static Jsonb *
given_members(FunctionCallInfo fcinfo)
{
	enum
	{
		INPUT = 1, DESCRIPTION, IS_SYNC, TAGS, TAKES_ANY
	};
	JsonBuilder b;

	mst_json_begin_object(&b);
	if (!PG_ARGISNULL(INPUT))
		mst_json_add_text(&b, "input", text_to_cstring(PG_GETARG_TEXT_PP(INPUT)));
	if (!PG_ARGISNULL(DESCRIPTION))
		mst_json_add_text(&b, "description", text_to_cstring(PG_GETARG_TEXT_PP(DESCRIPTION)));
	if (!PG_ARGISNULL(IS_SYNC))
		mst_json_add_bool(&b, "is_sync", PG_GETARG_BOOL(IS_SYNC));
	if (!PG_ARGISNULL(TAGS))
		mst_json_add(&b, "tags", PG_GETARG_JSONB_P(TAGS));
	if (!PG_ARGISNULL(TAKES_ANY))
		mst_json_add_bool(&b, "takes_any", PG_GETARG_BOOL(TAKES_ANY));
	return mst_json_end(&b);
}

/* Where the action goes, from arguments 6 and 7: namespace and scope. */
static void
get_place(FunctionCallInfo fcinfo, DefinitionPlace *place)
{
	place->namespace = PG_ARGISNULL(6) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(6));
	place->scope = PG_ARGISNULL(7) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(7));
	place->project = mst_current_project();
	mst_definition_check_scope(place->scope);
}

/*
 * Raises an error if the name is that of a standard action.
 */
void
mst_refuse_standard_action(const char *name)
{
	if (mst_builtin_find(name) == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INVALID_ACTION),
			 errmsg("action \"%s\" is a standard action and cannot be registered", name),
			 errhint("Choose another name.")));
}

/* Returns the registered action that an identifier names, or an error. */
static DefinitionRow *
require_registered(const char *identifier, const char *namespace)
{
	DefinitionRow *row = mst_definition_find(TABLE_ACTIONS, identifier, namespace,
											 mst_current_project());

	if (row == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Action definition not found [action_name=%s, namespace=%s]",
						identifier, namespace)));
	if (strcmp(row->kind, MST_KIND_EXECUTOR) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_ACTION),
				 errmsg("action \"%s\" is of kind \"%s\", not a registered one",
						row->name, row->kind)));
	return row;
}

static char *
required_text(FunctionCallInfo fcinfo, const char *what)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", what)));
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

/*
 * Returns the action as it is stored now, as the one row of the function.
 */
Datum
mst_return_action(FunctionCallInfo fcinfo, const pg_uuid_t *id)
{
	static Statement get = {
		"SELECT d.id, d.name, d.namespace, d.project_id, d.scope,"
		" coalesce(d.tags, '[]'), d.workbook_name, d.kind, d.is_system, d.description,"
		" v.definition, mistral.action_input(v.spec), d.created_at, d.updated_at, '[]'::jsonb"
		" FROM mistral.action_definitions d"
		" JOIN mistral.action_versions v ON v.id = d.version_id"
		" WHERE d.id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	mst_return_begin(fcinfo);
	(void) mst_return_rows(fcinfo, &get, &args);
	return (Datum) 0;
}

/* ---- functions ---- */

/*
 * register_action(name, input, description, is_sync, tags, takes_any,
 *				   namespace, scope, or_replace)
 */
Datum
mistral_register_action(PG_FUNCTION_ARGS)
{
	char	   *name = required_text(fcinfo, "name");
	Jsonb	   *members = given_members(fcinfo);
	ActionDescription *description;
	DefinitionPlace place;
	pg_uuid_t	id;

	get_place(fcinfo, &place);
	mst_refuse_standard_action(name);
	description = mst_described_read(mst_json_concat(members, mst_json_object1("name", mst_json_text(name))));
	id = mst_registered_put(description, &place, !PG_ARGISNULL(8) && PG_GETARG_BOOL(8));
	return mst_return_action(fcinfo, &id);
}

/*
 * update_action(identifier, input, description, is_sync, tags, takes_any,
 *				 namespace, scope)
 *
 * With an input, others than those parameters are taken only if that is said.
 */
Datum
mistral_update_action(PG_FUNCTION_ARGS)
{
	char	   *identifier = required_text(fcinfo, "identifier");
	Jsonb	   *members = given_members(fcinfo);
	Jsonb	   *known;
	DefinitionPlace place;
	DefinitionRow *row;
	ActionDescription *description;

	get_place(fcinfo, &place);
	row = require_registered(identifier, place.namespace);
	known = mst_registered_description(row);
	if (mst_json_has(members, "input"))
		known = mst_json_concat(known, mst_json_object1("takes_any", mst_json_null()));
	description = mst_described_read(mst_json_concat(known, members));
	mst_definition_update(TABLE_ACTIONS, row, row->name, NULL, &description->item, &place);
	return mst_return_action(fcinfo, &row->id);
}

/*
 * unregister_action(identifier, namespace)
 */
Datum
mistral_unregister_action(PG_FUNCTION_ARGS)
{
	char	   *identifier = required_text(fcinfo, "identifier");
	char	   *namespace = PG_ARGISNULL(1) ? "" : text_to_cstring(PG_GETARG_TEXT_PP(1));

	mst_definition_delete(TABLE_ACTIONS, require_registered(identifier, namespace));
	PG_RETURN_VOID();
}
