/*-------------------------------------------------------------------------
 *
 * definitions_write.c
 *	  Storing, changing and deleting definitions.
 *
 * The row of a definition is locked before a version is added to it, so that
 * versions follow one another.  A definition that is deleted leaves its
 * versions behind, marked as retired, since executions may use them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "definition/definitions_write.h"
#include "store/access.h"
#include "store/definition_rows.h"
#include "store/home.h"
#include "store/quotas.h"
#include "store/triggers.h"
#include "util/errors.h"
#include "util/uuid.h"

/* as long as names are stored, in characters */
#define MAX_NAME 255

/* ---- checks ---- */

/*
 * Checks a scope; NULL is right.
 */
void
mst_definition_check_scope(const char *scope)
{
	if (scope == NULL || strcmp(scope, "private") == 0)
		return;
	if (strcmp(scope, "public") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("Scope must be one of the following: {'private', 'public'}; actual: %s",
						scope)));
	mst_require_admin("Only administrators make definitions public.");
}

/*
 * Checks a name that is to be stored.
 */
void
mst_definition_check_name(const char *name)
{
	if (strchr(name, ' ') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("Name '%s' must not contain spaces", name)));
	mst_definition_check_length("a name", name, MAX_NAME);
}

/*
 * Checks the length of a text that is to be stored, in characters; NULL is
 * right.  "what" says what it is, with its article.
 */
void
mst_definition_check_length(const char *what, const char *text, int max)
{
	if (text != NULL && pg_mbstrlen(text) > max)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("The length of %s must not exceed %d symbols, but is %d",
						what, max, pg_mbstrlen(text)),
				 errdetail("The %s is \"%.*s...\".", strchr(what, ' ') + 1,
						   pg_mbcliplen(text, strlen(text), 60), text)));
}

/* Checks what is to be stored under a name of its own. */
static void
check_item_name(const DefinitionItem *item, const char *name)
{
	if (!item->has_text_name)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_MODEL),
				 errmsg("the name of a definition must be a string, not %s", name),
				 errhint("Put the name in quotes.")));
	mst_definition_check_name(name);
}

/*
 * Checks that the user may change a definition.
 */
void
mst_definition_check_owner(const char *what, const pg_uuid_t *id,
						   const char *owner, bool is_system)
{
	if (is_system)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_INVALID_ACTION),
				 errmsg("Attempt to modify a system definition")));
	if (!mst_can_change_project(owner))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Can not access %s resource of other projects, ID: %s",
						what, mst_uuid_text(id))));
}

/*
 * A name that is taken.
 */
void
mst_definition_raise_duplicate(const char *what, const char *name,
							   const char *namespace, const char *project)
{
	if (namespace == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DUPLICATE),
				 errmsg("Duplicate entry for %s ['name', 'project_id']: %s, %s",
						what, name, project)));
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_DUPLICATE),
			 errmsg("Duplicate entry for %s ['name', 'namespace', 'project_id']: %s, %s, %s",
					what, name, namespace, project)));
	pg_unreachable();
}

/* ---- what is stored ---- */

/* Returns the name that the reference's messages have for a kind of definitions. */
static const char *
resource_of(DefinitionTable table)
{
	switch (table)
	{
		case TABLE_WORKFLOWS:
			return "WorkflowDefinition";
		case TABLE_ACTIONS:
			return "Action";
		case TABLE_WORKBOOKS:
			return "WorkbookDefinition";
	}

	elog(ERROR, "unrecognized table of definitions: %d", (int) table);
	return NULL;
}

static Jsonb *
tags_of(const SpecNode *spec)
{
	const SpecNode *tags = mst_node_get(spec, "tags");

	return tags != NULL ? mst_node_jsonb(tags) : NULL;
}

/* ---- triggers ---- */

/* A workflow that triggers start cannot be deleted. */
static void
check_no_triggers(const DefinitionRow *row)
{
	char	   *cron = mst_cron_triggers_of(&row->id, NULL);
	char	   *event = mst_event_triggers_of(&row->id, NULL);

	if (cron != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DATABASE),
				 errmsg("Can't delete workflow that has cron triggers associated. [workflow=%s], [cron_trigger_id(s)=%s]",
						row->name, cron)));
	if (event != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_DATABASE),
				 errmsg("Can't delete workflow that has event triggers associated. [workflow=%s], [event_trigger_id(s)=%s]",
						row->name, event)));
}

/*
 * Refuses to make a workflow private that triggers of other projects start.
 */
