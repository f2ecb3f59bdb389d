/*-------------------------------------------------------------------------
 *
 * definition_rows.c
 *	  Writing rows of workflows, actions and workbooks, and their versions.
 *
 * A workflow or an action is a row with its name and owner, and rows of its
 * versions, the newest of which it points to.  Insertion and change write both
 * in one statement, so nobody sees a definition without its version.  A change
 * locks the row of the definition first: of two at a time the second retires
 * the version of the first.  Versions outlive their definition, retired, until
 * no execution uses them.  Workbooks have one row and no versions, because
 * executions use the workflows that a workbook contains.
 *
 * Nothing is checked here, neither rights nor names: callers do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "store/definition_rows.h"
#include "store/statement.h"
#include "util/uuid.h"

typedef struct TableStatements
{
	Statement	insert;
	Statement	update;
	Statement	is_taken;
	Statement	delete;
	Statement	retire;			/* none for workbooks */
} TableStatements;

/* ---- texts ---- */

/* after a "WITH d" that inserts the definition */
#define INSERT_VERSION(versions) \
	"INSERT INTO mistral." versions \
	" (id, definition_id, project_id, definition, spec, created_at)" \
	" SELECT $2, $1, d.project_id, $9, $10::json, now() FROM d"

/* "own" sets the columns that only this table has */
#define UPDATE_WITH_VERSION(definitions, versions, own) \
	"WITH old AS MATERIALIZED (" \
	"SELECT d.id, d.version_id, d.project_id, v.definition" \
	" FROM mistral." definitions " d" \
	" LEFT JOIN mistral." versions " v ON v.id = d.version_id" \
	" WHERE d.id = $1 FOR NO KEY UPDATE OF d), " \
	"r AS (" \
	"UPDATE mistral." versions " v SET retired_at = now()" \
	" FROM old WHERE v.id = old.version_id), " \
	"n AS (" \
	"INSERT INTO mistral." versions \
	" (id, definition_id, project_id, definition, spec, created_at)" \
	" SELECT $2, $1, old.project_id, $7, $8::json, now() FROM old) " \
	"UPDATE mistral." definitions " d" \
	" SET version_id = $2, name = $3, scope = coalesce($4, scope)," \
	" workbook_name = $5, " own "," \
	" tags = $6, updated_at = CASE WHEN old.definition IS DISTINCT FROM $7" \
	" OR (d.name, d.scope, d.workbook_name, d.tags) IS DISTINCT FROM" \
	" ($3, coalesce($4, d.scope), $5, $6) THEN now() ELSE d.updated_at END" \
	" FROM old WHERE d.id = old.id"

#define IS_TAKEN(definitions) \
	"SELECT 'x' FROM mistral." definitions \
	" WHERE name = $2 AND namespace = $3 AND project_id = $4 AND id <> $1"

/* with those it was shared with */
#define DELETE_SHARED(definitions) \
	"WITH m AS (DELETE FROM mistral.resource_members WHERE resource_id = $1) " \
	"DELETE FROM mistral." definitions " WHERE id = $1"

#define RETIRE(versions) \
	"UPDATE mistral." versions " SET retired_at = now()" \
	" WHERE definition_id = $1 AND retired_at IS NULL"

#define UPDATE_TYPES	{UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
#define IS_TAKEN_TYPES	{UUIDOID, TEXTOID, TEXTOID, TEXTOID}

/* ---- tables ---- */

