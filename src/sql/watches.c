/*-------------------------------------------------------------------------
 *
 * watches.c
 *	  Workflows that follow the rows of tables.
 *
 * A watch is a row of table_watches and a row trigger on the table watched,
 * whose argument is the watch's id.  What it does happens in the transaction
 * that changes the row: both are committed, or neither.  It is done for the
 * project of the watch, whoever changes the row; so the trigger makes sure
 * that it is on the table that the watch is for, or on a partition of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

#include "definition/definitions.h"
#include "engine/calls/operations.h"
#include "engine/data/input.h"
#include "engine/engine.h"
#include "store/access.h"
#include "store/home.h"
#include "store/quotas.h"
#include "store/statement.h"
#include "util/args.h"
#include "util/errors.h"
#include "util/json.h"
#include "util/spi.h"
#include "util/uuid.h"

PG_FUNCTION_INFO_V1(mistral_watch_row);
PG_FUNCTION_INFO_V1(mistral_watch_table);
PG_FUNCTION_INFO_V1(mistral_unwatch_table);

/* A row of table_watches; texts are NULL where the columns are. */
typedef struct Watch
{
	char	   *project_id;
	Oid			relation;
	char	   *operation;
	char	   *workflow;
	char	   *namespace;
	char	   *input_name;
	char	   *id_column;
} Watch;

/*
 * Returns the watch of an id, palloc'd; NULL if there is none.  The trigger
 * has the id only, so that a change of the watch needs no new trigger.
 */
static Watch *
find_watch(const char *id)
{
	static Statement find = {
		"SELECT jsonb_build_object('project_id', project_id, 'relation', relation::oid::bigint,"
		" 'operation', operation, 'workflow', workflow, 'namespace', namespace,"
		" 'input_name', input_name, 'id_column', id_column)::text"
		" FROM mistral.table_watches WHERE id = $1::uuid",
		1, {TEXTOID}
	};
	StatementArgs args = {0};
	Watch	   *watch = palloc(sizeof(Watch));
	char	   *text;
	Jsonb	   *json;

	mst_arg_text(&args, id);
	text = mst_statement_text(&find, &args);
	if (text == NULL)
		return NULL;
	json = mst_json_from_text(text);
	watch->project_id = mst_json_get_text(json, "project_id");
	watch->relation = (Oid) mst_json_get_int(json, "relation", 0);
	watch->operation = mst_json_get_text(json, "operation");
	watch->workflow = mst_json_get_text(json, "workflow");
	watch->namespace = mst_json_get_text(json, "namespace");
	watch->input_name = mst_json_get_text(json, "input_name");
	watch->id_column = mst_json_get_text(json, "id_column");
	return watch;
}

/* ---- the trigger ---- */

/*
 * Returns the row as JSON with the text forms of row_to_json(), as any
 * client of the database would read it.
 */
static Jsonb *
row_to_jsonb(HeapTuple tuple, TupleDesc desc)
{
	Datum		row = heap_copy_tuple_as_datum(tuple, desc);

	return mst_json_from_text(TextDatumGetCString(DirectFunctionCall1(row_to_json, row)));
}

static const char *
event_name(TriggerEvent event)
{
	if (TRIGGER_FIRED_BY_INSERT(event))
		return "INSERT";
	return TRIGGER_FIRED_BY_UPDATE(event) ? "UPDATE" : "DELETE";
}

static char *
table_name(Oid relation)
{
	char	   *name = get_rel_name(relation);

	if (name == NULL)
		return NULL;
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name);
}

/*
 * Returns whether the watch is for this table, or for one that it is a
 * partition of: row triggers of a partitioned table fire on its partitions.
 */
static bool
is_watched(const Watch *watch, Relation relation)
{
	return watch->relation == RelationGetRelid(relation) ||
		(relation->rd_rel->relispartition &&
		 list_member_oid(get_partition_ancestors(RelationGetRelid(relation)),
						 watch->relation));
}

/*
 * Returns the description of an execution that a watch starts.  It is JSON
 * in the form that the reference uses for triggers, so that tools find what
 * started it.
 */