static void
check_withdrawal(const DefinitionRow *row, const char *scope)
{
	if (scope == NULL || strcmp(scope, "private") != 0 ||
		strcmp(row->scope, "public") != 0)
		return;
	if (mst_cron_triggers_of(&row->id, row->project_id) == NULL &&
		mst_event_triggers_of(&row->id, row->project_id) == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
			 errmsg("Can not update scope of workflow that has triggers associated in other tenants. [workflow_identifier=%s]",
					row->name)));
}

/* ---- workflows and actions ---- */

static const char *
kind_of(const DefinitionItem *item)
{
	return item->kind != NULL ? item->kind : MST_KIND_ADHOC;
}

/* Returns what to store of a workflow or an action, but for its id. */
static DefinitionValues
values_of(const char *name, const char *workbook, const DefinitionItem *item,
		  const DefinitionPlace *place)
{
	DefinitionValues values = {
		.name = name,
		.namespace = place->namespace,
		.project = place->project,
		.scope = place->scope,
		.workbook = workbook,
		.kind = kind_of(item),
		.tags = tags_of(item->spec),
		.text = item->definition,
		.spec = mst_node_json(item->spec)
	};

	return values;
}

/* An action stays what it is: those who use it count on who runs it. */
static void
check_kind(const DefinitionRow *row, const DefinitionItem *item)
{
	if (row->kind == NULL || strcmp(row->kind, kind_of(item)) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MISTRAL_INVALID_ACTION),
			 errmsg("action \"%s\" is of kind \"%s\" and cannot become one of kind \"%s\"",
					row->name, row->kind, kind_of(item)),
			 errhint("Delete it first, or choose another name.")));
}

/*
 * Stores a new definition unless the project has one of the name; whether that
 * was done.  *id, where it is asked for, becomes the new definition's.
 */
bool
mst_definition_try_insert(DefinitionTable table, const char *name,
						  const char *workbook, const DefinitionItem *item,
						  const DefinitionPlace *place, pg_uuid_t *id)
{
	DefinitionValues values;
	pg_uuid_t	new_id = mst_uuid_generate();

	check_item_name(item, name);
	mst_quota_check(table == TABLE_WORKFLOWS ? QUOTA_WORKFLOWS : QUOTA_ACTIONS,
					place->project);
	values = values_of(name, workbook, item, place);
	if (id != NULL)
		*id = new_id;
	return mst_definition_row_insert(table, &new_id, &values);
}

/*
 * Stores a new definition; an error when the project has one of the name.
 */
pg_uuid_t
mst_definition_insert(DefinitionTable table, const char *name,
					  const char *workbook, const DefinitionItem *item,
					  const DefinitionPlace *place)
{
	pg_uuid_t	id;

	if (!mst_definition_try_insert(table, name, workbook, item, place, &id))
		mst_definition_raise_duplicate(resource_of(table), name,
									   place->namespace, place->project);
	return id;
}

/* Refuses a new name that another definition of the project has. */
static void
check_renamed(DefinitionTable table, const DefinitionRow *row,
			  const DefinitionItem *item, const char *name)
{
	if (strcmp(row->name, name) == 0)
		return;
	check_item_name(item, name);
	if (mst_definition_row_is_taken(table, &row->id, name, row->namespace,
									row->project_id))
		mst_definition_raise_duplicate(resource_of(table), name,
									   row->namespace, row->project_id);
}

/*
 * Adds a version; see definitions_write.h.
 */
void
mst_definition_update(DefinitionTable table, const DefinitionRow *row,
					  const char *name, const char *workbook,
					  const DefinitionItem *item, const DefinitionPlace *place)
{
	DefinitionValues values;

	mst_definition_check_owner(resource_of(table), &row->id, row->project_id,
							   row->is_system);
	check_kind(row, item);
	if (table == TABLE_WORKFLOWS)
		check_withdrawal(row, place->scope);
	check_renamed(table, row, item, name);
	mst_quota_check_versions(table == TABLE_WORKFLOWS ? QUOTA_WORKFLOW_VERSIONS :
							 QUOTA_ACTION_VERSIONS, &row->id);
	values = values_of(name, workbook, item, place);
	if (!mst_definition_row_update(table, &row->id, &values))
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("%s \"%s\" has been deleted meanwhile",
						resource_of(table), row->name)));
}

/*
 * Makes a workflow a draft; see definitions_write.h.
 */
