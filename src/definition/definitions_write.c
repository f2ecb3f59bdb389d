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
#include "store/home.h"
#include "store/quotas.h"
#include "store/statement.h"
#include "util/errors.h"
#include "util/uuid.h"

/* as long as names are stored, in characters */
#define MAX_NAME 255

/* ---- checks ---- */

/*
 * Check a scope; NULL is right.
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
	if (!mst_is_admin())
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_ALLOWED),
				 errmsg("Operation forbidden (insufficient permissions)"),
				 errdetail("Only administrators make definitions public.")));
}

/*
 * Check a name that is to be stored.
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
 * Check the length of a text that is to be stored, in characters; NULL is
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

/* Check what is to be stored under a name of its own. */
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
 * Check that the user may change a definition.
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

/* ---- statements ---- */

/* The statements for one kind of definitions. */
typedef struct TableStatements
{
	const char *resource;		/* as messages call it */
	Statement	insert;
	Statement	update;
	Statement	is_taken;
	Statement	delete;
	Statement	retire;
} TableStatements;

#define INSERT_ARGS \
	10, {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
#define UPDATE_ARGS \
	8, {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}

static TableStatements workflow_statements = {
	.resource = "WorkflowDefinition",
	.insert = {
		"WITH d AS ("
		"INSERT INTO mistral.workflow_definitions"
		" (id, version_id, name, namespace, project_id, scope, workbook_name,"
		" checksum, tags, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7,"
		" CASE WHEN $7 IS NULL THEN md5($9) END, $8, now())"
		" ON CONFLICT DO NOTHING RETURNING project_id) "
		"INSERT INTO mistral.workflow_versions"
		" (id, definition_id, project_id, definition, spec, created_at)"
		" SELECT $2, $1, d.project_id, $9, $10::json, now() FROM d",
		INSERT_ARGS
	},
	.update = {
		"WITH old AS MATERIALIZED ("
		"SELECT d.id, d.version_id, d.project_id, v.definition"
		" FROM mistral.workflow_definitions d"
		" LEFT JOIN mistral.workflow_versions v ON v.id = d.version_id"
		" WHERE d.id = $1 FOR NO KEY UPDATE OF d), "
		"r AS ("
		"UPDATE mistral.workflow_versions v SET retired_at = now()"
		" FROM old WHERE v.id = old.version_id), "
		"n AS ("
		"INSERT INTO mistral.workflow_versions"
		" (id, definition_id, project_id, definition, spec, created_at)"
		" SELECT $2, $1, old.project_id, $7, $8::json, now() FROM old) "
		"UPDATE mistral.workflow_definitions d"
		" SET version_id = $2, name = $3, scope = coalesce($4, scope),"
		" workbook_name = $5, checksum = CASE WHEN $5 IS NULL THEN md5($7) END,"
		" tags = $6, updated_at = CASE WHEN old.definition IS DISTINCT FROM $7"
		" OR (d.name, d.scope, d.workbook_name, d.tags) IS DISTINCT FROM"
		" ($3, coalesce($4, d.scope), $5, $6) THEN now() ELSE d.updated_at END"
		" FROM old WHERE d.id = old.id",
		UPDATE_ARGS
	},
	.is_taken = {
		"SELECT 'x' FROM mistral.workflow_definitions"
		" WHERE name = $2 AND namespace = $3 AND project_id = $4 AND id <> $1",
		4, {UUIDOID, TEXTOID, TEXTOID, TEXTOID}
	},
	.delete = {
		"WITH m AS (DELETE FROM mistral.resource_members WHERE resource_id = $1) "
		"DELETE FROM mistral.workflow_definitions WHERE id = $1",
		1, {UUIDOID}
	},
	.retire = {
		"UPDATE mistral.workflow_versions SET retired_at = now()"
		" WHERE definition_id = $1 AND retired_at IS NULL",
		1, {UUIDOID}
	}
};

static TableStatements action_statements = {
	.resource = "Action",
	.insert = {
		"WITH d AS ("
		"INSERT INTO mistral.action_definitions"
		" (id, version_id, name, namespace, project_id, scope, workbook_name,"
		" kind, description, tags, created_at)"
		" VALUES ($1, $2, $3, $4, $5, $6, $7, $11,"
		" $10::json ->> 'description', $8, now())"
		" ON CONFLICT DO NOTHING RETURNING project_id) "
		"INSERT INTO mistral.action_versions"
		" (id, definition_id, project_id, definition, spec, created_at)"
		" SELECT $2, $1, d.project_id, $9, $10::json, now() FROM d",
		11, {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TEXTOID}
	},
	.update = {
		"WITH old AS MATERIALIZED ("
		"SELECT d.id, d.version_id, d.project_id, v.definition"
		" FROM mistral.action_definitions d"
		" LEFT JOIN mistral.action_versions v ON v.id = d.version_id"
		" WHERE d.id = $1 FOR NO KEY UPDATE OF d), "
		"r AS ("
		"UPDATE mistral.action_versions v SET retired_at = now()"
		" FROM old WHERE v.id = old.version_id), "
		"n AS ("
		"INSERT INTO mistral.action_versions"
		" (id, definition_id, project_id, definition, spec, created_at)"
		" SELECT $2, $1, old.project_id, $7, $8::json, now() FROM old) "
		"UPDATE mistral.action_definitions d"
		" SET version_id = $2, name = $3, scope = coalesce($4, scope),"
		" workbook_name = $5, description = $8::json ->> 'description',"
		" tags = $6, updated_at = CASE WHEN old.definition IS DISTINCT FROM $7"
		" OR (d.name, d.scope, d.workbook_name, d.tags) IS DISTINCT FROM"
		" ($3, coalesce($4, d.scope), $5, $6) THEN now() ELSE d.updated_at END"
		" FROM old WHERE d.id = old.id",
		UPDATE_ARGS
	},
	.is_taken = {
		"SELECT 'x' FROM mistral.action_definitions"
		" WHERE name = $2 AND namespace = $3 AND project_id = $4 AND id <> $1",
		4, {UUIDOID, TEXTOID, TEXTOID, TEXTOID}
	},
	.delete = {
		"DELETE FROM mistral.action_definitions WHERE id = $1",
		1, {UUIDOID}
	},
	.retire = {
		"UPDATE mistral.action_versions SET retired_at = now()"
		" WHERE definition_id = $1 AND retired_at IS NULL",
		1, {UUIDOID}
	}
};

static Statement insert_workbook = {
	"INSERT INTO mistral.workbooks"
	" (id, name, namespace, project_id, scope, tags, definition, spec, created_at)"
	" VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json, now())"
	" ON CONFLICT DO NOTHING",
	8, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
};

static Statement update_workbook = {
	"UPDATE mistral.workbooks"
	" SET scope = coalesce($2, scope), tags = $3, definition = $4, spec = $5::json,"
	" updated_at = CASE WHEN (scope, tags, definition) IS DISTINCT FROM"
	" (coalesce($2, scope), $3, $4) THEN now() ELSE updated_at END"
	" WHERE id = $1",
	5, {UUIDOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
};

static Statement delete_workbook = {
	"WITH m AS (DELETE FROM mistral.resource_members WHERE resource_id = $1) "
	"DELETE FROM mistral.workbooks WHERE id = $1",
	1, {UUIDOID}
};

static TableStatements *
statements_of(DefinitionTable table)
{
	return table == TABLE_WORKFLOWS ? &workflow_statements : &action_statements;
}

static Jsonb *
tags_of(const SpecNode *spec)
{
	const SpecNode *tags = mst_node_get(spec, "tags");

	return tags != NULL ? mst_node_jsonb(tags) : NULL;
}

/* ---- triggers ---- */

static Statement cron_triggers_of = {
	"SELECT string_agg(id::text, ', ' ORDER BY id) FROM mistral.cron_triggers"
	" WHERE workflow_id = $1 AND project_id IS DISTINCT FROM $2",
	2, {UUIDOID, TEXTOID}
};

static Statement event_triggers_of = {
	"SELECT string_agg(id::text, ', ' ORDER BY id) FROM mistral.event_triggers"
	" WHERE workflow_id = $1 AND project_id IS DISTINCT FROM $2",
	2, {UUIDOID, TEXTOID}
};

/* The ids of triggers on a workflow, but for those of a project (NULL: none). */
static char *
triggers_of(Statement *statement, const pg_uuid_t *workflow, const char *except)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, workflow);
	mst_arg_text(&args, except);
	return mst_statement_text(statement, &args);
}