static char *
describe_change(const char *id, Oid relation, TriggerEvent event)
{
	JsonBuilder b;

	mst_json_begin_object(&b);
	mst_json_add_text(&b, "description", "Workflow execution created by a watch of a table.");
	mst_json_open_object(&b, "triggered_by");
	mst_json_add_text(&b, "type", "table_watch");
	mst_json_add_text(&b, "id", id);
	mst_json_add_text(&b, "table", table_name(relation));
	mst_json_add_text(&b, "event", event_name(event));
	mst_json_close_object(&b);
	return mst_json_print(mst_json_end(&b));
}

/*
 * Starts the watch's workflow for the project of the watch, whoever changes
 * the row.  While maintenance is on the start is kept for its end: the
 * statement that changes the row must not fail for it.
 */
static void
start_workflow(const Watch *watch, const char *id, TriggerEvent event, Jsonb *row)
{
	StartRequest request = {0};

	request.workflow = watch->workflow;
	request.namespace = watch->namespace;
	request.input = watch->input_name == NULL ? row :
		mst_json_object1(watch->input_name, row);
	request.description = describe_change(id, watch->relation, event);
	request.project_id = watch->project_id;
	request.may_hold = true;
	(void) mst_engine_start(&request);
}

/*
 * The id in the row's column; false when it is null.  A column that has been
 * dropped or renamed is an error: nothing may be lost silently.
 */
static bool
row_id(const Watch *watch, Relation relation, Jsonb *row, pg_uuid_t *id)
{
	char	   *text = mst_json_get_text(row, watch->id_column);

	if (text == NULL &&
		get_attnum(RelationGetRelid(relation), watch->id_column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of watched table \"%s\" does not exist",
						watch->id_column, RelationGetRelationName(relation)),
				 errhint("End the watch with unwatch_table(), and watch the table again.")));
	if (text == NULL)
		return false;
	*id = *DatumGetUUIDP(DirectFunctionCall1(uuid_in, CStringGetDatum(text)));
	return true;
}

/*
 * Completes the action of that id with the row as output.  An action that
 * has ended already stays as it is, and one of another project is left
 * alone, since anybody who may write the table chooses the id.
 */
static void
wake_action(const Watch *watch, const pg_uuid_t *id, Jsonb *row)
{
	ActionResult result = {0};
	ActionRow  *action = mst_store_action(id);

	if (action == NULL || strcmp(action->project_id, watch->project_id) != 0)
		return;
	result.action_id = *id;
	result.state = MST_STATE_SUCCESS;
	result.output = row;
	mst_engine_report_results(&result, 1, NULL, NULL);
}

/*
 * Cancels the execution of that id, if it belongs to the project of the
 * watch and has not finished.
 */
static void
cancel_execution(const Watch *watch, const pg_uuid_t *id)
{
	ExecutionRow *execution = mst_store_execution(id, LOCK_NONE, NULL);

	if (execution == NULL || strcmp(execution->project_id, watch->project_id) != 0 ||
		execution->finished_at != 0)
		return;
	mst_engine_stop(id, MST_STATE_CANCELLED, "A row of a table that is watched has changed");
}

/*
 * Warns that changes of a table start nothing.  Once a transaction, because
 * a statement may change millions of rows.
 */
static void
warn_of_idle_watch(Relation relation, bool is_missing)
{
	static TimestampTz warned_in = 0;

	if (warned_in == GetCurrentTransactionStartTimestamp())
		return;
	warned_in = GetCurrentTransactionStartTimestamp();
	ereport(WARNING,
			(errmsg("changes of table \"%s\" start no workflows",
					RelationGetRelationName(relation)),
			 is_missing ?
			 errdetail("The watch that its trigger is for does not exist, or is not restored yet.") :
			 errdetail("The workflows of this database stand still."),
			 is_missing ?
			 errhint("Drop the trigger when nothing is being restored.") :
			 errhint("Call mistral.resume_after_restore() when all has been loaded.")));
}

