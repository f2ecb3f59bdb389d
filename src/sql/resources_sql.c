/*-------------------------------------------------------------------------
 *
 * resources_sql.c
 *	  SQL functions for environments, code sources, dynamic actions, and the
 *	  sharing of workflows.
 *
 * Each is a statement or two; what is said here is who may do it, and how it
 * is refused.
 *
 * Environments are found by name in the caller's project and then among
 * public ones, as workflows are; code sources and dynamic actions by id.  A
 * code source is a program that executors run, whoever started the
 * workflow, so only administrators store one.
 *
 * An object is refused as not found if the user may not read it, and as not
 * allowed if he may read it but not change it.  Whether a name is taken is
 * left to the unique index: a look before the INSERT would miss a row that
 * another transaction is making.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "datatype/timestamp.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/timestamp.h"

#include "definition/definitions_write.h"
#include "engine/memory/limits.h"
#include "store/access.h"
#include "store/quotas.h"
#include "store/secrets.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/uuid.h"

/* in characters, as in the table's constraint */
#define MAX_ENVIRONMENT_NAME	200
#define MAX_SECRET_NAMES		1000

/* detail of a refusal: code sources are programs that executors run */
#define ONLY_ADMINS_STORE	"Only administrators store programs."

PG_FUNCTION_INFO_V1(mistral_create_environment);
PG_FUNCTION_INFO_V1(mistral_update_environment);
PG_FUNCTION_INFO_V1(mistral_delete_environment);
PG_FUNCTION_INFO_V1(mistral_create_code_source);
PG_FUNCTION_INFO_V1(mistral_update_code_source);
PG_FUNCTION_INFO_V1(mistral_delete_code_source);
PG_FUNCTION_INFO_V1(mistral_create_dynamic_action);
PG_FUNCTION_INFO_V1(mistral_update_dynamic_action);
PG_FUNCTION_INFO_V1(mistral_delete_dynamic_action);
PG_FUNCTION_INFO_V1(mistral_create_member);
PG_FUNCTION_INFO_V1(mistral_update_member);
PG_FUNCTION_INFO_V1(mistral_delete_member);
PG_FUNCTION_INFO_V1(mistral_delete_retired_versions);

/* ---- arguments and statements ---- */

static pg_uuid_t *
required_id(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("argument \"%s\" must not be null", name)));
	return PG_GETARG_UUID_P(i);
}

/*
 * Returns an argument that is "private" or "public"; NULL if it is null,
 * which keeps the present scope, or gives the default.
 */
static char *
scope_arg(FunctionCallInfo fcinfo, int i)
{
	char	   *scope = mst_text_arg(fcinfo, i);

	mst_definition_check_scope(scope);
	return scope;
}

/* Returns an id as a datum in the caller's memory context. */
static Datum
return_id(const pg_uuid_t *id)
{
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	*copy = *id;
	return UUIDPGetDatum(copy);
}

static void raise_not_found(const char *fmt,...) pg_attribute_printf(1, 2) pg_attribute_noreturn();

static void
raise_not_found(const char *fmt,...)
{
	char		text[1024];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_FOUND),
			 errmsg("%s", text)));
	pg_unreachable();
}

/* Returns the owner of the row with an id, or NULL. */
static char *
owner_of(Statement *statement, const pg_uuid_t *id)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	return mst_statement_text(statement, &args);
}

/* ---- environments ---- */

/*
 * Returns the environment with an id, if the role may read it; "*owner" is its
 * project.  Returns NULL if there is none.
 */
static pg_uuid_t *
environment_by_id(const char *identifier, char **owner)
{
	static Statement find_owner = {
		"SELECT project_id FROM mistral.environments WHERE id = $1",
		1, {UUIDOID}
	};
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	if (!mst_definition_parse_id(identifier, id))
		return NULL;
	*owner = owner_of(&find_owner, id);
	return *owner != NULL && mst_can_read_project(*owner) ? id : NULL;
}

/*
 * Returns the environment that an identifier stands for: an id, or the name of
 * an own one, or that of a public one.
 */
