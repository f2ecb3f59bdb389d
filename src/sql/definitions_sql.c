/*-------------------------------------------------------------------------
 *
 * definitions_sql.c
 *	  SQL functions that create, change, delete and check definitions.
 *
 * A text may hold several definitions: all of them are stored, or none.
 *
 * A text is parsed and checked first (dsl/), which writes nothing, and
 * stored afterwards (definition/): an error of its last definition leaves
 * none of those before it.  Warnings do not keep a definition from being
 * stored; they are returned by the validate functions.
 *
 * Rights and names: a definition is created in the caller's project and the
 * namespace given, and a public one can be changed by its own project and
 * administrators only.  The places of arguments differ between the
 * functions, which is why helpers take them as numbers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "definition/definitions_write.h"
#include "sql/callee_advice.h"
#include "store/access.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/guc.h"

PG_FUNCTION_INFO_V1(mistral_create_workflows);
PG_FUNCTION_INFO_V1(mistral_update_workflows);
PG_FUNCTION_INFO_V1(mistral_publish_workflow);
PG_FUNCTION_INFO_V1(mistral_delete_workflow);
PG_FUNCTION_INFO_V1(mistral_validate_workflow);
PG_FUNCTION_INFO_V1(mistral_create_workbook);
PG_FUNCTION_INFO_V1(mistral_update_workbook);
PG_FUNCTION_INFO_V1(mistral_delete_workbook);
PG_FUNCTION_INFO_V1(mistral_validate_workbook);
PG_FUNCTION_INFO_V1(mistral_create_actions);
PG_FUNCTION_INFO_V1(mistral_update_actions);
PG_FUNCTION_INFO_V1(mistral_delete_action);
PG_FUNCTION_INFO_V1(mistral_validate_actions);
PG_FUNCTION_INFO_V1(mistral_workflow_input);
PG_FUNCTION_INFO_V1(mistral_workflow_interface);
PG_FUNCTION_INFO_V1(mistral_action_input);

/* ---- arguments ---- */

/* Returns an argument that must be given. */
static char *
required_arg(FunctionCallInfo fcinfo, int i, const char *name)
{
	if (PG_ARGISNULL(i))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be null", name)));
	return mst_text_arg(fcinfo, i);
}

/* Returns the namespace; null is the default one. */
static char *
namespace_arg(FunctionCallInfo fcinfo, int i)
{
	return PG_ARGISNULL(i) ? "" : mst_text_arg(fcinfo, i);
}

static bool
is_true(FunctionCallInfo fcinfo, int i)
{
	return !PG_ARGISNULL(i) && PG_GETARG_BOOL(i);
}

static void
get_place(FunctionCallInfo fcinfo, int namespace, int scope, DefinitionPlace *place)
{
	place->namespace = namespace_arg(fcinfo, namespace);
	place->scope = mst_text_arg(fcinfo, scope);
	place->project = mst_current_project();
	mst_definition_check_scope(place->scope);
}

/*
 * Returns whether the text must be checked, given the wish of the caller
 * and mistral.validation_mode.
 */
static bool
must_validate(FunctionCallInfo fcinfo, int skip)
{
	switch ((ValidationMode) mst_validation_mode)
	{
		case VALIDATION_MANDATORY:
			return true;
		case VALIDATION_ENABLED:
			return PG_ARGISNULL(skip) || !PG_GETARG_BOOL(skip);
		case VALIDATION_DISABLED:
			return false;
	}
	return true;
}

/* Reads a text, which goes to a place, or raises what is wrong with it. */
static void
read_definition(DefinitionKind kind, const char *text, bool validate,
				const DefinitionPlace *place, SpecReport *report, Definition *definition)
{
	if (!mst_definition_read(kind, text, strlen(text), validate, report, definition))
		mst_spec_raise(report);
	if (validate)
		mst_advise_callees(definition, place->namespace, place->project, report);
}

/* ---- results ---- */

static Statement workflow_rows = {
	"SELECT d.id, d.name, d.namespace, d.project_id, d.scope,"
	" coalesce(d.tags, '[]'), d.workbook_name, d.checksum, v.definition,"
	" mistral.workflow_input(v.spec), mistral.workflow_interface(v.spec),"
	" d.created_at, d.updated_at, w.warnings"
	" FROM unnest($1, $2) WITH ORDINALITY AS w (id, warnings, place)"
	" JOIN mistral.workflow_definitions d ON d.id = w.id"
	" JOIN mistral.workflow_versions v ON v.id = d.version_id"
	" ORDER BY w.place",
	2, {UUIDARRAYOID, JSONBARRAYOID}
};