/* watch_row() returns trigger */
Datum
mistral_watch_row(PG_FUNCTION_ARGS)
{
	TriggerData *data = (TriggerData *) fcinfo->context;
	const char *id;
	Watch	   *watch;
	HeapTuple	tuple;
	Jsonb	   *row;
	pg_uuid_t	target;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
		data->tg_trigger->tgnargs != 1)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"watch_row\" was not called by the trigger of a watch")));

	/*
	 * rows that are restored start nothing, nor do those that come before
	 * their watch
	 */
	id = data->tg_trigger->tgargs[0];
	watch = find_watch(id);
	if (watch == NULL || !mst_home_is_settled())
	{
		warn_of_idle_watch(data->tg_relation, watch == NULL);
		return PointerGetDatum(NULL);
	}
	if (!is_watched(watch, data->tg_relation))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("there is no watch %s of table \"%s\"", id,
						RelationGetRelationName(data->tg_relation)),
				 errhint("Drop the trigger \"%s\".", data->tg_trigger->tgname)));

	tuple = TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
	row = row_to_jsonb(tuple, RelationGetDescr(data->tg_relation));
	if (strcmp(watch->operation, "start") == 0)
		start_workflow(watch, id, data->tg_event, row);
	else if (!row_id(watch, data->tg_relation, row, &target))
		return PointerGetDatum(NULL);
	else if (strcmp(watch->operation, "wake") == 0)
		wake_action(watch, &target, row);
	else
		cancel_execution(watch, &target);
	return PointerGetDatum(NULL);
}

/* ---- making and ending watches ---- */

/*
 * Returns the events for CREATE TRIGGER.  They are taken from a list of
 * constants, so that no text of the user gets into the command.
 */
static char *
event_list(ArrayType *array)
{
	static const char *const known[] = {"INSERT", "UPDATE", "DELETE"};
	bool		wanted[lengthof(known)] = {false};
	StringInfoData list;
	Datum	   *elements;
	bool	   *nulls;
	int			n;

	deconstruct_array(array, TEXTOID, -1, false, TYPALIGN_INT, &elements, &nulls, &n);
	for (int i = 0; i < n; i++)
	{
		char	   *event = nulls[i] ? "" : TextDatumGetCString(elements[i]);
		int			k = 0;

		while (k < lengthof(known) && pg_strcasecmp(known[k], event) != 0)
			k++;
		if (k < lengthof(known))
			wanted[k] = true;
		else
			ereport(ERROR,
					(errcode(ERRCODE_MISTRAL_INPUT),
					 errmsg("cannot watch for event \"%s\"", event),
					 errhint("Events are INSERT, UPDATE and DELETE.")));
	}
	initStringInfo(&list);
	for (int k = 0; k < lengthof(known); k++)
	{
		if (wanted[k])
			appendStringInfo(&list, "%s%s", list.len > 0 ? " OR " : "", known[k]);
	}
	if (list.len == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("events to watch for must be given")));
	return list.data;
}

static char *
trigger_name(const pg_uuid_t *id)
{
	return psprintf("mistral_watch_%s", mst_uuid_text(id));
}

/*
 * Executes a command with the rights of the caller: whoever may not create
 * a trigger on the table may not watch it.
 */
static void
execute_command(const char *command)
{
	mst_spi_connect();
	if (SPI_execute(command, false, 0) < 0)
		elog(ERROR, "could not execute \"%s\"", command);
	SPI_finish();
}

/*
 * Raises an error unless operation, workflow and column go together.  A
 * table of the extension cannot be watched: the engine writes it past the
 * executor, which fires no triggers.
 */
static void
check_watch(Oid relation, const char *operation, const char *workflow, const char *id_column)
{
	bool		is_start = operation != NULL && strcmp(operation, "start") == 0;

	if (get_rel_namespace(relation) == get_namespace_oid("mistral", true))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("table \"%s\" of the extension cannot be watched", get_rel_name(relation)),
				 errhint("Use an event consumer, or an event subscription.")));
	if (!is_start && (operation == NULL || (strcmp(operation, "wake") != 0 &&
											strcmp(operation, "cancel") != 0)))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("operation of a watch must be start, wake or cancel")));
	if (is_start && workflow == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("a watch that starts a workflow needs the workflow's name")));
	if (!is_start && (id_column == NULL ||
					  get_attnum(relation, id_column) == InvalidAttrNumber))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("a watch that is to %s needs the column with the id", operation)));
}

/*
 * Returns an object with the names of a table's columns and null values:
 * the input that a row will give, as far as it is known now.
 */