static pg_uuid_t *
find_environment(const char *identifier, char **owner)
{
	static Statement find_id = {
		"SELECT id::text FROM mistral.environments"
		" WHERE name = $1 AND (project_id = $2 OR scope = 'public')"
		" ORDER BY project_id = $2 DESC, id LIMIT 1",
		2, {TEXTOID, TEXTOID}
	};
	static Statement find_owner = {
		"SELECT project_id FROM mistral.environments WHERE id = $1",
		1, {UUIDOID}
	};
	pg_uuid_t  *id = environment_by_id(identifier, owner);
	StatementArgs args = {0};
	char	   *text;

	if (id != NULL)
		return id;
	mst_arg_text(&args, identifier);
	mst_arg_text(&args, mst_current_project());
	text = mst_statement_text(&find_id, &args);
	if (text == NULL)
		raise_not_found("Environment not found [name=%s]", identifier);
	id = DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	*owner = owner_of(&find_owner, id);
	return id;
}

/* Returns the id of an environment that the user may change. */
static pg_uuid_t *
find_own_environment(const char *name)
{
	char	   *owner;
	pg_uuid_t  *id = find_environment(name, &owner);

	mst_definition_check_owner("Environment", id, owner, false);
	return id;
}

static Jsonb *
variables_arg(FunctionCallInfo fcinfo, int i)
{
	Jsonb	   *variables;

	if (PG_ARGISNULL(i))
		return NULL;
	variables = PG_GETARG_JSONB_P(i);
	if (!JB_ROOT_IS_OBJECT(variables))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("variables of an environment must be a JSON object")));
	return variables;
}

/* Whatever refers to an environment has a copy of it in its parameters. */
static void
check_environment_sizes(Jsonb *variables, const char *description)
{
	mst_limit_require("Environment", "variables", variables);
	mst_limit_require_text("Environment", "description", description);
}

/* The environment that a change begins with, if there is one. */
typedef struct StoredEnvironment
{
	Jsonb	   *variables;
	ArrayType  *secrets;
} StoredEnvironment;

/* Reads an environment, and keeps others from changing it. */
static void
read_environment(const pg_uuid_t *id, StoredEnvironment *stored)
{
	static Statement read_variables = {
		"SELECT variables::text FROM mistral.environments WHERE id = $1 FOR UPDATE",
		1, {UUIDOID}
	};
	static Statement read_secrets = {
		"SELECT secrets::text FROM mistral.environments WHERE id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};
	char	   *secrets;

	mst_arg_uuid(&args, id);
	stored->variables = mst_json_from_text(mst_statement_text(&read_variables, &args));
	secrets = mst_statement_text(&read_secrets, &args);
	stored->secrets = DatumGetArrayTypeP(OidInputFunctionCall(F_ARRAY_IN, secrets, TEXTOID, -1));
}

/* Returns the names of an array as C strings; *n is their number. */
static char **
name_array(ArrayType *array, int *n)
{
	Datum	   *elements;
	bool	   *nulls;
	char	  **names;

	*n = 0;
	if (array == NULL)
		return NULL;
	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, n);
	if (*n > MAX_SECRET_NAMES)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_LIMIT),
				 errmsg("an environment cannot name more than %d secrets", MAX_SECRET_NAMES)));
	names = palloc(sizeof(char *) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INPUT),
					 errmsg("names of secrets must not be null")));
		names[i] = TextDatumGetCString(elements[i]);
	}
	return names;
}

/*
 * Returns the variables with references in the place of secrets: those that are
 * named, and those of mistral.secret_keys.  The rows of what the environment had
 * before and has no more are deleted.
 */
static Jsonb *
seal_variables(const pg_uuid_t *id, const char *project, Jsonb *variables, ArrayType *secrets)
{
	SecretSet  *set = mst_secrets_load(id, project);
	int			n;
	char	  **names = name_array(secrets, &n);

	mst_secrets_adopt(set, variables);
	variables = mst_secrets_seal_members(set, variables, names, n);
	mst_secrets_keep(set, variables);
	return variables;
}

/* The id of the project's own environment of that name; NULL: there is none. */
static pg_uuid_t *
own_environment(const char *name)
{
	static Statement find = {
		"SELECT id::text FROM mistral.environments WHERE name = $1 AND project_id = $2 FOR UPDATE",
		2, {TEXTOID, TEXTOID}
	};
	StatementArgs args = {0};
	char	   *id;

	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	id = mst_statement_text(&find, &args);
	return id == NULL ? NULL : DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(id)));
}

