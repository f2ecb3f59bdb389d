/*-------------------------------------------------------------------------
 *
 * graph_sql.c
 *	  Graphs of workflows for SQL.
 *
 * They are made of a specification that is stored, or of a text that is not:
 * nothing is read but the argument, and nothing is written.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "dsl/check.h"
#include "dsl/definition.h"
#include "dsl/graph.h"
#include "util/errors.h"
#include "util/json.h"

PG_FUNCTION_INFO_V1(mistral_workflow_graph);
PG_FUNCTION_INFO_V1(mistral_definition_graphs);

/*
 * workflow_graph(spec): what the caller gives as stored may be anything, so it is
 * checked as far as the compiler of definitions relies on.
 */
Datum
mistral_workflow_graph(PG_FUNCTION_ARGS)
{
	text	   *json = PG_GETARG_TEXT_PP(0);
	SpecNode   *workflow = mst_node_from_json(VARDATA_ANY(json), VARSIZE_ANY_EXHDR(json), NULL);
	SpecReport	report = {0};
	SpecContext cxt = {.report = &report};
	SpecNode   *name;

	if (workflow == NULL || workflow->kind != NODE_MAP)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("specification is not a JSON object")));
	name = mst_node_get(workflow, "name");
	if (name == NULL || name->kind != NODE_STRING)
		name = mst_node_string("workflow", strlen("workflow"), NULL);
	if (!mst_check_workflow(&cxt, name, workflow))
		mst_spec_raise(&report);
	PG_RETURN_TEXT_P(cstring_to_text(mst_node_json(mst_graph_describe(name->u.text, workflow))));
}

/*
 * definition_graphs(definition): the graphs of all workflows of a text, or what
 * is wrong with it, as the validate functions tell.
 */
Datum
mistral_definition_graphs(PG_FUNCTION_ARGS)
{
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	DefinitionKind kind = mst_definition_is_workbook(source, strlen(source)) ?
	DEFINITION_WORKBOOK : DEFINITION_WORKFLOWS;
	SpecReport	report;
	Definition	definition;
	SpecNode   *result = mst_node_new(NODE_MAP, NULL);
	SpecNode   *graphs = mst_node_new(NODE_LIST, NULL);
	ListCell   *lc;

	if (!mst_definition_read(kind, source, strlen(source), true, &report, &definition))
		PG_RETURN_TEXT_P(cstring_to_text(mst_json_print(mst_spec_report_jsonb(&report))));
	foreach(lc, definition.workflows)
	{
		const DefinitionItem *item = lfirst(lc);

		mst_node_append(graphs, mst_graph_describe(item->name, item->spec));
	}
	mst_node_set_name(result, "valid", mst_node_boolean(true, NULL));
	mst_node_set_name(result, "graphs", graphs);
	PG_RETURN_TEXT_P(cstring_to_text(mst_node_json(result)));
}