static Jsonb *
column_names(Oid relation)
{
	Relation	rel = relation_open(relation, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	JsonBuilder b;

	mst_json_begin_object(&b);
	for (int i = 0; i < desc->natts; i++)
	{
		if (!TupleDescAttr(desc, i)->attisdropped)
			mst_json_add(&b, NameStr(TupleDescAttr(desc, i)->attname), NULL);
	}
	relation_close(rel, NoLock);
	return mst_json_end(&b);
}

/*
 * Checks that rows of the table can start the workflow: otherwise every
 * statement that the watch is for would fail from now on.
 */
static void
check_workflow(Oid relation, const char *workflow, const char *namespace,
			   const char *input_name)
{
	Jsonb	   *input = input_name == NULL ? column_names(relation) :
	mst_json_object1(input_name, NULL);
	const WorkflowSpec *spec;
	WorkflowRef ref;
	char	   *problem;

	if (!mst_definition_find_workflow(workflow, namespace, mst_current_project(), &ref))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("Workflow not found [workflow_identifier=%s, namespace=%s]",
						workflow, namespace)));
	spec = mst_definition_workflow_spec(&ref.version_id);
	problem = mst_input_check(ref.name, "WorkflowDefinition", spec->inputs,
							  spec->n_inputs, input);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INPUT),
				 errmsg("%s", problem),
				 input_name == NULL ?
				 errhint("The columns of the table are the input; with an input name the row is.") : 0));
}

/*
 * watch_table(relation regclass, workflow text, events text[], operation text,
 *			   id_column text, input_name text, namespace text) returns uuid
 */
Datum
mistral_watch_table(PG_FUNCTION_ARGS)
{
	static Statement insert = {
		"INSERT INTO mistral.table_watches"
		" (id, project_id, relation, operation, workflow, id_column, input_name, namespace)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
		8, {UUIDOID, TEXTOID, REGCLASSOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID}
	};
	Oid			relation = PG_ARGISNULL(0) ? InvalidOid : PG_GETARG_OID(0);
	char	   *operation = mst_text_arg(fcinfo, 3);
	bool		is_start = operation != NULL && strcmp(operation, "start") == 0;
	pg_uuid_t  *id = palloc(sizeof(pg_uuid_t));
	StatementArgs args = {0};

	if (!OidIsValid(relation) || PG_ARGISNULL(2))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("table and events of a watch must not be null")));
	check_watch(relation, operation, mst_text_arg(fcinfo, 1), mst_text_arg(fcinfo, 4));
	if (is_start)
		check_workflow(relation, mst_text_arg(fcinfo, 1),
					   PG_ARGISNULL(6) ? "" : mst_text_arg(fcinfo, 6), mst_text_arg(fcinfo, 5));
	mst_quota_check(QUOTA_WATCHES, mst_current_project());
	*id = mst_uuid_new();
	mst_arg_uuid(&args, id);
	mst_arg_text(&args, mst_current_project());
	mst_arg_datum(&args, ObjectIdGetDatum(relation), false);
	mst_arg_text(&args, operation);
	mst_arg_text(&args, is_start ? mst_text_arg(fcinfo, 1) : NULL);
	mst_arg_text(&args, is_start ? NULL : mst_text_arg(fcinfo, 4));
	mst_arg_text(&args, mst_text_arg(fcinfo, 5));
	mst_arg_text(&args, PG_ARGISNULL(6) ? "" : mst_text_arg(fcinfo, 6));
	(void) mst_statement_execute(&insert, &args);

	execute_command(psprintf("CREATE TRIGGER %s AFTER %s ON %s FOR EACH ROW"
							 " EXECUTE FUNCTION mistral.watch_row(%s)",
							 quote_identifier(trigger_name(id)),
							 event_list(PG_GETARG_ARRAYTYPE_P(2)), table_name(relation),
							 quote_literal_cstr(mst_uuid_text(id))));
	PG_RETURN_UUID_P(id);
}

/* unwatch_table(watch_id uuid) */
Datum
mistral_unwatch_table(PG_FUNCTION_ARGS)
{
	static Statement delete = {
		"DELETE FROM mistral.table_watches WHERE id = $1", 1, {UUIDOID}
	};
	pg_uuid_t  *id = PG_GETARG_UUID_P(0);
	Watch	   *watch = find_watch(mst_uuid_text(id));
	StatementArgs args = {0};

	if (watch == NULL || !mst_can_change_project(watch->project_id))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("there is no watch %s", mst_uuid_text(id))));
	if (table_name(watch->relation) != NULL)
		execute_command(psprintf("DROP TRIGGER IF EXISTS %s ON %s",
								 quote_identifier(trigger_name(id)),
								 table_name(watch->relation)));
	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&delete, &args);
	PG_RETURN_VOID();
}