/*
 * create_environment(name, variables, description, scope, or_replace, secrets)
 */
Datum
mistral_create_environment(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.environments"
		" (id, name, project_id, scope, description, variables, secrets, created_at)"
		" VALUES ($1, $2, $3, coalesce($4, 'private'), $5, coalesce($6, '{}'), coalesce($8, '{}'), now())"
		" ON CONFLICT (name, project_id) DO UPDATE"
		" SET scope = coalesce($4, environments.scope),"
		" description = coalesce($5, environments.description),"
		" variables = coalesce($6, '{}'), secrets = coalesce($8, environments.secrets),"
		" updated_at = now() WHERE $7"
		" RETURNING id::text",
		8, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, BOOLOID, TEXTARRAYOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	StatementArgs args = {0};
	pg_uuid_t	id = mst_uuid_generate();
	pg_uuid_t  *existing;
	StoredEnvironment stored = {0};
	bool		or_replace = !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	ArrayType  *secrets = PG_ARGISNULL(5) ? NULL : PG_GETARG_ARRAYTYPE_P(5);
	Jsonb	   *variables = variables_arg(fcinfo, 1);
	char	   *result;

	mst_definition_check_length("a name", name, MAX_ENVIRONMENT_NAME);
	check_environment_sizes(variables, mst_text_arg(fcinfo, 2));
	existing = or_replace ? own_environment(name) : NULL;
	if (existing == NULL)
		mst_quota_check(QUOTA_ENVIRONMENTS, mst_current_project());
	else
	{
		id = *existing;
		read_environment(&id, &stored);
	}
	if (variables != NULL)
		variables = seal_variables(&id, mst_current_project(), variables,
								   secrets != NULL ? secrets : stored.secrets);
	mst_arg_uuid(&args, &id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	mst_arg_text(&args, scope_arg(fcinfo, 3));
	mst_arg_text(&args, mst_text_arg(fcinfo, 2));
	mst_arg_jsonb(&args, variables);
	mst_arg_datum(&args, BoolGetDatum(or_replace), false);
	mst_arg_datum(&args, PointerGetDatum(secrets), secrets == NULL);
	result = mst_statement_text(&insert, &args);
	if (result == NULL)
		mst_definition_raise_duplicate("Environment", name, NULL, mst_current_project());

	/*
	 * somebody has made it since we looked: its secrets would have another
	 * owner
	 */
	if (strcmp(result, mst_uuid_text(&id)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not replace environment \"%s\" due to concurrent update", name)));
	return DirectFunctionCall1(uuid_in, CStringGetDatum(result));
}

/*
 * update_environment(name, variables, description, scope, secrets)
 */
