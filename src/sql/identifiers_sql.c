/*-------------------------------------------------------------------------
 *
 * identifiers_sql.c
 *	  Names where an id is expected, for SQL.
 *
 * A name stands for what the caller's own project has under it.  Where several
 * have it, as in different namespaces, only the id will do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "definition/definitions.h"
#include "definition/definitions_find.h"
#include "store/access.h"
#include "store/statement.h"
#include "util/errors.h"

PG_FUNCTION_INFO_V1(mistral_id_of);
PG_FUNCTION_INFO_V1(mistral_workflow_id_of);

typedef struct Kind
{
	const char *name;
	const char *things;			/* as messages call them */
	const char *not_found;		/* message, with the identifier */
	Statement	find;			/* (name, project) -> ids */
} Kind;

static Kind kinds[] = {
	{"cron_trigger", "cron triggers", "Cron trigger not found [identifier=%s]",
		{"SELECT id::text FROM mistral.cron_triggers WHERE name = $1 AND project_id = $2",
	2, {TEXTOID, TEXTOID}}},
	{"event_trigger", "event triggers", "Event trigger not found [id=%s].",
		{"SELECT id::text FROM mistral.event_triggers WHERE name = $1 AND project_id = $2",
	2, {TEXTOID, TEXTOID}}},
	{"code_source", "code sources", "Code Source not found [id=%s]",
		{"SELECT id::text FROM mistral.code_sources WHERE name = $1 AND project_id = $2",
	2, {TEXTOID, TEXTOID}}},
	{"dynamic_action", "dynamic actions", "Dynamic Action not found [id=%s]",
		{"SELECT id::text FROM mistral.dynamic_actions WHERE name = $1 AND project_id = $2",
	2, {TEXTOID, TEXTOID}}},
	{"own_workflow", "workflows", "Workflow not found [workflow_identifier=%s, namespace=]",
		{"SELECT id::text FROM mistral.workflow_definitions"
			" WHERE name = $1 AND project_id = $2 AND namespace = ''",
	2, {TEXTOID, TEXTOID}}},
	{"offered_workflow", "workflows that were offered", "Workflow not found [workflow_identifier=%s, namespace=]",
		{"SELECT w.id::text FROM mistral.workflow_definitions w"
			" JOIN mistral.resource_members m ON m.resource_id = w.id"
			" WHERE w.name = $1 AND m.member_id = $2",
	2, {TEXTOID, TEXTOID}}}
};

static Kind *
find_kind(const char *name)
{
	for (int i = 0; i < lengthof(kinds); i++)
	{
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown kind of object \"%s\"", name)));
	return NULL;				/* not reached */
}

static char *
find_by_name(Kind *kind, const char *name)
{
	StatementArgs args = {0};
	uint64		found;

	mst_arg_text(&args, name);
	mst_arg_text(&args, mst_current_project());
	found = mst_statement_execute(&kind->find, &args);
	if (found == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg(kind->not_found, name)));
	if (found > 1)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("several %s have the name \"%s\"", kind->things, name),
				 errhint("Give the id.")));
	return mst_statement_text(&kind->find, &args);
}

/* workflow_id_of(identifier text) returns uuid */
Datum
mistral_workflow_id_of(PG_FUNCTION_ARGS)
{
	char	   *identifier = text_to_cstring(PG_GETARG_TEXT_PP(0));
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	WorkflowRef ref;

	if (mst_definition_parse_id(identifier, id))
		PG_RETURN_UUID_P(id);
	if (!mst_definition_find_workflow(identifier, "", mst_current_project(), &ref))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_identifier=%s, namespace=]", identifier)));
	*id = ref.definition_id;
	PG_RETURN_UUID_P(id);
}

/* id_of(kind text, identifier text) returns uuid */
Datum
mistral_id_of(PG_FUNCTION_ARGS)
{
	char	   *kind = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *identifier = text_to_cstring(PG_GETARG_TEXT_PP(1));
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));

	if (mst_definition_parse_id(identifier, id))
		PG_RETURN_UUID_P(id);
	return DirectFunctionCall1(uuid_in, CStringGetDatum(find_by_name(find_kind(kind), identifier)));
}