static TableStatements statements[] = {
	[TABLE_WORKFLOWS] = {
		.insert = {
			"WITH d AS ("
			"INSERT INTO mistral.workflow_definitions"
			" (id, version_id, name, namespace, project_id, scope, workbook_name,"
			" checksum, tags, created_at)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7,"
			" CASE WHEN $7 IS NULL THEN md5($9) END, $8, now())"
			" ON CONFLICT DO NOTHING RETURNING project_id) "
			INSERT_VERSION("workflow_versions"),
			10, {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
		},
		.update = {
			UPDATE_WITH_VERSION("workflow_definitions", "workflow_versions",
								"checksum = CASE WHEN $5 IS NULL THEN md5($7) END"),
			8, UPDATE_TYPES
		},
		.is_taken = {IS_TAKEN("workflow_definitions"), 4, IS_TAKEN_TYPES},
		.delete = {DELETE_SHARED("workflow_definitions"), 1, {UUIDOID}},
		.retire = {RETIRE("workflow_versions"), 1, {UUIDOID}}
	},
	[TABLE_ACTIONS] = {
		.insert = {
			"WITH d AS ("
			"INSERT INTO mistral.action_definitions"
			" (id, version_id, name, namespace, project_id, scope, workbook_name,"
			" kind, description, tags, created_at)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $11,"
			" $10::json ->> 'description', $8, now())"
			" ON CONFLICT DO NOTHING RETURNING project_id) "
			INSERT_VERSION("action_versions"),
			11, {UUIDOID, UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID, TEXTOID}
		},
		.update = {
			UPDATE_WITH_VERSION("action_definitions", "action_versions",
								"description = $8::json ->> 'description'"),
			8, UPDATE_TYPES
		},
		.is_taken = {IS_TAKEN("action_definitions"), 4, IS_TAKEN_TYPES},
		.delete = {"DELETE FROM mistral.action_definitions WHERE id = $1", 1, {UUIDOID}},
		.retire = {RETIRE("action_versions"), 1, {UUIDOID}}
	},
	[TABLE_WORKBOOKS] = {
		.insert = {
			"INSERT INTO mistral.workbooks"
			" (id, name, namespace, project_id, scope, tags, definition, spec, created_at)"
			" VALUES ($1, $2, $3, $4, $5, $6, $7, $8::json, now())"
			" ON CONFLICT DO NOTHING",
			8, {UUIDOID, TEXTOID, TEXTOID, TEXTOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
		},
		.update = {
			"UPDATE mistral.workbooks"
			" SET scope = coalesce($2, scope), tags = $3, definition = $4, spec = $5::json,"
			" updated_at = CASE WHEN (scope, tags, definition) IS DISTINCT FROM"
			" (coalesce($2, scope), $3, $4) THEN now() ELSE updated_at END"
			" WHERE id = $1",
			5, {UUIDOID, TEXTOID, JSONBOID, TEXTOID, TEXTOID}
		},
		.is_taken = {IS_TAKEN("workbooks"), 4, IS_TAKEN_TYPES},
		.delete = {DELETE_SHARED("workbooks"), 1, {UUIDOID}}
	}
};

/* ---- rows ---- */

/*
 * Inserts a definition, with its first version if it is to have versions.
 * Returns false, and has written nothing, if the project has one of that name
 * in the namespace; waits for a transaction that is inserting one.
 */
bool
mst_definition_row_insert(DefinitionTable table, const pg_uuid_t *id,
						  const DefinitionValues *values)
{
	StatementArgs args = {0};
	pg_uuid_t	version_id = mst_uuid_generate();

	mst_arg_uuid(&args, id);
	if (table != TABLE_WORKBOOKS)
		mst_arg_uuid(&args, &version_id);
	mst_arg_text(&args, values->name);
	mst_arg_text(&args, values->namespace);
	mst_arg_text(&args, values->project);
	mst_arg_text(&args, values->scope != NULL ? values->scope : "private");
	if (table != TABLE_WORKBOOKS)
		mst_arg_text(&args, values->workbook);
	mst_arg_jsonb(&args, values->tags);
	mst_arg_text(&args, values->text);
	mst_arg_text(&args, values->spec);
	if (table == TABLE_ACTIONS)
		mst_arg_text(&args, values->kind);
	return mst_statement_execute(&statements[table].insert, &args) > 0;
}

/*
 * Changes a definition: a workflow or an action gets a new version, and its
 * present one is retired.  The time of the change is kept as it was where
 * nothing differs.  Returns false if the row has been deleted.
 */
bool
mst_definition_row_update(DefinitionTable table, const pg_uuid_t *id,
						  const DefinitionValues *values)
{
	StatementArgs args = {0};
	pg_uuid_t	version_id = mst_uuid_generate();

	mst_arg_uuid(&args, id);
	if (table != TABLE_WORKBOOKS)
	{
		mst_arg_uuid(&args, &version_id);
		mst_arg_text(&args, values->name);
	}
	mst_arg_text(&args, values->scope);
	if (table != TABLE_WORKBOOKS)
		mst_arg_text(&args, values->workbook);
	mst_arg_jsonb(&args, values->tags);
	mst_arg_text(&args, values->text);
	mst_arg_text(&args, values->spec);
	return mst_statement_execute(&statements[table].update, &args) > 0;
}

/* Returns whether another definition than this one of the project has the name. */
bool
mst_definition_row_is_taken(DefinitionTable table, const pg_uuid_t *id,
							const char *name, const char *namespace,
							const char *project)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	mst_arg_text(&args, name);
	mst_arg_text(&args, namespace);
	mst_arg_text(&args, project);
	return mst_statement_execute(&statements[table].is_taken, &args) > 0;
}

/*
 * Deletes a definition and with whom it was shared, but not its versions; see
 * mst_definition_row_retire().
 */
void
mst_definition_row_delete(DefinitionTable table, const pg_uuid_t *id)
{
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&statements[table].delete, &args);
}

/* Makes a workflow a draft, or publishes it. */
void
mst_definition_row_set_draft(const pg_uuid_t *id, bool is_draft)
{
	static Statement set = {
		"UPDATE mistral.workflow_definitions SET is_draft = $2, updated_at = now()"
		" WHERE id = $1 AND is_draft <> $2",
		2, {UUIDOID, BOOLOID}
	};
	StatementArgs args = {0};

	mst_arg_uuid(&args, id);
	mst_arg_datum(&args, BoolGetDatum(is_draft), false);
	(void) mst_statement_execute(&set, &args);
}

/* Marks the versions of a deleted workflow or action as retired. */
void
mst_definition_row_retire(DefinitionTable table, const pg_uuid_t *id)
{
	StatementArgs args = {0};

	Assert(table != TABLE_WORKBOOKS);
	mst_arg_uuid(&args, id);
	(void) mst_statement_execute(&statements[table].retire, &args);
}

/*
 * Deletes versions that have been retired for longer than that; a workflow's
 * only if no execution refers to it.  Returns how many.
 */
int64
mst_definition_rows_expire(int64 seconds)
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

	mst_arg_datum(&args, Float8GetDatum((double) seconds), false);
	n = mst_statement_execute(&delete_workflows, &args);
	n += mst_statement_execute(&delete_actions, &args);
	return (int64) n;
}