/* A workflow that triggers start cannot be deleted. */
static void
check_no_triggers(const DefinitionRow *row)
{
	char	   *cron = triggers_of(&cron_triggers_of, &row->id, NULL);
	char	   *event = triggers_of(&event_triggers_of, &row->id, NULL);

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
	if (triggers_of(&cron_triggers_of, &row->id, row->project_id) == NULL &&
		triggers_of(&event_triggers_of, &row->id, row->project_id) == NULL)
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
 * Store a new one unless the project has one of the name; whether that was
 * done.  *id, where it is asked for, becomes the new one's.
 */
bool
mst_definition_try_insert(DefinitionTable table, const char *name,
						  const char *workbook, const DefinitionItem *item,
						  const DefinitionPlace *place, pg_uuid_t *id)
{
	TableStatements *statements = statements_of(table);
	StatementArgs args = {0};
	pg_uuid_t	new_id = mst_uuid_generate();
	pg_uuid_t	version_id = mst_uuid_generate();

	check_item_name(item, name);
	mst_quota_check(table == TABLE_WORKFLOWS ? QUOTA_WORKFLOWS : QUOTA_ACTIONS,
					place->project);
	mst_arg_uuid(&args, &new_id);
	mst_arg_uuid(&args, &version_id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, place->namespace);
	mst_arg_text(&args, place->project);
	mst_arg_text(&args, place->scope != NULL ? place->scope : "private");
	mst_arg_text(&args, workbook);
	mst_arg_jsonb(&args, tags_of(item->spec));
	mst_arg_text(&args, item->definition);
	mst_arg_text(&args, mst_node_json(item->spec));
	if (table == TABLE_ACTIONS)
		mst_arg_text(&args, kind_of(item));
	if (id != NULL)
		*id = new_id;
	return mst_statement_execute(&statements->insert, &args) > 0;
}

/*
 * Store a new one; see definitions_write.h.
 */
pg_uuid_t
mst_definition_insert(DefinitionTable table, const char *name,
					  const char *workbook, const DefinitionItem *item,
					  const DefinitionPlace *place)
{
	pg_uuid_t	id;

	if (!mst_definition_try_insert(table, name, workbook, item, place, &id))
		mst_definition_raise_duplicate(statements_of(table)->resource, name,
									   place->namespace, place->project);
	return id;
}

/* Refuse a new name that another definition of the project has. */
static void
check_renamed(TableStatements *statements, const DefinitionRow *row,
			  const DefinitionItem *item, const char *name)
{
	StatementArgs args = {0};

	if (strcmp(row->name, name) == 0)
		return;
	check_item_name(item, name);
	mst_arg_uuid(&args, &row->id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, row->namespace);
	mst_arg_text(&args, row->project_id);
	if (mst_statement_execute(&statements->is_taken, &args) > 0)
		mst_definition_raise_duplicate(statements->resource, name,
									   row->namespace, row->project_id);
}

/*
 * Add a version; see definitions_write.h.
 */
void
mst_definition_update(DefinitionTable table, const DefinitionRow *row,
					  const char *name, const char *workbook,
					  const DefinitionItem *item, const DefinitionPlace *place)
{
	TableStatements *statements = statements_of(table);
	StatementArgs args = {0};
	pg_uuid_t	version_id = mst_uuid_generate();

	mst_definition_check_owner(statements->resource, &row->id, row->project_id,
							   row->is_system);
	check_kind(row, item);
	if (table == TABLE_WORKFLOWS)
		check_withdrawal(row, place->scope);
	check_renamed(statements, row, item, name);
	mst_quota_check_versions(table == TABLE_WORKFLOWS ? QUOTA_WORKFLOW_VERSIONS :
							 QUOTA_ACTION_VERSIONS, &row->id);
	mst_arg_uuid(&args, &row->id);
	mst_arg_uuid(&args, &version_id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, place->scope);
	mst_arg_text(&args, workbook);
	mst_arg_jsonb(&args, tags_of(item->spec));
	mst_arg_text(&args, item->definition);
	mst_arg_text(&args, mst_node_json(item->spec));
	if (mst_statement_execute(&statements->update, &args) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MISTRAL_NOT_FOUND),
				 errmsg("%s \"%s\" has been deleted meanwhile",
						statements->resource, row->name)));
}