Datum
mistral_update_environment(PG_FUNCTION_ARGS)
{
	static Statement update = {
		"UPDATE mistral.environments"
		" SET scope = coalesce($2, scope), description = coalesce($3, description),"
		" variables = coalesce($4, variables), secrets = coalesce($5, secrets),"
		" updated_at = CASE WHEN (scope, description, variables, secrets) IS DISTINCT FROM"
		" (coalesce($2, scope), coalesce($3, description), coalesce($4, variables), coalesce($5, secrets))"
		" THEN now() ELSE updated_at END"
		" WHERE id = $1",
		5, {UUIDOID, TEXTOID, TEXTOID, JSONBOID, TEXTARRAYOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	ArrayType  *secrets = PG_ARGISNULL(4) ? NULL : PG_GETARG_ARRAYTYPE_P(4);
	Jsonb	   *variables = variables_arg(fcinfo, 1);
	StoredEnvironment stored;
	StatementArgs args = {0};
	pg_uuid_t  *id;
	char	   *owner;

	check_environment_sizes(variables, mst_text_arg(fcinfo, 2));
	id = find_environment(name, &owner);
	mst_definition_check_owner("Environment", id, owner, false);
	read_environment(id, &stored);
	if (variables != NULL || secrets != NULL)
		variables = seal_variables(id, owner, variables != NULL ? variables : stored.variables,
								   secrets != NULL ? secrets : stored.secrets);
	mst_arg_uuid(&args, id);
	mst_arg_text(&args, scope_arg(fcinfo, 3));
	mst_arg_text(&args, mst_text_arg(fcinfo, 2));
	mst_arg_jsonb(&args, variables);
	mst_arg_datum(&args, PointerGetDatum(secrets), secrets == NULL);
	(void) mst_statement_execute(&update, &args);
	PG_RETURN_VOID();
}

/*
 * delete_environment(name)
 */
Datum
mistral_delete_environment(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.environments WHERE id = $1",
		1, {UUIDOID}
	};
	StatementArgs args = {0};
	pg_uuid_t  *id = find_own_environment(mst_required_text_arg(fcinfo, 0, "name"));

	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	mst_secrets_delete(id);
	PG_RETURN_VOID();
}

/* ---- code sources ---- */

/*
 * Checks that a code source is there and may be changed, or only used.  Until
 * the transaction ends it cannot be deleted.
 */
static void
require_code_source(const pg_uuid_t *id, bool for_change)
{
	static Statement find = {
		"SELECT project_id FROM mistral.code_sources WHERE id = $1 FOR KEY SHARE",
		1, {UUIDOID}
	};
	char	   *owner = owner_of(&find, id);

	if (owner == NULL)
		raise_not_found("Code Source not found [id=%s]", mst_uuid_text(id));
	if (for_change)
		mst_definition_check_owner("CodeSource", id, owner, false);
}

/*
 * create_code_source(name, content, namespace, scope, language)
 */
Datum
mistral_create_code_source(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.code_sources"
		" (id, name, namespace, project_id, scope, language, content, created_at)"
		" VALUES ($1, $2, coalesce($3, ''), $4, coalesce($5, 'private'),"
		" coalesce($6, 'javascript'), $7, now())"
		" ON CONFLICT DO NOTHING",
		7, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	char	   *namespace = mst_text_arg(fcinfo, 2);
	StatementArgs args = {0};
	pg_uuid_t	id = mst_uuid_generate();

	mst_require_admin(ONLY_ADMINS_STORE);
	mst_definition_check_name(name);
	mst_quota_check(QUOTA_CODE_SOURCES, mst_current_project());
	mst_arg_uuid(&args, &id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, namespace);
	mst_arg_text(&args, mst_current_project());
	mst_arg_text(&args, scope_arg(fcinfo, 3));
	mst_arg_text(&args, mst_text_arg(fcinfo, 4));
	mst_arg_text(&args, mst_required_text_arg(fcinfo, 1, "content"));
	if (mst_statement_execute(&insert, &args) == 0)
		mst_definition_raise_duplicate("CodeSource", name,
									   namespace != NULL ? namespace : "",
									   mst_current_project());
	return return_id(&id);
}

/*
 * update_code_source(id, content, scope)
 */
Datum
mistral_update_code_source(PG_FUNCTION_ARGS)
{
	static Statement update = {
		"UPDATE mistral.code_sources"
		" SET content = coalesce($2, content), scope = coalesce($3, scope),"
		" version = version + 1, updated_at = now()"
		" WHERE id = $1",
		3, {UUIDOID, TEXTOID, TEXTOID}
	};
	pg_uuid_t  *id = required_id(fcinfo, 0, "id");
	StatementArgs args = {0};

	mst_require_admin(ONLY_ADMINS_STORE);
	require_code_source(id, true);
	mst_arg_uuid(&args, id);
	mst_arg_text(&args, mst_text_arg(fcinfo, 1));
	mst_arg_text(&args, scope_arg(fcinfo, 2));
	(void) mst_statement_execute(&update, &args);
	PG_RETURN_VOID();
}

/*
 * delete_code_source(id)
 *
 * The dynamic actions go after the source: those that were being made held it.
 */
Datum
mistral_delete_code_source(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.code_sources WHERE id = $1",
		1, {UUIDOID}
	};
	static Statement delete_actions = {
		"DELETE FROM mistral.dynamic_actions WHERE code_source_id = $1",
		1, {UUIDOID}
	};
	pg_uuid_t  *id = required_id(fcinfo, 0, "id");
	StatementArgs args = {0};

	mst_require_admin(ONLY_ADMINS_STORE);
	require_code_source(id, true);
	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	(void) mst_statement_execute(&delete_actions, &args);
	PG_RETURN_VOID();
}

/* ---- dynamic actions ---- */

