/*-------------------------------------------------------------------------
 *
 * sql_functions_sql.c
 *	  SQL functions that registering functions of the database calls.
 *
 * A function is kept by its name and the types of its parameters, so that a
 * dump can be restored in any order and a function can be replaced, and with
 * the role it belongs to.  What can be known of it is checked when it is
 * registered, and all of it again whenever it is called.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <ctype.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "definition/registered.h"
#include "engine/data/sql_call.h"
#include "expr/expr.h"
#include "sql/registered_sql.h"
#include "store/access.h"
#include "store/quotas.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_create_expression_function);
PG_FUNCTION_INFO_V1(mistral_create_function_action);
PG_FUNCTION_INFO_V1(mistral_delete_expression_function);

/* Returns the function, which the current user can call. */
static SqlFunction *
read_function(const char *signature)
{
	SqlFunction *function = mst_sql_function_read(signature);

	mst_sql_function_check(function, function->owner);
	return function;
}

/* ---- functions of expressions ---- */

/* A name that both languages take for that of a function. */
static void
check_function_name(const char *name)
{
	bool		is_word = isalpha((unsigned char) *name) || *name == '_';

	for (const char *p = name; *p != '\0'; p++)
	{
		if (!isalnum((unsigned char) *p) && *p != '_')
			is_word = false;
	}
	if (!is_word || strncmp(name, "__", 2) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("\"%s\" cannot be the name of a function in expressions", name),
				 errdetail("It must begin with a letter, and have letters, digits and _ only.")));
	mst_definition_check_name(name);
	if (mst_expr_name_is_taken(name))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("\"%s\" is a function or a word of YAQL or Jinja", name),
				 errhint("Choose another name.")));
}

static SqlFunction *
read_expression_function(const char *signature)
{
	SqlFunction *function = read_function(signature);

	if (function->is_volatile)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("function %s is VOLATILE", function->signature),
				 errdetail("Expressions are evaluated as often as the engine needs them, and may not change anything."),
				 errhint("Declare it STABLE or IMMUTABLE if it changes nothing.")));
	return function;
}

static bool
has_expression_function(const char *name)
{
	static Statement find = {
		"SELECT 'x' FROM mistral.expression_functions WHERE name = $1 AND project_id = $2",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};

	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	return mst_statement_text(&find, &args) != NULL;
}

/*
 * create_expression_function(name, function, description, scope, or_replace)
 */
Datum
mistral_create_expression_function(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.expression_functions"
		" (id, name, project_id, scope, function, function_owner, description, created_at)"
		" VALUES ($1, $2, $3, coalesce($4, 'private'), $5, $6, $7, now())"
		" ON CONFLICT (name, project_id) DO UPDATE"
		" SET scope = coalesce($4, expression_functions.scope), function = $5, function_owner = $6,"
		" description = coalesce($7, expression_functions.description), updated_at = now() WHERE $8"
		" RETURNING id::text",
		8, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, BOOLOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	SqlFunction *function = read_expression_function(mst_required_text_arg(fcinfo, 1, "function"));
	char	   *scope = mst_text_arg(fcinfo, 3);
	bool		or_replace = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	pg_uuid_t	id = mst_uuid_generate();
	StatementArgs args = {0};
	char	   *stored;

	check_function_name(name);
	mst_definition_check_scope(scope);
	if (!or_replace || !has_expression_function(name))
		mst_quota_check(QUOTA_EXPRESSION_FUNCTIONS, mst_current_project());
	mst_arg_uuid(&args, &id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	mst_arg_text(&args, scope);
	mst_arg_text(&args, function->signature);
	mst_arg_text(&args, function->owner);
	mst_arg_text(&args, mst_text_arg(fcinfo, 2));
	mst_arg_datum(&args, BoolGetDatum(or_replace), false);
	stored = mst_statement_text(&insert, &args);
	if (stored == NULL)
		mst_definition_raise_duplicate("Function", name, NULL, mst_current_project());
	return DirectFunctionCall1(uuid_in, CStringGetDatum(stored));
}

/*
 * delete_expression_function(name)
 */
Datum
mistral_delete_expression_function(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.expression_functions WHERE name = $1 AND project_id = $2",
		2, {TEXTOID, TEXTOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	StatementArgs args = {0};

	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	if (mst_statement_execute(&delete, &args) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("function \"%s\" of expressions not found", name),
				 errdetail("Project \"%s\" has registered none of the name.", mst_current_project())));
	PG_RETURN_VOID();
}

/* ---- actions ---- */

/*
 * Returns the parameters as an ad-hoc action declares them.  What has a
 * default is shown with null, as that default is an expression of SQL.
 */
static Jsonb *
declare_parameters(const SqlFunction *function)
{
	JsonBuilder b;

	mst_json_begin_array(&b);
	for (int i = 0; i < function->n_parameters; i++)
	{
		const SqlParameter *parameter = &function->parameters[i];

		if (parameter->has_default || parameter->is_variadic)
			mst_json_add(&b, NULL, mst_json_object1(parameter->name, mst_json_null()));
		else
			mst_json_add_text(&b, NULL, parameter->name);
	}
	return mst_json_end(&b);
}

static void
add_text(SpecNode *spec, const char *name, const char *text)
{
	mst_node_set_name(spec, name, mst_node_string(text, (int) strlen(text), NULL));
}

/* Returns what is stored of the action. */
static ActionDescription *
describe_function(const char *name, const SqlFunction *function, const char *text, Jsonb *tags)
{
	ActionDescription *description;
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "name", name);
	mst_json_add(&b, "input", declare_parameters(function));
	if (text != NULL)
		mst_json_add_text(&b, "description", text);
	if (tags != NULL)
		mst_json_add(&b, "tags", tags);
	description = mst_described_read(mst_json_end(&b));
	description->item.kind = MST_KIND_FUNCTION;
	add_text(description->item.spec, "function", function->signature);
	add_text(description->item.spec, "function_owner", function->owner);
	description->item.definition = mst_node_json(description->item.spec);
	return description;
}

/*
 * create_function_action(name, function, description, tags, namespace, scope, or_replace)
 */
Datum
mistral_create_function_action(PG_FUNCTION_ARGS)
{
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	SqlFunction *function = read_function(mst_required_text_arg(fcinfo, 1, "function"));
	ActionDescription *description;
	DefinitionPlace place = {
		.namespace = PG_ARGISNULL(4) ? "" : mst_text_arg(fcinfo, 4),
		.scope = mst_text_arg(fcinfo, 5),
		.project = mst_current_project()
	};
	pg_uuid_t	id;

	mst_definition_check_scope(place.scope);
	mst_refuse_standard_action(name);
	description = describe_function(name, function, mst_text_arg(fcinfo, 2),
									PG_ARGISNULL(3) ? NULL : PG_GETARG_JSONB_P(3));
	id = mst_registered_put(description, &place, !PG_ARGISNULL(6) && PG_GETARG_BOOL(6));
	return mst_return_action(fcinfo, &id);
}