/*
 * Delete one; see definitions_write.h.
 */
void
mst_definition_delete(DefinitionTable table, const DefinitionRow *row)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, &row->id);
	if (table == TABLE_WORKBOOKS)
	{
		mst_definition_check_owner("WorkbookDefinition", &row->id,
								   row->project_id, row->is_system);
		(void) mst_statement_execute(&delete_workbook, &args);
		return;
	}
	mst_definition_check_owner(statements_of(table)->resource, &row->id,
							   row->project_id, row->is_system);
	(void) mst_statement_execute(&statements_of(table)->delete, &args);
	/* now: a trigger that was being made held the row */
	if (table == TABLE_WORKFLOWS)
		check_no_triggers(row);
	(void) mst_statement_execute(&statements_of(table)->retire, &args);
}

/* ---- workbooks ---- */

/*
 * Return the project's own definition of a name, or NULL.
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
 * Store a definition, whether or not the project had it before; see
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

/* Store an item of a workbook under its full name. */
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

/*
 * Store a new workbook.
 */
pg_uuid_t
mst_workbook_insert(const Definition *definition, const char *text,
					const DefinitionPlace *place)
{
	StatementArgs args = {0};
	pg_uuid_t	id = mst_uuid_generate();

	mst_definition_check_name(definition->name);
	mst_quota_check(QUOTA_WORKBOOKS, place->project);
	mst_arg_uuid(&args, &id);
	mst_arg_text(&args, definition->name);
	mst_arg_text(&args, place->namespace);
	mst_arg_text(&args, place->project);
	mst_arg_text(&args, place->scope != NULL ? place->scope : "private");
	mst_arg_jsonb(&args, tags_of(definition->spec));
	mst_arg_text(&args, text);
	mst_arg_text(&args, mst_node_json(definition->spec));
	if (mst_statement_execute(&insert_workbook, &args) == 0)
		mst_definition_raise_duplicate("WorkbookDefinition", definition->name,
									   place->namespace, place->project);
	put_items(definition, place);
	return id;
}