static Statement action_rows = {
	"SELECT d.id, d.name, d.namespace, d.project_id, d.scope,"
	" coalesce(d.tags, '[]'), d.workbook_name, d.kind, d.is_system, d.description,"
	" v.definition, nullif(mistral.action_input(v.spec), ''), d.created_at, d.updated_at,"
	" w.warnings"
	" FROM unnest($1, $2) WITH ORDINALITY AS w (id, warnings, place)"
	" JOIN mistral.action_definitions d ON d.id = w.id"
	" JOIN mistral.action_versions v ON v.id = d.version_id"
	" ORDER BY w.place",
	2, {UUIDARRAYOID, JSONBARRAYOID}
};

static Statement workbook_rows = {
	"SELECT d.id, d.name, d.namespace, d.project_id, d.scope,"
	" coalesce(d.tags, '[]'), d.definition, d.created_at, d.updated_at, w.warnings"
	" FROM unnest($1, $2) AS w (id, warnings)"
	" JOIN mistral.workbooks d ON d.id = w.id",
	2, {UUIDARRAYOID, JSONBARRAYOID}
};

/* The rows stored by a call, with the warnings about each. */
typedef struct Results
{
	int			n;
	Datum	   *ids;
	Datum	   *warnings;
} Results;

static void
init_results(Results *results, int max)
{
	results->n = 0;
	results->ids = palloc(Max(max, 1) * sizeof(Datum));
	results->warnings = palloc(Max(max, 1) * sizeof(Datum));
}

/*
 * Returns whether the message is about the item: its position is within it,
 * before the next item begins.
 */
static bool
is_about(const SpecMessage *message, const DefinitionItem *item, const DefinitionItem *next)
{
	if (item == NULL)
		return true;
	if (message->line < item->line ||
		(message->line == item->line && message->column < item->column))
		return false;
	return next == NULL || message->line < next->line ||
		(message->line == next->line && message->column < next->column);
}

static Jsonb *
warnings_about(const SpecReport *report, const DefinitionItem *item,
			   const DefinitionItem *next)
{
	SpecReport	part = {0};
	Jsonb	   *all;
	ListCell   *lc;
	JsonbValue	key;

	foreach(lc, report->warnings)
	{
		if (is_about(lfirst(lc), item, next))
			part.warnings = lappend(part.warnings, lfirst(lc));
	}
	all = mst_spec_report_jsonb(&part);
	key.type = jbvString;
	key.val.string.val = "warnings";
	key.val.string.len = strlen("warnings");
	return JsonbValueToJsonb(findJsonbValueFromContainer(&all->root, JB_FOBJECT, &key));
}

static void
add_result(Results *results, const pg_uuid_t *id, const SpecReport *report,
		   const DefinitionItem *item, const DefinitionItem *next)
{
	pg_uuid_t  *copy = palloc(sizeof(pg_uuid_t));

	*copy = *id;
	results->ids[results->n] = UUIDPGetDatum(copy);
	results->warnings[results->n] = JsonbPGetDatum(warnings_about(report, item, next));
	results->n++;
}

static Datum
return_results(FunctionCallInfo fcinfo, Statement *statement, const Results *results)
{
	StatementArgs args = {0};
	ArrayType  *ids = construct_array(results->ids, results->n, UUIDOID,
									  UUID_LEN, false, TYPALIGN_CHAR);
	ArrayType  *warnings = construct_array(results->warnings, results->n, JSONBOID,
										   -1, false, TYPALIGN_INT);

	mst_arg_datum(&args, PointerGetDatum(ids), false);
	mst_arg_datum(&args, PointerGetDatum(warnings), false);
	mst_return_begin(fcinfo);
	(void) mst_return_rows(fcinfo, statement, &args);
	return (Datum) 0;
}

static DefinitionItem *
item_at(List *items, int i)
{
	return i < list_length(items) ? list_nth(items, i) : NULL;
}

/* ---- lists of workflows and actions ---- */

/* Arguments: definition, namespace, scope. */
static Datum
create_items(FunctionCallInfo fcinfo, DefinitionTable table, bool validate,
			 bool or_replace)
{
	char	   *text = required_arg(fcinfo, 0, "definition");
	DefinitionPlace place;
	SpecReport	report;
	Definition	definition;
	Results		results;
	List	   *items;

	get_place(fcinfo, 1, 2, &place);
	read_definition(table == TABLE_WORKFLOWS ? DEFINITION_WORKFLOWS : DEFINITION_ACTIONS,
					text, validate, &place, &report, &definition);
	items = table == TABLE_WORKFLOWS ? definition.workflows : definition.actions;
	init_results(&results, list_length(items));
	for (int i = 0; i < list_length(items); i++)
	{
		DefinitionItem *item = item_at(items, i);
		pg_uuid_t	id = or_replace ?
		mst_definition_put(table, item->name, NULL, item, &place) :
		mst_definition_insert(table, item->name, NULL, item, &place);

		add_result(&results, &id, &report, item, item_at(items, i + 1));
	}
	return return_results(fcinfo, table == TABLE_WORKFLOWS ? &workflow_rows : &action_rows,
						  &results);
}