void
mst_definition_set_draft(const DefinitionRow *row, bool is_draft)
{
	mst_definition_check_owner(resource_of(TABLE_WORKFLOWS), &row->id, row->project_id,
							   row->is_system);
	mst_definition_row_set_draft(&row->id, is_draft);
}

/*
 * Deletes a definition, which only its owner may; see definitions_write.h.
 */
void
mst_definition_delete(DefinitionTable table, const DefinitionRow *row)
{
	mst_definition_check_owner(resource_of(table), &row->id, row->project_id,
							   row->is_system);
	mst_definition_row_delete(table, &row->id);
	/* now: a trigger that was being made held the row */
	if (table == TABLE_WORKFLOWS)
		check_no_triggers(row);
	if (table != TABLE_WORKBOOKS)
		mst_definition_row_retire(table, &row->id);
}

/* ---- workbooks ---- */

/*
 * Returns the project's own definition of a name, or NULL.
 */
DefinitionRow *
mst_definition_find_own(DefinitionTable table, const char *name,
						const DefinitionPlace *place)
{
	DefinitionRow *row = mst_definition_find(table, name, place->namespace,
											 place->project);

	if (row == NULL || strcmp(row->project_id, place->project) != 0 ||
		strcmp(row->name, name) != 0)
		return NULL;
	return row;
}

/*
 * Stores a definition, whether or not the project had it before; see
 * definitions_write.h.
 */
pg_uuid_t
mst_definition_put(DefinitionTable table, const char *name, const char *workbook,
				   const DefinitionItem *item, const DefinitionPlace *place)
{
	DefinitionRow *row = mst_definition_find_own(table, name, place);

	if (row == NULL)
		return mst_definition_insert(table, name, workbook, item, place);
	mst_definition_update(table, row, name, workbook, item, place);
	return row->id;
}

/* Stores an item of a workbook under its full name. */
static void
put_item(DefinitionTable table, const char *workbook, const DefinitionItem *item,
		 const DefinitionPlace *place)
{
	(void) mst_definition_put(table, psprintf("%s.%s", workbook, item->name),
							  workbook, item, place);
}

static void
put_items(const Definition *definition, const DefinitionPlace *place)
{
	ListCell   *lc;

	foreach(lc, definition->actions)
		put_item(TABLE_ACTIONS, definition->name, lfirst(lc), place);
	foreach(lc, definition->workflows)
		put_item(TABLE_WORKFLOWS, definition->name, lfirst(lc), place);
}

/* Returns what to store of a workbook, apart from what it contains. */
static DefinitionValues
workbook_values(const Definition *definition, const char *text,
				const DefinitionPlace *place)
{
	DefinitionValues values = {
		.name = definition->name,
		.namespace = place->namespace,
		.project = place->project,
		.scope = place->scope,
		.tags = tags_of(definition->spec),
		.text = text,
		.spec = mst_node_json(definition->spec)
	};

	return values;
}

/*
 * Stores a new workbook.
 */
pg_uuid_t
mst_workbook_insert(const Definition *definition, const char *text,
					const DefinitionPlace *place)
{
	DefinitionValues values;
	pg_uuid_t	id = mst_uuid_generate();

	mst_definition_check_name(definition->name);
	mst_quota_check(QUOTA_WORKBOOKS, place->project);
	values = workbook_values(definition, text, place);
	if (!mst_definition_row_insert(TABLE_WORKBOOKS, &id, &values))
		mst_definition_raise_duplicate(resource_of(TABLE_WORKBOOKS), definition->name,
									   place->namespace, place->project);
	put_items(definition, place);
	return id;
}

/*
 * Changes a workbook and what it contains.
 */
void
mst_workbook_update(const DefinitionRow *row, const Definition *definition,
					const char *text, const DefinitionPlace *place)
{
	DefinitionPlace owners = *place;
	DefinitionValues values;

	mst_definition_check_owner(resource_of(TABLE_WORKBOOKS), &row->id,
							   row->project_id, row->is_system);
	values = workbook_values(definition, text, place);
	(void) mst_definition_row_update(TABLE_WORKBOOKS, &row->id, &values);
	owners.project = row->project_id;
	if (owners.scope == NULL)
		owners.scope = row->scope;
	put_items(definition, &owners);
}

/* ---- versions ---- */

/*
 * Deletes retired versions; see definitions_write.h.
 */
int64
mst_definition_delete_retired(int64 seconds)
{
	/* executions that need a version may not be loaded yet */
	mst_home_require();
	return mst_definition_rows_expire(seconds);
}