/*
 * Change a workbook and what it contains.
 */
void
mst_workbook_update(const DefinitionRow *row, const Definition *definition,
					const char *text, const DefinitionPlace *place)
{
	DefinitionPlace owners = *place;
	StatementArgs args = {0};

	mst_definition_check_owner("WorkbookDefinition", &row->id, row->project_id,
							   row->is_system);
	mst_arg_uuid(&args, &row->id);
	mst_arg_text(&args, place->scope);
	mst_arg_jsonb(&args, tags_of(definition->spec));
	mst_arg_text(&args, text);
	mst_arg_text(&args, mst_node_json(definition->spec));
	(void) mst_statement_execute(&update_workbook, &args);
	owners.project = row->project_id;
	if (owners.scope == NULL)
		owners.scope = row->scope;
	put_items(definition, &owners);
}

/* ---- versions ---- */

/*
 * Delete retired versions; see definitions_write.h.
 */
int64
mst_definition_delete_retired(int64 seconds)
{
	static Statement delete_workflows = {
		"DELETE FROM mistral.workflow_versions v"
		" WHERE v.retired_at < now() - make_interval(secs => $1)"
		" AND NOT EXISTS (SELECT FROM mistral.workflow_executions e"
		" WHERE e.version_id = v.id)",
		1, {FLOAT8OID}
	};
	static Statement delete_actions = {
		"DELETE FROM mistral.action_versions v WHERE v.retired_at < now() - make_interval(secs => $1)",
		1, {FLOAT8OID}
	};
	StatementArgs args = {0};
	uint64		n;

	/* executions that need a version may not be loaded yet */
	mst_home_require();
	mst_arg_datum(&args, Float8GetDatum((double) seconds), false);
	n = mst_statement_execute(&delete_workflows, &args);
	n += mst_statement_execute(&delete_actions, &args);
	return (int64) n;
}