static void
require_dynamic_action(const pg_uuid_t *id)
{
	static Statement find = {
		"SELECT project_id FROM mistral.dynamic_actions WHERE id = $1",
		1, {UUIDOID}
	};
	char	   *owner = owner_of(&find, id);

	if (owner == NULL)
		raise_not_found("Dynamic Action not found [id=%s]", mst_uuid_text(id));
	mst_definition_check_owner("DynamicActionDefinition", id, owner, false);
}

/*
 * create_dynamic_action(name, class_name, code_source_id, namespace, scope)
 */
Datum
mistral_create_dynamic_action(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.dynamic_actions"
		" (id, name, namespace, project_id, scope, class_name, code_source_id, created_at)"
		" VALUES ($1, $2, coalesce($3, ''), $4, coalesce($5, 'private'), $6, $7, now())"
		" ON CONFLICT DO NOTHING",
		7, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, UUIDOID}
	};
	char	   *name = mst_required_text_arg(fcinfo, 0, "name");
	pg_uuid_t  *source = required_id(fcinfo, 2, "code_source_id");
	char	   *namespace = mst_text_arg(fcinfo, 3);
	StatementArgs args = {0};
	pg_uuid_t	id = mst_uuid_generate();

	mst_require_admin(ONLY_ADMINS_STORE);
	mst_definition_check_name(name);
	require_code_source(source, false);
	mst_quota_check(QUOTA_DYNAMIC_ACTIONS, mst_current_project());
	mst_arg_uuid(&args, &id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, namespace);
	mst_arg_text(&args, mst_current_project());
	mst_arg_text(&args, scope_arg(fcinfo, 4));
	mst_arg_text(&args, mst_required_text_arg(fcinfo, 1, "class_name"));
	mst_arg_uuid(&args, source);
	if (mst_statement_execute(&insert, &args) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("Duplicate entry for dynamic action definition [name=%s, namespace=%s, project_id=%s]",
						name, namespace != NULL ? namespace : "",
						mst_current_project())));
	return return_id(&id);
}

/*
 * update_dynamic_action(id, class_name, code_source_id, scope)
 */
Datum
mistral_update_dynamic_action(PG_FUNCTION_ARGS)
{
	static Statement update = {
		"UPDATE mistral.dynamic_actions"
		" SET class_name = coalesce($2, class_name),"
		" code_source_id = coalesce($3, code_source_id),"
		" scope = coalesce($4, scope),"
		" updated_at = CASE WHEN (class_name, code_source_id, scope) IS DISTINCT FROM"
		" (coalesce($2, class_name), coalesce($3, code_source_id), coalesce($4, scope))"
		" THEN now() ELSE updated_at END"
		" WHERE id = $1",
		4, {UUIDOID, TEXTOID, UUIDOID, TEXTOID}
	};
	pg_uuid_t  *id = required_id(fcinfo, 0, "id");
	pg_uuid_t  *source = PG_ARGISNULL(2) ? NULL : PG_GETARG_UUID_P(2);
	StatementArgs args = {0};

	mst_require_admin(ONLY_ADMINS_STORE);
	require_dynamic_action(id);
	if (source != NULL)
		require_code_source(source, false);
	mst_arg_uuid(&args, id);
	mst_arg_text(&args, mst_text_arg(fcinfo, 1));
	mst_arg_uuid(&args, source);
	mst_arg_text(&args, scope_arg(fcinfo, 3));
	(void) mst_statement_execute(&update, &args);
	PG_RETURN_VOID();
}

/*
 * delete_dynamic_action(id)
 */
Datum
mistral_delete_dynamic_action(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.dynamic_actions WHERE id = $1",
		1, {UUIDOID}
	};
	pg_uuid_t  *id = required_id(fcinfo, 0, "id");
	StatementArgs args = {0};

	mst_require_admin(ONLY_ADMINS_STORE);
	require_dynamic_action(id);
	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	PG_RETURN_VOID();
}

/* ---- sharing ---- */