/*
 * Returns the definition of that name or id, or an error in the reference's
 * words.
 */
static DefinitionRow *
require_row(DefinitionTable table, const char *identifier, const char *namespace,
			bool for_delete)
{
	DefinitionRow *row = mst_definition_find(table, identifier, namespace,
											 mst_current_project());
	const char *what;

	if (row != NULL)
		return row;
	switch (table)
	{
		case TABLE_WORKFLOWS:
			what = "Workflow not found [workflow_identifier=%s, namespace=%s]";
			break;
		case TABLE_ACTIONS:
			what = "Action definition not found [action_name=%s, namespace=%s]";
			break;
		default:
			what = for_delete ? "Workbook not found [workbook_name=%s, namespace=%s]" :
				"Workbook not found [name=%s, namespace=%s]";
			break;
	}
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_FOUND),
			 errmsg(what, identifier, namespace)));
	return NULL;				/* not reached */
}

/* With an identifier there is one definition in the text, which it is for. */
static void
check_single(DefinitionTable table, List *items, const char *identifier)
{
	if (list_length(items) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("More than one %s are not supported for update with identifier. [identifier: %s]",
						table == TABLE_ACTIONS ? "actions" : "workflows", identifier)));
}

/* Arguments: definition, namespace, scope. */
static Datum
update_items(FunctionCallInfo fcinfo, DefinitionTable table, bool validate,
			 const char *identifier)
{
	char	   *text = required_arg(fcinfo, 0, "definition");
	DefinitionPlace place;
	SpecReport	report;
	Definition	definition;
	Results		results;
	List	   *items;

	get_place(fcinfo, 1, 2, &place);
	read_definition(table == TABLE_WORKFLOWS ? DEFINITION_WORKFLOWS : DEFINITION_ACTIONS,
					text, validate, &place, &report, &definition);
	items = table == TABLE_WORKFLOWS ? definition.workflows : definition.actions;
	if (identifier != NULL)
		check_single(table, items, identifier);
	init_results(&results, list_length(items));
	for (int i = 0; i < list_length(items); i++)
	{
		DefinitionItem *item = item_at(items, i);
		DefinitionRow *row = require_row(table, identifier != NULL ? identifier : item->name,
										 place.namespace, false);

		mst_definition_update(table, row, item->name, NULL, item, &place);
		add_result(&results, &row->id, &report, item, item_at(items, i + 1));
	}
	return return_results(fcinfo, table == TABLE_WORKFLOWS ? &workflow_rows : &action_rows,
						  &results);
}

static Datum
delete_item(FunctionCallInfo fcinfo, DefinitionTable table)
{
	char	   *identifier = required_arg(fcinfo, 0, "identifier");
	char	   *namespace = namespace_arg(fcinfo, 1);

	mst_definition_delete(table, require_row(table, identifier, namespace, true));
	PG_RETURN_VOID();
}

static Datum
validate_definition(FunctionCallInfo fcinfo, DefinitionKind kind)
{
	char	   *text = required_arg(fcinfo, 0, "definition");
	SpecReport	report;
	Definition	definition;

	if (mst_definition_read(kind, text, strlen(text), true, &report, &definition))
		mst_advise_callees(&definition, "", mst_current_project(), &report);
	PG_RETURN_JSONB_P(mst_spec_report_jsonb(&report));
}

/*
 * create_workflows(definition, namespace, scope, skip_validation, or_replace)
 */
Datum
mistral_create_workflows(PG_FUNCTION_ARGS)
{
	return create_items(fcinfo, TABLE_WORKFLOWS, must_validate(fcinfo, 3),
						is_true(fcinfo, 4));
}

/*
 * update_workflows(definition, namespace, scope, skip_validation, identifier)
 */
Datum
mistral_update_workflows(PG_FUNCTION_ARGS)
{
	return update_items(fcinfo, TABLE_WORKFLOWS, must_validate(fcinfo, 3),
						mst_text_arg(fcinfo, 4));
}

/*
 * publish_workflow(identifier, namespace, published): without "published" a
 * workflow becomes a draft.
 */
Datum
mistral_publish_workflow(PG_FUNCTION_ARGS)
{
	DefinitionRow *row = require_row(TABLE_WORKFLOWS, required_arg(fcinfo, 0, "identifier"),
									 namespace_arg(fcinfo, 1), false);

	mst_definition_set_draft(row, !PG_ARGISNULL(2) && !PG_GETARG_BOOL(2));
	PG_RETURN_VOID();
}