/* A workflow of the user's own project; returns the project. */
static char *
require_own_workflow(const pg_uuid_t *id)
{
	DefinitionRow *row = mst_definition_find(TABLE_WORKFLOWS, mst_uuid_text(id), "",
											 mst_current_project());

	if (row == NULL || !mst_can_change_project(row->project_id))
		raise_not_found("Workflow not found [workflow_identifier=%s, namespace=]",
						mst_uuid_text(id));
	if (strcmp(row->scope, "private") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Only private resource could be shared.")));
	return row->project_id;
}

static void
raise_no_member(const pg_uuid_t *id, const char *member)
{
	raise_not_found("Resource member not found [resource_id=%s, member_id=%s]",
					mst_uuid_text(id), member);
}

/*
 * create_member(workflow_id, member_id)
 */
Datum
mistral_create_member(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.resource_members"
		" (id, resource_id, resource_type, project_id, member_id, created_at)"
		" VALUES ($1, $2, 'workflow', $3, $4, now())"
		" ON CONFLICT DO NOTHING",
		4, {UUIDOID, UUIDOID, TEXTOID, TEXTOID}
	};
	pg_uuid_t  *workflow = required_id(fcinfo, 0, "workflow_id");
	char	   *member = mst_text_arg(fcinfo, 1);
	StatementArgs args = {0};
	pg_uuid_t	id = mst_uuid_generate();
	char	   *project;

	if (member == NULL || *member == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Member id must be provided.")));
	project = require_own_workflow(workflow);
	mst_quota_check(QUOTA_MEMBERS, project);
	mst_arg_uuid(&args, &id);
	mst_arg_uuid(&args, workflow);
	mst_arg_text(&args, project);
	mst_arg_text(&args, member);
	if (mst_statement_execute(&insert, &args) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("Duplicate entry for ResourceMember ['resource_id', 'resource_type', 'member_id']: %s, workflow, %s",
						mst_uuid_text(workflow), member)));
	return return_id(&id);
}

/*
 * update_member(workflow_id, member_id, status)
 */
Datum
mistral_update_member(PG_FUNCTION_ARGS)
{
	static Statement update = {
		"UPDATE mistral.resource_members SET status = $3, updated_at = now()"
		" WHERE resource_id = $1 AND resource_type = 'workflow' AND member_id = $2",
		3, {UUIDOID, TEXTOID, TEXTOID}
	};
	pg_uuid_t  *workflow = required_id(fcinfo, 0, "workflow_id");
	char	   *member = mst_required_text_arg(fcinfo, 1, "member_id");
	char	   *status = mst_text_arg(fcinfo, 2);
	StatementArgs args = {0};

	if (status == NULL || (strcmp(status, "pending") != 0 &&
						   strcmp(status, "accepted") != 0 &&
						   strcmp(status, "rejected") != 0))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_WORKFLOW),
				 errmsg("Status must be one of pending, accepted and rejected.")));
	mst_arg_uuid(&args, workflow);
	mst_arg_text(&args, member);
	mst_arg_text(&args, status);
	/* nobody accepts for somebody else */
	if (strcmp(member, mst_current_project()) != 0 ||
		mst_statement_execute(&update, &args) == 0)
		raise_no_member(workflow, member);
	PG_RETURN_VOID();
}

/*
 * delete_member(workflow_id, member_id)
 */
Datum
mistral_delete_member(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.resource_members"
		" WHERE resource_id = $1 AND resource_type = 'workflow' AND member_id = $2"
		" AND (project_id = $3 OR $4)",
		4, {UUIDOID, TEXTOID, TEXTOID, BOOLOID}
	};
	pg_uuid_t  *workflow = required_id(fcinfo, 0, "workflow_id");
	char	   *member = mst_required_text_arg(fcinfo, 1, "member_id");
	StatementArgs args = {0};

	mst_arg_uuid(&args, workflow);
	mst_arg_text(&args, member);
	mst_arg_text(&args, mst_current_project());
	mst_arg_datum(&args, BoolGetDatum(mst_is_admin()), false);
	if (mst_statement_execute(&delete, &args) == 0)
		raise_no_member(workflow, member);
	PG_RETURN_VOID();
}

/* ---- versions ---- */

/*
 * delete_retired_versions(older_than)
 */
Datum
mistral_delete_retired_versions(PG_FUNCTION_ARGS)
{
	Interval   *age = PG_GETARG_INTERVAL_P(0);

	if (!mst_is_admin())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("only administrators may delete versions")));
	PG_RETURN_INT64(mst_definition_delete_retired(
												  ((int64) age->month * DAYS_PER_MONTH + age->day) * SECS_PER_DAY +
												  age->time / USECS_PER_SEC));
}