/*
 * delete_workflow(identifier, namespace)
 */
Datum
mistral_delete_workflow(PG_FUNCTION_ARGS)
{
	return delete_item(fcinfo, TABLE_WORKFLOWS);
}

/*
 * validate_workflow(definition)
 */
Datum
mistral_validate_workflow(PG_FUNCTION_ARGS)
{
	return validate_definition(fcinfo, DEFINITION_WORKFLOWS);
}

/*
 * create_actions(definition, namespace, scope, or_replace)
 */
Datum
mistral_create_actions(PG_FUNCTION_ARGS)
{
	return create_items(fcinfo, TABLE_ACTIONS, true, is_true(fcinfo, 3));
}

/*
 * update_actions(definition, namespace, scope, identifier)
 */
Datum
mistral_update_actions(PG_FUNCTION_ARGS)
{
	return update_items(fcinfo, TABLE_ACTIONS, true, mst_text_arg(fcinfo, 3));
}

/*
 * delete_action(identifier, namespace)
 */
Datum
mistral_delete_action(PG_FUNCTION_ARGS)
{
	return delete_item(fcinfo, TABLE_ACTIONS);
}

/*
 * validate_actions(definition)
 */
Datum
mistral_validate_actions(PG_FUNCTION_ARGS)
{
	return validate_definition(fcinfo, DEFINITION_ACTIONS);
}

/* ---- workbooks ---- */

static Datum
return_workbook(FunctionCallInfo fcinfo, const pg_uuid_t *id, const SpecReport *report)
{
	Results		results;

	init_results(&results, 1);
	add_result(&results, id, report, NULL, NULL);
	return return_results(fcinfo, &workbook_rows, &results);
}

/*
 * create_workbook(definition, namespace, scope, skip_validation, or_replace)
 */
Datum
mistral_create_workbook(PG_FUNCTION_ARGS)
{
	char	   *text = required_arg(fcinfo, 0, "definition");
	DefinitionPlace place;
	SpecReport	report;
	Definition	definition;
	DefinitionRow *row;
	pg_uuid_t	id;

	get_place(fcinfo, 1, 2, &place);
	read_definition(DEFINITION_WORKBOOK, text, must_validate(fcinfo, 3), &place, &report,
					&definition);
	row = !is_true(fcinfo, 4) ? NULL :
		mst_definition_find_own(TABLE_WORKBOOKS, definition.name, &place);
	if (row == NULL)
		id = mst_workbook_insert(&definition, text, &place);
	else
	{
		mst_workbook_update(row, &definition, text, &place);
		id = row->id;
	}
	return return_workbook(fcinfo, &id, &report);
}

/*
 * update_workbook(definition, namespace, scope, skip_validation)
 */
Datum
mistral_update_workbook(PG_FUNCTION_ARGS)
{
	char	   *text = required_arg(fcinfo, 0, "definition");
	DefinitionPlace place;
	SpecReport	report;
	Definition	definition;
	DefinitionRow *row;

	get_place(fcinfo, 1, 2, &place);
	read_definition(DEFINITION_WORKBOOK, text, must_validate(fcinfo, 3), &place, &report,
					&definition);
	row = require_row(TABLE_WORKBOOKS, definition.name, place.namespace, false);
	mst_workbook_update(row, &definition, text, &place);
	return return_workbook(fcinfo, &row->id, &report);
}

/*
 * delete_workbook(name, namespace)
 */
Datum
mistral_delete_workbook(PG_FUNCTION_ARGS)
{
	return delete_item(fcinfo, TABLE_WORKBOOKS);
}

/*
 * validate_workbook(definition)
 */
Datum
mistral_validate_workbook(PG_FUNCTION_ARGS)
{
	return validate_definition(fcinfo, DEFINITION_WORKBOOK);
}

/* ---- derived from stored specifications ---- */

/* Returns the stored JSON that is the first argument. */
static SpecNode *
spec_arg(FunctionCallInfo fcinfo)
{
	text	   *json = PG_GETARG_TEXT_PP(0);
	SpecNode   *node = mst_node_from_json(VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json), NULL);

	if (node == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("specification is not well-formed JSON")));
	return node;
}

/*
 * workflow_input(spec)
 */
Datum
mistral_workflow_input(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(mst_definition_input_text(spec_arg(fcinfo), false)));
}

/*
 * workflow_interface(spec)
 */
Datum
mistral_workflow_interface(PG_FUNCTION_ARGS)
{
	SpecNode   *node = mst_definition_interface(spec_arg(fcinfo));

	PG_RETURN_TEXT_P(cstring_to_text(mst_node_json(node)));
}

/*
 * action_input(spec)
 */
Datum
mistral_action_input(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(mst_definition_input_text(spec_arg(fcinfo), true)));
}
